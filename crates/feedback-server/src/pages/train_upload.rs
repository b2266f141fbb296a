//! The part of the page Train where a labelled file is uploaded.

use feedback_store::{Batch, BatchState};
use maud::{Markup, html};

use super::layout::{Frame, sentence};
use crate::auth::Role;
use crate::phrases::number;
use crate::problem::ServiceResult;
use crate::services::batches;
use crate::state::Inner;

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
pub(super) async fn reading(state: &Inner, id: Option<i64>) -> ServiceResult<Markup> {
    let Some(id) = id else { return Ok(html! {}) };
    let batch = batches::find(state, id).await?;
    let address = format!("/train?file={id}");
    Ok(html! {
        div id="reading" data-events hx-get=(address) hx-trigger={ "batch-" (id) " from:body, stream from:body" } hx-select="#reading" hx-target="#reading" hx-swap="outerHTML" {
            (state_of(&batch, &address))
        }
    })
}

fn state_of(batch: &Batch, address: &str) -> Markup {
    let file = html! { a href={ "/batches/" (batch.id) } { (batch.upload.name) } };
    html! {
        @match batch.state {
            BatchState::Done => p.note role="status" {
                "The file " (file) " was read: " (number(batch.classified)) " texts, " (number(batch.bad)) " rows set aside. "
                @if let Some(message) = &batch.message { (sentence(message)) " " }
                a href="/train" { "Train with the texts that people labelled" } "."
            },
            BatchState::Cancelled | BatchState::Failed => p.note.problem role="status" {
                "The file " (file) " was not read to its end"
                @if let Some(message) = &batch.message { ": " (message) }
                "."
            },
            BatchState::Staged | BatchState::Queued | BatchState::Running => div.note role="status" {
                "The file " (file) " is being read: " (number(batch.position)) " of " (number(batch.upload.total_rows)) " rows. "
                a href=(address) { "Refresh" }
            },
        }
    }
}
