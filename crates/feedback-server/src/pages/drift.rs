//! The page Drift: whether new texts still resemble those that the model was trained on.

use axum::extract::State;
use axum::http::HeaderValue;
use axum::response::Response;
use maud::{Markup, html};

use super::cards;
use super::layout::{Frame, Tab, empty_state, part, percent, redirect, when};
use crate::auth::Role;
use crate::drift::{Against, Check, DriftResult, Measure, Moved};
use crate::http::body::Form;
use crate::http::extract::Actor;
use crate::problem::PageResult;
use crate::services::drift::{self, available};
use crate::state::Shared;
use feedback_store::Filter;

pub(crate) async fn drift(State(state): State<Shared>, frame: Frame) -> PageResult {
    let Ok(checks) = available(&state) else {
        let content = html! { h1 { "Drift" } p { "Drift is not checked on this server. Check a file with " code { "feedback drift" } "." } };
        return Ok(frame.page(Some(Tab::Drift), "Drift", &content));
    };
    let latest = checks.latest();
    let n = state.store.run(|store| store.count(&Filter::default())).await?;
    let content = html! {
        h1 { "Drift" }
        p { "Do new texts still resemble those that the model was trained on? If not, its figures may no longer hold for them." }
        @if state.models.engine().current().model.is_multi_label() {
            p { "The serving model gives each text any number of labels; such models cannot be checked." }
        }
        @else if checks.is_running() { (waiting()) }
        @else if n == 0 { (empty_state("A check compares the newest texts with those of the training: labels, confidence, length, words and meaning.")) }
        @else if frame.visitor.who.may(Role::Label, "models") {
            form.row method="post" action="/drift" { (frame.token()) button.main { "Check the newest texts" } }
        }
        @match &latest {
            None if n == 0 => {},
            None => p { "There is no result yet, or a text was erased since. Texts are checked once a day if there are 100 new ones." },
            Some(check) => (shown(check)),
        }
    };
    Ok(frame.page(Some(Tab::Drift), "Drift", &content))
}

fn waiting() -> Markup {
    html! {
        div id="moving" hx-get="/drift/progress" hx-trigger="every 1s" hx-swap="none" {
            p role="status" { "The newest texts are being checked. This takes a few seconds." }
            progress {}
            div.row { a.button href="/drift" { "Refresh" } }
        }
    }
}

/// Tells the page to reload once the check has ended.
pub(crate) async fn progress_part(State(state): State<Shared>) -> PageResult {
    let mut response: Response = part(html! {});
    if !available(&state)?.is_running() {
        let refresh = HeaderValue::from_static("true");
        response.headers_mut().insert("hx-refresh", refresh);
    }
    Ok(response)
}

pub(crate) async fn start(State(state): State<Shared>, Actor(actor): Actor, _form: Form) -> PageResult {
    drift::start(&state, &actor).await?;
    Ok(redirect("/drift"))
}

fn shown(check: &Check) -> Markup {
    html! {
        @match (&check.result, &check.message) {
            (Some(result), _) => (found(check, result)),
            (None, message) => div.note.problem role="alert" {
                p { "The check of " (when(check.checked_at)) " failed." }
                @if let Some(message) = message { pre.scroll tabindex="0" { (message) } }
            },
        }
    }
}

fn found(check: &Check, result: &DriftResult) -> Markup {
    let others = match check.against {
        Against::Training => "held-out texts of its training",
        Against::Earlier => "texts before them (the model has no profile of its training)",
    };
    html! {
        section.card {
            @if result.alarm { h2 { "The newest texts differ" } } @else { h2 { "No difference was found" } }
            p.soft {
                "Checked " (when(check.checked_at)) " with model " code { (check.model) } ": the newest " (result.n_current)
                " different texts against " (result.n_reference) " " (others) "."
                @if result.repeated > 0 { " Repeated texts that were left out: " (result.repeated) "." }
            }
            @if result.alarm {
                p { "This does not mean that the model is worse. Find out: " a href="/review" { "check some of its labels" } ", then " a href="/train" { "train with them" } "." }
            }
            (measures(result))
            p.hint {
                "If nothing has changed, " (percent(result.level)) " of the checks still find a difference. p: how often chance alone would show a \
                 difference as large as this, with all measures taken into account."
            }
        }
        (moved("Labels", result.labels.iter().filter(|label| label.moved).collect()))
        (moved("Words", result.words.iter().collect()))
    }
}

fn measures(result: &DriftResult) -> Markup {
    html! {
        @let rows = result.measures.iter().map(|measure| vec![
            html! { (name(&measure.kind)) },
            html! { (size(measure)) },
            html! { (format!("{:.3}", measure.adjusted_p_value)) },
            html! { @if measure.moved { strong { "yes" } } @else { "no" } },
        ]);
        (cards::table("Measures", &[("Measure", false), ("Change", false), ("p", true), ("Moved", false)], rows))
    }
}

fn name(kind: &str) -> &str {
    match kind {
        "labels" => "Predicted labels",
        "confidence" => "Confidence",
        "length" => "Length",
        "unknown_tokens" => "Unknown words",
        "meaning" => "Average meaning",
        "groups" => "Groups of similar texts",
        other => other,
    }
}

fn size(measure: &Measure) -> String {
    match (measure.reference, measure.current) {
        (Some(before), Some(now)) if measure.kind == "length" => format!("{before:.1} → {now:.1} tokens"),
        (Some(before), Some(now)) => format!("{} → {}", percent(before), percent(now)),
        _ if measure.kind == "meaning" => format!("{:.2} apart (0 to 2)", measure.change),
        _ => format!("shares differ by {:.1} points in all", 100.0 * measure.change),
    }
}

fn moved(title: &str, changes: Vec<&Moved>) -> Markup {
    html! {
        @if !changes.is_empty() {
            section.card {
                h2 { (title) " that moved" }
                @let rows = changes.iter().map(|change| vec![
                    html! { (change.name) },
                    html! { (percent(change.reference)) },
                    html! { (percent(change.current)) },
                    html! { (points(change)) },
                ]);
                (cards::table(title, &[("Name", false), ("Before", true), ("Now", true), ("Change in points (95 %)", true)], rows))
            }
        }
    }
}

fn points(change: &Moved) -> String {
    let interval = change.interval;
    format!(
        "{:+.1} ({:+.1} to {:+.1})",
        100.0 * change.change,
        100.0 * interval.low,
        100.0 * interval.high
    )
}
