//! The buttons to correct a label.

use axum::extract::{Path, State};
use maud::{Markup, html};

use super::layout::{Frame, part, redirect};
use crate::http::body::Form;
use crate::http::url::local;
use crate::problem::PageResult;
use crate::services::corrections;
use crate::state::Shared;

/// Renders one button per label; the button of the current label is shown as pressed. Without scripts, a click returns to the
/// page `back`.
pub(crate) fn label_buttons<'a>(
    frame: &Frame,
    id: i64,
    labels: impl IntoIterator<Item = &'a str>,
    current: Option<&str>,
    back: &str,
) -> Markup {
    let action = format!("/history/{id}/label");
    html! {
        form.row method="post" action=(action) hx-post=(action) hx-swap="outerHTML" aria-label="Label" {
            (frame.token())
            input type="hidden" name="back" value=(back);
            @for (index, label) in labels.into_iter().enumerate() {
                button name="label" value=(label) data-label=(index + 1) aria-pressed=((current == Some(label)).to_string()) {
                    (label)
                }
            }
        }
    }
}

/// Corrects a label, or undoes a correction if the form asks for it.
pub(crate) async fn set_label(
    State(state): State<Shared>,
    Path(id): Path<i64>,
    frame: Frame,
    form: Form,
) -> PageResult {
    let undo = !form.get("undo").is_empty();
    if undo {
        corrections::undo(&state, id).await?;
    } else {
        corrections::correct(&state, id, form.get("label").to_owned(), None).await?;
    }
    if frame.partial {
        return Ok(part(confirmation(&frame, id, &form, undo)));
    }
    Ok(redirect(&local(form.get("back"))))
}

fn confirmation(frame: &Frame, id: i64, form: &Form, undone: bool) -> Markup {
    let action = format!("/history/{id}/label");
    html! {
        form.row method="post" action=(action) hx-post=(action) hx-swap="outerHTML" {
            (frame.token())
            input type="hidden" name="back" value=(form.get("back"));
            @if undone {
                span role="status" { "Undone." }
            } @else {
                span role="status" { "Label is now " strong { (form.get("label")) } "." }
                button name="undo" value="1" data-undo { "Undo" }
            }
        }
    }
}
