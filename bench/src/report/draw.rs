//! What the plots have in common. They are drawn on white, on any page.

use std::io;
use std::ops::Range;

use plotters::coord::Shift;
use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, ValueFormatter};
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

pub type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

pub const WIDTH: u32 = 720;
pub const INK: RGBColor = RGBColor(31, 35, 40);
pub const FAINT: RGBColor = RGBColor(101, 109, 118);
pub const LINES: RGBColor = RGBColor(225, 228, 232);
/// The log's colour, and the others' in turn: colours that most eyes can tell apart.
pub const COLOURS: [RGBColor; 6] = [
    RGBColor(9, 105, 218),
    RGBColor(207, 92, 0),
    RGBColor(26, 127, 55),
    RGBColor(130, 80, 223),
    RGBColor(191, 57, 137),
    RGBColor(154, 103, 0),
];

/// The backend takes a size for bigger than what it writes.
const SIZE: f64 = 1.24;

/// A picture that `draw` fills, with a title at the top.
pub fn picture(
    title: &str,
    height: u32,
    draw: impl FnOnce(&Area) -> Result<(), Box<dyn std::error::Error>>,
) -> io::Result<String> {
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, (WIDTH, height)).into_drawing_area();
        let filled = || -> Result<(), Box<dyn std::error::Error>> {
            area.fill(&WHITE)?;
            write(&area, title, (16, 26), Words { size: 16.0, bold: true, ..Words::default() })?;
            draw(&area)?;
            Ok(area.present()?)
        };
        filled().map_err(|error| io::Error::other(error.to_string()))?;
    }
    Ok(svg)
}

/// The style of text.
pub struct Words {
    pub size: f64,
    pub bold: bool,
    pub colour: RGBColor,
    pub horizontal: HPos,
}

impl Default for Words {
    fn default() -> Words {
        Words { size: 13.0, bold: false, colour: INK, horizontal: HPos::Left }
    }
}

/// Writes at a point, which is halfway up the letters.
pub fn write(area: &Area, text: &str, at: (i32, i32), words: Words) -> Result<(), Box<dyn std::error::Error>> {
    let style = if words.bold { FontStyle::Bold } else { FontStyle::Normal };
    let font = FontDesc::new(FontFamily::Name("system-ui, sans-serif"), words.size * SIZE, style);
    let style = TextStyle::from(font).color(&words.colour).pos(Pos::new(words.horizontal, VPos::Center));
    Ok(area.draw_text(text, &style, at)?)
}

/// The style of what stands at axes.
pub fn beside<'a>() -> TextStyle<'a> {
    let font = FontDesc::new(FontFamily::Name("system-ui, sans-serif"), 12.0 * SIZE, FontStyle::Normal);
    TextStyle::from(font).color(&FAINT)
}

/// An axis that knows its labels, and where they stand; lines may be elsewhere too.
#[derive(Default)]
pub struct Axis {
    pub range: Range<f64>,
    pub labels: Vec<(f64, String)>,
    pub lines: Vec<f64>,
}

impl Axis {
    /// Of values at their logarithms.
    pub fn logarithmic(low: f64, high: f64) -> Axis {
        let labels = ticks(low, high).into_iter().map(|tick| (tick.log10(), round(tick))).collect();
        Axis { range: low.log10()..high.log10(), labels, lines: Vec::new() }
    }
}

impl Ranged for Axis {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, (from, to): (i32, i32)) -> i32 {
        let part = (value - self.range.start) / (self.range.end - self.range.start);
        from + (part * f64::from(to - from)).round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, hint: Hint) -> Vec<f64> {
        let lines = hint.weight().allow_light_points();
        if lines { self.lines.clone() } else { self.labels.iter().map(|label| label.0).collect() }
    }

    fn range(&self) -> Range<f64> {
        self.range.clone()
    }
}

impl ValueFormatter<f64> for Axis {
    fn format_ext(&self, value: &f64) -> String {
        let label = self.labels.iter().find(|label| label.0 == *value);
        label.map_or(String::new(), |label| label.1.clone())
    }
}

/// The width of a text in most fonts, in pixels.
pub fn wide(text: &str, size: f64) -> i32 {
    (text.chars().count() as f64 * size * 0.6).ceil() as i32
}

/// Cut to what fits.
pub fn cut(text: &str, size: f64, width: i32) -> String {
    if wide(text, size) <= width {
        return text.into();
    }
    let letters = (f64::from(width) / (size * 0.6)) as usize;
    text.chars().take(letters.saturating_sub(1)).chain(['…']).collect()
}

/// Round values between two positive ones, for a logarithmic axis. The closer the two are, the finer the values.
fn ticks(low: f64, high: f64) -> Vec<f64> {
    let decades = (high / low).log10();
    let steps: &[f64] = if decades > 3.0 {
        &[1.0]
    } else if decades > 1.2 {
        &[1.0, 2.0, 5.0]
    } else {
        &[1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 7.0]
    };
    let (from, to) = (low.log10().floor() as i32, high.log10().ceil() as i32);
    let all = (from..=to).flat_map(|exponent| steps.iter().map(move |step| step * 10f64.powi(exponent)));
    all.filter(|tick| (low * 0.9999..=high * 1.0001).contains(tick)).collect()
}

/// A round value, without zeros that say nothing.
fn round(value: f64) -> String {
    let text = format!("{value:.4}");
    text.trim_end_matches('0').trim_end_matches('.').into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes() {
        assert_eq!(ticks(0.5, 60.0), [0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0]);
        assert_eq!(
            ticks(0.09, 12_000.0).iter().map(|tick| round(*tick)).collect::<Vec<_>>(),
            ["0.1", "1", "10", "100", "1000", "10000"]
        );
        assert!(ticks(10.0, 40.0).len() >= 4);
    }

    #[test]
    fn long_names() {
        assert_eq!(cut("short", 10.0, 100), "short");
        assert_eq!(cut("longer", 10.0, 24), "lon…");
    }
}
