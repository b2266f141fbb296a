//! The labels of a text, and the form to correct them.

use axum::extract::{Path, State};
use feedback_store::{NewCorrection, StoredPrediction};
use maud::{Markup, html};
use serde::Deserialize;

use super::filters::hidden;
use super::layout::{Frame, part, redirect};
use crate::http::body::Form;
use crate::http::url::{local, with_field};
use crate::labels::{NO_LABEL, words};
use crate::problem::{PageResult, ServiceResult};
use crate::services::labels::choosable;
use crate::services::{corrections, history};
use crate::serving::Model;
use crate::state::{Inner, Shared};

/// The pages that confirm a label.
const HISTORY: &str = "/history";
const REVIEW: &str = "/review";
/// Maximum number of characters of a text in a sentence.
const MAX_QUOTED: usize = 60;

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
    form_with(frame, id, model, labels, current, &hidden("back", back))
}

/// Renders the form whose label settles what people said about a text.
pub(super) fn label_form_that_settles(
    frame: &Frame,
    stored: &StoredPrediction,
    model: &dyn Model,
    labels: &[String],
) -> Markup {
    let more = html! { (hidden("back", "/disagreements")) (hidden("settles", "1")) };
    let labels = labels.iter().map(String::as_str);
    form_with(frame, stored.id, model, labels, stored.effective_labels(), &more)
}

/// `more` are further fields of the form.
fn form_with<'a>(
    frame: &Frame,
    id: i64,
    model: &dyn Model,
    labels: impl IntoIterator<Item = &'a str>,
    current: &[String],
    more: &Markup,
) -> Markup {
    if model.is_multi_label() {
        return label_boxes(frame, id, labels, current, more);
    }
    label_buttons(frame, id, labels, current.first().map(String::as_str), more)
}

fn label_boxes<'a>(
    frame: &Frame,
    id: i64,
    labels: impl IntoIterator<Item = &'a str>,
    current: &[String],
    more: &Markup,
) -> Markup {
    let action = format!("/history/{id}/label");
    let is_current = |name: &str| current.iter().any(|label| label == name);
    html! {
        form method="post" action=(action) hx-post=(action) hx-swap="outerHTML" {
            (frame.token())
            (more)
            fieldset.row {
                legend { "Labels" }
                @for (index, label) in labels.into_iter().enumerate() {
                    label.inline {
                        input type="checkbox" name="label" value=(label) data-label=(index + 1) checked[is_current(label)];
                        " " (digit(index)) (label)
                    }
                }
                button data-save { "Save labels" }
            }
        }
    }
}

/// Renders one button per label; the button of the current label is shown as pressed. Without scripts, a click returns to the
/// page of the field `back`.
fn label_buttons<'a>(
    frame: &Frame,
    id: i64,
    labels: impl IntoIterator<Item = &'a str>,
    current: Option<&str>,
    more: &Markup,
) -> Markup {
    let action = format!("/history/{id}/label");
    html! {
        form.row method="post" action=(action) hx-post=(action) hx-swap="outerHTML" aria-label="Label" {
            (frame.token())
            (more)
            @for (index, label) in labels.into_iter().enumerate() {
                button name="label" value=(label) data-label=(index + 1) aria-pressed=((current == Some(label)).to_string()) {
                    (digit(index)) (label)
                }
            }
        }
    }
}

/// Renders the key of a label; it is shown where there are shortcuts.
fn digit(index: usize) -> Markup {
    html! { @if index < 9 { kbd.digit aria-hidden="true" { (index + 1) } " " } }
}

/// Corrects the labels, or undoes a correction if the form asks for it.
pub(crate) async fn set_label(
    State(state): State<Shared>,
    Path(id): Path<i64>,
    frame: Frame,
    form: Form,
) -> PageResult {
    let corrected = if form.get("undo").is_empty() {
        let new = NewCorrection {
            prediction_id: id,
            labels: form.all("label"),
            actor: frame.visitor.who.actor().to_owned(),
            settles: form.get("settles") == "1",
            idempotency_key: None,
        };
        let made = corrections::correct(&state, new).await?;
        Some(made.labels)
    } else {
        corrections::undo(&state, id, frame.visitor.who.actor()).await?;
        None
    };
    if frame.partial {
        return Ok(part(match corrected {
            Some(labels) => confirmation(&frame, id, &form, &labels),
            None => choice_again(&state, &frame, id, &form).await?,
        }));
    }
    let back = local(form.get("back"));
    let confirms = [HISTORY, REVIEW]
        .iter()
        .any(|page| back.split('?').next() == Some(page));
    Ok(redirect(&match corrected {
        Some(_) if confirms => with_labelled(&back, id),
        _ => back,
    }))
}

/// Adds to the address of a page which text was labelled, so that the page can confirm it.
fn with_labelled(back: &str, id: i64) -> String {
    let (path, query) = back.split_once('?').unwrap_or((back, ""));
    with_field(path, query, "labelled", &id.to_string())
}

/// The text that was labelled on a page without scripts.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct LabelledQuery {
    #[serde(default)]
    pub(crate) labelled: String,
}

/// Confirms a label on a page without scripts, where the text may no longer pass the filter, and offers to undo it.
pub(super) async fn just_labelled(
    state: &Inner,
    frame: &Frame,
    id: &str,
    back: &str,
) -> ServiceResult<Markup> {
    let Ok(id) = id.parse::<i64>() else {
        return Ok(html! {});
    };
    // The text may have been erased since, or the label undone.
    let stored = state.store.run(move |store| store.prediction(id)).await?;
    let Some((stored, labels)) = stored.and_then(|stored| Some((stored.clone(), stored.corrected?))) else {
        return Ok(html! {});
    };
    Ok(html! {
        form.note method="post" action={ "/history/" (id) "/label" } {
            (frame.token())
            (hidden("back", back))
            p role="status" { "The label of “" (shortened(&stored.prediction.text)) "” is now " strong { (words(&labels)) } ". " button name="undo" value="1" { "Undo" } }
        }
    })
}

/// Shortens a text for a sentence.
fn shortened(text: &str) -> String {
    match text.char_indices().nth(MAX_QUOTED) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// After a correction was undone, shows the labels again, so that another one can be chosen.
async fn choice_again(state: &Inner, frame: &Frame, id: i64, form: &Form) -> ServiceResult<Markup> {
    let stored = history::find(state, id).await?;
    let served = state.models.engine().current();
    let labels = choosable(state).await?;
    let labels = labels.iter().map(String::as_str);
    let more = html! {
        (hidden("back", form.get("back"))) (hidden("settles", form.get("settles")))
        span role="status" data-undone { "Undone." } " "
    };
    Ok(form_with(
        frame,
        id,
        &*served.model,
        labels,
        stored.effective_labels(),
        &more,
    ))
}

/// Confirms a correction.
fn confirmation(frame: &Frame, id: i64, form: &Form, labels: &[String]) -> Markup {
    let action = format!("/history/{id}/label");
    html! {
        form.row method="post" action=(action) hx-post=(action) hx-swap="outerHTML" {
            (frame.token())
            (hidden("back", form.get("back"))) (hidden("settles", form.get("settles")))
            span role="status" { (if labels.len() > 1 { "Labels are now " } else { "Label is now " }) strong { (words(labels)) } "." }
            button name="undo" value="1" data-undo { "Undo" }
        }
    }
}
