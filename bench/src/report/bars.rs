//! Other structures beside the log: `peers/WHAT/X`, a chart for each row, its subjects as bars.

use std::error::Error;
use std::io;

use plotters::prelude::*;
use plotters::style::text_anchor::HPos;

use super::draw::{Area, Axis, COLOURS, FAINT, INK, LINES, Words, beside, cut, picture, wide, write};
use super::{Plot, slug};
use crate::results::Outcome;
use crate::table::{OURS, figure, grouped, parts};

const BAR: i32 = 28;
const OTHERS: RGBColor = RGBColor(175, 184, 193);

/// A chart for each row. Charts of one operation have the same axis.
pub fn plots(peers: &[&Outcome]) -> io::Result<Vec<Plot>> {
    let mut plots = Vec::new();
    for (_, outcomes) in grouped(peers, |outcome| parts(&outcome.row).1) {
        let timed = outcomes.iter().all(|outcome| outcome.ns != 0.0);
        let value = |outcome: &Outcome| if timed { outcome.ns } else { outcome.ratio };
        let good = |outcome: &&Outcome| value(outcome).is_finite() && value(outcome) > 0.0;
        let outcomes: Vec<&Outcome> = outcomes.into_iter().filter(good).collect();
        let range = outcomes
            .iter()
            .fold((f64::INFINITY, 0.0f64), |(low, high), outcome| (low.min(value(outcome)), high.max(value(outcome))));
        for (row, mut outcomes) in grouped(&outcomes, |outcome| outcome.row.as_str()) {
            outcomes.sort_by(|one, other| value(one).total_cmp(&value(other)));
            let title = row.split_once('/').map_or(row, |(_, name)| name);
            let unit = if timed { "ns per operation" } else { "times the control" };
            let height = 44 + BAR * outcomes.len() as i32 + 56;
            let svg = picture(title, height as u32, |area| draw(area, &outcomes, &value, range, unit))?;
            let caption = format!(
                "{title}: {} for each subject, the fastest at the top; shorter is better. The axis is logarithmic, so \
                 compare the figures rather than the lengths.",
                if timed { "nanoseconds per operation" } else { "the ratio to the control" },
            );
            plots.push(Plot { name: slug(row), title: title.into(), caption, svg });
        }
    }
    Ok(plots)
}

fn draw(
    area: &Area,
    outcomes: &[&Outcome],
    value: &dyn Fn(&Outcome) -> f64,
    (low, high): (f64, f64),
    unit: &str,
) -> Result<(), Box<dyn Error>> {
    // Names to the left, figures to the right of the longest bar.
    let longest = outcomes.iter().map(|outcome| wide(&outcome.subject, 13.0)).max().unwrap_or(0);
    let names = longest.min(260) + 28;
    let (from, to) = (low / 2.0, high * 1.05);
    // A bar goes from one whole number to the next.
    let count = outcomes.len();
    let down = Axis { range: 0.0..count as f64, ..Axis::default() };
    let mut chart = ChartBuilder::on(area)
        .margin_top(44)
        .margin_right(84)
        .margin_bottom(8)
        .set_label_area_size(LabelAreaPosition::Left, names)
        .set_label_area_size(LabelAreaPosition::Bottom, 48)
        .build_cartesian_2d(Axis::logarithmic(from, to), down)?;
    chart
        .configure_mesh()
        .x_desc(unit)
        .axis_desc_style(beside())
        .label_style(beside())
        .bold_line_style(LINES)
        .light_line_style(TRANSPARENT)
        .axis_style(LINES)
        .draw()?;
    for (outcome, at) in outcomes.iter().zip((0..count).rev().map(|at| at as f64)) {
        let ours = outcome.subject == OURS;
        let colour = if ours { COLOURS[0] } else { OTHERS };
        let (start, end) = (from.log10(), value(outcome).log10());
        let mut bar = Rectangle::new([(start, at), (end, at + 1.0)], colour.filled());
        bar.set_margin(5, 5, 0, 0);
        chart.draw_series([bar])?;
        let (right, top) = chart.backend_coord(&(end, at + 1.0));
        let (left, bottom) = chart.backend_coord(&(start, at));
        let middle = (top + bottom) / 2;
        let name = Words { bold: ours, horizontal: HPos::Right, ..Words::default() };
        write(area, &cut(&outcome.subject, 13.0, 260), (left - 10, middle), name)?;
        let words = Words { bold: ours, colour: if ours { INK } else { FAINT }, ..Words::default() };
        write(area, &figure(outcome), (right + 8, middle), words)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chart_for_each_row() {
        let outcome = |row: &str, subject: &str, ns: f64| Outcome {
            row: row.into(),
            subject: subject.into(),
            ns,
            control_ns: 1.0,
            ratio: ns,
            low: ns,
            high: ns,
        };
        let outcomes = [
            outcome("peers/append/8", OURS, 2.0),
            outcome("peers/append/8", "<queue>", 30.0),
            outcome("peers/append/64", OURS, 3.0),
            outcome("peers/append/64", "broken", f64::NAN),
        ];
        let plots = plots(&outcomes.iter().collect::<Vec<_>>()).expect("drawn");
        assert_eq!(
            plots.iter().map(|plot| plot.name.as_str()).collect::<Vec<_>>(),
            ["peers-append-8", "peers-append-64"]
        );
        assert!(plots[0].svg.contains("&lt;queue&gt;") && !plots[0].svg.contains("<queue>"));
        assert!(plots.iter().all(|plot| !plot.svg.contains("NaN")));
    }
}
