//! The part of the explore page that compares a period with the one before.

use maud::{Markup, html};

use super::layout::{percent, texts as texts_of};
use crate::clock::day_name;
use crate::http::url::with_query;
use crate::labels::shown;
use crate::services::breakdown::By;
use crate::services::comparison::{Change, Comparison, Drivers, Segment, share_of};
use crate::services::explore::Choices;
use crate::services::history::{HistoryQuery, NO_VALUE};

/// Renders the comparison, or why there is none; `query` has the filters of the page.
pub(super) fn comparison(
    query: &HistoryQuery,
    found: Result<&Comparison, &str>,
    choices: &Choices,
) -> Markup {
    html! {
        section.card data-copy id="compared" {
            h2 { "Compared with the period before" }
            @match found {
                Err(why) => p { (why) },
                Ok(found) => { (changes(query, found)) (drivers_of(query, found, choices)) }
            }
        }
    }
}

fn changes(query: &HistoryQuery, found: &Comparison) -> Markup {
    let title = "Share of each category, before and now";
    html! {
        p {
            "Now: " (span(found, 1)) ", " (texts_of(found.n[1])) ". Before: " (span(found, 0)) ", " (texts_of(found.n[0])) "."
        }
        div.scroll tabindex="0" role="region" aria-label=(title) {
            table {
                caption { (title) }
                thead { tr {
                    th scope="col" { "Category" } th.number scope="col" { "Before" } th.number scope="col" { "Now" }
                    th.number scope="col" { "Change in points" } th.number.wide-only scope="col" { "95 % interval" } th scope="col" { "Beyond chance" }
                } }
                tbody { @for change in &found.changes { (change_row(query, found, change)) } }
            }
        }
        p.hint { "A change is beyond chance if so large a difference between equal shares would be rare, with all categories tested together (false discovery rate 5 %). Texts that say the same count as separate ones here; a report counts them together." }
    }
}

fn change_row(query: &HistoryQuery, found: &Comparison, change: &Change) -> Markup {
    let of_label = query.of_value(&By::Category, &change.label);
    html! {
        tr {
            th scope="row" { (shown(&change.label)) }
            td.number { a href=(texts(&of_label, found, 0)) { (percent(share_of(change.before))) } }
            td.number { a href=(texts(&of_label, found, 1)) { (percent(share_of(change.now))) } }
            td.number { (points(change.value())) }
            td.number.wide-only { (points(change.interval.low)) " to " (points(change.interval.high)) }
            td { @if change.is_beyond_chance { strong { "yes" } } @else { "no" } }
        }
    }
}

fn drivers_of(query: &HistoryQuery, found: &Comparison, choices: &Choices) -> Markup {
    html! {
        @match &found.drivers {
            None => p { "No category changed beyond chance. Choose one above to see where its change comes from." },
            Some(drivers) => {
                h3 { "Where the change of " (shown(&drivers.label)) " comes from" }
                @if drivers.by.is_empty() {
                    p { "There are no further fields to look at. Upload a file with columns such as plan or country." }
                } @else {
                    (segments(query, found, drivers, choices))
                }
            }
        }
    }
}

fn segments(query: &HistoryQuery, found: &Comparison, drivers: &Drivers, choices: &Choices) -> Markup {
    let names: Vec<&str> = drivers.by.iter().map(By::name).collect();
    let title = format!(
        "Segments that contribute most to the change of {}",
        shown(&drivers.label)
    );
    let is_any = drivers.segments.iter().any(|segment| segment.is_beyond_chance);
    html! {
        @if !is_any {
            p { "No segment by " (names.join(", ")) " changed beyond chance: all changed alike, or their sizes changed, or there are too few texts." }
        }
        div.scroll tabindex="0" role="region" aria-label=(title) {
            table {
                caption { (title) }
                thead { tr {
                    th scope="col" { "Segment" } th.number scope="col" { "Before" } th.number scope="col" { "Now" }
                    th.number scope="col" { "Contribution (points)" } th scope="col" { "Beyond chance" }
                } }
                tbody { @for segment in &drivers.segments { (segment_row(query, found, drivers, segment, choices)) } }
            }
        }
        p.hint {
            "A contribution is the sum of two effects: the change of the share within the segment, and the change of its size. Those of all values of a field with one value per text add up to the change; the table has only the largest. "
            a href="/report" { "A report" } " tests more, and shows quotes."
        }
    }
}

fn segment_row(
    query: &HistoryQuery,
    found: &Comparison,
    drivers: &Drivers,
    segment: &Segment,
    choices: &Choices,
) -> Markup {
    let of_segment = query
        .of_value(&segment.by, &segment.value)
        .of_value(&By::Category, &drivers.label);
    let theme = choices
        .themes
        .iter()
        .find(|(id, _)| id.to_string() == segment.value);
    let value = match (&segment.by, theme) {
        (By::Theme, Some((_, name))) => name,
        _ if segment.value.is_empty() => NO_VALUE,
        _ => &segment.value,
    };
    let share = |(count, n): (u64, u64), period: usize| {
        html! {
            @if n == 0 { "–" } @else { a href=(texts(&of_segment, found, period)) { (percent(share_of((count, n)))) } " of " (n) }
        }
    };
    html! {
        tr {
            th scope="row" { (segment.by.name()) ": " (value) }
            td.number { (share(segment.before, 0)) }
            td.number { (share(segment.now, 1)) }
            td.number { (points(segment.effects.iter().sum())) }
            td { @if segment.is_beyond_chance { strong { "yes" } } @else { "no" } }
        }
    }
}

/// The first and the last day of a period.
fn span(found: &Comparison, period: usize) -> String {
    let [first, last] = [found.days[period], found.days[period + 1] - 1];
    format!("{} to {}", day_name(first), day_name(last))
}

/// The address of the texts of a period.
fn texts(query: &HistoryQuery, found: &Comparison, period: usize) -> String {
    let mut query = query.clone();
    query.period = String::new();
    query.from = day_name(found.days[period]);
    query.to = day_name(found.days[period + 1] - 1);
    with_query("/history", &query.without_cursor())
}

/// A difference of shares in percentage points.
fn points(difference: f64) -> String {
    let points = format!("{:+.1}", difference * 100.0);
    match points.as_str() {
        "-0.0" | "+0.0" => "0.0".to_owned(),
        _ => points.replace('-', "−"),
    }
}

#[cfg(test)]
mod tests {
    use super::points;

    #[test]
    fn points_have_a_sign() {
        assert_eq!([0.1234, -0.02, -0.0001].map(points), ["+12.3", "−2.0", "0.0"]);
    }
}
