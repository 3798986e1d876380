//! The outcomes of a run, as lines of a file that the table and the report read.
//!
//! Each program writes `target/bench/NAME.tsv`: row, subject, nanoseconds of the subject and of its control, and the
//! ratio's median and quartiles, with tabs between. A row that is no ratio of times has 0 for both times.

use std::fs;
use std::io;
use std::path::PathBuf;

/// One line.
#[derive(Clone, Debug)]
pub struct Outcome {
    pub row: String,
    pub subject: String,
    pub ns: f64,
    pub control_ns: f64,
    pub ratio: f64,
    pub low: f64,
    pub high: f64,
}

/// The outcomes of one program, written when it ends.
pub struct Results {
    path: PathBuf,
    outcomes: Vec<Outcome>,
}

/// The directory of the results: `target/bench`, or the value of `ATOMIC_LOG_BENCH_DIR`.
pub fn directory() -> PathBuf {
    let usual = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/bench");
    std::env::var_os("ATOMIC_LOG_BENCH_DIR").map_or_else(|| usual.into(), PathBuf::from)
}

impl Results {
    pub fn new(name: &str) -> Results {
        Results { path: directory().join(name).with_extension("tsv"), outcomes: Vec::new() }
    }

    /// Many rounds of (subject, control), in nanoseconds. No round is no outcome: the row was filtered out.
    pub fn rounds(&mut self, row: &str, subject: &str, rounds: &[(f64, f64)]) {
        if rounds.is_empty() {
            return;
        }
        let mut ratios: Vec<f64> = rounds.iter().map(|(ours, theirs)| ours / theirs).collect();
        let ratio = median(&mut ratios);
        self.outcomes.push(Outcome {
            row: row.into(),
            subject: subject.into(),
            ns: median(&mut rounds.iter().map(|round| round.0).collect::<Vec<_>>()),
            control_ns: median(&mut rounds.iter().map(|round| round.1).collect::<Vec<_>>()),
            ratio,
            low: ratios[ratios.len() / 4],
            high: ratios[ratios.len() * 3 / 4],
        });
    }

    /// As `rounds`, with the ratio of rates instead of times: the subject's rate divided by the control's.
    pub fn rates(&mut self, row: &str, subject: &str, rounds: &[(f64, f64)]) {
        let swapped: Vec<(f64, f64)> = rounds.iter().map(|&(ours, theirs)| (theirs, ours)).collect();
        self.rounds(row, subject, &swapped);
        if let Some(outcome) = self.outcomes.last_mut().filter(|_| !rounds.is_empty()) {
            std::mem::swap(&mut outcome.ns, &mut outcome.control_ns);
        }
    }

    /// The outcome that was kept last.
    pub fn last(&self) -> Option<&Outcome> {
        self.outcomes.last()
    }

    /// A figure that is no ratio of times.
    pub fn figure(&mut self, row: &str, subject: &str, ratio: f64) {
        self.outcomes.push(Outcome {
            row: row.into(),
            subject: subject.into(),
            ns: 0.0,
            control_ns: 0.0,
            ratio,
            low: ratio,
            high: ratio,
        });
    }

    fn write(&self) -> io::Result<()> {
        fs::create_dir_all(directory())?;
        let lines: String = self
            .outcomes
            .iter()
            .map(|Outcome { row, subject, ns, control_ns, ratio, low, high }| {
                format!("{row}\t{subject}\t{ns:.4}\t{control_ns:.4}\t{ratio:.4}\t{low:.4}\t{high:.4}\n")
            })
            .collect();
        fs::write(&self.path, lines)
    }
}

impl Drop for Results {
    fn drop(&mut self) {
        // Nothing was measured: a listing, or a filter that fits nothing. Then the results of an earlier run stay.
        if self.outcomes.is_empty() {
            return;
        }
        if let Err(error) = self.write() {
            eprintln!("{}: {error}", self.path.display());
        }
    }
}

/// All outcomes that were written.
pub fn read() -> io::Result<Vec<Outcome>> {
    let mut outcomes = Vec::new();
    for entry in fs::read_dir(directory())? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "tsv") {
            outcomes.extend(fs::read_to_string(&path)?.lines().filter_map(parse));
        }
    }
    Ok(outcomes)
}

fn parse(line: &str) -> Option<Outcome> {
    let mut fields = line.split('\t');
    let (row, subject) = (fields.next()?.into(), fields.next()?.into());
    let mut number = || fields.next()?.parse().ok();
    Some(Outcome {
        row,
        subject,
        ns: number()?,
        control_ns: number()?,
        ratio: number()?,
        low: number()?,
        high: number()?,
    })
}

/// The median. Sorts the values.
pub fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
