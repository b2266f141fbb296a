//! The history page: search, correct, erase and export predictions.

use axum::Extension;
use axum::extract::{Path, State};
use axum::response::Response;
use maud::{Markup, html};
use serde::Deserialize;

use super::bulk_labels;
use super::filters::filters;
use super::labels::{LabelledQuery, just_labelled, label_form, tags};
use super::layout::{Frame, Tab, empty_state, percent, redirect, texts, when};
use super::similar;
use super::views::views;
use crate::auth::Role;
use crate::http::body::Form;
use crate::http::client::Client;
use crate::http::download::{FileKind, download};
use crate::http::extract::{Actor, ApiQuery};
use crate::http::url::{local, with_field, with_query};
use crate::labels::words;
use crate::problem::PageResult;
use crate::problem::{Problem, ServiceResult};
use crate::services;
use crate::services::explore::filter_choices;
use crate::services::export::HistoryFormat;
use crate::services::history::{HistoryQuery, list_and_count};
use crate::services::labels::choosable;
use crate::serving::Model;
use crate::state::Shared;
use feedback_inference::UNFAMILIAR_ABOVE;
use feedback_store::{Erase, Fields, StoredPrediction};

/// Number of texts on a page, unless the address says otherwise.
const SHOWN: usize = 12;

pub(crate) async fn history(
    State(state): State<Shared>,
    frame: Frame,
    ApiQuery(LabelledQuery { labelled }): ApiQuery<LabelledQuery>,
    mut query: HistoryQuery,
) -> PageResult {
    query.limit.get_or_insert(SHOWN);
    let (filter, cursor) = (query.filter()?, query.cursor()?);
    let (page, total) = list_and_count(&state, filter, cursor).await?;
    let items = &page.items;
    let choices = filter_choices(&state).await?;
    let served = state.models.engine().current();
    let labels = choosable(&state).await?;
    let bulk = match frame.visitor.who.may(Role::Label, "history") {
        true => Some((
            services::bulk_labels::count(&state, query.filter()?).await?,
            services::bulk_labels::list(&state).await?,
        )),
        false => None,
    };
    let same = match query.groups_similar()? {
        true => {
            let ids: Vec<i64> = items.iter().map(|item| item.id).collect();
            services::similar::same_as(&state, &ids).await?
        }
        false => vec![None; items.len()],
    };
    let shown = Shown {
        frame: &frame,
        model: &*served.model,
        labels: &labels,
        back: with_query("/history", &query.without_cursor()),
    };
    let content = html! {
        h1 { "History" }
        (views(&state, &frame, &shown.back).await?)
        (filters(&query, Some(&*served.model), &choices, "/history", &html! {}))
        (just_labelled(&state, &frame, &labelled, &shown.back).await?)
        p role="status" { (texts(total)) @if total > 1 { ", the last stored first" } }
        @if let Some((open, made)) = &bulk { (bulk_labels::section(&frame, &query, (*open, &labels), made, &shown.back)) }
        @if items.is_empty() {
            @if query.fields().next().is_some() { p { "No text matches. " a href="/history" { "Clear the filter" } "." } }
            @else { (empty_state("All texts that were classified appear here: search and filter them, correct their categories, export them.")) }
        } @else {
            (list(&shown, items, &same))
            nav.pages aria-label="More" {
                @if !query.before.is_empty() { a href=(with_query("/history", &query.without_cursor())) { "Newest" } }
                @if let Some(next) = page.next() {
                    a rel="next" href=(with_field("/history", &query.without_cursor(), "before", &next.to_string())) { "Older" }
                }
            }
            div.row {
                a.button href=(with_field("/history/export", &query.without_cursor(), "format", "csv")) { "Export CSV" }
                a.button href=(with_field("/history/export", &query.without_cursor(), "format", "jsonl")) { "Export JSON lines" }
            }
        }
    };
    Ok(frame.page(Some(Tab::History), "History", &content))
}

/// What all texts of a page are shown with.
struct Shown<'a> {
    frame: &'a Frame,
    model: &'a dyn Model,
    labels: &'a [String],
    /// The address of the page.
    back: String,
}

/// Renders the texts; `same` has for each the earlier one that says the same, below which it is folded.
fn list(shown: &Shown<'_>, items: &[StoredPrediction], same: &[Option<i64>]) -> Markup {
    let (labels, model) = (shown.labels, shown.model);
    let like = |id: i64| {
        let pairs = items.iter().zip(same);
        pairs
            .filter(move |(_, same)| **same == Some(id))
            .map(|(item, _)| item)
    };
    html! {
        p.only-script.keys { kbd { "j" } " next, " kbd { "k" } " previous, " kbd { "1" } "–" kbd { (labels.len().min(9)) } " correct the label, " @if model.is_multi_label() { kbd { "a" } " save the labels, " } kbd { "u" } " undo." }
        ol.queue data-review {
            @for (item, _) in items.iter().zip(same).filter(|(_, same)| same.is_none()) {
                li tabindex="-1" id={ "p" (item.id) } {
                    (one(shown, item))
                    @if like(item.id).next().is_some() {
                        details {
                            summary { "and " (like(item.id).count()) " that say the same" }
                            @for other in like(item.id) { div id={ "p" (other.id) } { (one(shown, other)) } }
                        }
                    }
                }
            }
        }
    }
}

fn one(shown: &Shown<'_>, item: &StoredPrediction) -> Markup {
    let labels = shown.labels.iter().map(String::as_str);
    html! {
        blockquote { (item.prediction.text) }
        p {
            (tags(item.effective_labels()))
            span.soft {
                @if let Some(given) = &item.corrected {
                    @if *given == item.prediction.labels { "confirmed by a person, " } @else { "corrected; predicted " (words(&item.prediction.labels)) ", " }
                }
                (percent(item.prediction.confidence)) " · " (item.prediction.source) " · "
                @if item.prediction.unfamiliarity.is_some_and(|share| share > UNFAMILIAR_ABOVE) { "unfamiliar · " }
                @if item.prediction.undated { "no date" } @else { (when(item.prediction.at)) }
            }
        }
        div.about-text {
            @if shown.frame.visitor.who.may(Role::Label, "history") {
                details {
                    summary { "Correct" }
                    (label_form(shown.frame, item.id, shown.model, labels, item.effective_labels(), &shown.back))
                }
            }
            (fields(&item.prediction.fields))
            (similar::link(item.id))
            @if shown.frame.visitor.who.may(Role::Admin, "history") {
                details {
                    summary { "Erase" }
                    form.row method="post" action={ "/history/" (item.id) "/erase" } {
                        (shown.frame.token())
                        input type="hidden" name="back" value=(shown.back);
                        span { "The text and its corrections are deleted permanently." }
                        button.danger { "Erase this text" }
                    }
                }
            }
        }
    }
}

/// Renders the fields of a record; empty ones are left out.
fn fields(fields: &Fields) -> Markup {
    let shown = || fields.iter().filter(|(_, value)| !value.is_empty());
    html! {
        @if shown().next().is_some() {
            details {
                summary { "Fields" }
                dl.pairs { @for (name, value) in shown() { dt { (name) } dd { (value) } } }
            }
        }
    }
}

#[derive(Debug, Deserialize)]
pub(crate) struct ExportQuery {
    #[serde(default)]
    format: String,
}

pub(crate) async fn export(
    State(state): State<Shared>,
    Extension(client): Extension<Client>,
    ApiQuery(ExportQuery { format }): ApiQuery<ExportQuery>,
    query: HistoryQuery,
) -> ServiceResult<Response> {
    let (format, name, kind) = match format.as_str() {
        "csv" => (HistoryFormat::Csv, "history.csv", "text/csv; charset=utf-8"),
        "jsonl" | "" => (HistoryFormat::Jsonl, "history.jsonl", "application/x-ndjson"),
        _ => return Err(Problem::invalid("`format` must be `csv` or `jsonl`")),
    };
    let filter = query.filter()?;
    let permit = state.admission.exports.admit(client.address, 1)?;
    let kind = FileKind {
        name: name.to_owned(),
        content_type: kind,
    };
    download(kind, permit, move |output| {
        services::export::export(state.store.blocking(), &filter, format, output)
    })
    .await
}

/// Erases one prediction with its text.
pub(crate) async fn erase(
    State(state): State<Shared>,
    Actor(actor): Actor,
    Path(id): Path<i64>,
    form: Form,
) -> PageResult {
    services::erasures::erase(&state, Erase::Prediction(id), &actor).await?;
    Ok(redirect(&local(form.get("back"))))
}
