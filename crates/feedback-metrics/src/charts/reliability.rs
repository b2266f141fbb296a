//! The reliability diagram, which shows whether, for example, 80 % of the predictions with a confidence of 80 % are
//! right.

use maud::html;

use super::axis::{Axis, Frame, Scale};
use super::drawing::{Caption, number, svg};
use crate::calibration::ReliabilityBin;

const WIDTH: f64 = 340.0;

/// Draws a reliability diagram: the accuracy of each bin of confidence, and the diagonal on which the bins of a
/// perfectly calibrated model lie.
///
/// Bars below the diagonal show overconfidence. The dot of a bin is at its mean confidence; its size grows
/// with the number of rows. Empty bins are left out.
pub fn reliability(caption: &Caption<'_>, bins: &[ReliabilityBin]) -> String {
    let (x, y) = (Axis::share("confidence"), Axis::share("share that is right"));
    let frame = Frame {
        left: 46.0,
        right: WIDTH - 18.0,
        top: 22.0,
        bottom: 232.0,
        x: Scale::new(&x, std::iter::empty()),
        y: Scale::new(&y, std::iter::empty()),
    };
    let filled: Vec<&ReliabilityBin> = bins.iter().filter(|bin| bin.count > 0).collect();
    let max_count = filled.iter().map(|bin| bin.count).max().unwrap_or(1) as f64;
    let content = html! {
        (frame.draw(x.label, y.label))
        @for bin in &filled {
            @let (left, right, top) = (frame.x(bin.low), frame.x(bin.high), frame.y(bin.accuracy));
            rect class="heat-3" x=(number(left + 0.5)) y=(number(top)) width=(number((right - left - 1.0).max(1.0)))
                height=(number(frame.bottom - top)) {
                title { (words(bin)) }
            }
        }
        line class="ideal" x1=(number(frame.left)) y1=(number(frame.bottom)) x2=(number(frame.right)) y2=(number(frame.top)) {}
        @for bin in &filled {
            @let radius = 2.0 + 4.0 * (bin.count as f64 / max_count).sqrt();
            circle class="fill-2" cx=(number(frame.x(bin.mean_confidence))) cy=(number(frame.y(bin.accuracy))) r=(number(radius)) {
                title { (words(bin)) }
            }
        }
    };
    svg(caption, WIDTH, 268.0, true, &content)
}

fn words(bin: &ReliabilityBin) -> String {
    let rows = if bin.count == 1 { "row" } else { "rows" };
    format!(
        "{} {rows}: mean confidence {:.1} %, {:.1} % right",
        bin.count,
        100.0 * bin.mean_confidence,
        100.0 * bin.accuracy
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_and_dots_are_at_their_values() {
        let bin = |low: f64, count, mean_confidence, accuracy| ReliabilityBin {
            low,
            high: low + 0.5,
            count,
            mean_confidence,
            accuracy,
        };
        let caption = Caption {
            id: "r",
            title: "t",
            description: "d",
        };
        let svg = reliability(
            &caption,
            &[bin(0.0, 0, f64::NAN, f64::NAN), bin(0.5, 4, 0.75, 0.5)],
        );
        // The frame spans x = 46 to 322 and y = 22 to 232.
        assert!(svg.contains(r#"cx="253" cy="127" r="6""#), "{svg}");
        assert!(
            svg.contains(r#"x="184.5" y="127" width="137" height="105""#),
            "{svg}"
        );
        assert_eq!(svg.matches("<circle").count(), 1);
        assert!(svg.contains("4 rows: mean confidence 75.0 %, 50.0 % right") && !svg.contains("NaN"));
    }
}
