//! Plots as SVG text: panels of lines over logarithmic axes, and bars beside a floor and a target.
//!
//! Deterministic, without a library: figures in, text out.

use std::fmt::Write;

/// A line of a panel.
#[derive(Clone, Debug)]
pub struct Series {
    /// What the legend says; series of the same name have the same colour in all panels.
    pub name: String,
    /// Points, by x.
    pub points: Vec<(f64, f64)>,
}

/// One small plot.
#[derive(Clone, Debug)]
pub struct Panel {
    /// Its heading.
    pub title: String,
    /// Its lines.
    pub series: Vec<Series>,
}

/// One row of a bar chart.
#[derive(Clone, Debug)]
pub struct Bar {
    /// The row's name.
    pub name: String,
    /// Our figures, in the order of the legend.
    pub ours: Vec<Option<f64>>,
    /// The best peer's and whose it is.
    pub peer: Option<(f64, String)>,
    /// The higher of the floors.
    pub floor: Option<f64>,
    /// The target.
    pub target: Option<f64>,
}

/// Colours that are told apart also by colour-blind readers (Okabe and Ito 2008).
const COLOURS: [&str; 6] = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00"];
const PEER: &str = "#b0b0b0";

/// A logarithmic axis from `low` to `high`, both grown to powers of ten or to 1, 2, 5 of one.
#[derive(Clone, Copy, Debug)]
struct Scale {
    low: f64,
    high: f64,
    from: f64,
    to: f64,
}

impl Scale {
    fn new(values: impl Iterator<Item = f64>, from: f64, to: f64) -> Scale {
        let (low, high) = values
            .filter(|value| *value > 0.0)
            .fold((f64::INFINITY, 0.0_f64), |(low, high), value| (low.min(value), high.max(value)));
        let (low, high) = if low.is_finite() { (low, high) } else { (1.0, 10.0) };
        // At least a factor of ten, so that noise does not look like a trend.
        let spare = (10.0 / (high / low)).sqrt().max(1.1);
        Scale { low: low / spare, high: high * spare, from, to }
    }

    fn at(&self, value: f64) -> f64 {
        let share = (value.max(self.low) / self.low).ln() / (self.high / self.low).ln();
        self.from + share.min(1.0) * (self.to - self.from)
    }

    /// 1, 2 and 5 of every power of ten, or the powers alone if the axis is long.
    fn ticks(&self) -> Vec<f64> {
        let steps: &[f64] = if self.high / self.low > 300.0 { &[1.0] } else { &[1.0, 2.0, 5.0] };
        let powers = self.low.log10().floor() as i32..=self.high.log10().ceil() as i32;
        let all = powers.flat_map(|power| steps.iter().map(move |step| step * 10_f64.powi(power)));
        all.filter(|tick| (self.low..=self.high).contains(tick)).collect()
    }
}

/// A number as an axis shows it.
fn short(value: f64) -> String {
    let (value, unit) = match value {
        v if v >= 1e9 => (v / 1e9, "G"),
        v if v >= 1e6 => (v / 1e6, "M"),
        v if v >= 1e4 => (v / 1e3, "k"),
        v => (v, ""),
    };
    let text = if value >= 100.0 { format!("{value:.0}") } else { format!("{value:.4}") };
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    format!("{text}{unit}")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// The beginning of a document with a white ground, so that it reads on dark pages too.
fn open(width: f64, height: f64) -> String {
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" font-family=\"sans-serif\" font-size=\"11\">\n\
         <rect width=\"{width:.0}\" height=\"{height:.0}\" fill=\"white\"/>\n"
    )
}

fn text(svg: &mut String, x: f64, y: f64, anchor: &str, content: &str) {
    let _ = writeln!(svg, "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{}</text>", escaped(content));
}

fn rule(svg: &mut String, (x1, y1): (f64, f64), (x2, y2): (f64, f64), colour: &str, width: f64) {
    let _ = writeln!(
        svg,
        "<line x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\" stroke=\"{colour}\" stroke-width=\"{width}\"/>"
    );
}

fn rectangle(svg: &mut String, x: f64, y: f64, width: f64, height: f64, colour: &str) {
    let _ = writeln!(
        svg,
        "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{:.1}\" height=\"{height:.1}\" fill=\"{colour}\"/>",
        width.max(0.5)
    );
}

/// Names of all series in the order in which they first occur: the legend.
fn names(panels: &[Panel]) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    for series in panels.iter().flat_map(|panel| &panel.series) {
        if !names.contains(&series.name.as_str()) {
            names.push(&series.name);
        }
    }
    names
}

/// Panels side by side, each with its own logarithmic axes.
pub fn panels(title: &str, x_label: &str, y_label: &str, panels: &[Panel], columns: usize) -> String {
    const WIDTH: f64 = 270.0;
    const HEIGHT: f64 = 190.0;
    let rows = panels.len().div_ceil(columns);
    let names = names(panels);
    let mut svg = open(WIDTH * columns as f64, 50.0 + HEIGHT * rows as f64);
    text(&mut svg, 10.0, 18.0, "start", &format!("{title}: {y_label} over {x_label}"));
    let mut at = 10.0;
    for (index, name) in names.iter().enumerate() {
        rectangle(&mut svg, at, 30.0, 12.0, 6.0, COLOURS[index % COLOURS.len()]);
        text(&mut svg, at + 16.0, 37.0, "start", name);
        at += 30.0 + 6.5 * name.chars().count() as f64;
    }
    for (index, panel) in panels.iter().enumerate() {
        let left = (index % columns) as f64 * WIDTH + 48.0;
        let top = (index / columns) as f64 * HEIGHT + 70.0;
        let (right, bottom) = (left + WIDTH - 66.0, top + HEIGHT - 56.0);
        let points = || panel.series.iter().flat_map(|series| &series.points);
        let x = Scale::new(points().map(|point| point.0), left, right);
        let y = Scale::new(points().map(|point| point.1), bottom, top);
        text(&mut svg, left, top - 6.0, "start", &panel.title);
        for tick in x.ticks() {
            rule(&mut svg, (x.at(tick), top), (x.at(tick), bottom), "#e8e8e8", 1.0);
            text(&mut svg, x.at(tick), bottom + 13.0, "middle", &short(tick));
        }
        for tick in y.ticks() {
            rule(&mut svg, (left, y.at(tick)), (right, y.at(tick)), "#e8e8e8", 1.0);
            text(&mut svg, left - 4.0, y.at(tick) + 4.0, "end", &short(tick));
        }
        for series in &panel.series {
            let colour = COLOURS[names.iter().position(|name| *name == series.name).unwrap_or(0) % COLOURS.len()];
            let line: Vec<String> =
                series.points.iter().map(|point| format!("{:.1},{:.1}", x.at(point.0), y.at(point.1))).collect();
            let _ = writeln!(
                svg,
                "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.5\"/>",
                line.join(" ")
            );
            for point in &series.points {
                let _ = writeln!(
                    svg,
                    "<circle cx=\"{:.1}\" cy=\"{:.1}\" r=\"2.2\" fill=\"{colour}\"/>",
                    x.at(point.0),
                    y.at(point.1)
                );
            }
        }
    }
    svg + "</svg>\n"
}

/// A row of bars per case: ours, the best peer's, a line at the floor and a triangle at the target.
pub fn bars(title: &str, legend: &[&str], rows: &[Bar]) -> String {
    const WIDTH: f64 = 820.0;
    const NAMES: f64 = 170.0;
    let thick = 6.0;
    let step = (legend.len() as f64 + 1.0) * thick + 8.0;
    let (top, bottom) = (64.0, 64.0 + step * rows.len() as f64);
    let figures = rows.iter().flat_map(|row| {
        row.ours.iter().flatten().copied().chain(row.peer.iter().map(|peer| peer.0)).chain(row.floor).chain(row.target)
    });
    let scale = Scale::new(figures, NAMES, WIDTH - 90.0);
    let mut svg = open(WIDTH, bottom + 26.0);
    text(&mut svg, 10.0, 18.0, "start", title);
    let mut at = 10.0;
    let entries = legend.iter().enumerate().map(|(index, name)| (COLOURS[index % COLOURS.len()], *name));
    for (colour, name) in entries.chain([(PEER, "best peer"), ("black", "floor (line), target (triangle)")]) {
        rectangle(&mut svg, at, 30.0, 12.0, 6.0, colour);
        text(&mut svg, at + 16.0, 37.0, "start", name);
        at += 36.0 + 6.5 * name.chars().count() as f64;
    }
    for tick in scale.ticks() {
        rule(&mut svg, (scale.at(tick), top - 6.0), (scale.at(tick), bottom), "#e8e8e8", 1.0);
        text(&mut svg, scale.at(tick), top - 10.0, "middle", &short(tick));
    }
    for (index, row) in rows.iter().enumerate() {
        let y = top + step * index as f64;
        text(&mut svg, NAMES - 6.0, y + step / 2.0 - 1.0, "end", &row.name);
        for (bar, value) in row.ours.iter().enumerate() {
            if let Some(value) = value {
                let colour = COLOURS[bar % COLOURS.len()];
                rectangle(&mut svg, NAMES, y + bar as f64 * thick, scale.at(*value) - NAMES, thick - 1.0, colour);
            }
        }
        let low = y + legend.len() as f64 * thick;
        if let Some((value, whose)) = &row.peer {
            rectangle(&mut svg, NAMES, low, scale.at(*value) - NAMES, thick - 1.0, PEER);
            text(&mut svg, scale.at(*value) + 4.0, low + thick, "start", whose);
        }
        if let Some(floor) = row.floor {
            rule(&mut svg, (scale.at(floor), y - 2.0), (scale.at(floor), low), "black", 1.5);
        }
        if let Some(target) = row.target {
            let x = scale.at(target);
            let _ = writeln!(svg, "<path d=\"M {:.1} {:.1} l 8 0 l -4 6 z\" fill=\"black\"/>", x - 4.0, y - 6.0);
        }
    }
    svg + "</svg>\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        for (value, expected) in
            [(0.05, "0.05"), (1.0, "1"), (250.0, "250"), (20_000.0, "20k"), (5e6, "5M"), (2e9, "2G")]
        {
            assert_eq!(short(value), expected);
        }
    }

    #[test]
    fn axes_hold_their_figures() {
        let scale = Scale::new([3.0, 700.0].into_iter(), 0.0, 100.0);
        assert!(scale.at(3.0) > 0.0 && scale.at(700.0) < 100.0 && scale.at(3.0) < scale.at(700.0));
        assert_eq!(scale.ticks(), [5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0]);
    }

    #[test]
    fn a_flat_line_keeps_room_around_it() {
        let scale = Scale::new([1.0, 1.01].into_iter(), 0.0, 100.0);
        assert!(scale.high / scale.low > 9.9);
        let panel =
            Panel { title: "a < b".into(), series: vec![Series { name: "s".into(), points: vec![(1.0, 1.0)] }] };
        let svg = panels("t", "x", "y", &[panel], 2);
        assert!(svg.contains("a &lt; b") && svg.ends_with("</svg>\n"));
    }
}
