//! The page of the models: promote, discard and roll back.

use axum::extract::{Path, State};
use maud::{Markup, html};

use super::cards;
use super::facts::figures;
use super::layout::{Frame, Tab, percent, redirect, sentence, when};
use super::reclassify::section;
use crate::auth::Role;
use crate::http::body::Form;
use crate::http::extract::Actor;
use crate::model_names::Named;
use crate::models::previous;
use crate::problem::PageResult;
use crate::services::model_names::{self, MAX_NOTE};
use crate::services::models::{doubts, promote as promote_model, trainings, with_audit};
use crate::services::reclassify;
use crate::state::Shared;
use feedback_store::{ModelRecord, ModelState};

/// Maximum number of audit entries on the page.
const CHANGES: usize = 20;

pub(crate) async fn models(State(state): State<Shared>, frame: Frame) -> PageResult {
    let (models, audit) = with_audit(&state, CHANGES).await?;
    let stored = reclassify::find(&state).await?;
    let trainings = trainings(&state)?;
    let names = model_names::all(&state).await?;
    let content = html! {
        h1 { "Models" }
        p { "A promoted model takes over between two batches without dropping requests. You can roll back to the previous model." }
        @if let Some(previous) = previous(&models) {
            form.row method="post" action="/models/roll-back" {
                (frame.token())
                button { "Roll back to " (called(&names.of(&previous.id), &previous.id)) }
            }
        }
        (section(&frame, &stored))
        @for model in &models { (card(&frame, model, &names.of(&model.id), &doubts(&state, model, &trainings)?)) }
        @if !audit.is_empty() { section.card {
            @let rows = audit.iter().map(|entry| vec![
                when(entry.at),
                html! { (entry.actor) },
                html! { (entry.action) },
                html! { code { (entry.subject) } },
            ]);
            (cards::table("Changes", &[("Time", false), ("By", false), ("Action", false), ("Subject", false)], rows))
        } }
    };
    Ok(frame.page(Some(Tab::Models), "Models", &content))
}

/// Renders the name of a model, or its id.
pub(super) fn called(named: &Named, id: &str) -> Markup {
    html! { @if named.name.is_empty() { code { (id) } } @else { (named.name) } }
}

fn card(frame: &Frame, model: &ModelRecord, named: &Named, doubts: &[String]) -> Markup {
    html! {
        section.card {
            h2 { (called(named, &model.id)) " " span.tag { (model.state.name()) } }
            @if !named.note.is_empty() { p.quote { (named.note) } }
            p.soft { @if !named.name.is_empty() { code { (model.id) } ", " } "from the folder " span title=(model.origin) { (folder_name(&model.origin)) } ", added " (when(model.added_at)) }
            p { @for label in &model.labels { span.tag { (label) } " " } }
            @match figures(&model.manifest) {
                Some(figures) => {
                    p {
                        "Accuracy " strong { (percent(figures.accuracy)) }
                        @if let Some(interval) = &figures.accuracy_interval { " (95 % interval " (percent(interval.low)) " to " (percent(interval.high)) ")" }
                        ", weighted F1 " (percent(figures.weighted.f1))
                        " on " (figures.n) " test texts"
                    }
                }
                None => { p { "No test metrics." } }
            }
            @if frame.visitor.who.may(Role::Admin, "models") { (naming(frame, model, named)) }
            @if model.state != ModelState::Serving {
                div.row {
                    form method="post" action={ "/models/" (model.id) "/promote" } { (frame.token()) (accept(doubts)) button.main { "Promote" } }
                    @if model.state != ModelState::Discarded {
                        form method="post" action={ "/models/" (model.id) "/discard" } { (frame.token()) button.danger { "Discard" } }
                    }
                }
            }
        }
    }
}

/// Renders the form for the name and the note of a model.
fn naming(frame: &Frame, model: &ModelRecord, named: &Named) -> Markup {
    let (name, note) = (format!("name-{}", model.id), format!("note-{}", model.id));
    html! {
        details {
            summary { "Name and note" }
            form method="post" action={ "/models/" (model.id) "/name" } {
                (frame.token())
                div.fields {
                    div { label for=(name) { "Name" } input id=(name) name="name" maxlength="80" value=(named.name); }
                    div.wide { label for=(note) { "Note" } textarea.short id=(note) name="note" maxlength=(MAX_NOTE) { (named.note) } }
                }
                div.row { button { "Save" } }
            }
        }
    }
}

/// Gives a model a name and a note.
pub(crate) async fn name(
    State(state): State<Shared>,
    Actor(actor): Actor,
    Path(id): Path<String>,
    form: Form,
) -> PageResult {
    model_names::change(&state, id, form.given("name"), form.given("note"), &actor).await?;
    Ok(redirect("/models"))
}

/// The last part of a path; the whole path is in the way on a page.
fn folder_name(path: &str) -> &str {
    path.trim_end_matches(['/', '\\'])
        .rsplit(['/', '\\'])
        .next()
        .unwrap_or(path)
}

/// Returns the doubts about a model, with the checkbox that must be ticked to promote it.
pub(super) fn accept(doubts: &[String]) -> Markup {
    html! {
        @if !doubts.is_empty() {
            @for doubt in doubts { p.warn { (sentence(doubt)) } }
            label.inline { input type="checkbox" name="accept_worse" value="1" required; " promote it anyway" }
        }
    }
}

pub(crate) async fn promote(
    State(state): State<Shared>,
    Actor(actor): Actor,
    Path(id): Path<String>,
    form: Form,
) -> PageResult {
    let accept_worse = !form.get("accept_worse").is_empty();
    promote_model(&state, id, accept_worse, &actor).await?;
    Ok(redirect("/models"))
}

pub(crate) async fn discard(
    State(state): State<Shared>,
    Actor(actor): Actor,
    Path(id): Path<String>,
    _form: Form,
) -> PageResult {
    state.models.discard(&id, &actor).await?;
    Ok(redirect("/models"))
}

pub(crate) async fn roll_back(State(state): State<Shared>, Actor(actor): Actor, _form: Form) -> PageResult {
    state.models.roll_back(&actor).await?;
    Ok(redirect("/models"))
}
