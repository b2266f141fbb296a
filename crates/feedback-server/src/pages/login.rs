//! Login and logout: the browser sends a key and receives a session cookie.

use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse, Response};
use maud::{Markup, html};

use super::layout::{Frame, redirect};
use crate::auth::{LOGIN_COOKIE, SESSION_MS, cookie, new_cookie, removed_cookie};
use crate::http::body::Form;
use crate::http::client::Client;
use crate::http::guard::accepted_key;
use crate::problem::{PageResult, Problem};
use crate::state::Shared;

pub(crate) async fn login_form(frame: Frame) -> Response {
    if frame.state.keys.is_none() || frame.visitor.who.is_logged_in() {
        return redirect("/");
    }
    frame.page(None, "Log in", &content(&frame, false))
}

pub(crate) async fn login(
    State(state): State<Shared>,
    Extension(client): Extension<Client>,
    frame: Frame,
    form: Form,
) -> PageResult {
    let Some(keys) = &state.keys else {
        return Ok(redirect("/"));
    };
    if let Some(key) = accepted_key(&state, keys, form.get("key").trim(), client)? {
        let token = state.sessions.begin(&key).await.map_err(Problem::from)?;
        let cookie = new_cookie(LOGIN_COOKIE, &token, SESSION_MS / 1000, client.is_secure);
        tracing::info!(key = key.name, "a user logged in");
        return Ok((AppendHeaders([(header::SET_COOKIE, cookie)]), redirect("/")).into_response());
    }
    let page = frame.page(None, "Log in", &content(&frame, true));
    Ok((StatusCode::UNAUTHORIZED, page).into_response())
}

pub(crate) async fn logout(State(state): State<Shared>, headers: HeaderMap, _form: Form) -> PageResult {
    if let Some(token) = cookie(&headers, LOGIN_COOKIE) {
        state.sessions.end(&token).await.map_err(Problem::from)?;
    }
    let removed = AppendHeaders([(header::SET_COOKIE, removed_cookie(LOGIN_COOKIE))]);
    Ok((removed, redirect("/login")).into_response())
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
