//! The tables and charts of the explore page.

use std::collections::BTreeMap;

use feedback_metrics::statistics::Interval;
use maud::{Markup, html};

use super::charts::{Share, shares_with_intervals};
use super::explore_address::address;
use super::layout::{interval_words, percent, texts as texts_of};
use crate::audits::Shares;
use crate::http::url::with_query;
use crate::labels::shown;
use crate::phrases::number;
use crate::services::breakdown::{Breakdown, By, Group};
use crate::services::explore::share;
use crate::services::history::{HistoryQuery, NO_VALUE};

/// A value with fewer texts says little.
const FEW: u64 = 10;

/// Returns the address of the texts with a label, or without labels if it is empty.
fn texts(query: &HistoryQuery, label: &str) -> String {
    with_query("/history", &query.of_value(&By::Category, label).without_cursor())
}

/// Renders the share of each category.
pub(super) fn by_category(
    query: &HistoryQuery,
    n: u64,
    counts: &BTreeMap<String, u64>,
    audited: Option<&Shares>,
) -> Markup {
    let corrected = |label: &str| {
        let found = audited?.labels.iter().find(|one| one.label == label)?;
        Some((found.counted, found.share, found.interval?))
    };
    let mut sorted: Vec<(&String, u64)> = counts.iter().map(|(label, count)| (label, *count)).collect();
    sorted.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let rows = sorted.iter().map(|(label, count)| Row {
        name: shown(label).to_owned(),
        count: *count,
        n,
        counted: corrected(label).map(|(counted, ..)| counted),
        share: corrected(label)
            .map(|(_, share, interval)| (share, interval))
            .or_else(|| share(*count, n)),
        href: texts(query, label),
    });
    section("Share of each category", "Category", &rows.collect::<Vec<_>>())
}

/// Renders the shares of all categories, or of one, for each value.
pub(super) fn by_value(query: &HistoryQuery, label: &str, by: &By, found: &Breakdown) -> Markup {
    html! {
        @if label.is_empty() {
            (table_of_all(query, by, &found.groups))
        } @else {
            @let label = if label == NO_VALUE { "" } else { label };
            @let rows: Vec<Row> = found.groups.iter().map(|group| Row {
                name: if group.n < FEW { format!("{} · few texts", value_name(group)) } else { value_name(group) },
                count: group.labels.get(label).copied().unwrap_or_default(),
                n: group.n,
                counted: None,
                share: share(group.labels.get(label).copied().unwrap_or_default(), group.n),
                href: texts(&query.of_value(by, &group.value), label),
            }).collect();
            (section(&format!("Share of {} by {}", shown(label), by.name()), by.name(), &rows))
        }
        @if found.others.0 > 0 {
            p { (number(found.others.1)) " texts with " (found.others.0) " further values of " (by.name()) " are not shown." }
        }
        @if *by == By::Theme { (in_no_theme(found)) }
    }
}

/// Returns the name of a value for people.
fn value_name(group: &Group) -> String {
    match (&group.name, group.value.as_str()) {
        (Some(name), _) => name.clone(),
        (None, "") => format!("{NO_VALUE} (no value)"),
        (None, value) => value.to_owned(),
    }
}

/// Says how many texts are in no theme.
fn in_no_theme(found: &Breakdown) -> Markup {
    let counted = found.groups.iter().map(|group| group.n).sum::<u64>() + found.others.1;
    let rest = found.n.saturating_sub(counted);
    html! {
        @if rest > 0 {
            p { (texts_of(rest)) @if rest == 1 { " is" } @else { " are" } " in no theme that is shown: they are unlike the others, too old, or in a hidden theme." }
        }
    }
}

/// A share of texts.
struct Row {
    name: String,
    count: u64,
    n: u64,
    /// The model's share, if `share` is corrected.
    counted: Option<f64>,
    /// The share and its interval; `None` without texts.
    share: Option<(f64, Interval)>,
    /// The address of the texts.
    href: String,
}

fn section(title: &str, head: &str, rows: &[Row]) -> Markup {
    let bars = rows.iter().filter_map(|row| {
        let (value, interval) = row.share?;
        Some(Share {
            name: match row.counted {
                Some(_) => row.name.clone(),
                None => format!("{} ({} of {})", row.name, number(row.count), number(row.n)),
            },
            value,
            interval,
        })
    });
    let is_corrected = rows.iter().any(|row| row.counted.is_some());
    html! {
        div.two {
            section.card { h2 { (title) } (shares_with_intervals("shares", title, bars)) }
            section.card data-copy {
                h2 { "The texts behind each bar" }
                div.scroll tabindex="0" role="region" aria-label=(title) {
                    table {
                        thead { tr {
                            th scope="col" { (head) } th.number.wide-only scope="col" { @if is_corrected { "Texts, as labelled" } @else { "Texts" } }
                            @if is_corrected { th.number scope="col" { "The model's share" } }
                            th.number scope="col" { @if is_corrected { "Corrected share" } @else { "Share" } }
                            th.number scope="col" { "95 % interval" }
                        } }
                        tbody {
                            @for row in rows {
                                tr {
                                    th scope="row" { @if row.count > 0 { a href=(row.href) { (row.name) } } @else { (row.name) } }
                                    td.number.wide-only { (number(row.count)) " of " (number(row.n)) }
                                    @if is_corrected { td.number { @if let Some(counted) = row.counted { (percent(counted)) } } }
                                    @if let Some((value, interval)) = row.share {
                                        td.number { (percent(value)) }
                                        td.number { (interval_words(&interval)) }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Renders the shares of all categories for each value.
fn table_of_all(query: &HistoryQuery, by: &By, groups: &[Group]) -> Markup {
    let mut totals: BTreeMap<&str, u64> = BTreeMap::new();
    for (label, count) in groups.iter().flat_map(|group| &group.labels) {
        *totals.entry(label).or_default() += count;
    }
    let mut labels: Vec<(&str, u64)> = totals.into_iter().collect();
    labels.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let title = format!("Share of each category by {}", by.name());
    let of_label = |label: &str| {
        address(
            query,
            if label.is_empty() { NO_VALUE } else { label },
            &by.written(),
        )
    };
    html! {
        section.card data-copy {
            h2 { (title) }
            div.scroll tabindex="0" role="region" aria-label=(title) {
                table {
                    thead { tr {
                        th scope="col" { (by.name()) } th.number scope="col" { "Texts" }
                        @for (label, _) in &labels { th.number scope="col" { a href=(of_label(label)) { (shown(label)) } } }
                    } }
                    tbody {
                        @for group in groups {
                            tr {
                                th scope="row" { (value_name(group)) }
                                td.number { (number(group.n)) }
                                @for (label, _) in &labels {
                                    td.number {
                                        @match group.labels.get(*label) {
                                            Some(count) => a href=(texts(&query.of_value(by, &group.value), label)) { (percent(*count as f64 / group.n as f64)) },
                                            None => "–",
                                        }
                                    }
                                }
                            }
                        }
                    }
                }
            }
            p.hint { "Choose a category above to see its share with intervals." }
        }
    }
}
