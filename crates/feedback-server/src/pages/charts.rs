//! The charts on the pages. Each chart has a text description for readers who cannot see it; most charts also have a table.

use feedback_metrics::charts::{self, Axis, Bar, Caption, Series, Unit};
use feedback_metrics::statistics::Interval;
use maud::{Markup, PreEscaped, html};

use super::layout::percent;

/// A line of a chart. A NaN value leaves a gap.
pub(super) struct Line<'a> {
    pub(super) name: &'a str,
    pub(super) points: Vec<(f64, f64)>,
}

/// Draws labels and their shares, from 0 to 1, as bars. `id` must be unique in the page.
pub(super) fn shares<'a>(id: &str, title: &str, rows: impl Iterator<Item = (&'a str, f64)>) -> Markup {
    let bars = rows.map(|(label, value)| Bar {
        label: label.to_owned(),
        value,
        interval: None,
    });
    draw_bars(id, title, &bars.collect::<Vec<_>>())
}

/// A share, from 0 to 1, and its interval.
pub(super) struct Share {
    pub(super) name: String,
    pub(super) value: f64,
    pub(super) interval: Interval,
}

/// Draws shares with their intervals as bars.
pub(super) fn shares_with_intervals(id: &str, title: &str, rows: impl Iterator<Item = Share>) -> Markup {
    let bars = rows.map(|row| Bar {
        label: row.name,
        value: row.value,
        interval: Some(row.interval),
    });
    draw_bars(id, title, &bars.collect::<Vec<_>>())
}

fn draw_bars(id: &str, title: &str, bars: &[Bar]) -> Markup {
    let description = match bars.iter().max_by(|a, b| a.value.total_cmp(&b.value)) {
        Some(longest) => format!(
            "{} bars; the longest is {}, {}",
            bars.len(),
            longest.label,
            percent(longest.value)
        ),
        None => "No data".to_owned(),
    };
    let caption = Caption {
        id,
        title,
        description: &description,
    };
    PreEscaped(charts::bars(&caption, Unit::Percent, bars))
}

/// Draws shares by day, in days since 1970-01-01.
pub(super) fn shares_by_day(id: &str, title: &str, lines: &[Line<'_>]) -> Markup {
    draw(id, title, &days(lines), &Axis::share(""), lines)
}

/// Draws numbers by epoch.
pub(super) fn numbers_by_epoch(id: &str, title: &str, lines: &[Line<'_>]) -> Markup {
    let (x, y) = (Axis::new("epoch", Unit::Number), Axis::new("", Unit::Number));
    draw(id, title, &x, &y, lines)
}

/// Draws shares by epoch.
pub(super) fn shares_by_epoch(id: &str, title: &str, lines: &[Line<'_>]) -> Markup {
    draw(
        id,
        title,
        &Axis::new("epoch", Unit::Number),
        &Axis::share(""),
        lines,
    )
}

fn draw(id: &str, title: &str, x: &Axis<'_>, y: &Axis<'_>, lines: &[Line<'_>]) -> Markup {
    let series: Vec<Series<'_>> = lines
        .iter()
        .map(|line| Series {
            name: line.name,
            points: &line.points,
        })
        .collect();
    let names: Vec<&str> = lines.iter().map(|line| line.name).collect();
    let show = |value: f64| match y.unit {
        Unit::Percent => percent(value),
        Unit::Number | Unit::Day => format!("{value:.2}").trim_end_matches(".00").to_owned(),
    };
    let range = values(lines).fold(None, |range: Option<(f64, f64)>, value| {
        Some(range.map_or((value, value), |(low, high)| (low.min(value), high.max(value))))
    });
    let description = match range {
        Some((low, high)) => format!("{}: from {} to {}", names.join(", "), show(low), show(high)),
        None => "No data".to_owned(),
    };
    let caption = Caption {
        id,
        title,
        description: &description,
    };
    PreEscaped(charts::line(&caption, x, y, &series))
}

/// Returns the x-axis for the days of the points. A single day is in the middle of a range of three days.
fn days(lines: &[Line<'_>]) -> Axis<'static> {
    let days = lines.iter().flat_map(|line| &line.points).map(|point| point.0);
    let range = days.fold(None, |range: Option<[f64; 2]>, day| {
        Some(range.map_or([day, day], |[first, last]| [first.min(day), last.max(day)]))
    });
    let apart = |[first, last]: [f64; 2]| {
        if first < last {
            [first, last]
        } else {
            [first - 1.0, last + 1.0]
        }
    };
    Axis {
        range: range.map(apart),
        ..Axis::new("day", Unit::Day)
    }
}

fn values<'a>(lines: &'a [Line<'_>]) -> impl Iterator<Item = f64> + 'a {
    lines
        .iter()
        .flat_map(|line| &line.points)
        .map(|point| point.1)
        .filter(|value| value.is_finite())
}

/// Renders the numbers of a chart as a table, for readers who cannot see the chart.
pub(super) fn table(title: &str, head: &[&str], rows: impl Iterator<Item = Vec<String>>) -> Markup {
    html! {
        details {
            summary { "As a table" }
            div.scroll tabindex="0" role="region" aria-label=(title) {
                table {
                    caption { (title) }
                    thead { tr { @for name in head { th scope="col" { (name) } } } }
                    tbody {
                        @for row in rows {
                            tr { @for (index, cell) in row.iter().enumerate() { @if index == 0 { th scope="row" { (cell) } } @else { td.number { (cell) } } } }
                        }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn charts_have_a_description_and_escape_names() {
        let line = Line {
            name: "<b>",
            points: vec![(20_150.0, 3.0), (20_151.0, f64::NAN)],
        };
        let drawn = shares_by_day("volume", "Texts \"a\" day", &[line]).into_string();
        assert!(
            drawn.contains("role=\"img\"") && drawn.contains("&lt;b&gt;: from"),
            "{drawn}"
        );
        assert!(!drawn.contains("<b>") && !drawn.contains("style="), "{drawn}");
        let drawn = shares("scores", "Scores", [("bug", 0.25), ("praise", 0.75)].into_iter()).into_string();
        assert!(drawn.contains("2 bars; the longest is praise, 75.0 %"), "{drawn}");
        assert!(
            shares_by_day("none", "None", &[])
                .into_string()
                .contains("No data")
        );
    }

    #[test]
    fn one_day_is_in_the_middle() {
        let lines = [Line {
            name: "a",
            points: vec![(7.0, 1.0)],
        }];
        assert_eq!(days(&lines).range, Some([6.0, 8.0]));
        assert_eq!(days(&[]).range, None);
    }
}
