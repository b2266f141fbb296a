//! The open questions of a training, with a button for each answer.

use axum::extract::{Path, State};
use feedback_corrections::Question;
use maud::{Markup, html};

use super::layout::{Frame, part, percent, redirect};
use crate::dto::AnswerRequest;
use crate::http::body::Form;
use crate::problem::PageResult;
use crate::problem::ServiceResult;
use crate::services::trainings::{CORRECTED_BY, available};
use crate::state::Shared;
use crate::training::{Training, TrainingState, Trainings};

/// The button to drop a row.
const DROP: &str = "unusable";

/// Renders the open questions; the result is empty if the training asks no questions or is done.
pub(super) fn section(frame: &Frame, all: &Trainings, training: &Training) -> ServiceResult<Markup> {
    if !training.job.ask_people || training.state == TrainingState::Done {
        return Ok(html! {});
    }
    let asked = all.questions(training)?;
    Ok(html! {
        section.card id="questions" {
            h2 { "Questions" }
            p { "Answers take effect in the next epoch. A corrected validation row is removed from the metrics and never used for training." }
            @if asked.questions.is_empty() { p { "No open questions. New questions appear after each epoch." } }
            @for one in &asked.questions { (question(frame, training, one, &asked.labels)) }
            div.row { a.button href={ "/train/" (training.id) "#questions" } { "Check again" } }
        }
    })
}

fn question(frame: &Frame, training: &Training, row: &Question, labels: &[String]) -> Markup {
    let id = row.id.to_string();
    let action = format!("/train/{}/answer", training.id);
    html! {
        form.card method="post" action=(action) hx-post=(action) hx-swap="outerHTML" aria-label={ "Row " (id) } {
            (frame.token())
            input type="hidden" name="row" value=(id);
            p { (row.text) }
            p.soft {
                @match &row.label {
                    Some(label) => { "labelled " strong { (label) } ", " }
                    None => { "without a label, " }
                }
                "predicted " strong { (row.predicted_label) } " (" (percent(row.confidence)) ")"
            }
            div.row {
                @for label in labels {
                    button name="label" value=(label) aria-pressed=((row.label.as_ref() == Some(label)).to_string()) { (label) }
                }
                button name="drop" value="yes" { (DROP) }
            }
        }
    }
}

pub(crate) async fn answer(
    State(state): State<Shared>,
    Path(id): Path<String>,
    frame: Frame,
    form: Form,
) -> PageResult {
    let all = available(&state)?;
    let label = Some(form.get("label").to_owned()).filter(|label| !label.is_empty());
    let said = label.clone().unwrap_or_else(|| DROP.to_owned());
    let request = AnswerRequest {
        row: form.get("row").to_owned(),
        drop: label.is_none() && !form.get("drop").is_empty(),
        label,
    };
    let answer = request.into_answer(CORRECTED_BY)?;
    all.answer(&all.get(&id)?, &answer)?;
    if frame.partial {
        return Ok(part(
            html! { p role="status" { "Noted: " (answer.id.to_string()) " is " strong { (said) } "." } },
        ));
    }
    Ok(redirect(&format!("/train/{id}#questions")))
}
