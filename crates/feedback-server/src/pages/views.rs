//! Saved views: links to them, and the form to save one.

use axum::extract::State;
use maud::{Markup, html};

use super::filters::hidden;
use super::layout::{Frame, redirect};
use crate::auth::Role;
use crate::http::body::Form;
use crate::http::url::local;
use crate::problem::{PageResult, ServiceResult};
use crate::services::views::{View, all, remove, save};
use crate::state::{Inner, Shared};

/// Saves a view, or removes one, and returns to the page.
pub(crate) async fn change(State(state): State<Shared>, frame: Frame, form: Form) -> PageResult {
    let actor = frame.visitor.who.actor();
    match form.get("remove") {
        "" => {
            save(&state, form.get("name"), form.get("address"), actor).await?;
        }
        name => remove(&state, name, actor).await?,
    }
    Ok(redirect(&local(form.get("address"))))
}

/// Renders the saved views, and the form that saves the page with its filters; `address` is that of the page.
pub(super) async fn views(state: &Inner, frame: &Frame, address: &str) -> ServiceResult<Markup> {
    let all = all(state).await?;
    let may_change = frame.visitor.who.may(Role::Label, "history");
    Ok(html! {
        details.card.fold open[is_saved(&all, address)] {
            summary { "Saved views" @if !all.is_empty() { " (" (all.len()) ")" } }
            (links(&all, address))
            @if may_change {
                form.row method="post" action="/views" {
                    (frame.token())
                    (hidden("address", address))
                    div { label for="view-name" { "Name for what this page shows now" } input id="view-name" name="name" required maxlength="80"; }
                    button { "Save view" }
                }
                @if !all.is_empty() {
                    form.row method="post" action="/views" {
                        (frame.token())
                        (hidden("address", address))
                        div {
                            label for="view-remove" { "Remove a view" }
                            select id="view-remove" name="remove" { @for view in &all { option value=(view.name) { (view.name) } } }
                        }
                        button { "Remove" }
                    }
                }
            }
        }
    })
}

/// Renders links to all views; the one of `address` is the current one.
pub(super) fn links(all: &[View], address: &str) -> Markup {
    html! {
        @if !all.is_empty() {
            ul.row {
                @for view in all {
                    li { a href=(view.address()) aria-current=[(view.address() == address).then_some("true")] { (view.name) } }
                }
            }
        }
    }
}

fn is_saved(all: &[View], address: &str) -> bool {
    all.iter().any(|view| view.address() == address)
}
