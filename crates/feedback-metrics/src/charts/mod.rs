//! Charts as SVG: a heat map, lines, bars and a reliability diagram.
//!
//! Each function returns one `<svg>` element for any HTML page. It has a title and a description for
//! screen readers. All its styles come from classes, which [`STYLE`] defines once for the page, so the
//! page can forbid inline styles and scripts. Colours follow the reader's light or dark scheme, and no
//! information is in colour alone: lines differ in their dashes; cells and bars show their numbers. In addition,
//! put the numbers of a chart beside it as a [`crate::document::Table`].
//!
//! All texts are escaped, and control characters are replaced. NaN and infinities are left out.
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
mod drawing;
mod heat_map;
mod lines;
mod reliability;

pub use axis::{Axis, Unit};
pub use bars::{Bar, bars};
pub use drawing::Caption;
pub use heat_map::heat_map;
pub use lines::{Series, line};
pub use reliability::reliability;

/// The style sheet of all charts. A page needs it once, in a `<style>` element or in a separate file.
pub const STYLE: &str = include_str!("style.css");

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    type Colours = BTreeMap<String, [f64; 3]>;

    /// The colours of the light scheme and of the dark scheme.
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
}
