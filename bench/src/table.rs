//! The table: what was measured, beside its goal, as text and as Markdown.

use std::cmp::Ordering;
use std::ops::Range;

use crate::results::Outcome;
use crate::rows::{AT_LEAST, BEATABLE, Row, SUSPECT};

/// Whose outcomes the table shows.
pub const OURS: &str = "atomic-log";

/// No line of the text is longer, unless a word forces it.
const WIDTH: usize = 110;

/// A row of the table, with what was measured of it.
pub struct Line<'a> {
    pub row: &'a Row,
    pub outcome: Option<&'a Outcome>,
}

impl Line<'_> {
    /// Whether the goal is met; None if the row was not measured.
    pub fn met(&self) -> Option<bool> {
        let ratio = self.outcome?.ratio;
        Some(if self.at_least() { ratio >= self.row.goal } else { ratio <= self.row.goal })
    }

    /// Whether the subject is so much better than its limit that the control must be wrong.
    pub fn suspect(&self) -> bool {
        let Some(outcome) = self.outcome else { return false };
        let ratio = if self.at_least() { 1.0 / outcome.ratio } else { outcome.ratio };
        ratio < SUSPECT && !BEATABLE.contains(&self.row.id)
    }

    /// Whether the goal is met, in a word, with a question mark if the control is suspect.
    pub fn verdict(&self) -> String {
        let met = match self.met() {
            Some(true) => "yes",
            Some(false) => "NO",
            None => "-",
        };
        if self.suspect() { format!("{met} ?") } else { met.into() }
    }

    pub fn at_least(&self) -> bool {
        AT_LEAST.contains(&self.row.id)
    }

    pub fn goal(&self) -> String {
        format!("{} {}", if self.at_least() { '≥' } else { '≤' }, self.row.goal)
    }

    /// The ratio with its quartiles, or that there is none.
    pub fn ratio(&self) -> String {
        self.outcome.map_or("not measured".into(), |outcome| ratio(outcome, Some(self.row.goal)))
    }

    /// The subject's time and its control's.
    pub fn times(&self) -> (String, String) {
        self.outcome.map_or(("-".into(), "-".into()), |outcome| (time(outcome.ns), time(outcome.control_ns)))
    }
}

/// Sorts outcomes into their rows. The others come second, in order.
pub fn join<'a>(rows: &'a [Row], outcomes: &'a [Outcome]) -> (Vec<Line<'a>>, Vec<&'a Outcome>) {
    let mut rest: Vec<&Outcome> = outcomes.iter().collect();
    rest.sort_by(|one, other| in_order(one, other));
    let mut lines = Vec::new();
    for row in rows {
        let mine = |outcome: &&&Outcome| outcome.row == row.id && outcome.subject == OURS;
        // If older files hold several, the one that looks worst. They are in the order of their ratios.
        let outcome =
            if AT_LEAST.contains(&row.id) { rest.iter().find(mine) } else { rest.iter().rfind(mine) }.copied();
        rest.retain(|other| !outcome.is_some_and(|outcome| std::ptr::eq(outcome, *other)));
        lines.push(Line { row, outcome });
    }
    (lines, rest)
}

/// The parts of a row's name: `growth/append/64` is 64 on the curve `append` of `growth`.
pub fn parts(row: &str) -> (&str, &str, &str) {
    let (group, rest) = row.split_once('/').unwrap_or((row, ""));
    let (middle, last) = rest.rsplit_once('/').unwrap_or((rest, ""));
    (group, middle, last)
}

/// Names part by part, numbers by their values; then subjects, the log first; then ratios.
fn in_order(one: &Outcome, other: &Outcome) -> Ordering {
    by_number(&one.row, &other.row)
        .then_with(|| (one.subject != OURS).cmp(&(other.subject != OURS)))
        .then_with(|| one.subject.cmp(&other.subject))
        .then_with(|| one.ratio.total_cmp(&other.ratio))
}

fn by_number(one: &str, other: &str) -> Ordering {
    let part = |(one, other): (&str, &str)| match (one.parse::<f64>(), other.parse::<f64>()) {
        (Ok(one), Ok(other)) => one.total_cmp(&other),
        _ => one.cmp(other),
    };
    let parts = |name| str::split(name, ['/', '-']);
    let order = parts(one).zip(parts(other)).map(part).find(|order| order.is_ne());
    order.unwrap_or_else(|| parts(one).count().cmp(&parts(other).count()))
}

/// Outcomes whose rows have the same key, in the order in which keys come first.
pub fn grouped<'a, K: PartialEq>(
    outcomes: &[&'a Outcome],
    key: impl Fn(&'a Outcome) -> K,
) -> Vec<(K, Vec<&'a Outcome>)> {
    let mut groups: Vec<(K, Vec<&Outcome>)> = Vec::new();
    for outcome in outcomes {
        let key = key(outcome);
        match groups.iter_mut().find(|group| group.0 == key) {
            Some(group) => group.1.push(outcome),
            None => groups.push((key, vec![outcome])),
        }
    }
    groups
}

/// Rows by subjects.
pub struct Grid<'a> {
    pub subjects: Vec<&'a str>,
    pub rows: Vec<(&'a str, Vec<&'a Outcome>)>,
}

/// Subjects side by side. Rows share a grid if the subjects of one are among the subjects of the other.
pub fn grids<'a>(outcomes: &[&'a Outcome]) -> Vec<Grid<'a>> {
    let among = |some: &[&str], others: &[&str]| some.iter().all(|subject| others.contains(subject));
    let mut grids: Vec<Grid> = Vec::new();
    for (row, outcomes) in grouped(outcomes, |outcome| outcome.row.as_str()) {
        let row = (row.split_once('/').map_or(row, |(_, name)| name), outcomes);
        let mut subjects: Vec<&str> = row.1.iter().map(|outcome| outcome.subject.as_str()).collect();
        subjects.sort_by_key(|subject| (*subject != OURS, *subject));
        subjects.dedup();
        let fits = |grid: &&mut Grid| among(&subjects, &grid.subjects) || among(&grid.subjects, &subjects);
        match grids.iter_mut().find(fits) {
            Some(grid) => {
                grid.rows.push(row);
                if subjects.len() > grid.subjects.len() {
                    grid.subjects = subjects;
                }
            }
            None => grids.push(Grid { subjects, rows: vec![row] }),
        }
    }
    grids
}

impl Grid<'_> {
    /// Header and lines, each subject a column: its nanoseconds, or its ratio where no time was measured.
    pub fn cells(&self, subjects: Range<usize>) -> (Vec<&str>, Vec<Vec<String>>) {
        let subjects = &self.subjects[subjects];
        let header = std::iter::once("ns").chain(subjects.iter().copied()).collect();
        let line = |(name, outcomes): &(&str, Vec<&Outcome>)| {
            // Of several, the last: the one that looks worst.
            let of = |subject: &&str| outcomes.iter().rfind(|outcome| outcome.subject == *subject);
            let figures = subjects.iter().map(|subject| of(subject).map_or("-".into(), |outcome| figure(outcome)));
            std::iter::once((*name).into()).chain(figures).collect()
        };
        (header, self.rows.iter().map(line).collect())
    }
}

/// Three significant digits.
pub fn number(value: f64) -> String {
    match value.abs() {
        0.0 => "0".into(),
        below if below < 1.0 => format!("{value:.3}"),
        below if below < 10.0 => format!("{value:.2}"),
        below if below < 100.0 => format!("{value:.1}"),
        _ => format!("{value:.0}"),
    }
}

/// Nanoseconds; a dash if none were measured.
pub fn time(ns: f64) -> String {
    if ns == 0.0 { "-".into() } else { number(ns) }
}

/// Nanoseconds, or the ratio if no time was measured.
pub fn figure(outcome: &Outcome) -> String {
    if outcome.ns == 0.0 { format!("{} x", number(outcome.ratio)) } else { number(outcome.ns) }
}

/// With its quartiles, if it has any. A ratio that misses its goal by little gets the digits that show it.
pub fn ratio(outcome: &Outcome, goal: Option<f64>) -> String {
    let short = |ratio: f64| if ratio.abs() < 1.0 { format!("{ratio:.2}") } else { number(ratio) };
    let ratio = outcome.ratio;
    let mut text = short(ratio);
    if goal.is_some_and(|goal| goal != ratio && short(goal) == text) {
        text = format!("{ratio:.4}");
    }
    if outcome.low == outcome.high {
        return text;
    }
    format!("{text} ({}-{})", short(outcome.low), short(outcome.high))
}

/// How many goals are met, and which are not.
pub fn summary(lines: &[Line]) -> String {
    let with = |met| lines.iter().filter(move |line| line.met() == met).map(|line| line.row.id).collect::<Vec<_>>();
    let (met, missed, open) = (with(Some(true)), with(Some(false)), with(None));
    let mut text = format!("{} of {} goals met in this run; not met: ", met.len(), lines.len());
    text += &if missed.is_empty() { "none".into() } else { missed.join(", ") };
    if !open.is_empty() {
        text += &format!("; not measured: {}", open.join(", "));
    }
    let suspect: Vec<_> = lines.iter().filter(|line| line.suspect()).map(|line| line.row.id).collect();
    if !suspect.is_empty() {
        text += &format!("; ? the control is not the limit, or stalled: {}", suspect.join(", "));
    }
    text
}

/// All there is, for a terminal.
pub fn text(rows: &[Row], outcomes: &[Outcome]) -> String {
    let (lines, rest) = join(rows, outcomes);
    let header = ["what", "ns", "control", "ratio (quartiles)", "goal", "met?", "original"];
    let mut text = aligned(&header, &lines.iter().map(cells).collect::<Vec<_>>());
    let groups = grouped(&rest, |outcome| parts(&outcome.row).0);
    let (drawn, others): (Vec<_>, Vec<_>) =
        groups.into_iter().partition(|(group, _)| ["growth", "peers"].contains(group));
    let others: Vec<&Outcome> = others.into_iter().flat_map(|(_, outcomes)| outcomes).collect();
    if !others.is_empty() {
        text += &format!("\n{}", self::others(&others));
    }
    for (group, outcomes) in drawn {
        text += &match group {
            "peers" => format!("\npeers\n{}", peers(&outcomes)),
            _ => format!("\n{group}: ns of the subject (of its control) at each point\n{}", growth(&outcomes)),
        };
    }
    text + "\n" + &folded(&summary(&lines), "  ") + "\n"
}

/// The table and the peers, for documents.
pub fn markdown(rows: &[Row], outcomes: &[Outcome]) -> String {
    let (lines, rest) = join(rows, outcomes);
    let header = ["what", "ns", "control", "control ns", "ratio (quartiles)", "goal", "met?", "original"];
    let with_control = |line| {
        let mut cells = cells(line);
        cells.insert(2, line.row.control.into());
        cells
    };
    let mut text = piped(&header, &lines.iter().map(with_control).collect::<Vec<_>>());
    let peers: Vec<&Outcome> = rest.into_iter().filter(|outcome| parts(&outcome.row).0 == "peers").collect();
    for grid in grids(&peers) {
        let (header, cells) = grid.cells(0..grid.subjects.len());
        text += &format!("\n{}", piped(&header, &cells));
    }
    text + "\n" + &summary(&lines) + "\n"
}

fn cells(line: &Line) -> Vec<String> {
    let (ns, control_ns) = line.times();
    vec![line.row.what.into(), ns, control_ns, line.ratio(), line.goal(), line.verdict(), line.row.original.into()]
}

/// As many subjects side by side as fit.
fn peers(outcomes: &[&Outcome]) -> String {
    let mut text = String::new();
    for grid in grids(outcomes) {
        let mut from = 0;
        while from < grid.subjects.len() {
            let table = |to| {
                let (header, cells) = grid.cells(from..to);
                aligned(&header, &cells)
            };
            let fits = |to: &usize| table(*to).lines().all(|line| line.chars().count() <= WIDTH);
            let to = (from + 1..=grid.subjects.len()).rev().find(fits).unwrap_or(from + 1);
            if !text.is_empty() {
                text += "\n";
            }
            text += &table(to);
            from = to;
        }
    }
    text
}

/// One line for each curve and subject.
fn growth(outcomes: &[&Outcome]) -> String {
    let curves = grouped(outcomes, |outcome| (parts(&outcome.row).1, outcome.subject.as_str()));
    let names: Vec<String> = curves.iter().map(|((curve, subject), _)| format!("{curve}, {subject}")).collect();
    let width = names.iter().map(|name| name.chars().count()).max().unwrap_or(0);
    let line = |(name, (_, outcomes)): (&String, &((&str, &str), Vec<&Outcome>))| {
        let point = |outcome: &&Outcome| {
            let x = parts(&outcome.row).2;
            let control = if outcome.control_ns == 0.0 { "-".into() } else { number(outcome.control_ns) };
            // No-break spaces hold a point together.
            format!("{x}:\u{a0}{}\u{a0}({control})", figure(outcome).replace(' ', "\u{a0}"))
        };
        let points: Vec<String> = outcomes.iter().map(point).collect();
        let line = format!("{name:width$}  {}", points.join("  "));
        folded(&line, &" ".repeat(width + 2)).replace('\u{a0}', " ") + "\n"
    };
    names.iter().zip(&curves).map(line).collect()
}

fn others(outcomes: &[&Outcome]) -> String {
    let line = |outcome: &&Outcome| {
        let (ns, control_ns) = (time(outcome.ns), time(outcome.control_ns));
        vec![format!("{}, {}", outcome.row, outcome.subject), ns, control_ns, ratio(outcome, None)]
    };
    aligned(
        &["measured too, without a goal", "ns", "control", "ratio (quartiles)"],
        &outcomes.iter().map(line).collect::<Vec<_>>(),
    )
}

/// Columns: the first to the left, the others to the right.
fn aligned(header: &[&str], lines: &[Vec<String>]) -> String {
    let header = header.iter().map(|cell| (*cell).to_string()).collect::<Vec<_>>();
    let all = || std::iter::once(&header).chain(lines);
    let width = |column: usize| all().map(|line| line[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..header.len()).map(width).collect();
    let line = |cells: &Vec<String>| {
        let cell = |(column, cell): (usize, &String)| match (column, widths[column]) {
            (0, width) => format!("{cell:width$}"),
            (_, width) => format!("  {cell:>width$}"),
        };
        cells.iter().enumerate().map(cell).collect::<String>() + "\n"
    };
    all().map(line).collect()
}

/// A table of Markdown.
fn piped(header: &[&str], lines: &[Vec<String>]) -> String {
    let row = |cells: &mut dyn Iterator<Item = &str>| {
        cells.fold(String::from("|"), |row, cell| row + " " + &cell.replace('|', "\\|") + " |") + "\n"
    };
    let rule = (0..header.len()).map(|column| if column == 0 { "---|" } else { "---:|" });
    let mut text = row(&mut header.iter().copied()) + "|" + &rule.collect::<String>() + "\n";
    for line in lines {
        text += &row(&mut line.iter().map(String::as_str));
    }
    text
}

/// Broken at spaces where it gets too long, with an indent for what follows.
fn folded(text: &str, indent: &str) -> String {
    let mut folded = String::new();
    let mut column = 0;
    for word in text.split_inclusive(' ') {
        if column > indent.len() && column + word.trim_end_matches(' ').chars().count() > WIDTH {
            folded.truncate(folded.trim_end_matches(' ').len());
            folded += "\n";
            folded += indent;
            column = indent.len();
        }
        folded += word;
        column += word.chars().count();
    }
    folded
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROWS: &[Row] = &[
        Row { id: "append/8", what: "append", control: "ring", goal: 1.1, original: "4.4" },
        Row { id: AT_LEAST[0], what: "rate", control: "ring's", goal: 0.8, original: "0.2" },
        Row { id: "memory", what: "bytes | payload", control: "payload", goal: 1.05, original: "-" },
    ];

    fn outcome(row: &str, subject: &str, ns: f64, ratio: f64) -> Outcome {
        let control_ns = ns / ratio;
        let (row, subject) = (row.into(), subject.into());
        Outcome { row, subject, ns, control_ns, ratio, low: ratio * 0.9, high: ratio * 1.1 }
    }

    fn met(row: usize, ratio: f64) -> Option<bool> {
        Line { row: &ROWS[row], outcome: Some(&outcome("", OURS, 1.0, ratio)) }.met()
    }

    #[test]
    fn goals() {
        assert_eq!((met(0, 1.1), met(0, 1.1001), met(0, 0.2)), (Some(true), Some(false), Some(true)));
        assert_eq!((met(1, 0.8), met(1, 0.7999), met(1, 3.0)), (Some(true), Some(false), Some(true)));
        assert_eq!((met(0, f64::NAN), met(1, f64::NAN)), (Some(false), Some(false)));
        let line = Line { row: &ROWS[1], outcome: None };
        assert_eq!((line.met(), line.goal().as_str(), line.ratio().as_str()), (None, "≥ 0.8", "not measured"));
    }

    #[test]
    fn a_control_that_is_beaten_is_marked() {
        let verdict = |row: &Row, ratio: f64| {
            let outcome = outcome("", OURS, 1.0, ratio);
            Line { row, outcome: Some(&outcome) }.verdict()
        };
        assert_eq!(verdict(&ROWS[0], 0.9), "yes");
        assert_eq!(verdict(&ROWS[0], 0.89), "yes ?");
        assert_eq!((verdict(&ROWS[1], 1.1), verdict(&ROWS[1], 1.2)), ("yes".into(), "yes ?".into()));
        assert_eq!(verdict(&Row { id: BEATABLE[0], ..ROWS[0] }, 0.5), "yes");
        let outcomes = [outcome("append/8", OURS, 1.0, 0.25)];
        let text = summary(&join(ROWS, &outcomes).0);
        assert!(text.ends_with("; ? the control is not the limit, or stalled: append/8"), "{text}");
    }

    #[test]
    fn every_outcome_has_one_place() {
        let outcomes = [
            outcome("append/64", OURS, 2.0, 1.0),
            outcome("append/8", "another", 1.0, 1.0),
            outcome("append/8", OURS, 1.0, 1.0),
            outcome("append/8", OURS, 1.0, 1.2),
            outcome("append/8", OURS, 1.0, 0.9),
            outcome(AT_LEAST[0], OURS, 1.0, 0.9),
            outcome(AT_LEAST[0], OURS, 1.0, 0.7),
        ];
        let (lines, rest) = join(ROWS, &outcomes);
        let ratios: Vec<_> = lines.iter().map(|line| line.outcome.map(|outcome| outcome.ratio)).collect();
        assert_eq!(ratios, [Some(1.2), Some(0.7), None]);
        let rest: Vec<_> = rest.iter().map(|it| (it.row.as_str(), it.subject.as_str(), it.ratio)).collect();
        let left = [("append/8", OURS, 0.9), ("append/8", OURS, 1.0), ("append/8", "another", 1.0)];
        assert_eq!(rest[..3], left);
        assert_eq!(rest[3..], [("append/64", OURS, 1.0), (AT_LEAST[0], OURS, 0.9)]);
        assert_eq!(summary(&lines), "0 of 3 goals met in this run; not met: append/8, readers/8; not measured: memory");
    }

    #[test]
    fn numbers() {
        let texts: Vec<String> = [0.0, 0.0834, 0.5, 1.0, 9.994, 34.54, 577.1, 9087.4].map(number).into();
        assert_eq!(texts, ["0", "0.083", "0.500", "1.00", "9.99", "34.5", "577", "9087"]);
        assert_eq!((time(0.0).as_str(), time(2.5).as_str()), ("-", "2.50"));
        let near = Outcome { low: 1.0, high: 1.3, ..outcome("", OURS, 1.0, 1.2015) };
        assert_eq!(ratio(&near, Some(1.2)), "1.2015 (1.00-1.30)");
        assert_eq!(ratio(&near, Some(1.3)), "1.20 (1.00-1.30)");
        assert_eq!(ratio(&Outcome { high: 1.0, ..near }, None), "1.20");
    }

    #[test]
    fn names() {
        assert_eq!(parts("growth/append/64"), ("growth", "append", "64"));
        assert_eq!(parts("peers/a/b/8"), ("peers", "a/b", "8"));
        assert_eq!((parts("peers/a"), parts("memory")), (("peers", "a", ""), ("memory", "", "")));
        assert_eq!(by_number("a/64", "a/257"), Ordering::Less);
        assert_eq!(by_number("a-64/9", "a-257/8"), Ordering::Less);
        assert_eq!(by_number("a/b", "a/10"), Ordering::Greater);
        assert_eq!(by_number("a", "a/10"), Ordering::Less);
    }

    #[test]
    fn texts() {
        let mut outcomes = vec![outcome("roll/4097", OURS, 577.0, 53.0), outcome("memory", OURS, 0.0, 1.1)];
        for subject in ["queue", OURS, "ring"] {
            outcomes.push(outcome("peers/append/8", subject, 3.0, 2.0));
            outcomes.push(outcome("peers/read/8", subject, 4.0, 2.0));
        }
        outcomes.push(outcome("peers/read/64", OURS, 5.0, 2.0));
        outcomes.push(outcome("peers/wait", "bell", 6.0, 2.0));
        outcomes.extend([8, 64, 1024].map(|x| outcome(&format!("growth/append/{x}"), OURS, f64::from(x), 2.0)));
        let text = text(ROWS, &outcomes);
        assert!(text.lines().any(|line| line.starts_with("append ") && line.contains("not measured")), "{text}");
        assert!(text.contains("roll/4097, atomic-log"), "{text}");
        assert!(text.contains("append, atomic-log  8: 8.00 (4.00)  64: 64.0 (32.0)  1024: 1024 (512)"), "{text}");
        assert!(text.ends_with("0 of 3 goals met in this run; not met: memory; not measured: append/8, readers/8\n"));
        let markdown = markdown(ROWS, &outcomes);
        assert!(markdown.contains("| bytes \\| payload | - | payload | - | 1.10 (0.99-1.21) |"), "{markdown}");
        assert!(markdown.contains("| ns | atomic-log | queue | ring |\n|---|---:|---:|---:|\n| append/8 | 3.00 |"));
        assert!(markdown.contains("\n| read/64 | 5.00 | - | - |\n"), "{markdown}");
        assert!(markdown.contains("| ns | bell |\n|---|---:|\n| wait | 6.00 |"), "{markdown}");
    }

    #[test]
    fn long_lines_are_folded() {
        let words = "word ".repeat(60);
        let folded = folded(words.trim_end(), "  ");
        assert!(folded.lines().all(|line| line.chars().count() <= WIDTH && line == line.trim_end()));
        assert_eq!(folded.split_whitespace().count(), 60);
    }
}
