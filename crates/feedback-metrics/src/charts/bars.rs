//! Bar charts with intervals, such as the accuracy of each model.

use maud::{Markup, html};

use super::axis::{Axis, Scale, Unit};
use super::drawing::{Caption, number, svg, text_width};
use crate::display_text::{clean, percent, shorten};
use crate::statistics::Interval;

/// One bar.
#[derive(Debug, Clone, PartialEq)]
pub struct Bar {
    /// The label of the bar.
    pub label: String,
    /// The value, shown as the length of the bar. NaN, infinities and negative values have length 0.
    pub value: f64,
    /// The interval of the value, drawn as a whisker.
    pub interval: Option<Interval>,
}

const WIDTH: f64 = 340.0;
const ROW: f64 = 36.0;
const LABEL: usize = 40;

/// Draws horizontal bars in the given order, each with its label above it and its value beside it.
///
/// With [`Unit::Percent`], the scale ends at 100 %; with the other units, it ends at a round number that is not
/// below the largest value or interval end.
pub fn bars(caption: &Caption<'_>, unit: Unit, bars: &[Bar]) -> String {
    let ends = bars
        .iter()
        .flat_map(|bar| [Some(bar.value), bar.interval.map(|interval| interval.high)]);
    let values = ends.flatten().chain([0.0]);
    let axis = match unit {
        Unit::Percent => Axis::share(""),
        Unit::Number | Unit::Day => Axis::new("", unit),
    };
    let scale = Scale::new(&axis, values);
    let content = html! {
        @for (index, bar) in bars.iter().enumerate() {
            (row(bar, unit, &scale, ROW * index as f64))
        }
    };
    svg(
        caption,
        WIDTH,
        ROW * bars.len().max(1) as f64 + 4.0,
        true,
        &content,
    )
}

fn row(bar: &Bar, unit: Unit, scale: &Scale, top: f64) -> Markup {
    let value = match unit {
        Unit::Percent => percent(bar.value),
        Unit::Number | Unit::Day if bar.value.is_finite() => number(bar.value),
        Unit::Number | Unit::Day => "–".to_owned(),
    };
    let track = WIDTH - 8.0 - text_width(9);
    let x = |value: f64| 4.0 + track * scale.place(value.max(0.0));
    let length = if bar.value.is_finite() {
        x(bar.value) - 4.0
    } else {
        0.0
    };
    let label = shorten(&bar.label, LABEL);
    html! {
        text x="4" y=(number(top + 13.0)) {
            (label)
            @if label.ends_with('…') { title { (clean(&bar.label)) } }
        }
        rect class="track" x="4" y=(number(top + 18.0)) width=(number(track)) height="12" rx="2" {}
        rect class="fill-1" x="4" y=(number(top + 18.0)) width=(number(length)) height="12" rx="2" {}
        @if let Some(interval) = bar.interval.filter(|interval| interval.low.is_finite() && interval.high.is_finite()) {
            @let (low, high) = (number(x(interval.low)), number(x(interval.high)));
            @let y = top + 24.0;
            @let whisker = format!("M{low} {top}v8M{low} {y}H{high}M{high} {top}v8", top = number(y - 4.0), y = number(y));
            // The edge keeps it visible on the bar and beside it.
            path class="whisker-edge" d=(whisker) {}
            path class="whisker" d=(whisker) {}
        }
        text class="end" x=(number(WIDTH - 4.0)) y=(number(top + 28.0)) { (value) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CAPTION: Caption<'_> = Caption {
        id: "b",
        title: "t",
        description: "d",
    };

    #[test]
    fn a_bar_is_as_long_as_its_value() {
        let bar = |label: &str, value| Bar {
            label: label.to_owned(),
            value,
            interval: None,
        };
        let svg = bars(
            &CAPTION,
            Unit::Percent,
            &[bar("half", 0.5), bar("all", 1.0), bar("none", f64::NAN)],
        );
        for length in ["138.1", "276.2", "0"] {
            assert!(
                svg.contains(&format!(r#"width="{length}" height="12" rx="2""#)),
                "{length}: {svg}"
            );
        }
        assert!(svg.contains(">50.0 %<") && svg.contains(">–<") && !svg.contains("NaN"));
    }

    #[test]
    fn whiskers_span_the_interval() {
        let interval = Some(Interval {
            low: 0.25,
            high: 0.75,
            confidence: 0.95,
        });
        let svg = bars(
            &CAPTION,
            Unit::Percent,
            &[Bar {
                label: "<b>".into(),
                value: 0.5,
                interval,
            }],
        );
        assert!(svg.contains("M73.05 24H211.15"), "{svg}");
        assert!(svg.contains("&lt;b&gt;") && !svg.contains("<b>"));
    }
}
