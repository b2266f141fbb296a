//! Line charts, such as a loss over epochs.

use maud::{Markup, html};

use super::axis::{Axis, Frame, Scale};
use super::drawing::{Caption, number, svg, text_width};
use crate::display_text::shorten;

/// One line: a name, and points in the order in which they are connected.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Series<'a> {
    /// The name in the legend.
    pub name: &'a str,
    /// The points `(x, y)`; NaN and infinities leave a gap.
    pub points: &'a [(f64, f64)],
}

const WIDTH: f64 = 340.0;
/// The number of line styles.
const STYLES: usize = 8;

/// Draws one or more lines over common axes.
///
/// From the ninth series on, the line styles repeat. A single point is drawn as a dot.
pub fn line(caption: &Caption<'_>, x: &Axis<'_>, y: &Axis<'_>, series: &[Series<'_>]) -> String {
    let points = || {
        series
            .iter()
            .flat_map(|series| series.points)
            .filter(|point| is_finite(point))
    };
    let (legend, legend_height) = legend(series);
    let frame = Frame {
        left: 46.0,
        right: WIDTH - 18.0,
        top: 22.0 + legend_height,
        bottom: 192.0 + legend_height,
        x: Scale::new(x, points().map(|point| point.0)),
        y: Scale::new(y, points().map(|point| point.1)),
    };
    let content = html! {
        (legend)
        (frame.draw(x.label, y.label))
        @for (index, series) in series.iter().enumerate() {
            (strokes(&frame, series, index % STYLES + 1))
        }
        @if points().next().is_none() {
            text class="middle soft" x=(number(WIDTH / 2.0)) y=(number(110.0 + legend_height)) { "no data" }
        }
    };
    svg(caption, WIDTH, 228.0 + legend_height, true, &content)
}

/// Draws a series, with a gap at each point that is not finite. A point without neighbours is drawn as a dot.
fn strokes(frame: &Frame, series: &Series<'_>, style: usize) -> Markup {
    let place = |point: &(f64, f64)| (number(frame.x(point.0)), number(frame.y(point.1)));
    let runs = series.points.split(|point| !is_finite(point));
    html! {
        @for run in runs.filter(|run| !run.is_empty()) {
            @let places: Vec<(String, String)> = run.iter().map(place).collect();
            @if let [(x, y)] = places.as_slice() {
                circle class={ "fill-" (style) } cx=(x) cy=(y) r="3" {}
            } @else {
                @let points: Vec<String> = places.iter().map(|(x, y)| format!("{x},{y}")).collect();
                polyline class={ "line stroke-" (style) } points=(points.join(" ")) {}
            }
        }
    }
}

fn is_finite(point: &(f64, f64)) -> bool {
    point.0.is_finite() && point.1.is_finite()
}

/// Returns the legend and its height. The legend has each name with a sample of its line, in as many rows as needed; it
/// is empty if there are fewer than two series.
fn legend(series: &[Series<'_>]) -> (Markup, f64) {
    if series.len() < 2 {
        return (html! {}, 0.0);
    }
    let (mut x, mut y) = (4.0, 12.0);
    let mut entries = Vec::new();
    for (index, series) in series.iter().enumerate() {
        let name = shorten(series.name, 32);
        let width = 34.0 + text_width(name.chars().count());
        if x > 4.0 && x + width > WIDTH {
            (x, y) = (4.0, y + 16.0);
        }
        entries.push((index % STYLES + 1, x, y, name));
        x += width;
    }
    let markup = html! {
        @for (style, x, y, name) in entries {
            line class={ "line stroke-" (style) } x1=(number(x)) x2=(number(x + 20.0)) y1=(number(y - 4.0)) y2=(number(y - 4.0)) {}
            text x=(number(x + 25.0)) y=(number(y)) { (name) }
        }
    };
    (markup, y + 6.0)
}

#[cfg(test)]
mod tests {
    use super::super::axis::Unit;
    use super::*;

    const CAPTION: Caption<'_> = Caption {
        id: "c",
        title: "A & B",
        description: "falls",
    };

    fn draw(points: &[(f64, f64)]) -> String {
        let y = Axis::share("share");
        line(
            &CAPTION,
            &Axis::new("epoch", Unit::Number),
            &y,
            &[Series { name: "a", points }],
        )
    }

    #[test]
    fn points_are_drawn_at_their_values() {
        let svg = draw(&[(0.0, 0.0), (2.0, 1.0)]);
        // The frame spans x = 46 to 322 and y = 22 to 192; in SVG, y increases downwards.
        assert!(svg.contains(r#"points="46,192 322,22""#), "{svg}");
        assert!(svg.contains(r#"<title id="c-title">A &amp; B</title>"#), "{svg}");
        assert!(svg.contains(r#"aria-labelledby="c-title c-desc""#), "{svg}");
    }

    #[test]
    fn gaps_single_points_and_an_empty_series() {
        let svg = draw(&[(0.0, 0.1), (1.0, f64::NAN), (2.0, 0.5), (3.0, 0.6)]);
        assert_eq!(
            (svg.matches("<circle").count(), svg.matches("<polyline").count()),
            (1, 1)
        );
        assert!(draw(&[]).contains("no data") && !svg.contains("no data") && !svg.contains("NaN"));
    }

    #[test]
    fn several_lines_have_a_legend_that_wraps() {
        let names: Vec<String> = (0..6)
            .map(|index| format!("a rather long name {index}"))
            .collect();
        let series: Vec<Series<'_>> = names
            .iter()
            .map(|name| Series {
                name,
                points: &[(0.0, 1.0)],
            })
            .collect();
        let axis = Axis::new("epoch", Unit::Number);
        let svg = line(&CAPTION, &axis, &axis, &series);
        assert!(names.iter().all(|name| svg.contains(name.as_str())), "{svg}");
        assert!(
            svg.contains(r#"viewBox="0 0 340 278""#),
            "three rows of two: {svg}"
        );
    }
}
