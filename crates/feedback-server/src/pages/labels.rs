//! The labels of a text, and the form to correct them.

use axum::extract::{Path, State};
use maud::{Markup, html};

use super::layout::{Frame, part, redirect};
use crate::http::body::Form;
use crate::http::url::local;
use crate::labels::{NO_LABEL, words};
use crate::problem::PageResult;
use crate::services::corrections;
use crate::serving::Model;
use crate::state::Shared;

/// Renders the labels of a text, each as a tag.
pub(super) fn tags(labels: &[String]) -> Markup {
    html! {
        @for label in labels { span.tag { (label) } " " }
        @if labels.is_empty() { span.soft { (NO_LABEL) } " " }
    }
}

/// Renders the form to correct the labels of a text: one button per label or, if the model gives each text any number of labels, one
/// check box per label. `labels` are the choices in their order, `current` the labels that the text has now.
pub(crate) fn label_form<'a>(
    frame: &Frame,
    id: i64,
    model: &dyn Model,
    labels: impl IntoIterator<Item = &'a str>,
    current: &[String],
    back: &str,
) -> Markup {
    if model.is_multi_label() {
        return label_boxes(frame, id, labels, current, back);
    }
    label_buttons(frame, id, labels, current.first().map(String::as_str), back)
}

fn label_boxes<'a>(
    frame: &Frame,
    id: i64,
    labels: impl IntoIterator<Item = &'a str>,
    current: &[String],
    back: &str,
) -> Markup {
    let action = format!("/history/{id}/label");
    let is_current = |name: &str| current.iter().any(|label| label == name);
    html! {
        form method="post" action=(action) hx-post=(action) hx-swap="outerHTML" {
            (frame.token())
            input type="hidden" name="back" value=(back);
            fieldset.row {
                legend { "Labels" }
                @for (index, label) in labels.into_iter().enumerate() {
                    label.inline {
                        input type="checkbox" name="label" value=(label) data-label=(index + 1) checked[is_current(label)];
                        " " (label)
                    }
                }
                button data-save { "Save labels" }
            }
        }
    }
}

/// Renders one button per label; the button of the current label is shown as pressed. Without scripts, a click returns to the
/// page `back`.
fn label_buttons<'a>(
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

/// Corrects the labels, or undoes a correction if the form asks for it.
pub(crate) async fn set_label(
    State(state): State<Shared>,
    Path(id): Path<i64>,
    frame: Frame,
    form: Form,
) -> PageResult {
    let corrected = if form.get("undo").is_empty() {
        let made = corrections::correct(&state, id, form.all("label"), None).await?;
        Some(made.labels)
    } else {
        corrections::undo(&state, id).await?;
        None
    };
    if frame.partial {
        return Ok(part(confirmation(&frame, id, &form, corrected.as_deref())));
    }
    Ok(redirect(&local(form.get("back"))))
}

/// Confirms a correction, or that one was undone if there are no `corrected` labels.
fn confirmation(frame: &Frame, id: i64, form: &Form, corrected: Option<&[String]>) -> Markup {
    let action = format!("/history/{id}/label");
    html! {
        form.row method="post" action=(action) hx-post=(action) hx-swap="outerHTML" {
            (frame.token())
            input type="hidden" name="back" value=(form.get("back"));
            @if let Some(labels) = corrected {
                span role="status" { (if labels.len() > 1 { "Labels are now " } else { "Label is now " }) strong { (words(labels)) } "." }
                button name="undo" value="1" data-undo { "Undo" }
            } @else {
                span role="status" { "Undone." }
            }
        }
    }
}
