//! Error pages.

use axum::Extension;
use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use maud::html;

use super::layout::{page, part};
use crate::auth::Visitor;
use crate::http::guard::{Refused, wants_html};
use crate::problem::{PageProblem, Problem};
use crate::state::{Inner, Shared};

/// Renders each error as a page, as a part of a page, or as JSON, depending on the client. Runs after `identify`.
pub(crate) async fn show(
    State(state): State<Shared>,
    Extension(visitor): Extension<Visitor>,
    request: Request,
    next: Next,
) -> Response {
    let audience = Audience::from_headers(request.headers());
    let mut response = next.run(request).await;
    let Some(PageProblem(problem)) = response.extensions_mut().remove() else {
        return response;
    };
    let refused = response.extensions_mut().remove::<Refused>();
    let mut shown = audience.render(&state, &visitor, &problem);
    if let Some(refused) = refused {
        shown.extensions_mut().insert(refused);
    }
    shown
}

/// The recipient of an error, which determines its format.
#[derive(Debug, Clone, Copy)]
enum Audience {
    /// A browser that opens a page.
    Browser,
    /// A page that uses htmx to replace a part of itself.
    Page,
    /// A program.
    Program,
}

impl Audience {
    fn from_headers(headers: &HeaderMap) -> Self {
        if headers.contains_key("hx-request") {
            Self::Page
        } else if wants_html(headers) {
            Self::Browser
        } else {
            Self::Program
        }
    }

    fn render(self, state: &Inner, visitor: &Visitor, problem: &Problem) -> Response {
        match self {
            Self::Browser => error_page(state, visitor, problem),
            Self::Page => error_part(problem),
            Self::Program => problem.clone().into_response(),
        }
    }
}

/// Renders a problem as a complete page.
fn error_page(state: &Inner, visitor: &Visitor, problem: &Problem) -> Response {
    let content = html! {
        h1 { (problem.title()) }
        div.note.problem role="alert" { (problem.detail) }
        @if let Some(seconds) = problem.retry_after { p { "Try again in " (seconds) " s." } }
        p.soft { "Status " (problem.code.status().as_u16()) ", code " code { (problem.code.name()) } }
        p { a href="/" { "Home" } }
    };
    let body = page(state, visitor, None, problem.title(), &content);
    problem.with_headers((problem.code.status(), body).into_response())
}

/// Renders a problem as a part of a page.
fn error_part(problem: &Problem) -> Response {
    let content =
        html! { div.note.problem role="alert" { strong { (problem.title()) } ": " (problem.detail) } };
    let mut response = problem.with_headers(part(content));
    *response.status_mut() = problem.code.status();
    response
}
