//! The part of the page Train where a labelled file is uploaded.

use axum::extract::{Path, State};
use maud::{Markup, html};

use super::layout::{Frame, part, sentence};
use crate::auth::Role;
use crate::phrases::number;
use crate::problem::{PageResult, ServiceResult};
use crate::services::batches;
use crate::state::{Inner, Shared};
use feedback_store::{Batch, BatchState};

/// Renders the form that uploads a labelled file.
pub(super) fn upload(frame: &Frame, is_open: bool) -> Markup {
    html! {
        @if frame.visitor.who.may(Role::Label, "batches") {
            form.card.fold method="post" action="/batches" enctype="multipart/form-data" {
                (frame.token())
                input type="hidden" name="for_training" value="1";
                details open[is_open] {
                    summary { "Upload a labelled file" }
                    label for="labelled" { "File with texts and labels " span.hint { "a spreadsheet, CSV, JSON or Parquet; in the next step you choose the columns" } }
                    input id="labelled" name="file" type="file" required;
                    div.row { button { "Upload" } }
                }
            }
        }
    }
}

/// Says how far a labelled file was read.
pub(super) async fn reading(state: &Inner, frame: &Frame, id: Option<i64>) -> ServiceResult<Markup> {
    let Some(id) = id.filter(|_| frame.visitor.who.may(Role::Read, "batches")) else {
        return Ok(html! {});
    };
    let batch = batches::find(state, id).await?;
    Ok(html! {
        div data-events hx-get={ "/batches/" (id) "/labels" } hx-trigger={ "batch-" (id) " from:body, stream from:body" } hx-target="find div" hx-swap="outerHTML" {
            (state_of(&batch))
        }
    })
}

/// Returns the part of the page that changes while a labelled file is read.
pub(crate) async fn progress_part(State(state): State<Shared>, Path(id): Path<i64>) -> PageResult {
    Ok(part(state_of(&batches::find(&state, id).await?)))
}

fn state_of(batch: &Batch) -> Markup {
    let file = html! { a href={ "/batches/" (batch.id) } { (batch.upload.name) } };
    html! {
        @match batch.state {
            BatchState::Done => div.note role="status" {
                "The file " (file) " was read: " (number(batch.classified)) " texts, " (number(batch.bad)) " rows set aside. "
                @if let Some(message) = &batch.message { (sentence(message)) " " }
                a href="/train" { "Train with the texts that people labelled" } "."
            },
            BatchState::Cancelled | BatchState::Failed => div.note.problem role="status" {
                "The file " (file) " was not read to its end"
                @if let Some(message) = &batch.message { ": " (message) }
                "."
            },
            BatchState::Staged | BatchState::Queued | BatchState::Running => div.note role="status" {
                "The file " (file) " is being read: " (number(batch.position)) " of " (number(batch.upload.total_rows)) " rows. "
                a href={ "/train?file=" (batch.id) } { "Refresh" }
            },
        }
    }
}
