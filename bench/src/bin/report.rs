//! Writes what was measured as a page with plots: `target/bench/report.html`.

use std::process::ExitCode;

use atomic_log_bench::report;

fn main() -> ExitCode {
    match report::write() {
        Ok(path) => {
            println!("{}", path.canonicalize().unwrap_or(path).display());
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("no report: {error}");
            ExitCode::FAILURE
        }
    }
}
