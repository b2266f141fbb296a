//! Texts over time: a small chart for each category or source, all with the same axes.

use std::collections::BTreeMap;

use feedback_store::DayCount;
use maud::{Markup, html};

use super::charts::table;
use crate::clock::{DAY_MS, day_name, now_ms};
use crate::http::url::with_query;
use crate::phrases::{number, texts};
use crate::services::history::HistoryQuery;
use crate::services::periods::TimeUnit;

/// Maximum number of charts; the further names share the last one.
const MAX_CHARTS: usize = 12;
/// Maximum number of periods; the newest are shown.
const MAX_PERIODS: usize = 60;
/// The size of a chart, in units of its drawing.
const WIDTH: f64 = 320.0;
const HEIGHT: f64 = 96.0;
/// The room for the numbers on the left, above and below the columns.
const LEFT: f64 = 34.0;
const TOP: f64 = 10.0;
const BOTTOM: f64 = 18.0;

/// If the highest columns of the charts differ by more than this factor, each chart has a scale of its own.
const MAX_RATIO: u64 = 10;

/// The counts of one name in each period.
struct Chart<'a> {
    name: &'a str,
    counts: Vec<u64>,
    /// The filter of its texts; `None` for a chart of several names.
    filter: Option<HistoryQuery>,
}

impl Chart<'_> {
    fn highest(&self) -> u64 {
        self.counts.iter().copied().max().unwrap_or(0)
    }
}

/// The periods of the charts.
struct Periods {
    unit: TimeUnit,
    /// The first day of each period, and of the one after the last, in days since 1970.
    starts: Vec<i64>,
    /// Number of texts in earlier periods, which are not shown.
    earlier: u64,
    /// Whether the last period ends after today, so that texts of it are still to come.
    is_last_open: bool,
}

impl Periods {
    fn of(days: &[DayCount], today: i64) -> Option<Self> {
        let (first, last) = (days.first()?.day, days.last()?.day);
        let unit = TimeUnit::for_span(first, last);
        let mut starts = vec![unit.start(first)];
        while starts.last().is_some_and(|start| *start <= last) {
            starts.extend(starts.last().map(|start| unit.next(*start)));
        }
        // Dates may be one day ahead. A week or month that begins tomorrow belongs to the one before, so that no chart ends with an empty one.
        if unit != TimeUnit::Day && starts.len() > 2 && starts[starts.len() - 2] > today {
            starts.remove(starts.len() - 2);
        }
        starts.drain(..starts.len().saturating_sub(MAX_PERIODS + 1));
        let is_earlier = |day: &&DayCount| starts.first().is_some_and(|first| day.day < *first);
        Some(Self {
            unit,
            earlier: days.iter().filter(is_earlier).map(|day| day.count).sum(),
            is_last_open: starts.last().is_some_and(|end| *end > today),
            starts,
        })
    }

    fn len(&self) -> usize {
        self.starts.len() - 1
    }

    fn place(&self, day: i64) -> Option<usize> {
        let after = self.starts.partition_point(|start| *start <= day);
        (1..=self.len()).contains(&after).then(|| after - 1)
    }

    /// Whether texts of a period are still to come.
    fn is_open(&self, place: usize) -> bool {
        self.is_last_open && place + 1 == self.len()
    }

    /// The name of a period, such as `2025-03-03`, `week of 2025-03-03` or `2025-03`.
    fn name(&self, place: usize) -> String {
        let day = day_name(self.starts[place]);
        match self.unit {
            TimeUnit::Day => day,
            TimeUnit::Week => format!("week of {day}"),
            TimeUnit::Month => day[..7].to_owned(),
        }
    }
}

/// Says which texts are not in the charts over time.
pub(super) fn left_out(undated: u64, ahead: u64) -> Markup {
    html! {
        @if ahead > 0 { p.note { "Not in the charts over time, because their dates are in the future: " (texts(ahead)) "." } }
        @if undated > 0 { p.note { "Not in the charts over time, because no date can be read: " (texts(undated)) "." } }
    }
}

/// Draws the number of texts over time, a chart for each name that `keys` returns; a text counts once under each of its keys. A column
/// links to its texts: those of `filter` for the name, within the period. `what` is for the headings, such as `category`.
pub(super) fn over_time<'a>(
    what: &str,
    days: &'a [DayCount],
    keys: impl Fn(&'a DayCount) -> Vec<&'a str>,
    filter: impl Fn(&str) -> HistoryQuery,
) -> Markup {
    let Some(periods) = Periods::of(days, now_ms().div_euclid(DAY_MS)) else {
        return html! { p { "No text has a date that can be read." } };
    };
    let charts = charts(&periods, days, keys, filter);
    let tops = || charts.iter().map(Chart::highest);
    let highest = tops().max().unwrap_or(0);
    let is_shared = tops()
        .min()
        .is_some_and(|lowest| lowest.saturating_mul(MAX_RATIO) >= highest);
    let title = format!("Texts per {} by {what}", periods.unit.name());
    let head: Vec<&str> = std::iter::once(periods.unit.name())
        .chain(charts.iter().map(|chart| chart.name))
        .collect();
    let rows = (0..periods.len()).map(|place| {
        let counts = charts.iter().map(|chart| chart.counts[place].to_string());
        std::iter::once(periods.name(place)).chain(counts).collect()
    });
    html! {
        p.hint {
            "Texts per " (periods.unit.name())
            @if is_shared { ", all with the same scale: the highest column is " (number(highest)) "." } @else { "; each chart has its own scale." }
            " A column leads to its texts."
            @if periods.is_last_open { " The last one is pale, because its " (periods.unit.name()) " is not over." }
        }
        @if periods.earlier > 0 { p.hint { "Only the newest " (MAX_PERIODS) " periods are shown; " (texts(periods.earlier)) " are older." } }
        div.multiples { @for chart in &charts { (draw(chart, &periods, if is_shared { highest } else { chart.highest() }.max(1))) } }
        (table(&title, &head, rows))
    }
}

fn charts<'a>(
    periods: &Periods,
    days: &'a [DayCount],
    keys: impl Fn(&'a DayCount) -> Vec<&'a str>,
    filter: impl Fn(&str) -> HistoryQuery,
) -> Vec<Chart<'a>> {
    let mut by_name: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
    for day in days {
        let Some(place) = periods.place(day.day) else {
            continue;
        };
        for key in keys(day) {
            by_name.entry(key).or_insert_with(|| vec![0; periods.len()])[place] += day.count;
        }
    }
    let chart = |(name, counts): (&'a str, Vec<u64>)| Chart {
        name,
        counts,
        filter: Some(filter(name)),
    };
    let mut charts: Vec<Chart<'a>> = by_name.into_iter().map(chart).collect();
    charts.sort_by_key(|chart| std::cmp::Reverse(chart.counts.iter().sum::<u64>()));
    if charts.len() > MAX_CHARTS {
        let rest = charts.split_off(MAX_CHARTS - 1);
        let sum = |place: usize| rest.iter().map(|chart| chart.counts[place]).sum();
        charts.push(Chart {
            name: "all others",
            counts: (0..periods.len()).map(sum).collect(),
            filter: None,
        });
    }
    charts
}

fn draw(chart: &Chart<'_>, periods: &Periods, highest: u64) -> Markup {
    let n = periods.len() as f64;
    let step = (WIDTH - LEFT) / n;
    let (ground, room) = (HEIGHT - BOTTOM, HEIGHT - BOTTOM - TOP);
    let total: u64 = chart.counts.iter().sum();
    let href = |place: usize| {
        let filter = chart.filter.as_ref()?;
        let days = [periods.starts[place], periods.starts[place + 1] - 1];
        Some(with_query("/history", &filter.within(days).without_cursor()))
    };
    let column = |place: usize, count: u64| {
        let height = room * count as f64 / highest as f64;
        html! {
            title { (chart.name) ", " (periods.name(place)) @if periods.is_open(place) { ", not over" } ": " (texts(count)) }
            // The whole height can be clicked, also above a low column.
            rect.hit x=(place_of(LEFT + step * place as f64)) y=(TOP) width=(place_of(step)) height=(room) {}
            rect.bar.open[periods.is_open(place)] x=(place_of(LEFT + step * (place as f64 + 0.1))) y=(place_of(ground - height)) width=(place_of(step * 0.8)) height=(place_of(height)) {}
        }
    };
    let (first, last) = (periods.name(0), periods.name(periods.len() - 1));
    let description = format!("{total} texts from {first} to {last}; the numbers are in the table below.");
    html! {
        figure {
            figcaption { (chart.name) span.soft { " " (number(total)) } }
            svg.chart.columns-chart viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } role="group" aria-label={ (chart.name) ": " (description) } {
                text.tick x=(LEFT - 4.0) y=(TOP + 4.0) text-anchor="end" { (tick(highest)) }
                text.tick x=(LEFT - 4.0) y=(ground) text-anchor="end" { "0" }
                line.axis x1=(LEFT) y1=(ground) x2=(WIDTH) y2=(ground) {}
                text.tick x=(LEFT) y=(HEIGHT - 4.0) { (short(&first)) }
                @if periods.len() > 1 { text.tick x=(WIDTH) y=(HEIGHT - 4.0) text-anchor="end" { (short(&last)) } }
                @for (place, count) in chart.counts.iter().enumerate() {
                    @match href(place).filter(|_| *count > 0) {
                        // The table and the history lead there by keyboard; a stop at each column would be in the way.
                        Some(href) => a href=(href) tabindex="-1" { (column(place, *count)) },
                        None => g { (column(place, *count)) },
                    }
                }
            }
        }
    }
}

/// A number that fits beside a chart, such as `12k`.
fn tick(n: u64) -> String {
    match n {
        0..10_000 => n.to_string(),
        10_000..1_000_000 => format!("{}k", n / 1_000),
        _ => format!("{:.1}M", n as f64 / 1e6),
    }
}

/// The name of a period without words.
fn short(name: &str) -> &str {
    name.rsplit(' ').next().unwrap_or(name)
}

/// A coordinate with at most two digits after the point.
fn place_of(value: f64) -> String {
    format!("{value:.2}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(day: i64, label: &str, count: u64) -> DayCount {
        DayCount {
            day,
            labels: vec![label.to_owned()],
            source: "api".into(),
            count,
            confidence: 0.0,
        }
    }

    #[test]
    fn weeks_are_counted_and_lead_to_their_texts() {
        // Monday 2025-03-03 is day 20,150.
        let days = [
            day(20_150, "bug", 2),
            day(20_156, "bug", 3),
            day(20_157, "praise", 1),
            day(20_250, "bug", 4),
        ];
        let drawn = over_time(
            "category",
            &days,
            |day| day.labels.iter().map(String::as_str).collect(),
            |name| HistoryQuery {
                q: "x".into(),
                label: name.into(),
                from: "2025-03-05".into(),
                ..HistoryQuery::default()
            },
        );
        let drawn = drawn.into_string();
        assert!(drawn.contains("bug, week of 2025-03-03: 5 texts"), "{drawn}");
        assert!(
            drawn.contains("/history?q=x&amp;label=bug&amp;from=2025-03-05&amp;to=2025-03-09"),
            "{drawn}"
        );
        assert!(drawn.contains("praise, week of 2025-03-10: 1 text<"), "{drawn}");
        assert!(drawn.contains("the highest column is 5"), "{drawn}");
        assert!(!drawn.contains("style="), "{drawn}");
        assert!(
            over_time("category", &[], |_| Vec::new(), |_| HistoryQuery::default())
                .into_string()
                .contains("No text has a date")
        );
    }

    #[test]
    fn charts_of_very_different_size_have_their_own_scales() {
        let drawn = |few: u64| {
            let days = [day(20_150, "bug", 12_345), day(20_151, "praise", few)];
            let drawn = over_time(
                "category",
                &days,
                |day| day.labels.iter().map(String::as_str).collect(),
                |_| HistoryQuery::default(),
            );
            drawn.into_string()
        };
        assert!(drawn(2_000).contains("the highest column is 12,345") && drawn(2_000).contains(">12k<"));
        assert!(drawn(20).contains("each chart has its own scale") && drawn(20).contains(">20<"));
    }

    #[test]
    fn a_period_that_is_not_over_is_marked() {
        // Thursday 2025-03-06 is in the week that begins on day 20,150.
        let open = |today| Periods::of(&[day(20_100, "bug", 1), day(20_151, "bug", 1)], today).unwrap();
        let periods = open(20_153);
        assert!(periods.is_open(periods.len() - 1) && !periods.is_open(0));
        assert!(!open(20_157).is_last_open, "Monday of the next week");
        let today = now_ms().div_euclid(DAY_MS);
        let days = [day(today - 1, "bug", 2), day(today, "bug", 1)];
        let drawn = over_time(
            "category",
            &days,
            |day| vec![day.labels[0].as_str()],
            |_| HistoryQuery::default(),
        );
        let drawn = drawn.into_string();
        assert!(
            drawn.contains("The last one is pale") && drawn.contains(", not over: 1 text<"),
            "{drawn}"
        );
        assert_eq!(drawn.matches("bar open").count(), 1, "{drawn}");
    }

    #[test]
    fn only_the_newest_periods_are_shown_and_the_rest_is_counted() {
        let days: Vec<DayCount> = (0..100).map(|month| day(month * 30, "bug", 1)).collect();
        let periods = Periods::of(&days, 1_000_000).unwrap();
        assert_eq!((periods.unit, periods.len()), (TimeUnit::Month, MAX_PERIODS));
        let shown = days.iter().filter(|day| periods.place(day.day).is_some()).count() as u64;
        assert_eq!(shown + periods.earlier, 100);
        let names: Vec<String> = (0..20).map(|n| format!("label {n}")).collect();
        let days: Vec<DayCount> = names.iter().map(|name| day(5, name, 1)).collect();
        let periods = Periods::of(&days, 1_000_000).unwrap();
        let found = charts(
            &periods,
            &days,
            |day| vec![day.labels[0].as_str()],
            |_| HistoryQuery::default(),
        );
        assert_eq!(
            (found.len(), found[11].name, found[11].counts[0]),
            (12, "all others", 9)
        );
    }
}
