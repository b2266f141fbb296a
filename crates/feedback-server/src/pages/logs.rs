//! The log page: the newest log lines, and new lines as they arrive.

use std::convert::Infallible;
use std::time::Duration;

use axum::Extension;
use axum::extract::State;
use axum::response::Sse;
use axum::response::sse::{Event, KeepAlive};
use futures_util::stream::{Stream, unfold};
use maud::html;
use serde::Deserialize;
use serde_json::json;
use tokio::sync::broadcast::error::RecvError;
use tracing::Level;

use super::layout::{Frame, Tab};
use crate::clock::rfc3339;
use crate::http::client::Client;
use crate::http::extract::ApiQuery;
use crate::http::url::{encoded, with_field};
use crate::logs::LogLine;
use crate::problem::PageResult;
use crate::problem::{Problem, ServiceResult};
use crate::state::Shared;

/// Maximum number of lines shown when the page loads.
const SHOWN: usize = 200;
const LEVELS: [&str; 4] = ["error", "warn", "info", "debug"];

#[derive(Debug, Default, Deserialize)]
pub(crate) struct LogQuery {
    #[serde(default)]
    level: String,
    #[serde(default)]
    q: String,
}

impl LogQuery {
    fn level(&self) -> ServiceResult<Level> {
        match self.level.as_str() {
            "error" => Ok(Level::ERROR),
            "warn" => Ok(Level::WARN),
            "" | "info" => Ok(Level::INFO),
            "debug" => Ok(Level::DEBUG),
            _ => Err(Problem::invalid(
                "`level` must be `error`, `warn`, `info` or `debug`",
            )),
        }
    }
}

pub(crate) async fn logs(
    State(state): State<Shared>,
    frame: Frame,
    ApiQuery(query): ApiQuery<LogQuery>,
) -> PageResult {
    let level = query.level()?;
    let lines = state.logs.newest(level, &query.q, SHOWN);
    let chosen = if query.level.is_empty() {
        "info"
    } else {
        &query.level
    };
    let stream = with_field(
        "/logs/stream",
        &format!("level={}", encoded(chosen)),
        "q",
        &query.q,
    );
    let content = html! {
        h1 { "Logs" }
        form.card method="get" action="/logs" role="search" {
            div.fields {
                div {
                    label for="level" { "Minimum level" }
                    select id="level" name="level" {
                        @for level in LEVELS { option value=(level) selected[level == chosen] { (level) } }
                    }
                }
                div { label for="q" { "Search text" } input id="q" name="q" type="search" value=(query.q); }
            }
            div.row {
                button.main { "Filter" }
                button.only-script id="pause" type="button" aria-pressed="false" { "Pause" }
                button.only-script id="clear-view" type="button" { "Clear view" }
            }
        }
        p.soft { "Newest first. Feedback texts are never logged." }
        ol.log data-log=(stream) aria-label="Log lines" tabindex="0" {
            @for line in lines {
                li {
                    time datetime=(rfc3339(line.at)) data-style="time" { (rfc3339(line.at)) } " "
                    span class=(line.level.as_str()) { (line.level.as_str()) } " " (line.target) " " (line.message)
                }
            }
        }
    };
    Ok(frame.page(Some(Tab::Logs), "Logs", &content))
}

/// Streams new log lines as server-sent events.
pub(crate) async fn stream(
    State(state): State<Shared>,
    Extension(client): Extension<Client>,
    ApiQuery(query): ApiQuery<LogQuery>,
) -> ServiceResult<Sse<impl Stream<Item = Result<Event, Infallible>>>> {
    let level = query.level()?;
    let permit = state.admission.streams.admit(client.address, 1)?;
    let receiver = state.logs.subscribe();
    let stream = unfold(
        (state, receiver, query.q, permit),
        move |(state, mut receiver, text, permit)| async move {
            loop {
                let received = tokio::select! {
                    received = receiver.recv() => received,
                    () = state.stopped() => return None,
                };
                match received {
                    Ok(line) if line.matches(level, &text) => {
                        return Some((Ok(event(&line)), (state, receiver, text, permit)));
                    }
                    Ok(_) | Err(RecvError::Lagged(_)) => {}
                    Err(RecvError::Closed) => return None,
                }
            }
        },
    );
    Ok(Sse::new(stream).keep_alive(KeepAlive::new().interval(Duration::from_secs(15))))
}

fn event(line: &LogLine) -> Event {
    let data = json!({
        "at": rfc3339(line.at),
        "level": line.level.as_str(),
        "target": line.target,
        "message": line.message,
    });
    Event::default().event("line").data(data.to_string())
}
