//! The part of the page History that gives all texts of a filter a label.

use axum::extract::{Path, State};
use maud::{Markup, html};

use super::filters::hidden;
use super::layout::{Frame, redirect, texts, when};
use crate::http::body::Form;
use crate::http::extract::Actor;
use crate::http::url::local;
use crate::problem::PageResult;
use crate::services::bulk_labels::{self, BulkLabel, MAX_TEXTS};
use crate::services::history::HistoryQuery;
use crate::state::Shared;

/// Number of earlier changes that are offered to be undone.
const SHOWN: usize = 3;

/// Renders the form, and the newest changes with buttons to undo them. `n` is the number of texts of the filter that no person labelled; 0
/// without a filter. `back` is the address of the page.
pub(super) fn section(
    frame: &Frame,
    query: &HistoryQuery,
    (n, labels): (u64, &[String]),
    made: &[BulkLabel],
    back: &str,
) -> Markup {
    html! {
        @if n > 0 {
            details.card.fold {
                summary { "Label all of these texts" }
                @if n > MAX_TEXTS as u64 {
                    p { "At most " (MAX_TEXTS) " texts can be labelled at once; narrow the filter." }
                } @else {
                    form.row method="post" action="/labels/bulk" {
                        (frame.token())
                        (hidden("filter", &query.without_cursor()))
                        (hidden("back", back))
                        div {
                            label for="bulk-label" { "Label" }
                            select id="bulk-label" name="label" { @for label in labels { option value=(label) { (label) } } }
                        }
                        button { "Label " (texts(n)) }
                    }
                    p.hint { "Texts that a person labelled keep their labels. It is undone as one. Labels of texts that nobody read also count as audits: look at the texts first." }
                }
            }
        }
        @for one in made.iter().take(SHOWN) {
            form.row method="post" action={ "/labels/bulk/" (one.id) "/undo" } {
                (frame.token())
                (hidden("back", back))
                span { (texts(one.corrections.len().max(one.pending.len()) as u64)) " were given the label " span.tag { (one.label) } " by " (one.by) ", " (when(one.at)) "." }
                button { "Undo" }
            }
        }
    }
}

pub(crate) async fn give(State(state): State<Shared>, Actor(actor): Actor, form: Form) -> PageResult {
    let query = HistoryQuery::parse(form.get("filter"))?.resolved(&state).await?;
    bulk_labels::label(&state, query.filter()?, form.get("label").to_owned(), &actor).await?;
    Ok(redirect(&local(form.get("back"))))
}

pub(crate) async fn undo(
    State(state): State<Shared>,
    Actor(actor): Actor,
    Path(id): Path<u64>,
    form: Form,
) -> PageResult {
    bulk_labels::undo(&state, id, &actor).await?;
    Ok(redirect(&local(form.get("back"))))
}
