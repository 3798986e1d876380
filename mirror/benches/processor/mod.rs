//! How much processor time was used: it says more than the clock where others use the machine, too.

/// Seconds that a process has used so far, in all of its threads.
pub fn seconds(process: &str) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).expect("the process is there");
    // Behind the name, which may have anything in it, the twelfth and the thirteenth are user's and system's.
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks: f64 = fields[11..13].iter().map(|ticks| ticks.parse::<f64>().expect("a number")).sum();
    // What the kernel shows to programs is hundredths, whatever it counts in.
    ticks / 100.0
}
