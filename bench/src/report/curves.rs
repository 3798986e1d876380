//! How costs grow: `growth/CURVE/X`, a plot for each curve, its subjects and their controls as lines.

use std::error::Error;
use std::io;

use plotters::prelude::*;

use super::draw::{Area, Axis, COLOURS, FAINT, LINES, WIDTH, Words, beside, cut, picture, wide, write};
use super::{Plot, slug};
use crate::results::Outcome;
use crate::table::{OURS, grouped, number, parts};

/// What is known of a curve.
struct Known {
    name: &'static str,
    title: &'static str,
    /// What its x values are.
    x: &'static str,
    /// What is timed, and what the control does instead.
    subject: &'static str,
    control: &'static str,
}

const fn known(
    name: &'static str,
    title: &'static str,
    x: &'static str,
    subject: &'static str,
    control: &'static str,
) -> Known {
    Known { name, title, x, subject, control }
}

/// A curve's name may go on after a dash, with the size of its records.
const KNOWN: &[Known] = &[
    known("append", "Append, over the record's size", "bytes per record", "one append", "a copy into a ring"),
    known("batch", "Batch, over the record's size", "bytes per record", "one record of a batch", "a copy into a ring"),
    known("roll", "Roll, over the segments", "segments in a view", "a roll and the refresh that crosses it", "a pin"),
    known("snapshot", "Snapshot, over the segments", "segments in a view", "one snapshot and its drop", "a pin"),
    known("refresh", "Refresh, over the segments", "segments in a view", "one refresh across a roll", "a pin"),
    known("readers", "Writer, over the readers beside it", "readers", "one append", "the writer alone"),
    known("stuck", "Writer, over the old views held", "old views held", "a segment's appends", "no view held"),
    known(
        "aliasing",
        "Append, over where the source lies",
        "source's place in its page less the destination's",
        "one append",
        "a copy",
    ),
];

const HEIGHT: u32 = 400;

/// A plot for each curve, in the order of `KNOWN`, those that are not known last.
pub fn plots(growth: &[&Outcome]) -> io::Result<Vec<Plot>> {
    let mut curves = grouped(growth, |outcome| parts(&outcome.row).1);
    curves.sort_by_key(|(name, _)| KNOWN.iter().position(|known| is(known, name)).unwrap_or(KNOWN.len()));
    curves.iter().filter_map(|(name, outcomes)| plot(name, outcomes).transpose()).collect()
}

fn is(known: &Known, name: &str) -> bool {
    name.split('-').next() == Some(known.name)
}

/// One line: a subject, or its control.
struct Line<'a> {
    subject: &'a str,
    control: bool,
    points: Vec<(f64, f64)>,
}

fn plot(name: &str, outcomes: &[&Outcome]) -> io::Result<Option<Plot>> {
    let known = KNOWN.iter().find(|known| is(known, name)).unwrap_or(const { &known("", "", "", "one operation", "") });
    let size = name.split_once('-').map_or(String::new(), |(_, size)| format!(": records of {size} B"));
    let title = if known.name.is_empty() { name.into() } else { known.title.to_string() + &size };
    // A curve some of whose points are no times shows ratios.
    let timed = outcomes.iter().all(|outcome| outcome.ns != 0.0);
    let xs = Positions::of(outcomes);
    let mut lines = Vec::new();
    for (subject, outcomes) in grouped(outcomes, |outcome| outcome.subject.as_str()) {
        let mut line = |control, value: &dyn Fn(&Outcome) -> f64| {
            let points = outcomes.iter().map(|outcome| (xs.at(parts(&outcome.row).2), value(outcome)));
            let points: Vec<_> = points.filter(|point| point.1.is_finite() && point.1 > 0.0).collect();
            if !points.is_empty() {
                lines.push(Line { subject, control, points });
            }
        };
        line(true, &|outcome| if timed { outcome.control_ns } else { 1.0 });
        line(false, &|outcome| if timed { outcome.ns } else { outcome.ratio });
    }
    if lines.is_empty() {
        return Ok(None);
    }
    lines.sort_by_key(|line| (line.subject != OURS, line.subject, line.control));
    let what = known.subject;
    let unit = if timed { format!("ns for {what}") } else { format!("{what}, times its control") };
    let svg = picture(&title, HEIGHT, |area| draw(area, &lines, &xs, known, &unit))?;
    let caption = caption(known, outcomes, &xs, timed);
    Ok(Some(Plot { name: slug(&format!("growth/{name}")), title, caption, svg }))
}

/// What the curve shows, and where the log's line begins and ends.
fn caption(known: &Known, outcomes: &[&Outcome], xs: &Positions, timed: bool) -> String {
    let what = known.subject;
    let mut caption = if timed {
        format!("Nanoseconds for {what} (logarithmic)")
    } else {
        format!("How often the cost of {what} is its control's (logarithmic)")
    };
    if !known.x.is_empty() {
        let scale = if xs.logarithmic { "logarithmic" } else { "evenly spaced" };
        caption += &format!(", over {} ({scale})", known.x);
    }
    caption += "; dashed, the control that took turns with it";
    if !known.control.is_empty() {
        caption += &format!(": {}", known.control);
    }
    let mut ours: Vec<&&Outcome> = outcomes.iter().filter(|outcome| outcome.subject == OURS).collect();
    ours.sort_by(|one, other| xs.at(parts(&one.row).2).total_cmp(&xs.at(parts(&other.row).2)));
    if let [first, .., last] = ours[..] {
        let end = |it: &Outcome| {
            let ns = if timed { format!("{} ns, ", number(it.ns)) } else { String::new() };
            format!("{ns}{} times the control, at {}", number(it.ratio), parts(&it.row).2)
        };
        caption += &format!(". {OURS} takes {}; {}", end(first), end(last));
    }
    caption + "."
}

/// The position of each x: numbers above zero by their logarithms, all others side by side.
struct Positions<'a> {
    logarithmic: bool,
    labels: Vec<(&'a str, f64)>,
}

impl<'a> Positions<'a> {
    /// Outcomes are in the order of their x within each subject, but not across them.
    fn of(outcomes: &[&'a Outcome]) -> Positions<'a> {
        let mut names: Vec<&str> = grouped(outcomes, |it| parts(&it.row).2).into_iter().map(|group| group.0).collect();
        let number = |name: &str| name.parse::<f64>().ok().filter(|number| number.is_finite());
        if names.iter().all(|name| number(name).is_some()) {
            names.sort_by(|one, other| number(one).partial_cmp(&number(other)).expect("no NaN"));
        }
        let logarithmic = names.iter().all(|name| number(name).is_some_and(|number| number > 0.0));
        let place = |(index, name): (usize, &'a str)| {
            (name, number(name).filter(|_| logarithmic).map_or(index as f64, f64::log10))
        };
        Positions { logarithmic, labels: names.into_iter().enumerate().map(place).collect() }
    }

    fn at(&self, name: &str) -> f64 {
        self.labels.iter().find(|label| label.0 == name).map_or(0.0, |label| label.1)
    }

    /// The labels that have room in `width` pixels: every one, or every second, third ... counted from the last one.
    fn axis(&self, width: i32) -> Axis {
        let (first, last) = (self.labels[0].1, self.labels[self.labels.len() - 1].1);
        let room = if last > first { (last - first) * 0.03 } else { 0.5 };
        let range = first - room..last + room;
        let every = |step| self.labels.iter().rev().step_by(step);
        let fits = |step: &usize| {
            let mut free = f64::INFINITY;
            every(*step).all(|(name, at)| {
                let pixel = (at - range.start) / (range.end - range.start) * f64::from(width);
                let half = f64::from(wide(name, 12.0)) / 2.0 + 5.0;
                pixel + half <= std::mem::replace(&mut free, pixel - half)
            })
        };
        let step = (1..self.labels.len()).find(fits).unwrap_or(self.labels.len());
        let labels: Vec<_> = every(step).map(|(name, at)| (*at, (*name).to_string())).collect();
        let bare = |at: &f64| labels.iter().all(|label| label.0 != *at);
        let lines = self.labels.iter().map(|label| label.1).filter(bare).collect();
        Axis { range, labels, lines }
    }
}

fn draw(area: &Area, lines: &[Line], xs: &Positions, known: &Known, unit: &str) -> Result<(), Box<dyn Error>> {
    let colour = |line: &Line| {
        let mut subjects: Vec<&str> = lines.iter().map(|line| line.subject).collect();
        subjects.dedup();
        let index = subjects.iter().position(|subject| *subject == line.subject).unwrap_or(0);
        COLOURS[(index + usize::from(!subjects.contains(&OURS))) % COLOURS.len()]
    };
    let below = legend(area, lines, known, &colour)?;
    let (left, right) = (64, 24);
    write(area, unit, (16, below + 8), Words { size: 12.0, colour: FAINT, ..Words::default() })?;

    let values = || lines.iter().flat_map(|line| &line.points).map(|point| point.1);
    let (mut low, mut high) = (values().fold(f64::INFINITY, f64::min), values().fold(0.0, f64::max));
    // A curve that hardly changes shall look so: an axis covers a decade at least.
    let spread = (10.0 / (high / low)).max(1.6).sqrt();
    (low, high) = (low / spread, high * spread);

    let mut chart = ChartBuilder::on(area)
        .margin_top(below + 22)
        .margin_right(right)
        .margin_bottom(8)
        .set_label_area_size(LabelAreaPosition::Left, left)
        .set_label_area_size(LabelAreaPosition::Bottom, if known.x.is_empty() { 28 } else { 48 })
        .build_cartesian_2d(xs.axis(WIDTH as i32 - left - right), Axis::logarithmic(low, high))?;
    chart
        .configure_mesh()
        .x_desc(known.x)
        .axis_desc_style(beside())
        .label_style(beside())
        .bold_line_style(LINES)
        .light_line_style(LINES)
        .axis_style(LINES)
        .draw()?;
    // Controls first: subjects lie above them.
    for line in lines.iter().filter(|line| line.control).chain(lines.iter().filter(|line| !line.control)) {
        let points = || line.points.iter().map(|point| (point.0, point.1.log10()));
        if line.control {
            let style = colour(line).stroke_width(1);
            chart.draw_series(DashedLineSeries::new(points().collect::<Vec<_>>(), 5, 4, style))?;
            if line.points.len() == 1 {
                chart.draw_series(points().map(|point| Circle::new(point, 3, colour(line).stroke_width(1))))?;
            }
        } else {
            chart.draw_series(LineSeries::new(points(), colour(line).stroke_width(2)))?;
            chart.draw_series(points().map(|point| Circle::new(point, 3, colour(line).filled())))?;
        }
    }
    Ok(())
}

/// The names of the lines, below the title, in as many rows as they take. Returns where the last row ends.
fn legend(
    area: &Area,
    lines: &[Line],
    known: &Known,
    colour: &dyn Fn(&Line) -> RGBColor,
) -> Result<i32, Box<dyn Error>> {
    let (mut x, mut y) = (16, 52);
    let several = lines.iter().any(|line| line.subject != lines[0].subject);
    for line in lines {
        let name = match (line.control, several) {
            (false, _) => line.subject.to_string(),
            (true, true) => format!("control of {}", line.subject),
            (true, false) if known.control.is_empty() => "control".into(),
            (true, false) => format!("control: {}", known.control),
        };
        let name = cut(&name, 13.0, 300);
        let width = 30 + wide(&name, 13.0);
        if x > 16 && x + width > WIDTH as i32 - 16 {
            (x, y) = (16, y + 20);
        }
        let style = colour(line).stroke_width(if line.control { 1 } else { 2 });
        let dashes: &[(i32, i32)] = if line.control { &[(0, 6), (9, 15), (18, 24)] } else { &[(0, 24)] };
        for (from, to) in dashes {
            area.draw(&PathElement::new([(x + from, y), (x + to, y)], style))?;
        }
        if !line.control {
            area.draw(&Circle::new((x + 12, y), 3, colour(line).filled()))?;
        }
        write(area, &name, (x + 30, y), Words::default())?;
        x += width + 20;
    }
    Ok(y + 16)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcomes(xs: &[&str]) -> Vec<Outcome> {
        let outcome = |x: &&str| Outcome {
            row: format!("growth/curve/{x}"),
            subject: OURS.into(),
            ns: 2.0,
            control_ns: 1.0,
            ratio: 2.0,
            low: 2.0,
            high: 2.0,
        };
        xs.iter().map(outcome).collect()
    }

    fn positions(xs: &[&str]) -> Vec<f64> {
        let outcomes = outcomes(xs);
        let outcomes: Vec<&Outcome> = outcomes.iter().collect();
        let positions = Positions::of(&outcomes);
        xs.iter().map(|x| positions.at(x)).collect()
    }

    #[test]
    fn where_points_stand() {
        assert_eq!(positions(&["1", "100", "10"]), [0.0, 2.0, 1.0]);
        assert_eq!(positions(&["64", "0", "8"]), [2.0, 0.0, 1.0]);
        assert_eq!(positions(&["few", "64"]), [0.0, 1.0]);
    }

    #[test]
    fn labels_have_room() {
        let names: Vec<String> = (1..200).map(|x| x.to_string()).collect();
        let outcomes = outcomes(&names.iter().map(String::as_str).collect::<Vec<_>>());
        let outcomes: Vec<&Outcome> = outcomes.iter().collect();
        let positions = Positions::of(&outcomes);
        let labels = positions.axis(600).labels;
        assert!(labels.len() < 30 && labels[0] == (199f64.log10(), "199".into()), "{labels:?}");
    }

    #[test]
    fn a_single_point_and_none_at_all() {
        let one = outcomes(&["8"]);
        let svg = &plots(&[&one[0]]).expect("drawn")[0].svg;
        assert!(svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>") && !svg.contains("NaN"), "{svg}");
        let broken = Outcome { ns: f64::NAN, ratio: f64::NAN, control_ns: 0.0, ..one[0].clone() };
        let plots = plots(&[&broken]).expect("drawn");
        assert!(plots.iter().all(|plot| !plot.svg.contains("NaN")));
    }
}
