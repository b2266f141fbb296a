//! The explore page: how many texts of a category, for whom, with an interval.

use std::collections::BTreeMap;

use axum::extract::State;
use feedback_metrics::statistics::Interval;
use feedback_store::{DayCount, Filter};
use maud::{Markup, html};
use serde::Deserialize;

use super::charts::{Share, shares_with_intervals};
use super::filters::{filters, hidden};
use super::layout::{Frame, Tab, empty_state, interval_words, percent, sentence, texts as texts_of};
use super::over_time::{left_out, over_time, take_future};
use super::reclassify::notice;
use super::shares::explained;
use super::views::views;
use crate::audits::Shares;
use crate::audits::can_be_sampled;
use crate::http::extract::ApiQuery;
use crate::http::url::{encoded, with_query};
use crate::labels::{NO_LABEL, counted, shown};
use crate::phrases::number;
use crate::problem::{Code, PageResult, ServiceResult};
use crate::services::audits::shares;
use crate::services::explore::{Breakdown, Choice, Group, breakdown, filter_choices, share};
use crate::services::history::{HistoryQuery, NO_VALUE, overview};
use crate::serving::Model;
use crate::state::Shared;

/// A value with fewer texts says little.
const FEW: u64 = 10;
/// What the page counts by if no field is chosen.
const BY_CATEGORY: &str = "category";

#[derive(Debug, Default, Deserialize)]
pub(crate) struct ByQuery {
    #[serde(default)]
    by: String,
}

pub(crate) async fn explore(
    State(state): State<Shared>,
    frame: Frame,
    ApiQuery(ByQuery { by }): ApiQuery<ByQuery>,
    mut query: HistoryQuery,
) -> PageResult {
    let choices = filter_choices(&state).await?;
    let label = std::mem::take(&mut query.label); // the share of this label among all texts is asked for
    let filter = query.filter()?;
    let served = state.models.engine().current();
    let audited = if by.is_empty() && can_be_sampled(&filter) {
        shares(&state, filter.clone()).await?
    } else {
        None
    };
    let Answered {
        n,
        answer,
        several,
        days,
        undated,
        unanswered,
    } = match by.as_str() {
        "" => answered_by_category(&state, &query, filter, audited.as_ref()).await?,
        _ => answered_by_field(&state, &query, filter, &label, &by).await?,
    };
    let content = html! {
        h1 { "Explore" }
        (notice(&state).await?)
        (views(&state, &frame, &address(&query, &label, &by)).await?)
        (question(&query, &label, &by, &*served.model, &choices.fields))
        (filters(&query, None, &choices, "/explore", &html! { (hidden("label", &label)) (hidden("by", &by)) }))
        @if let Some(why) = &unanswered { p.note role="status" { (why) " " a href=(address(&query, &label, "")) { "Count by category" } "." } }
        @else if n == 0 {
            @if query.fields().next().is_some() { p { "No texts. " a href="/explore" { "Clear the filter" } "." } }
            @else { (empty_state("The share of each category appears here, with its interval: for each plan, country or any other column of your files, and over time.")) }
        } @else {
            p role="status" { (texts_of(n)) }
            (answer)
            @if by.is_empty() { (over_time_of(days, undated, &label, &query)) }
            (remarks(several, audited.as_ref(), &query))
        }
    };
    Ok(frame.page(Some(Tab::Explore), "Explore", &content))
}

/// What the page shows for its question.
#[derive(Default)]
struct Answered {
    /// The number of texts that were counted.
    n: u64,
    answer: Markup,
    /// Whether texts have several labels.
    several: bool,
    days: Vec<DayCount>,
    /// The number of texts without a date.
    undated: u64,
    /// Why the question has no answer.
    unanswered: Option<String>,
}

async fn answered_by_category(
    state: &Shared,
    query: &HistoryQuery,
    filter: Filter,
    audited: Option<&Shares>,
) -> ServiceResult<Answered> {
    let found = overview(state, filter).await?;
    let none = (found.unlabelled > 0).then(|| (String::new(), found.unlabelled));
    let counts = found.labels.iter().map(|one| (one.label.clone(), one.count));
    let counts = counts.chain(none).collect();
    Ok(Answered {
        n: found.total,
        answer: by_category(query, found.total, &counts, audited),
        several: found.several > 0,
        days: found.days.clone(),
        undated: found.undated,
        unanswered: None,
    })
}

async fn answered_by_field(
    state: &Shared,
    query: &HistoryQuery,
    filter: Filter,
    label: &str,
    by: &str,
) -> ServiceResult<Answered> {
    match breakdown(state, filter, by.to_owned()).await {
        Ok(found) => Ok(Answered {
            n: found.n(),
            answer: by_field(query, label, by, &found),
            several: found.has_several_labels(),
            ..Answered::default()
        }),
        Err(problem) if problem.code == Code::InvalidRequest => {
            let unanswered = Some(sentence(&problem.detail));
            Ok(Answered {
                unanswered,
                ..Answered::default()
            })
        }
        Err(problem) => Err(problem),
    }
}

/// Says what the shares are, and what the intervals do not contain.
fn remarks(several: bool, audited: Option<&Shares>, query: &HistoryQuery) -> Markup {
    html! {
        @if several {
            p.hint { "A text with several labels counts once under each of them, so the shares can sum to more than 100 %." }
        }
        @match audited {
            Some(audited) => (explained(audited, query, true)),
            None => p.hint { "Categories are the model's and people's corrections. The intervals (95 %) show random variation, not the model's mistakes." },
        }
    }
}

fn over_time_of(mut days: Vec<DayCount>, undated: u64, label: &str, query: &HistoryQuery) -> Markup {
    let ahead = take_future(&mut days);
    html! {
        section.card {
            h2 { "Over time" }
            (left_out(undated, ahead))
            (over_time("category", &days, |day| of_label(day, label), |name| query.of_label(name)))
        }
    }
}

/// The categories of the texts of a day: only the chosen one, if one was chosen.
fn of_label<'a>(day: &'a DayCount, label: &str) -> Vec<&'a str> {
    let label = if label == NO_VALUE { NO_LABEL } else { label };
    let is_chosen = |name: &&str| label.is_empty() || *name == label;
    counted(&day.labels).map(shown).filter(is_chosen).collect()
}

/// Returns the address of the page as it is shown.
fn address(query: &HistoryQuery, label: &str, by: &str) -> String {
    let mut parts = vec![query.without_cursor()];
    let more = [("label", label), ("by", by)];
    parts.extend(
        more.iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| format!("{name}={}", encoded(value))),
    );
    parts.retain(|part| !part.is_empty());
    with_query("/explore", &parts.join("&"))
}

/// Renders the form with the two questions: share of what, by what.
fn question(query: &HistoryQuery, label: &str, by: &str, model: &dyn Model, choices: &[Choice]) -> Markup {
    let labels = model.labels();
    let is_other_label = !label.is_empty() && label != NO_VALUE && !labels.iter().any(|one| one == label);
    let is_other = |name: &str| !name.is_empty() && choices.iter().all(|choice| choice.name != name);
    html! {
        form.card method="get" action="/explore" {
            @for (name, value) in query.fields() { (hidden(&name, value)) }
            div.fields {
                div {
                    label for="what" { "Share of" }
                    select id="what" name="label" {
                        option value="" { "every category" }
                        @if is_other_label { option value=(label) selected { (label) } }
                        @for one in labels { option value=(one) selected[one == label] { (one) } }
                        @if model.is_multi_label() || label == NO_VALUE { option value=(NO_VALUE) selected[label == NO_VALUE] { (NO_LABEL) } }
                    }
                }
                div {
                    label for="by" { "By" }
                    select id="by" name="by" {
                        option value="" { (BY_CATEGORY) }
                        @if is_other(by) { option value=(by) selected { (by) } }
                        @for choice in choices { option value=(choice.name) selected[choice.name == by] { (choice.name) } }
                    }
                }
                div { button.main { "Show" } }
            }
            @if choices.is_empty() {
                p.hint { "There are no further fields yet. Upload a file with columns such as plan, country or stars to count by them." }
            }
        }
    }
}

/// Returns the address of the texts with a label, or without labels if it is empty, and, if given, with a value of a field.
fn texts(query: &HistoryQuery, label: &str, field: Option<(&str, &str)>) -> String {
    let mut query = query.clone();
    query.label = if label.is_empty() { NO_VALUE } else { label }.to_owned();
    if let Some((name, value)) = field {
        let value = if value.is_empty() { NO_VALUE } else { value };
        query.field.insert(name.to_owned(), value.to_owned());
    }
    with_query("/history", &query.without_cursor())
}

fn by_category(
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
        href: texts(query, label, None),
    });
    section("Share of each category", "Category", &rows.collect::<Vec<_>>())
}

fn by_field(query: &HistoryQuery, label: &str, by: &str, found: &Breakdown) -> Markup {
    let value_name = |value: &str| match value {
        "" => format!("{NO_VALUE} (no value)"),
        value => value.to_owned(),
    };
    html! {
        @if label.is_empty() {
            (table_of_all(query, by, &found.groups, value_name))
        } @else {
            @let label = if label == NO_VALUE { "" } else { label };
            @let rows: Vec<Row> = found.groups.iter().map(|group| Row {
                name: if group.n < FEW { format!("{} · few texts", value_name(&group.value)) } else { value_name(&group.value) },
                count: group.labels.get(label).copied().unwrap_or_default(),
                n: group.n,
                counted: None,
                share: share(group.labels.get(label).copied().unwrap_or_default(), group.n),
                href: texts(query, label, Some((by, &group.value))),
            }).collect();
            (section(&format!("Share of {} by {by}", shown(label)), by, &rows))
        }
        @if found.others.0 > 0 {
            p { (found.others.1) " texts with " (found.others.0) " further values of " (by) " are not shown." }
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
            section.card {
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
                                    th scope="row" { a href=(row.href) { (row.name) } }
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
fn table_of_all(
    query: &HistoryQuery,
    by: &str,
    groups: &[Group],
    value_name: impl Fn(&str) -> String,
) -> Markup {
    let mut totals: BTreeMap<&str, u64> = BTreeMap::new();
    for (label, count) in groups.iter().flat_map(|group| &group.labels) {
        *totals.entry(label).or_default() += count;
    }
    let mut labels: Vec<(&str, u64)> = totals.into_iter().collect();
    labels.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let title = format!("Share of each category by {by}");
    html! {
        section.card {
            h2 { (title) }
            div.scroll tabindex="0" role="region" aria-label=(title) {
                table {
                    thead { tr {
                        th scope="col" { (by) } th.number scope="col" { "Texts" }
                        @for (label, _) in &labels { th.number scope="col" { a href=(address(query, if label.is_empty() { NO_VALUE } else { label }, by)) { (shown(label)) } } }
                    } }
                    tbody {
                        @for group in groups {
                            tr {
                                th scope="row" { (value_name(&group.value)) }
                                td.number { (group.n) }
                                @for (label, _) in &labels {
                                    td.number {
                                        @match group.labels.get(*label) {
                                            Some(count) => a href=(texts(query, label, Some((by, &group.value)))) { (percent(*count as f64 / group.n as f64)) },
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
