//! The explore page: how many texts of a category, for whom, with an interval.

use axum::extract::State;
use feedback_store::{DayCount, Filter};
use maud::{Markup, html};
use serde::Deserialize;

use super::explore_address::{address, with_compare};
use super::explore_compare::comparison;
use super::explore_tables::{by_category, by_value};
use super::filters::{filters, hidden};
use super::layout::{Frame, Tab, empty_state, sentence, texts as texts_of};
use super::over_time::{left_out, over_time};
use super::reclassify::notice;
use super::shares::explained;
use super::views::views;
use crate::audits::Shares;
use crate::audits::can_be_sampled;
use crate::http::extract::ApiQuery;
use crate::labels::{NO_LABEL, counted, shown};
use crate::problem::{Code, PageResult, Problem, ServiceResult};
use crate::services::audits::shares;
use crate::services::breakdown::{By, breakdown};
use crate::services::comparison::compare;
use crate::services::explore::{Choices, filter_choices};
use crate::services::history::{HistoryQuery, NO_VALUE, overview};
use crate::services::periods::take_future;
use crate::serving::Model;
use crate::state::Shared;

/// The value of `compare` that asks for the period before.
const BEFORE: &str = "before";

#[derive(Debug, Default, Deserialize)]
pub(crate) struct ByQuery {
    #[serde(default)]
    by: String,
    /// `before`: compares the period with the one before.
    #[serde(default)]
    compare: String,
}

/// Returns whether the period is compared with the one before.
fn is_compared(compare: &str) -> ServiceResult<bool> {
    match compare {
        "" => Ok(false),
        BEFORE => Ok(true),
        _ => Err(Problem::invalid(format!(
            "`compare` must be `{BEFORE}` or left out"
        ))),
    }
}

pub(crate) async fn explore(
    State(state): State<Shared>,
    frame: Frame,
    ApiQuery(ByQuery { by, compare }): ApiQuery<ByQuery>,
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
    } = match By::read(&by) {
        By::Category => answered_by_category(&state, &query, filter, audited.as_ref()).await?,
        by => answered_by_value(&state, &query, filter, &label, &by).await?,
    };
    let compared = match is_compared(&compare)? && unanswered.is_none() && n > 0 {
        true => Some(compared(&state, &query, &label, &choices).await?),
        false => None,
    };
    let content = html! {
        h1 { "Explore" }
        (notice(&state).await?)
        (views(&state, &frame, &with_compare(address(&query, &label, &by), &compare)).await?)
        (question(&query, (&label, &by, &compare), &*served.model, &choices))
        (filters(&query, None, &choices, "/explore", &html! { (hidden("label", &label)) (hidden("by", &by)) (hidden("compare", &compare)) }))
        @if let Some(why) = &unanswered { p.note role="status" { (why) " " a href=(address(&query, &label, "")) { "Count by category" } "." } }
        @else if n == 0 {
            @if query.fields().next().is_some() { p { "No texts. " a href="/explore" { "Clear the filter" } "." } }
            @else { (empty_state("The share of each category appears here, with its interval: for each plan, country or any other column of your files, and over time.")) }
        } @else {
            p role="status" { (texts_of(n)) }
            @if let Some(compared) = compared { (compared) }
            (answer)
            @if by.is_empty() { (over_time_of(days, undated, &label, &query)) }
            (remarks(several, audited.as_ref(), &query))
        }
    };
    Ok(frame.page(Some(Tab::Explore), "Explore", &content))
}

/// Compares the period with the one before.
async fn compared(
    state: &Shared,
    query: &HistoryQuery,
    label: &str,
    choices: &Choices,
) -> ServiceResult<Markup> {
    let label = match label {
        "" => None,
        NO_VALUE => Some(String::new()),
        label => Some(label.to_owned()),
    };
    match compare(state, &query.filter()?, label, choices).await {
        Ok(found) => Ok(comparison(query, Ok(&found), choices)),
        Err(problem) if problem.code == Code::InvalidRequest => {
            Ok(comparison(query, Err(&sentence(&problem.detail)), choices))
        }
        Err(problem) => Err(problem),
    }
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

async fn answered_by_value(
    state: &Shared,
    query: &HistoryQuery,
    filter: Filter,
    label: &str,
    by: &By,
) -> ServiceResult<Answered> {
    match breakdown(state, filter, by.clone()).await {
        Ok(found) => Ok(Answered {
            n: found.n,
            answer: by_value(query, label, by, &found),
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

/// Renders the form with the two questions: share of what, by what.
fn question(
    query: &HistoryQuery,
    (label, by, compare): (&str, &str, &str),
    model: &dyn Model,
    choices: &Choices,
) -> Markup {
    let labels = model.labels();
    let is_other_label = !label.is_empty() && label != NO_VALUE && !labels.iter().any(|one| one == label);
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
                        @for (value, name) in ways(by, choices) { option value=(value) selected[value == by] { (name) } }
                    }
                }
                div {
                    label for="compare" { "Compare with" }
                    select id="compare" name="compare" {
                        option value="" { "nothing" }
                        option value=(BEFORE) selected[compare == BEFORE] { "the period before" }
                    }
                }
                div { button.main { "Show" } }
            }
            @if choices.fields.is_empty() {
                p.hint { "There are no further fields yet. Upload a file with columns such as plan, country or stars to count by them." }
            }
        }
    }
}

/// What the page can count by: what a query says, and the name for people.
fn ways(chosen: &str, choices: &Choices) -> Vec<(String, String)> {
    let own = |by: &str| (by.to_owned(), By::read(by).name().to_owned());
    let mut ways = vec![own(""), own(By::SOURCE)];
    if !choices.themes.is_empty() {
        ways.insert(1, own(By::THEME));
    }
    ways.extend(
        choices
            .answers
            .iter()
            .map(|choice| own(&By::of_answer(&choice.name))),
    );
    ways.extend(
        choices
            .fields
            .iter()
            .map(|choice| own(&By::of_field(&choice.name))),
    );
    if ways.iter().all(|(value, _)| value != chosen) {
        ways.push(own(chosen));
    }
    ways
}
