//! The page that classifies one text.

use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use maud::{Markup, html};

use super::charts::shares;
use super::labels::label_form;
use super::layout::{Frame, Tab, part, percent};
use super::why::why;
use crate::auth::Role;
use crate::http::body::Form;
use crate::http::client::Client;
use crate::labels::NO_LABEL;
use crate::problem::Code;
use crate::problem::PageResult;
use crate::services::classify::{Ask, Remembered, classify};
use crate::serving::Model;
use crate::state::Shared;
use feedback_inference::AbstainReason;
use feedback_store::Fields;

pub(crate) async fn analyze_form(frame: Frame) -> Response {
    frame.page(Some(Tab::Home), "Classify a text", &content(&frame, "", None))
}

pub(crate) async fn analyze(
    State(state): State<Shared>,
    Extension(client): Extension<Client>,
    frame: Frame,
    form: Form,
) -> PageResult {
    let text = state.masked(form.get("text").to_owned());
    let mut ask = Ask {
        client,
        texts: vec![text.clone()],
        source: "page",
        fields: Fields::default(),
        // A damaged database cannot store the text; every page then shows a warning.
        store: form.get("private").is_empty() && state.store.blocking().damage().is_none(),
        refuse_truncated: false,
        explain: true,
        explain_label: None,
    };
    let mut unexplained = None;
    let mut answer = classify(&state, ask.clone()).await;
    if let Err(problem) = &answer
        && matches!(problem.code, Code::ExplainNotAvailable | Code::Overloaded)
    {
        // Classifying without an explanation costs less, and the label alone is still useful.
        unexplained = Some(problem.detail.clone());
        ask.explain = false;
        answer = classify(&state, ask).await;
    }
    let (_, mut found) = answer?;
    let served = state.models.engine().current();
    let result = found
        .pop()
        .map(|one| result(&frame, &*served.model, &text, &one, unexplained.as_deref()));
    if frame.partial {
        return Ok(part(html! { @if let Some(result) = result { (result) } }));
    }
    Ok(frame.page(
        Some(Tab::Home),
        "Classify a text",
        &content(&frame, &text, result),
    ))
}

fn content(frame: &Frame, text: &str, result: Option<Markup>) -> Markup {
    html! {
        h1 { "Classify a text" }
        (form(frame, text))
        div id="result" aria-live="polite" { @if let Some(result) = result { (result) } }
    }
}

/// Renders the form with one text. The page needs an element `result`.
pub(super) fn form(frame: &Frame, text: &str) -> Markup {
    html! {
        form.card method="post" action="/analyze" hx-post="/analyze" hx-target="#result" hx-disabled-elt="find button" {
            (frame.token())
            label for="text" { "Classify one text " span.hint.keys { kbd { "Ctrl" } "+" kbd { "Enter" } " submits" } }
            textarea.short id="text" name="text" required maxlength="65536" { (text) }
            div.row {
                button.main { "Classify" }
                button.only-script type="button" data-clear="text" { "Clear" }
                label.inline { input type="checkbox" name="private" value="1"; " do not store" }
            }
            @if frame.visitor.who.may(Role::Label, "batches") { p.hint { "Several texts? " a href="/batches#texts" { "Paste them, one in each line" } "." } }
        }
    }
}

fn result(
    frame: &Frame,
    model: &dyn Model,
    text: &str,
    one: &Remembered,
    unexplained: Option<&str>,
) -> Markup {
    let prediction = &one.prediction;
    let score = |label: &String| prediction.scores.iter().find(|score| score.label == *label);
    let current = if model.is_multi_label() {
        prediction.labels.as_slice()
    } else {
        &[]
    };
    html! {
        section.card {
            h2 {
                @for (index, label) in prediction.labels.iter().enumerate() {
                    @if index > 0 { ", " }
                    (label) " " span.soft { @if let Some(score) = score(label) { (percent(score.score)) } }
                }
                @if prediction.labels.is_empty() { (NO_LABEL) }
            }
            @if model.is_multi_label() {
                p.hint { "A text has each label whose score reaches the threshold of the label: none, one or several." }
            }
            @match prediction.abstain_reason {
                Some(AbstainReason::NoKnownToken) => p.warn { "The model knows no token of the text: needs review by a person." },
                Some(_) => p.warn { "Below the model's threshold: needs review by a person." },
                None => {}
            }
            @if prediction.unfamiliar == Some(true) {
                p.warn { "Unlike the texts that the model was trained on: perhaps no label fits." }
            }
            @if prediction.truncated {
                p.warn { "The text exceeds the model's maximum length; the end was ignored." }
            }
            @if let Some(windows) = prediction.windows {
                p.hint {
                    "Read in " (windows.count) " windows. Window " (windows.deciding) " decided: characters "
                    (windows.start) " to " (windows.end) "."
                }
            }
            (shares("scores", "Scores of all labels", prediction.scores.iter().map(|score| (score.label.as_str(), score.score))))
            @for answer in &prediction.answers { (answer_line(answer)) }
            @if let Some(explanation) = &one.explanation { (why(text, explanation)) }
            @if let Some(reason) = unexplained { p.hint { "No explanation: " (reason) "." } }
            @if let Some(id) = one.id {
                h3 { (if model.is_multi_label() { "Correct the labels" } else { "Correct the label" }) }
                (label_form(frame, id, model, prediction.scores.iter().map(|score| score.label.as_str()), current, "/"))
            }
        }
    }
}

/// Returns the answer to a further question, such as `sentiment: negative 93 %`.
fn answer_line(answer: &feedback_inference::Answer) -> Markup {
    html! {
        p {
            strong { (answer.question) ": " }
            @if answer.labels.is_empty() { "none" }
            @for (index, label) in answer.labels.iter().enumerate() {
                @if index > 0 { ", " }
                (label.label) " " span.soft { (percent(label.score)) }
            }
        }
    }
}
