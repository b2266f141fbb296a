//! The history page: search, correct, erase and export predictions.

use axum::Extension;
use axum::extract::{Path, State};
use axum::response::Response;
use maud::{Markup, html};
use serde::Deserialize;

use super::labels::label_buttons;
use super::layout::{Frame, Tab, percent, redirect, when};
use crate::auth::Role;
use crate::http::body::Form;
use crate::http::client::Client;
use crate::http::download::{FileKind, download};
use crate::http::extract::{Actor, ApiQuery};
use crate::http::url::{local, with_field, with_query};
use crate::problem::PageResult;
use crate::problem::{Answer, Problem};
use crate::services;
use crate::services::export::HistoryFormat;
use crate::services::history::{HistoryQuery, list_and_count};
use crate::state::Shared;
use feedback_store::{Erase, StoredPrediction};

pub(crate) async fn history(
    State(state): State<Shared>,
    frame: Frame,
    ApiQuery(query): ApiQuery<HistoryQuery>,
) -> PageResult {
    let (filter, cursor) = (query.filter()?, query.cursor()?);
    let (page, total) = list_and_count(&state, filter, cursor).await?;
    let items = &page.items;
    let served = state.models.engine().current();
    let content = html! {
        h1 { "History" }
        (filters(&query, served.model.labels(), "/history"))
        p role="status" { (total) " texts" }
        @if items.is_empty() {
            p { "No matches." }
        } @else {
            (list(&frame, &query, items, served.model.labels()))
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

/// Renders the filter form, which the history and the dashboard share.
pub(crate) fn filters(query: &HistoryQuery, labels: &[String], action: &str) -> Markup {
    html! {
        form.card method="get" action=(action) role="search" {
            div.fields {
                div { label for="q" { "Search text" } input id="q" name="q" type="search" value=(query.q); }
                div {
                    label for="label" { "Label" }
                    select id="label" name="label" {
                        option value="" { "all" }
                        @for label in labels { option value=(label) selected[*label == query.label] { (label) } }
                    }
                }
                div { label for="source" { "Source" } input id="source" name="source" value=(query.source); }
                div { label for="from" { "From" } input id="from" name="from" type="date" value=(query.from); }
                div { label for="to" { "To" } input id="to" name="to" type="date" value=(query.to); }
                div { label for="min" { "Confidence, min" } input id="min" name="min_confidence" type="number" min="0" max="1" step="0.01" value=(query.min_confidence); }
                div { label for="max" { "Confidence, max" } input id="max" name="max_confidence" type="number" min="0" max="1" step="0.01" value=(query.max_confidence); }
                div {
                    label for="corrected" { "Corrections" }
                    select id="corrected" name="corrected" {
                        option value="" { "all" }
                        option value="true" selected[query.corrected == "true"] { "corrected" }
                        option value="false" selected[query.corrected == "false"] { "not corrected" }
                    }
                }
            }
            div.row { button.main { "Filter" } a.button href=(action) { "Clear" } }
        }
    }
}

fn list(frame: &Frame, query: &HistoryQuery, items: &[StoredPrediction], labels: &[String]) -> Markup {
    let back = with_query("/history", &query.without_cursor());
    html! {
        p.only-script { kbd { "j" } " next, " kbd { "k" } " previous, " kbd { "1" } "–" kbd { (labels.len().min(9)) } " correct the label, " kbd { "u" } " undo." }
        ol.queue data-review {
            @for item in items {
                li tabindex="-1" id={ "p" (item.id) } {
                    blockquote { (item.prediction.text) }
                    p {
                        span.tag { (item.effective_label()) } " "
                        span.soft {
                            @if item.corrected.is_some() { "corrected; predicted " (item.prediction.label) ", " }
                            (percent(item.prediction.confidence)) " · " (item.prediction.source) " · " (when(item.prediction.at))
                        }
                    }
                    (label_buttons(frame, item.id, labels.iter().map(String::as_str), Some(item.effective_label()), &back))
                    @if frame.visitor.who.may(Role::Admin, "history") {
                        details {
                            summary { "Erase" }
                            form.row method="post" action={ "/history/" (item.id) "/erase" } {
                                (frame.token())
                                input type="hidden" name="back" value=(back);
                                span { "The text and its corrections are deleted permanently." }
                                button.danger { "Erase this text" }
                            }
                        }
                    }
                }
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
    ApiQuery(query): ApiQuery<HistoryQuery>,
) -> Answer<Response> {
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
