//! Charts as SVG: a heat map, lines, bars and a reliability diagram, drawn by small functions.
//!
//! Each function returns one `<svg>` element that goes into any HTML page. It has a title and a
//! description for those who do not see it, names its parts by classes alone, and takes its colours
//! from [`STYLE`], which the page needs once; so a page may forbid inline styles and scripts. Colours
//! follow the reader's light or dark scheme, and nothing is told by colour alone: lines differ in
//! their dashes, cells and bars carry their numbers. Put the numbers of a chart beside it as a
//! [`crate::document::Table`] all the same.
//!
//! Every text is escaped, and control characters are replaced. Numbers that are not finite are left
//! out. Nothing panics.
//!
//! ```
//! use feedback_metrics::charts::{Axis, Caption, Series, Unit, line};
//!
//! let caption = Caption { id: "loss", title: "Loss", description: "Loss falls from 2.1 to 0.3 in four epochs." };
//! let points = [(1.0, 2.1), (2.0, 0.9), (3.0, 0.4), (4.0, 0.3)];
//! let best = [(1.0, 1.5), (4.0, 0.6)];
//! let series = [Series { name: "training <rows>", points: &points }, Series { name: "validation", points: &best }];
//! let svg = line(&caption, &Axis::new("epoch", Unit::Number), &Axis::new("loss", Unit::Number), &series);
//! assert!(svg.starts_with("<svg ") && svg.contains(r#"role="img""#) && svg.contains("training &lt;rows&gt;"));
//! ```

mod axis;
mod bars;
mod heat_map;
mod lines;
mod reliability;

use maud::{Markup, html};

pub use axis::{Axis, Unit};
pub use bars::{Bar, bars};
pub use heat_map::heat_map;
pub use lines::{Series, line};
pub use reliability::reliability;

use crate::display_text::clean;

/// The style sheet of all charts. A page needs it once, in a `<style>` element or a file of its own.
pub const STYLE: &str = include_str!("style.css");

/// What stands in the place of a chart for those who do not see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caption<'a> {
    /// A name that no other chart of the page has: letters, digits, `-` and `_`.
    pub id: &'a str,
    /// What is drawn, in a few words.
    pub title: &'a str,
    /// What is to be seen in it, in a sentence or two.
    pub description: &'a str,
}

/// An `<svg>` with its alternative text. A `fluid` one fills its column; another keeps its size.
fn svg(caption: &Caption<'_>, width: f64, height: f64, fluid: bool, content: &Markup) -> String {
    let (title, description) = (format!("{}-title", caption.id), format!("{}-desc", caption.id));
    let size = |length: f64| (!fluid).then(|| number(length));
    html! {
        svg class=(if fluid { "chart chart-fluid" } else { "chart" }) xmlns="http://www.w3.org/2000/svg"
            viewBox={ "0 0 " (number(width)) " " (number(height)) } width=[size(width)] height=[size(height)]
            role="img" aria-labelledby={ (title) " " (description) } {
            title id=(title) { (clean(caption.title)) }
            desc id=(description) { (clean(caption.description)) }
            (content)
        }
    }
    .into_string()
}

/// A coordinate with at most two digits after the point.
fn number(value: f64) -> String {
    let text = format!("{value:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" {
        "0".to_owned()
    } else {
        text.to_owned()
    }
}

/// How wide a text of this many characters is about, at the charts' font size.
fn text_width(n_characters: usize) -> f64 {
    6.2 * n_characters as f64
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    type Colours = BTreeMap<String, [f64; 3]>;

    /// The colours of the light scheme and of the dark one.
    fn schemes() -> [Colours; 2] {
        let (light, rest) = STYLE.split_once("@media screen").expect("a dark scheme");
        let (dark, _) = rest.split_once("\n}\n").expect("an end of the dark scheme");
        [light, dark].map(|css| {
            let declarations = css
                .split(['{', ';'])
                .filter_map(|part| part.trim().split_once(": #"));
            declarations
                .map(|(name, hex)| (name.trim().to_owned(), rgb(hex)))
                .collect()
        })
    }

    fn rgb(hex: &str) -> [f64; 3] {
        [0, 2, 4]
            .map(|at| f64::from(u8::from_str_radix(&hex[at..at + 2], 16).expect("two hex digits")) / 255.0)
    }

    /// WCAG 2.2, "contrast ratio".
    fn contrast(a: [f64; 3], b: [f64; 3]) -> f64 {
        let linear = |c: f64| {
            if c <= 0.04045 {
                c / 12.92
            } else {
                ((c + 0.055) / 1.055).powf(2.4)
            }
        };
        let luminance = |c: [f64; 3]| 0.2126 * linear(c[0]) + 0.7152 * linear(c[1]) + 0.0722 * linear(c[2]);
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn texts_and_lines_have_enough_contrast_in_both_schemes() {
        for colours in schemes() {
            let of = |a: &str, b: &str| {
                contrast(colours[&format!("--chart-{a}")], colours[&format!("--chart-{b}")])
            };
            for ink in ["ink", "soft"] {
                assert!(of(ink, "paper") >= 4.5 && of(ink, "track") >= 4.5, "{ink}");
            }
            for series in 1..=8 {
                assert!(of(&series.to_string(), "paper") >= 3.0, "series {series}");
            }
            for level in 0..=8 {
                let ink = if level < 5 {
                    "heat-low-ink"
                } else {
                    "heat-high-ink"
                };
                assert!(of(&format!("heat-{level}"), ink) >= 4.5, "heat {level}");
            }
        }
    }

    #[test]
    fn coordinates_are_short() {
        assert_eq!(
            [0.0, 1.5, 100.0, 2.0 / 3.0, -0.001].map(number),
            ["0", "1.5", "100", "0.67", "0"]
        );
    }
}
