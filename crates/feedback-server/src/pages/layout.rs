//! The layout that all pages share.

use axum::Extension;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use feedback_metrics::statistics::Interval;
use maud::{DOCTYPE, Markup, html};

use crate::assets::address;
use crate::auth::{Role, Visitor, Who, area};
use crate::clock::{DAY_MS, readable, rfc3339};
pub(crate) use crate::phrases::{percent, sentence, texts};
use crate::problem::{Code, Problem};
use crate::state::{Inner, Shared};

/// The pages in the navigation bar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tab {
    Home,
    Inbox,
    Batch,
    Explore,
    Report,
    Themes,
    History,
    Review,
    Train,
    Dashboard,
    Models,
    Drift,
    Logs,
    System,
    About,
}

/// A page, its address and its name.
type Entry = (Tab, &'static str, &'static str);

impl Tab {
    /// What people come for.
    const TASKS: [Entry; 9] = [
        (Self::Home, "/", "Home"),
        (Self::Inbox, "/inbox", "Inbox"),
        (Self::Batch, "/batches", "Files"),
        (Self::Explore, "/explore", "Explore"),
        (Self::Themes, "/themes", "Themes"),
        (Self::Report, "/report", "Report"),
        (Self::History, "/history", "History"),
        (Self::Review, "/review", "Review"),
        (Self::Train, "/train", "Train"),
    ];
    /// What somebody who runs the server needs.
    pub(super) const ADMIN: [Entry; 6] = [
        (Self::Dashboard, "/dashboard", "Dashboard"),
        (Self::Models, "/models", "Models"),
        (Self::Drift, "/drift", "Drift"),
        (Self::About, "/about", "About the model"),
        (Self::Logs, "/logs", "Logs"),
        (Self::System, "/system", "System"),
    ];
}

/// What a handler needs to render a page around its content.
pub(crate) struct Frame {
    pub(crate) state: Shared,
    pub(crate) visitor: Visitor,
    /// True if htmx requested only a part of the page.
    pub(crate) partial: bool,
}

impl FromRequestParts<Shared> for Frame {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &Shared) -> Result<Self, Problem> {
        let Extension(visitor) = Extension::<Visitor>::from_request_parts(parts, state)
            .await
            .map_err(|_| Problem::new(Code::Internal, "the request has no visitor"))?;
        Ok(Self {
            state: state.clone(),
            visitor,
            partial: parts.headers.contains_key("hx-request"),
        })
    }
}

impl Frame {
    /// Renders the hidden field with the CSRF token, which every form needs.
    pub(crate) fn token(&self) -> Markup {
        token(&self.visitor)
    }

    /// Returns the complete page.
    pub(crate) fn page(&self, tab: Option<Tab>, title: &str, content: &Markup) -> Response {
        page(&self.state, &self.visitor, tab, title, content).into_response()
    }
}

/// Renders the hidden field with the CSRF token of this visitor.
pub(crate) fn token(visitor: &Visitor) -> Markup {
    html! { input type="hidden" name="csrf" value=(visitor.csrf); }
}

/// Renders a time in UTC; a script converts it to the time zone of the reader. Midnight in UTC is a date without a time.
pub(crate) fn when(ms: i64) -> Markup {
    let time = rfc3339(ms);
    html! {
        @if ms.rem_euclid(DAY_MS) == 0 {
            time.nowrap datetime=(time[..10.min(time.len())]) data-style="date" { (time[..10.min(time.len())]) }
        } @else {
            time.nowrap datetime=(time) { (readable(ms)) " UTC" }
        }
    }
}

/// Says how long ago something was, roughly.
pub(crate) fn ago(ms: i64) -> String {
    let days = ms / DAY_MS;
    match days {
        ..=0 => "today".to_owned(),
        1 => "yesterday".to_owned(),
        2..60 => format!("{days} days ago"),
        60..730 => format!("{} months ago", days / 30),
        _ => format!("{} years ago", days / 365),
    }
}

/// Renders what a page will show once there are texts, and where to begin.
pub(super) fn empty_state(what: &str) -> Markup {
    html! {
        section.card {
            h2 { "No texts yet" }
            p { (what) }
            div.row { a.button.main href="/batches" { "Upload a file" } a.button href="/" { "Classify a text, or try the sample" } }
        }
    }
}

/// Formats the ends of an interval of a share as percentages.
pub(crate) fn interval_words(interval: &Interval) -> String {
    // Below one percent, the ends would look the same with one decimal.
    let decimals = if interval.high < 0.01 { 2 } else { 1 };
    format!(
        "{:.decimals$}–{:.decimals$} %",
        interval.low * 100.0,
        interval.high * 100.0
    )
}

/// Redirects to another page after a form was submitted.
pub(crate) fn redirect(to: &str) -> Response {
    Redirect::to(to).into_response()
}

/// Renders a complete page.
pub(super) fn page(
    state: &Inner,
    visitor: &Visitor,
    tab: Option<Tab>,
    title: &str,
    content: &Markup,
) -> Html<String> {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            (head(title))
            body {
                a.skip href="#main" { "Skip to content" }
                header.bar {
                    div {
                        a.brand href="/" { "Feedback" }
                        nav aria-label="Pages" {
                            ul {
                                (entries(visitor, tab, &Tab::TASKS))
                                @let is_admin = Tab::ADMIN.iter().any(|(one, ..)| tab == Some(*one));
                                li {
                                    details.more {
                                        summary.current[is_admin] { "Admin" }
                                        ul { (entries(visitor, tab, &Tab::ADMIN)) }
                                    }
                                }
                            }
                        }
                        @if visitor.who.is_logged_in() {
                            form.inline method="post" action="/logout" { (token(visitor)) button { "Log out" } }
                        }
                    }
                }
                @if state.store.blocking().damage().is_some() {
                    div.note.problem role="alert" { "The database is damaged. You can view stored data and classify texts, but nothing is stored until a backup is restored." }
                }
                @if let Some(warning) = state.models.engine().current().model.warning() {
                    div.note.problem role="note" { "Warning: " (warning) "." }
                }
                main id="main" tabindex="-1" { (content) }
                footer {
                    "Model " code { (state.models.engine().current().id) } " · "
                    a href="/admin" { "Admin" } " · "
                    a href="/docs" { "HTTP API" }
                }
            }
        }
    };
    Html(page.into_string())
}

/// What a browser needs to show the page.
fn head(title: &str) -> Markup {
    html! {
        head {
            meta charset="utf-8";
            meta name="viewport" content="width=device-width, initial-scale=1";
            meta name="htmx-config" content=r#"{"includeIndicatorStyles":false,"allowEval":false,"selfRequestsOnly":true,"responseHandling":[{"code":"204","swap":false},{"code":"[23]..","swap":true},{"code":"[45]..","swap":true,"error":true}]}"#;
            title { (title) " · Feedback" }
            link rel="icon" type="image/svg+xml" href=(address("icon.svg"));
            link rel="stylesheet" href=(address("charts.css"));
            link rel="stylesheet" href=(address("app.css"));
            script defer src=(address("htmx.min.js")) {}
            script defer src=(address("app.js")) {}
            script defer src=(address("copy.js")) {}
        }
    }
}

fn entries(visitor: &Visitor, tab: Option<Tab>, entries: &[Entry]) -> Markup {
    html! {
        @for (one, path, name) in entries.iter().filter(|(_, path, _)| may_see(&visitor.who, path)) {
            li { a href=(path) aria-current=[(tab == Some(*one)).then_some("page")] { (name) } }
        }
    }
}

/// Returns whether the navigation bar shows a page to a visitor. Before the login, the bar shows all pages.
pub(super) fn may_see(who: &Who, path: &str) -> bool {
    matches!(who, Who::Nobody) || who.may(Role::needed(&Method::GET, path), area(path))
}

/// Returns a part of a page as the response to htmx.
pub(crate) fn part(content: Markup) -> Response {
    let kind = (
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/html; charset=utf-8"),
    );
    (StatusCode::OK, [kind], content.into_string()).into_response()
}
