//! The part of the page Models that classifies stored texts again with the serving model.

use axum::extract::State;
use axum::http::HeaderValue;
use axum::response::Response;
use maud::{Markup, html};

use super::layout::{Frame, part, redirect, texts, when};
use crate::auth::Role;
use crate::http::body::Form;
use crate::http::extract::Actor;
use crate::phrases::number;
use crate::problem::{PageResult, ServiceResult};
use crate::reclassify::{Ended, Progress, Status};
use crate::services::reclassify::{self, Found};
use crate::state::{Inner, Shared};
use feedback_store::Filter;

/// Says how many texts another model has classified, with a button to classify them again, or how far that is.
pub(super) fn section(frame: &Frame, found: &Found) -> Markup {
    let (waiting, status) = (found.waiting, &found.status);
    let may = frame.visitor.who.may(Role::Admin, "models");
    html! {
        @if let Some((by, at)) = &status.started {
            section.card {
                h2 { "Texts of earlier models" }
                p.soft { "Started by " (by) ", " (when(*at)) }
                div hx-get="/models/reclassify" hx-trigger="every 2s" hx-select="#moving" hx-target="#moving" hx-swap="outerHTML" { (moving(found)) }
                div.row {
                    @if may { form method="post" action="/models/reclassify/end" { (frame.token()) button.danger { "End" } } }
                    a.button href="/models" { "Refresh" }
                }
            }
        } @else if waiting > 0 || status.ended.is_some() {
            section.card {
                h2 { "Texts of earlier models" }
                @if let Some(ended) = status.ended { (how_it_ended(ended, status)) }
                @if waiting > 0 {
                    p {
                        @if waiting == 1 { "1 stored text has" } @else { (number(waiting)) " stored texts have" }
                        " the label of an earlier model. In charts and reports they stand beside texts of the model that serves now. "
                        "Labels that people gave stay, and so do answers such as the sentiment if the model that serves has none."
                    }
                    @if may {
                        form.row method="post" action="/models/reclassify" {
                            (frame.token())
                            button.main { "Reclassify " (texts(waiting)) }
                        }
                    }
                }
            }
        }
    }
}

/// Says how many texts have the label of an earlier model; nothing if none has.
pub(super) async fn notice(state: &Inner) -> ServiceResult<Markup> {
    let found = reclassify::find(state).await?;
    let total = state.store.run(|store| store.count(&Filter::default())).await?;
    Ok(html! {
        @if found.waiting > 0 {
            p.note {
                @if found.waiting == total { "All " } @else { (number(found.waiting)) " of " }
                (texts(total)) " have the label of an earlier model than the one that serves"
                @if found.status.started.is_some() { "; they are being " a href="/models" { "reclassified" } "." }
                @else { ". " a href="/models" { "Reclassify" } " them, so that all have labels of the same model." }
            }
        }
    })
}

fn moving(found: &Found) -> Markup {
    let progress = &found.status.progress;
    let looked_at = progress.done + progress.failed;
    html! {
        div id="moving" {
            p role="status" { (progress.done) " texts are reclassified, " (found.waiting.saturating_sub(progress.failed)) " are left." }
            progress max=(looked_at + found.waiting.saturating_sub(progress.failed)) value=(looked_at) aria-label="Reclassified texts" {}
            @if let Some(reason) = &progress.waits { p.warn { "It waits and tries again: " (reason) "." } }
            (failures(progress))
        }
    }
}

fn how_it_ended(ended: Ended, status: &Status) -> Markup {
    html! {
        p role="status" {
            @match ended {
                Ended::Done => "All texts were looked at: ",
                Ended::Cancelled => "It was ended early: ",
            }
            (status.progress.done) " were reclassified."
        }
        (failures(&status.progress))
    }
}

fn failures(progress: &Progress) -> Markup {
    html! {
        @if progress.failed > 0 {
            p.warn {
                (progress.failed) " could not be classified and keep their earlier label: "
                @for (place, (id, reason)) in progress.named.iter().enumerate() {
                    @if place > 0 { "; " }
                    a href={ "/similar?id=" (id) } { "text " (id) } " (" (reason) ")"
                }
                @if progress.failed > progress.named.len() as u64 { "; and others" }
                "."
            }
        }
    }
}

/// Returns the part of the page that changes; tells the page to reload once the job has ended.
pub(crate) async fn progress_part(State(state): State<Shared>) -> PageResult {
    let found = reclassify::find(&state).await?;
    let mut response: Response = part(moving(&found));
    if found.status.started.is_none() {
        let refresh = HeaderValue::from_static("true");
        response.headers_mut().insert("hx-refresh", refresh);
    }
    Ok(response)
}

pub(crate) async fn start(State(state): State<Shared>, Actor(actor): Actor, _form: Form) -> PageResult {
    reclassify::start(&state, &actor).await?;
    Ok(redirect("/models"))
}

pub(crate) async fn end(State(state): State<Shared>, Actor(actor): Actor, _form: Form) -> PageResult {
    reclassify::cancel(&state, &actor).await?;
    Ok(redirect("/models"))
}
