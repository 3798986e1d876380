//! Lines over a logarithmic axis, as SVG.

pub struct Series {
    pub name: String,
    pub points: Vec<(f64, f64)>,
}

impl Series {
    pub fn new(name: &str) -> Series {
        Series { name: name.to_owned(), points: Vec::new() }
    }

    pub fn point(&mut self, x: f64, y: f64) {
        println!("    {}: {x} {y:.1}", self.name);
        self.points.push((x, y));
    }
}

#[derive(Default)]
pub struct Picture {
    pub panels: Vec<(String, String, Vec<Series>)>,
}

const WIDTH: f64 = 360.0;
const HEIGHT: f64 = 260.0;
const COLOURS: [&str; 2] = ["#c0392b", "#2471a3"];

impl Picture {
    pub fn panel(&mut self, x: &str, y: &str, series: Vec<Series>) {
        self.panels.push((x.to_owned(), y.to_owned(), series));
    }

    pub fn svg(&self) -> String {
        let mut out = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{}\" height=\"{HEIGHT}\" font-family=\"sans-serif\" font-size=\"11\">\n\
             <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n",
            WIDTH * self.panels.len() as f64
        );
        for (index, (x_name, y_name, series)) in self.panels.iter().enumerate() {
            let left = WIDTH * index as f64;
            let points = || series.iter().flat_map(|series| &series.points);
            let most = points().map(|point| point.1).fold(0.0, f64::max) * 1.1;
            let (low, high) =
                points().fold((f64::MAX, 0.0_f64), |(low, high), point| (low.min(point.0), high.max(point.0)));
            let x = |value: f64| left + 50.0 + (value / low).ln() / (high / low).ln() * (WIDTH - 80.0);
            let y = |value: f64| HEIGHT - 40.0 - value / most * (HEIGHT - 80.0);
            out += &format!("<text x=\"{}\" y=\"{}\">{x_name}</text>\n", left + 50.0, HEIGHT - 8.0);
            for part in 0..=4 {
                let value = most * f64::from(part) / 4.0;
                out += &format!(
                    "<line x1=\"{}\" x2=\"{}\" y1=\"{y:.1}\" y2=\"{y:.1}\" stroke=\"#ddd\"/><text x=\"{}\" y=\"{y:.1}\">{value:.0}</text>\n",
                    left + 50.0,
                    left + WIDTH - 30.0,
                    left + 10.0,
                    y = y(value)
                );
            }
            out += &format!("<text x=\"{}\" y=\"14\">{y_name}</text>\n", left + 10.0);
            for (line, colour) in series.iter().zip(COLOURS) {
                let path: Vec<_> =
                    line.points.iter().map(|point| format!("{:.1},{:.1}", x(point.0), y(point.1))).collect();
                out += &format!(
                    "<polyline fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\" points=\"{}\"/>\n",
                    path.join(" ")
                );
                for point in &line.points {
                    out += &format!(
                        "<circle cx=\"{:.1}\" cy=\"{:.1}\" r=\"3\" fill=\"{colour}\"/>\n",
                        x(point.0),
                        y(point.1)
                    );
                    out += &format!("<text x=\"{:.1}\" y=\"{}\">{}</text>\n", x(point.0), HEIGHT - 26.0, point.0);
                }
            }
            for (row, (line, colour)) in series.iter().zip(COLOURS).enumerate() {
                out += &format!(
                    "<text x=\"{}\" y=\"{}\" fill=\"{colour}\">{}</text>\n",
                    left + 60.0 + 110.0 * row as f64,
                    28,
                    line.name
                );
            }
        }
        out + "</svg>\n"
    }
}
