//! Axes: ranges, ticks, and the frame of a plot.

use maud::{Markup, html};

use super::drawing::number;
use crate::display_text::clean;

/// How the numbers of an axis are formatted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Plain numbers.
    Number,
    /// Shares from 0 to 1, shown in percent.
    Percent,
    /// Days since 1970-01-01, shown as month and day.
    Day,
}

/// One axis of a chart.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Axis<'a> {
    /// The text beside the axis: what it measures.
    pub label: &'a str,
    /// How the numbers of the ticks are formatted.
    pub unit: Unit,
    /// The two ends of the axis; `None` means the range of the data, extended to round numbers.
    pub range: Option<[f64; 2]>,
}

impl<'a> Axis<'a> {
    /// Creates an axis with the range of the data.
    pub fn new(label: &'a str, unit: Unit) -> Self {
        Self {
            label,
            unit,
            range: None,
        }
    }

    /// Creates an axis of shares, from 0 % to 100 %.
    pub fn share(label: &'a str) -> Self {
        Self {
            label,
            unit: Unit::Percent,
            range: Some([0.0, 1.0]),
        }
    }
}

/// The ends and ticks of an axis, computed for its data.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Scale {
    low: f64,
    high: f64,
    pub(super) ticks: Vec<(f64, String)>,
}

impl Scale {
    /// Computes the scale of an axis for these values; NaN and infinities are ignored.
    pub(super) fn new(axis: &Axis<'_>, values: impl Iterator<Item = f64>) -> Self {
        let [low, high] = ends(axis, values);
        let step = match axis.unit {
            Unit::Day => tick_step(high - low).max(1.0),
            Unit::Number | Unit::Percent => tick_step(high - low),
        };
        let (first, last) = match axis.range {
            Some(_) => ((low / step - 1e-9).ceil(), (high / step + 1e-9).floor()),
            None => ((low / step + 1e-9).floor(), (high / step - 1e-9).ceil()),
        };
        let n = (last - first).clamp(0.0, 20.0) as usize;
        let ticks: Vec<f64> = (0..=n).map(|index| (first + index as f64) * step).collect();
        let outer = |end: f64, tick: Option<&f64>| match axis.range {
            Some(_) => end,
            None => tick.copied().unwrap_or(end),
        };
        Self {
            low: outer(low, ticks.first()),
            high: outer(high, ticks.last()),
            ticks: ticks
                .into_iter()
                .map(|tick| (tick, tick_text(tick, step, axis.unit)))
                .collect(),
        }
    }

    /// The position of a value: 0 at the low end, 1 at the high end. Values outside the scale are moved to its ends.
    pub(super) fn place(&self, value: f64) -> f64 {
        ((value - self.low) / (self.high - self.low)).clamp(0.0, 1.0)
    }
}

/// Returns the two ends of an axis. They are always finite and different.
fn ends(axis: &Axis<'_>, values: impl Iterator<Item = f64>) -> [f64; 2] {
    let usable = |value: &f64| value.is_finite() && value.abs() < 1e15;
    let found = values.filter(usable).fold(None, |ends: Option<[f64; 2]>, value| {
        Some(ends.map_or([value, value], |[low, high]| [low.min(value), high.max(value)]))
    });
    let [low, high] = axis
        .range
        .filter(|range| range.iter().all(usable))
        .or(found)
        .unwrap_or([0.0, 1.0]);
    if high - low > 1e-9 * high.abs().max(low.abs()).max(1e-9) {
        return [low, high];
    }
    [low - 0.5 * low.abs().max(1.0), low + 0.5 * low.abs().max(1.0)]
}

/// Returns 1, 2 or 5 times a power of ten, such that the range has about five steps.
fn tick_step(range: f64) -> f64 {
    let rough = range / 5.0;
    let power = 10f64.powf(rough.log10().floor());
    let factor = [1.0, 2.0, 5.0]
        .into_iter()
        .find(|factor| factor * power >= 0.999 * rough);
    factor.unwrap_or(10.0) * power
}

fn tick_text(tick: f64, step: f64, unit: Unit) -> String {
    let (tick, step, sign) = match unit {
        Unit::Number => (tick, step, ""),
        Unit::Percent => (100.0 * tick, 100.0 * step, " %"),
        Unit::Day => return month_and_day(tick as i64),
    };
    let digits = (-(step.log10() + 1e-9).floor()).clamp(0.0, 12.0) as usize;
    format!("{:.digits$}{sign}", tick + 0.0)
}

/// Returns month and day (`MM-DD`) of a number of days since 1970-01-01.
///
/// # References
///
/// Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`.
fn month_and_day(day: i64) -> String {
    let day_of_era = (day + 719_468).rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    format!("{:02}-{day:02}", (month_from_march + 2) % 12 + 1)
}

/// The rectangle in which values are drawn, with the scales of its two axes.
pub(super) struct Frame {
    pub(super) left: f64,
    pub(super) top: f64,
    pub(super) right: f64,
    pub(super) bottom: f64,
    pub(super) x: Scale,
    pub(super) y: Scale,
}

impl Frame {
    pub(super) fn x(&self, value: f64) -> f64 {
        self.left + (self.right - self.left) * self.x.place(value)
    }

    pub(super) fn y(&self, value: f64) -> f64 {
        self.bottom - (self.bottom - self.top) * self.y.place(value)
    }

    /// Draws grid, ticks and axis labels. The label of the vertical axis is above the plot, so that its text is
    /// horizontal.
    pub(super) fn draw(&self, x_label: &str, y_label: &str) -> Markup {
        let (left, right, bottom) = (number(self.left), number(self.right), number(self.bottom));
        html! {
            text class="soft" x="4" y=(number(self.top - 10.0)) { (clean(y_label)) }
            @for (value, text) in &self.y.ticks {
                @let y = self.y(*value);
                line class="grid" x1=(left) x2=(right) y1=(number(y)) y2=(number(y)) {}
                text class="soft end" x=(number(self.left - 5.0)) y=(number(y + 3.5)) { (text) }
            }
            @for (value, text) in &self.x.ticks {
                @let x = number(self.x(*value));
                line class="axis" x1=(x) x2=(x) y1=(bottom) y2=(number(self.bottom + 4.0)) {}
                text class="soft middle" x=(x) y=(number(self.bottom + 16.0)) { (text) }
            }
            line class="axis" x1=(left) x2=(right) y1=(bottom) y2=(bottom) {}
            text class="soft end" x=(right) y=(number(self.bottom + 31.0)) { (clean(x_label)) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ticks(axis: &Axis<'_>, values: &[f64]) -> Vec<String> {
        let scale = Scale::new(axis, values.iter().copied());
        scale.ticks.into_iter().map(|(_, text)| text).collect()
    }

    #[test]
    fn ticks_are_round_numbers_and_enclose_the_data() {
        let plain = Axis::new("loss", Unit::Number);
        assert_eq!(
            ticks(&plain, &[0.13, 2.08]),
            ["0.0", "0.5", "1.0", "1.5", "2.0", "2.5"]
        );
        assert_eq!(
            ticks(&plain, &[0.61, 0.69]),
            ["0.60", "0.62", "0.64", "0.66", "0.68", "0.70"]
        );
        assert_eq!(
            ticks(&Axis::share("accuracy"), &[0.4]),
            ["0 %", "20 %", "40 %", "60 %", "80 %", "100 %"]
        );
    }

    #[test]
    fn day_ticks_are_dates_at_whole_days() {
        assert_eq!(
            [0, 58, 59, 11_016, 11_017, 20_453, -1].map(month_and_day),
            ["01-01", "02-28", "03-01", "02-29", "03-01", "12-31", "12-31"]
        );
        let days = Axis {
            range: Some([20_150.0, 20_152.0]),
            ..Axis::new("day", Unit::Day)
        };
        assert_eq!(ticks(&days, &[]), ["03-03", "03-04", "03-05"]);
    }

    #[test]
    fn unusual_values_give_a_valid_scale() {
        let plain = Axis::new("loss", Unit::Number);
        for values in [
            &[][..],
            &[f64::NAN, f64::INFINITY],
            &[0.0],
            &[7.0, 7.0],
            &[-1e300],
            &[1e-300, 2e-300],
            &[-3.0, 4.0],
        ] {
            let scale = Scale::new(&plain, values.iter().copied());
            assert!(
                scale.low < scale.high && scale.ticks.len() >= 2,
                "{values:?}: {scale:?}"
            );
            assert!(
                values
                    .iter()
                    .filter(|v| v.is_finite())
                    .all(|&v| (0.0..=1.0).contains(&scale.place(v)))
            );
        }
        let scale = Scale::new(&plain, [-3.0, 4.0].into_iter());
        assert!(scale.place(-3.0) < scale.place(0.5) && scale.place(0.5) < scale.place(4.0));
    }
}
