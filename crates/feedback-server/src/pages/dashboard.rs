//! The dashboard: categories, volume and confidence.

use std::collections::BTreeMap;

use axum::extract::State;
use maud::{Markup, html};

use super::charts::{Line, Share, shares, shares_by_day, shares_with_intervals, table};
use super::filters::filters;
use super::layout::{Frame, Tab, empty_state, interval_words, percent};
use super::over_time::{left_out, over_time};
use super::reclassify::notice;
use super::shares::explained;
use super::views::views;
use crate::audits::Shares;
use crate::audits::can_be_sampled;
use crate::clock::day_name;
use crate::http::extract::ApiQuery;
use crate::http::url::with_query;
use crate::labels::{NO_LABEL, counted, shown};
use crate::phrases::{number, texts};
use crate::problem::PageResult;
use crate::services::audits::shares as shares_of;
use crate::services::explore::filter_choices;
use crate::services::history::{HistoryQuery, overview};
use crate::services::periods::take_future;
use crate::state::Shared;
use feedback_store::{DayCount, Overview};

/// Default window of the average confidence, in days.
const WINDOW: usize = 7;
/// Maximum number of days in a chart. Only the newest days are shown.
const MAX_DAYS: usize = 180;

#[derive(Debug, serde::Deserialize)]
pub(crate) struct WindowQuery {
    #[serde(default)]
    window: String,
}

pub(crate) async fn dashboard(
    State(state): State<Shared>,
    frame: Frame,
    query: HistoryQuery,
    ApiQuery(window): ApiQuery<WindowQuery>,
) -> PageResult {
    let filter = query.filter()?;
    let audited = match can_be_sampled(&filter) {
        true => shares_of(&state, filter.clone()).await?,
        false => None,
    };
    let mut overview = overview(&state, filter).await?;
    let ahead = take_future(&mut overview.days);
    let served = state.models.engine().current();
    let labels = served.model.labels();
    let choices = filter_choices(&state).await?;
    let window = window.window.parse().unwrap_or(WINDOW).clamp(1, 90);
    let content = html! {
        h1 { "Dashboard" }
        (notice(&state).await?)
        (views(&state, &frame, &with_query("/dashboard", &query.without_cursor())).await?)
        (filters(&query, Some(&*served.model), &choices, "/dashboard", &html! {}))
        p { a href="/api/v1/digest?weeks=1" { "Weekly digest" } " (Markdown, ignores filters)" }
        @if overview.total == 0 && query.fields().next().is_none() { (empty_state("The dashboard shows how many texts each category has, over time and by source, and how confident the model is.")) }
        @else { (totals(&overview, labels)) }
        (left_out(overview.undated, ahead))
        @if overview.total > 0 {
            div.two {
                section.card {
                        h2 { "Categories" }
                        (distribution(&overview, audited.as_ref()))
                        @match &audited {
                            Some(audited) => (explained(audited, &query, false)),
                            None => p.hint { "Categories are the model's and people's corrections. The shares contain the model's mistakes." },
                        }
                    }
                section.card { h2 { "Confidence" } (histogram(&overview)) }
            }
            section.card { h2 { "Volume by category" } (over_time("category", &overview.days, |day| counted(&day.labels).map(shown).collect(), |name| query.of_label(name))) }
            @if overview.sources.len() > 1 {
                details.card {
                    summary { h2.inline { "Volume by source" } }
                    (over_time("source", &overview.days, |day| vec![day.source.as_str()], |name| query.of_source(name)))
                }
            }
            @if overview.days.len() > 1 { section.card { h2 { "Average confidence over " (window) " days" } (confidence(&query, &overview.days, window)) } }
        }
    };
    Ok(frame.page(Some(Tab::Dashboard), "Dashboard", &content))
}

fn totals(overview: &Overview, labels: &[String]) -> Markup {
    let seen = |label: &String| overview.labels.iter().any(|one| one.label == *label);
    let unseen: Vec<&String> = labels.iter().filter(|label| !seen(label)).collect();
    let share = |count: u64| percent(count as f64 / overview.total.max(1) as f64);
    html! {
        div.cards {
            (total("Texts", &number(overview.total), ""))
            (total("Categories seen", &format!("{} of {}", labels.len() - unseen.len(), labels.len()), "of the model"))
            (total("Mean confidence", &if overview.total > 0 { percent(overview.mean_confidence) } else { "–".into() }, "how sure, not how right"))
            (total("Doubtful", &number(overview.doubtful), &format!("{}, low confidence", share(overview.doubtful))))
            (total("Labelled by people", &number(overview.corrected), &share(overview.corrected)))
        }
        @if !unseen.is_empty() {
            p { "Unseen: " @for label in unseen { span.tag { (label) } " " } }
        }
    }
}

fn total(name: &str, value: &str, note: &str) -> Markup {
    html! { div.card { span.soft { (name) } span.big { (value) } span.soft { (note) } } }
}

fn distribution(overview: &Overview, audited: Option<&Shares>) -> Markup {
    if let Some(audited) = audited.filter(|audited| audited.are_corrected()) {
        return corrected(audited);
    }

    let total = overview.total.max(1) as f64;
    let none = (overview.unlabelled > 0).then_some((NO_LABEL, overview.unlabelled));
    let counts = || {
        let labels = overview.labels.iter().map(|one| (one.label.as_str(), one.count));
        labels.chain(none)
    };
    let rows = counts().map(|(name, count)| (name, count as f64 / total));
    html! {
        (shares("categories", "Share of each category", rows))
        @if overview.several > 0 {
            p.hint { (overview.several) " texts have several labels and count once under each of them, so the shares can sum to more than 100 %." }
        }
        (table("Texts by category", &["Category", "Texts"], counts().map(|(name, count)| vec![name.to_owned(), count.to_string()])))
    }
}

/// Renders the shares that audits have corrected.
fn corrected(audited: &Shares) -> Markup {
    let bars = audited.labels.iter().filter_map(|one| {
        Some(Share {
            name: shown(&one.label).to_owned(),
            value: one.share,
            interval: one.interval?,
        })
    });
    let rows = audited.labels.iter().map(|one| {
        let interval = one
            .interval
            .map_or("–".into(), |interval| interval_words(&interval));
        vec![
            shown(&one.label).to_owned(),
            percent(one.share),
            interval,
            percent(one.counted),
        ]
    });
    html! {
        (shares_with_intervals("categories", "Share of each category", bars))
        (table("Share of each category", &["Category", "Share", "95 % interval", "The model's share"], rows))
    }
}

fn histogram(overview: &Overview) -> Markup {
    let names: Vec<String> = (0..10)
        .map(|tenth| format!("{}–{} %", tenth * 10, tenth * 10 + 10))
        .collect();
    let total = overview.total.max(1) as f64;
    let rows = || names.iter().zip(overview.histogram);
    let bars: Vec<(String, f64)> = rows()
        .map(|(name, count)| (format!("{name} ({})", texts(count)), count as f64 / total))
        .collect();
    let bars = bars.iter().map(|(name, share)| (name.as_str(), *share));
    html! {
        (shares("confidence", "Share of texts by confidence", bars))
        (table("Texts by confidence", &["Confidence", "Texts"], rows().map(|(name, count)| vec![name.clone(), number(count)])))
    }
}

/// Returns all days from the first to the last, including days without texts, but only the newest [`MAX_DAYS`].
fn span(days: &[DayCount]) -> Vec<i64> {
    match (days.first(), days.last()) {
        (Some(first), Some(last)) => (first.day.max(last.day - MAX_DAYS as i64 + 1)..=last.day).collect(),
        _ => Vec::new(),
    }
}

fn confidence(query: &HistoryQuery, days: &[DayCount], window: usize) -> Markup {
    let span = span(days);
    let mut by_day: BTreeMap<i64, (f64, u64)> = BTreeMap::new();
    for day in days {
        let sums = by_day.entry(day.day).or_default();
        *sums = (sums.0 + day.confidence, sums.1 + day.count);
    }
    let values: Vec<Option<f64>> = span
        .iter()
        .map(|day| rolling(&by_day, *day, window as i64))
        .collect();
    let line = Line {
        name: "confidence",
        points: span
            .iter()
            .zip(&values)
            .map(|(day, value)| (*day as f64, value.unwrap_or(f64::NAN)))
            .collect(),
    };
    let shown = |value: &Option<f64>| value.map_or("–".into(), percent);
    let rows = span
        .iter()
        .zip(&values)
        .map(|(day, value)| vec![day_name(*day), shown(value)]);
    html! {
        div.two {
            div { (shares_by_day("mean-confidence", "Average confidence", &[line])) }
            div {
                p { "The newest " (MAX_DAYS) " days with texts, at most. Each point is the mean confidence of the texts of the " (window) " days that end there. A lasting fall can mean that new texts differ from those that the model was trained on: " a href="/drift" { "Drift" } " tests it." }
                form.row method="get" action="/dashboard" {
                    @for (name, value) in query.fields() { input type="hidden" name=(name) value=(value); }
                    div { label for="window" { "Days" } input id="window" name="window" type="number" min="1" max="90" value=(window); }
                    button { "Show" }
                }
                (table("Average confidence", &["Day", "Confidence"], rows))
            }
        }
    }
}

/// Returns the mean confidence over the `window` days that end with `day`; `None` if no text has a date on these days.
fn rolling(by_day: &BTreeMap<i64, (f64, u64)>, day: i64, window: i64) -> Option<f64> {
    let (sum, count) = by_day
        .range(day - window + 1..=day)
        .fold((0.0, 0), |(sum, count), (_, (s, c))| (sum + s, count + c));
    (count > 0).then(|| sum / count as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rolling_mean_weights_days_by_their_texts_and_allows_gaps() {
        let by_day = [(10, (1.8, 2)), (12, (0.3, 1))].into();
        assert_eq!(rolling(&by_day, 9, 3), None);
        assert_eq!(rolling(&by_day, 11, 3), Some(0.9));
        assert!((rolling(&by_day, 12, 3).unwrap() - 0.7).abs() < 1e-12);
        assert_eq!(rolling(&by_day, 13, 2), Some(0.3));
    }
}
