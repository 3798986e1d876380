//! Draws the samples of a soak: `soak_picture TABLE PICTURE.svg`.
//!
//! The table is the output of `soak --table`: a line of names, then a line of figures for each sample, with tabs
//! between.

use std::error::Error;
use std::fs;
use std::process::ExitCode;

use atomic_log_bench::report::draw::{Area, Axis, COLOURS, FAINT, LINES, WIDTH, Words, beside, picture, wide, write};
use plotters::prelude::*;
use plotters::style::text_anchor::HPos;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [table, svg] = &arguments[..] else {
        eprintln!("usage: soak_picture TABLE PICTURE.svg");
        return ExitCode::FAILURE;
    };
    match fs::read_to_string(table).map_err(Into::into).and_then(|text| draw(&Table::parse(&text)?, svg)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("no picture of {table}: {error}");
            ExitCode::FAILURE
        }
    }
}

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Named columns, all of one length.
struct Table {
    names: Vec<String>,
    columns: Vec<Vec<f64>>,
}

impl Table {
    fn parse(text: &str) -> Result<Table> {
        let mut lines = text.lines();
        let names: Vec<String> = lines.next().unwrap_or("").split('\t').map(Into::into).collect();
        let mut columns = vec![Vec::new(); names.len()];
        for line in lines {
            let figures: Vec<f64> = line.split('\t').map(str::parse).collect::<std::result::Result<_, _>>()?;
            if figures.len() != names.len() {
                return Err(format!("{} names and {} figures", names.len(), figures.len()).into());
            }
            columns.iter_mut().zip(figures).for_each(|(column, figure)| column.push(figure));
        }
        if columns[0].len() < 2 {
            return Err("fewer than two samples".into());
        }
        Ok(Table { names, columns })
    }

    fn column(&self, name: &str) -> Result<&[f64]> {
        let index = self.names.iter().position(|each| each == name).ok_or_else(|| format!("no column {name}"))?;
        Ok(&self.columns[index])
    }

    /// The logs, in their order: each has columns named `LOG.FIGURE`.
    fn logs(&self) -> Vec<&str> {
        self.names.iter().filter_map(|name| name.strip_suffix(".bytes")).collect()
    }

    /// The sum over all logs.
    fn sum(&self, figure: &str) -> Result<Vec<f64>> {
        let mut sum = vec![0.0; self.columns[0].len()];
        for log in self.logs() {
            sum.iter_mut().zip(self.column(&format!("{log}.{figure}"))?).for_each(|(sum, figure)| *sum += figure);
        }
        Ok(sum)
    }
}

/// How much a count grew each second, from one sample to the next.
fn rate(seconds: &[f64], counts: &[f64]) -> Vec<f64> {
    let before = |values: &[f64], index: usize| if index == 0 { 0.0 } else { values[index - 1] };
    let passed = |index| (seconds[index] - before(seconds, index)).max(0.1);
    (0..counts.len()).map(|index| (counts[index] - before(counts, index)) / passed(index)).collect()
}

fn scaled(values: &[f64], by: f64) -> Vec<f64> {
    values.iter().map(|value| value * by).collect()
}

struct Line {
    name: String,
    values: Vec<f64>,
}

/// The lines that share one pair of axes.
struct Panel {
    title: String,
    height: i32,
    lines: Vec<Line>,
    /// Drawn across, in grey.
    bound: Option<(String, f64)>,
}

fn panel(title: &str, height: i32, lines: Vec<(&str, Vec<f64>)>, bound: Option<(String, f64)>) -> Panel {
    let lines = lines.into_iter().map(|(name, values)| Line { name: name.into(), values }).collect();
    Panel { title: title.into(), height, lines, bound }
}

fn panels(table: &Table) -> Result<Vec<Panel>> {
    let seconds = table.column("seconds")?;
    let rss = table.column("rss")?;
    let most = |column: &[f64]| column.iter().copied().fold(0.0, f64::max);
    let rss_most = most(table.column("rss_most")?) / 1e6;
    let mut panels = vec![panel(
        "Memory, in MB",
        200,
        vec![("resident", scaled(rss, 1e-6)), ("allocated by the logs", scaled(&table.sum("bytes")?, 1e-6))],
        Some((format!("bound of what is resident, {rss_most:.1}"), rss_most)),
    )];
    for log in table.logs() {
        let column = |figure: &str| table.column(&format!("{log}.{figure}"));
        let bound = most(column("live_most")?);
        panels.push(panel(
            &format!("Segments of the log “{log}”"),
            120,
            vec![("alive", column("live")?.into()), ("held by readers alone", column("held")?.into())],
            Some((format!("bound, {bound:.0}"), bound)),
        ));
    }
    panels.push(panel(
        "What readers hold",
        140,
        vec![("views", table.sum("views")?), ("pins", table.sum("pins")?)],
        None,
    ));
    panels.push(panel(
        "Readers that never let go",
        120,
        vec![("killed", table.column("killed")?.into()), ("returned without letting go", table.column("left")?.into())],
        None,
    ));
    panels.push(panel(
        "Each second",
        140,
        vec![
            ("thousands of records", scaled(&rate(seconds, &table.sum("records")?), 1e-3)),
            ("hundreds of rolls", scaled(&rate(seconds, &table.sum("rolls")?), 1e-2)),
            ("appends refused", rate(seconds, &table.sum("refused")?)),
        ],
        None,
    ));
    Ok(panels)
}

fn draw(table: &Table, path: &str) -> Result<()> {
    let seconds = table.column("seconds")?;
    let panels = panels(table)?;
    let height: i32 = panels.iter().map(|panel| panel.height + 34).sum();
    let length = seconds[seconds.len() - 1] / 60.0;
    let title = format!("A soak of {length:.1} minutes, {} samples", seconds.len());
    let minutes = scaled(seconds, 1.0 / 60.0);
    let svg = picture(&title, height as u32 + 74, |area| {
        let mut top = 44;
        for (index, panel) in panels.iter().enumerate() {
            let last = index + 1 == panels.len();
            let height = panel.height + 34 + if last { 24 } else { 0 };
            let part = area.clone().shrink((0, top), (WIDTH as i32, height));
            draw_panel(&part, panel, &minutes, last)?;
            top += height;
        }
        Ok(())
    })?;
    Ok(fs::write(path, svg)?)
}

/// Lines at round values from zero on, with or without labels.
fn axis(high: f64, many: usize, labelled: bool) -> Axis {
    let least = high / many as f64;
    let decade = 10f64.powf(least.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].map(|digit| digit * decade).into_iter().find(|step| *step >= least);
    let step = step.unwrap_or(decade * 10.0);
    let values: Vec<f64> = (0..).map(|index| f64::from(index) * step).take_while(|value| *value <= high).collect();
    let text = |value: f64| if step < 1.0 { format!("{value:.1}") } else { format!("{value:.0}") };
    let labels = values.iter().filter(|_| labelled).map(|value| (*value, text(*value))).collect();
    Axis { range: 0.0..high, labels, lines: if labelled { Vec::new() } else { values } }
}

fn draw_panel(area: &Area, panel: &Panel, minutes: &[f64], last: bool) -> Result<()> {
    write(area, &panel.title, (16, 10), Words { bold: true, ..Words::default() })?;
    let mut x = WIDTH as i32 - 24;
    if let Some((name, _)) = &panel.bound {
        write(area, name, (x, 10), Words { size: 12.0, colour: FAINT, horizontal: HPos::Right, ..Words::default() })?;
        x -= wide(name, 12.0) + 16;
    }
    for (index, line) in panel.lines.iter().enumerate().rev() {
        let words = Words { size: 12.0, colour: COLOURS[index], horizontal: HPos::Right, ..Words::default() };
        write(area, &line.name, (x, 10), words)?;
        x -= wide(&line.name, 12.0) + 16;
    }
    let highest = panel.lines.iter().flat_map(|line| &line.values).copied().fold(0.0, f64::max);
    let high = panel.bound.as_ref().map_or(highest, |bound| bound.1.max(highest)).max(1.0) * 1.05;
    let mut chart = ChartBuilder::on(area)
        .margin_top(20)
        .margin_right(24)
        .margin_bottom(4)
        .set_label_area_size(LabelAreaPosition::Left, 56)
        .set_label_area_size(LabelAreaPosition::Bottom, if last { 34 } else { 10 })
        .build_cartesian_2d(
            axis(minutes[minutes.len() - 1], 6, last),
            axis(high, (panel.height / 40) as usize, true),
        )?;
    let mut mesh = chart.configure_mesh();
    mesh.axis_desc_style(beside())
        .label_style(beside())
        .bold_line_style(LINES)
        .light_line_style(LINES)
        .axis_style(LINES);
    if last {
        mesh.x_desc("minutes");
    }
    mesh.draw()?;
    if let Some((_, bound)) = panel.bound {
        let ends = [(minutes[0], bound), (minutes[minutes.len() - 1], bound)];
        chart.draw_series(LineSeries::new(ends, FAINT.stroke_width(1)))?;
    }
    for (index, line) in panel.lines.iter().enumerate() {
        let points = minutes.iter().copied().zip(line.values.iter().copied());
        chart.draw_series(LineSeries::new(points, COLOURS[index].stroke_width(1)))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_found_and_added() {
        let table = Table::parse("seconds\ta.bytes\tb.bytes\n1\t10\t5\n2\t20\t7\n").expect("a table");
        assert_eq!(table.logs(), ["a", "b"]);
        assert_eq!(table.sum("bytes").expect("columns"), [15.0, 27.0]);
        assert!(table.column("rss").is_err());
        assert_eq!(rate(&[2.0, 4.0], &[10.0, 16.0]), [5.0, 3.0]);
    }

    #[test]
    fn a_broken_table_is_refused() {
        assert!(Table::parse("").is_err());
        assert!(Table::parse("seconds\trss\n1\t2\n3\n").is_err());
        assert!(Table::parse("seconds\n1\n").is_err());
        assert!(Table::parse("seconds\n1\nx\n").is_err());
    }

    #[test]
    fn labels_are_round() {
        let labels = |high, many| axis(high, many, true).labels.into_iter().map(|label| label.1).collect::<Vec<_>>();
        assert_eq!(labels(30.0, 6), ["0", "5", "10", "15", "20", "25", "30"]);
        assert_eq!(labels(73.0, 3), ["0", "50"]);
        assert_eq!(labels(1.05, 3), ["0.0", "0.5", "1.0"]);
    }
}
