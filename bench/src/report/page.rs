//! The page.

use super::Plot;
use crate::results::Outcome;
use crate::table::{Line, OURS, figure, grids, parts, ratio, summary, time};

/// What the page shows.
pub struct Page<'a> {
    pub machine: Vec<(&'static str, String)>,
    /// Files of results, with the times they were written.
    pub files: Vec<(String, String)>,
    /// Whether criterion has left pages of its own.
    pub criterion: bool,
    pub lines: &'a [Line<'a>],
    pub growth: &'a [&'a Outcome],
    pub curves: Vec<Plot>,
    pub peers: &'a [&'a Outcome],
    pub bars: Vec<Plot>,
    pub others: &'a [&'a Outcome],
}

impl Page<'_> {
    pub fn html(&self) -> String {
        format!(
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <title>atomic-log: what it costs</title>\n<style>\n{}</style>\n</head>\n<body>\n{}{}{}{}{}</body>\n</html>\n",
            include_str!("style.css"),
            self.head(),
            self.table(),
            self.growth(),
            self.peers(),
            self.others(),
        )
    }

    fn head(&self) -> String {
        let facts: String =
            self.machine.iter().map(|(name, value)| format!("<dt>{name}</dt><dd>{}</dd>\n", escape(value))).collect();
        let files: Vec<String> =
            self.files.iter().map(|(name, date)| format!("{} ({})", escape(name), escape(date))).collect();
        let files = if files.is_empty() { "nothing".into() } else { files.join(", ") };
        let criterion = if self.criterion {
            "<p><a href=\"../criterion/report/index.html\">Criterion's own pages</a> have the distribution of each \
             ratio.</p>\n"
        } else {
            "<p class=\"faint\">Criterion has left no pages of its own.</p>\n"
        };
        format!(
            "<h1>atomic-log: what it costs</h1>\n<p>A subject and its control take turns within one run, and what counts \
             is the ratio of their times: machines differ and clocks wander, but both sides of a ratio feel it.</p>\n<dl>\n{facts}<dt>Measured</dt><dd>{files}</dd>\n</dl>\n{criterion}"
        )
    }

    fn table(&self) -> String {
        let rows: String = self.lines.iter().map(row).collect();
        format!(
            "<h2>The table</h2>\n<p>{}.</p>\n<p class=\"faint\">Times in nanoseconds per operation, medians. Ratio: the \
             subject's time over the control's, with its quartiles; for rates, the subject's rate over the control's. \
             The mark in the middle of a bar is the goal, the thin line spans the quartiles; a bar that would be longer \
             than twice the goal ends at the edge. Original: what the predecessor took, in its own words or \
             numbers.</p>\n<div class=\"scroll\"><table>\n<tr><th>what</th><th>ns</th><th class=\"left\">control</th>\
             <th>control ns</th><th>ratio</th><th class=\"left\">beside its goal</th><th>goal</th><th>met?</th>\
             <th>original</th></tr>\n{rows}</table></div>\n",
            escape(&summary(self.lines))
        )
    }

    fn growth(&self) -> String {
        let mut text = String::from("<h2>How costs grow</h2>\n") + &plots(&self.curves, "No growth curve");
        if !self.growth.is_empty() {
            text += &format!("<details><summary>The figures</summary>\n{}</details>\n", list(self.growth));
        }
        text
    }

    fn peers(&self) -> String {
        let mut text = String::from("<h2>Beside others</h2>\n");
        for grid in grids(self.peers) {
            let (header, lines) = grid.cells(0..grid.subjects.len());
            let tag = |name: &str, cells: &mut dyn Iterator<Item = &str>| {
                let cell = |(column, cell)| {
                    let class = if header[column] == OURS { " class=\"ours\"" } else { "" };
                    format!("<{name}{class}>{}</{name}>", escape(cell))
                };
                format!("<tr>{}</tr>\n", cells.enumerate().map(cell).collect::<String>())
            };
            let head = tag("th", &mut header.iter().copied());
            let body: String = lines.iter().map(|line| tag("td", &mut line.iter().map(String::as_str))).collect();
            text += &format!("<div class=\"scroll\"><table>\n{head}{body}</table></div>\n");
        }
        text + &plots(&self.bars, "No peer")
    }

    fn others(&self) -> String {
        if self.others.is_empty() {
            return String::new();
        }
        format!("<h2>Measured too, without a goal</h2>\n{}", list(self.others))
    }
}

/// A row of the table.
fn row(line: &Line) -> String {
    let (class, met) = match line.met() {
        Some(true) => ("met", "met"),
        Some(false) => ("missed", "not met"),
        None => ("open", "not measured"),
    };
    let met = if line.suspect() { format!("{met} (?)") } else { met.into() };
    let (ns, control_ns) = line.times();
    let bar = line.outcome.map_or(String::new(), |outcome| bar(outcome, line.row.goal, class));
    format!(
        "<tr class=\"{class}\"><td>{}<small>{}</small></td><td>{ns}</td><td class=\"left\">{}</td><td>{control_ns}</td>\
         <td>{}</td><td class=\"left\">{bar}</td><td>{}</td><td class=\"{class}\">{met}</td><td>{}</td></tr>\n",
        escape(line.row.what),
        escape(line.row.id),
        escape(line.row.control),
        line.outcome.map_or("-".into(), |outcome| ratio(outcome, Some(line.row.goal))),
        line.goal(),
        escape(line.row.original),
    )
}

/// A ratio beside its goal, which is in the middle.
fn bar(outcome: &Outcome, goal: f64, class: &str) -> String {
    let at = |ratio: f64| {
        let percent = (ratio / goal * 50.0).clamp(0.0, 100.0);
        if percent.is_nan() { 0.0 } else { percent }
    };
    let (low, high) = (at(outcome.low), at(outcome.high));
    format!(
        "<div class=\"bar {class}\"><i style=\"width:{:.1}%\"></i><u style=\"left:{low:.1}%;width:{:.1}%\"></u>\
         <b></b></div>",
        at(outcome.ratio),
        high - low
    )
}

fn plots(plots: &[Plot], nothing: &str) -> String {
    if plots.is_empty() {
        return format!("<p class=\"faint\">{nothing} was measured.</p>\n");
    }
    let figure = |plot: &Plot| {
        let label = format!("<svg role=\"img\" aria-label=\"{}\"", escape(&plot.title));
        let svg = plot.svg.replacen("<svg", &label, 1);
        format!("<figure>\n{svg}<figcaption>{}</figcaption>\n</figure>\n", escape(&plot.caption))
    };
    format!("<div class=\"plots\">\n{}</div>\n", plots.iter().map(figure).collect::<String>())
}

/// Outcomes as they are.
fn list(outcomes: &[&Outcome]) -> String {
    let row = |outcome: &&Outcome| {
        // The group's name is above, unless it is all there is.
        let (group, curve, x) = parts(&outcome.row);
        let name = if group == "growth" { format!("{curve} {x}") } else { outcome.row.clone() };
        format!(
            "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>\n",
            escape(&name),
            escape(&outcome.subject),
            figure(outcome),
            time(outcome.control_ns),
            ratio(outcome, None)
        )
    };
    format!(
        "<div class=\"scroll\"><table>\n<tr><th>what</th><th>subject</th><th>ns</th><th>control ns</th><th>ratio</th>\
         </tr>\n{}</table></div>\n",
        outcomes.iter().map(row).collect::<String>()
    )
}

/// Text that may stand anywhere in HTML.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped += "&amp;",
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            '"' => escaped += "&quot;",
            '\'' => escaped += "&#39;",
            letter => escaped.push(letter),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rows::ROWS;
    use crate::table::join;

    #[test]
    fn escaping() {
        assert_eq!(escape("<a href=\"x\">'&amp;'"), "&lt;a href=&quot;x&quot;&gt;&#39;&amp;amp;&#39;");
        assert_eq!(escape("≤ 1.1"), "≤ 1.1");
    }

    #[test]
    fn bars() {
        let outcome = |ratio: f64| Outcome {
            row: "append/8".into(),
            subject: OURS.into(),
            ns: 1.0,
            control_ns: 1.0,
            ratio,
            low: ratio,
            high: ratio * 2.0,
        };
        let at_goal = bar(&outcome(1.1), 1.1, "met");
        assert!(
            at_goal.contains("<i style=\"width:50.0%\">") && at_goal.contains("left:50.0%;width:50.0%"),
            "{at_goal}"
        );
        assert!(bar(&outcome(835.0), 2.0, "missed").contains("<i style=\"width:100.0%\"></i><u style=\"left:100.0%;"));
        assert!(!bar(&outcome(f64::NAN), 2.0, "missed").contains("NaN"));
    }

    fn page(outcomes: &[Outcome]) -> String {
        let (lines, rest) = join(ROWS, outcomes);
        Page {
            machine: vec![("Processor", "<fast>".into())],
            files: Vec::new(),
            criterion: false,
            lines: &lines,
            growth: &[],
            curves: Vec::new(),
            peers: &rest,
            bars: Vec::new(),
            others: &rest,
        }
        .html()
    }

    #[test]
    fn nothing_is_missing_silently() {
        let html = page(&[]);
        assert_eq!(html.matches(">not measured</td>").count(), ROWS.len());
        assert!(html.contains("No growth curve was measured") && html.contains("No peer was measured"));
        assert!(html.contains("&lt;fast&gt;") && !html.contains("<fast>"));
    }

    #[test]
    fn names_are_escaped() {
        let hostile = Outcome {
            row: "<script>/8".into(),
            subject: "\"&".into(),
            ns: 1.0,
            control_ns: 1.0,
            ratio: 1.0,
            low: 1.0,
            high: 1.0,
        };
        let html = page(&[hostile]);
        assert!(html.contains("&lt;script&gt;/8") && html.contains("&quot;&amp;") && !html.contains("<script"));
    }
}
