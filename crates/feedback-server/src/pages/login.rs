//! Logging in: the browser gives a key and gets a cookie.

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse, Response};
use maud::{Markup, html};

use super::layout::{Frame, redirect};
use crate::auth::{LOGIN_COOKIE, login_cookie, removed_cookie};
use crate::http::body::Form;
use crate::problem::PageResult;
use crate::state::Shared;

pub(crate) async fn login_form(frame: Frame) -> Response {
    if frame.state.keys.is_none() || frame.visitor.logged_in {
        return redirect("/");
    }
    frame.page(None, "Log in", &content(&frame, false))
}

pub(crate) async fn login(State(state): State<Shared>, frame: Frame, form: Form) -> PageResult {
    let Some(keys) = &state.keys else {
        return Ok(redirect("/"));
    };
    if keys.accepts(form.get("key").trim()) {
        let cookie = AppendHeaders([(header::SET_COOKIE, login_cookie(&state.secret))]);
        return Ok((cookie, redirect("/")).into_response());
    }
    tracing::warn!("a login with a wrong key");
    let page = frame.page(None, "Log in", &content(&frame, true));
    Ok((StatusCode::UNAUTHORIZED, page).into_response())
}

pub(crate) async fn logout(_form: Form) -> Response {
    let cookie = AppendHeaders([(header::SET_COOKIE, removed_cookie(LOGIN_COOKIE))]);
    (cookie, redirect("/login")).into_response()
}

fn content(frame: &Frame, failed: bool) -> Markup {
    html! {
        h1 { "Log in" }
        @if failed { div.note.problem role="alert" { "Wrong key." } }
        form.card method="post" action="/login" {
            (frame.token())
            label for="key" { "Key" }
            input id="key" name="key" type="password" autocomplete="current-password" required autofocus;
            div.row { button.main { "Log in" } }
        }
    }
}
