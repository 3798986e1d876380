//! Criterion with ratios instead of times.

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::measurement::{Measurement, ValueFormatter};
use criterion::{Criterion, Throughput};

use crate::controls::Control;
use crate::results::{Results, median};

/// The subject's time divided by the control's.
pub struct Ratio;

impl Measurement for Ratio {
    type Intermediate = ();
    type Value = f64;

    fn start(&self) {}
    fn end(&self, (): ()) -> f64 {
        unreachable!("a ratio is measured by iter_custom")
    }
    fn add(&self, one: &f64, other: &f64) -> f64 {
        one + other
    }
    fn zero(&self) -> f64 {
        0.0
    }
    fn to_f64(&self, value: &f64) -> f64 {
        *value
    }
    fn formatter(&self) -> &dyn ValueFormatter {
        &Times
    }
}

/// Formats a ratio.
struct Times;

impl ValueFormatter for Times {
    fn scale_values(&self, _typical: f64, _values: &mut [f64]) -> &'static str {
        "x control"
    }
    fn scale_throughputs(&self, _typical: f64, _throughput: &Throughput, _values: &mut [f64]) -> &'static str {
        "x control"
    }
    fn scale_for_machines(&self, _values: &mut [f64]) -> &'static str {
        "x control"
    }
}

/// Whether this run of `cargo bench` asks for these rows, or names none. For rows that criterion does not run itself.
pub fn wanted(rows: &str) -> bool {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let asks = |argument: &String| argument.starts_with('-') || rows.contains(argument) || argument.contains(rows);
    arguments.iter().any(|argument| argument == "--bench") && arguments.iter().all(asks)
}

/// A round: the time of the subject, and of each form of its control.
type Round = (f64, Vec<f64>);

/// The rounds against the form that takes the least time, by its median.
fn against_the_best(rounds: &[Round]) -> Vec<(f64, f64)> {
    let of = |form: usize| rounds.iter().map(|round| round.1[form]).collect::<Vec<f64>>();
    let forms = rounds.first().map_or(0, |round| round.1.len());
    let best = (0..forms).min_by(|&one, &other| median(&mut of(one)).total_cmp(&median(&mut of(other))));
    best.map_or(Vec::new(), |best| rounds.iter().map(|round| (round.0, round.1[best])).collect())
}

/// Measures subjects against controls, and keeps the outcomes.
pub struct Bench {
    criterion: Criterion<Ratio>,
    results: Results,
}

impl Bench {
    /// `name`: of the file of results.
    pub fn new(name: &str) -> Bench {
        let criterion = Criterion::default()
            .with_measurement(Ratio)
            .warm_up_time(Duration::from_millis(100))
            .measurement_time(Duration::from_millis(600))
            .sample_size(50)
            .configure_from_args();
        Bench { criterion, results: Results::new(name) }
    }

    /// As `new`, for curves of many points: each is measured briefly, and drawn by the report.
    pub fn quick(name: &str) -> Bench {
        let criterion = Criterion::default()
            .with_measurement(Ratio)
            .without_plots()
            .warm_up_time(Duration::from_millis(30))
            .measurement_time(Duration::from_millis(150))
            .sample_size(20)
            .nresamples(2000)
            .configure_from_args();
        Bench { criterion, results: Results::new(name) }
    }

    /// Lets the control, in each of its forms, and the subject take turns of `times` operations each. Each is told how
    /// many to do.
    ///
    /// `row` names the row of the table, `subject` what is measured.
    pub fn compare(&mut self, row: &str, subject: &str, times: u64, control: impl Control, measured: impl FnMut(u64)) {
        self.compare_prepared(row, subject, times, control, || {}, measured);
    }

    /// As `compare`, with a preparation before each of the subject's turns that is not measured.
    pub fn compare_prepared(
        &mut self,
        row: &str,
        subject: &str,
        times: u64,
        mut control: impl Control,
        mut prepare: impl FnMut(),
        mut measured: impl FnMut(u64),
    ) {
        let mut taken: Vec<Round> = Vec::new();
        let turn = |which: &mut dyn FnMut(u64)| {
            let begin = Instant::now();
            which(black_box(times));
            begin.elapsed().as_nanos() as f64 / times as f64
        };
        self.criterion.bench_function(&format!("{row}/{subject}"), |bencher| {
            bencher.iter_custom(|rounds| {
                let new = taken.len();
                for round in 0..rounds {
                    prepare();
                    let mut controls = || {
                        let forms = 0..control.forms();
                        forms.map(|form| turn(&mut |times| control.run(form, times))).collect::<Vec<f64>>()
                    };
                    // The first side alternates too, so that neither always finds the caches warm.
                    taken.push(if round % 2 == 0 {
                        let theirs = controls();
                        (turn(&mut measured), theirs)
                    } else {
                        let ours = turn(&mut measured);
                        (ours, controls())
                    });
                }
                let rounds = against_the_best(&taken[new..]);
                let mut ratios: Vec<f64> = rounds.iter().map(|(ours, theirs)| ours / theirs).collect();
                median(&mut ratios) * rounds.len() as f64
            });
        });
        self.results.rounds(row, subject, &against_the_best(&taken));
    }

    /// Keeps a figure that was measured in another way.
    pub fn results(&mut self) -> &mut Results {
        &mut self.results
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        self.criterion.final_summary();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_form_is_the_control() {
        let rounds = [(4.0, vec![9.0, 2.0]), (6.0, vec![1.0, 2.0]), (8.0, vec![9.0, 4.0])];
        assert_eq!(against_the_best(&rounds), [(4.0, 2.0), (6.0, 2.0), (8.0, 4.0)]);
        assert_eq!(against_the_best(&[(4.0, vec![1.0])]), [(4.0, 1.0)]);
        assert!(against_the_best(&[]).is_empty());
    }
}
