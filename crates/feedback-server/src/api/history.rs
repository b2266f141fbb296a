//! What was classified.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;

use super::{ApiQuery, Id, limit};
use crate::clock::{DAY_MS, parse};
use crate::dto::{HistoryItem, PageDto};
use crate::problem::{Answer, Problem};
use crate::state::Shared;
use feedback_store::{Cursor, Filter};

/// The query of the history, of the dashboard and of exports. Empty values, as forms send them, do not matter.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct HistoryQuery {
    #[serde(default)]
    pub(crate) q: String,
    #[serde(default)]
    pub(crate) label: String,
    #[serde(default)]
    pub(crate) source: String,
    #[serde(default)]
    pub(crate) from: String,
    #[serde(default)]
    pub(crate) to: String,
    #[serde(default)]
    pub(crate) min_confidence: String,
    #[serde(default)]
    pub(crate) max_confidence: String,
    #[serde(default)]
    pub(crate) corrected: String,
    #[serde(default)]
    pub(crate) before: String,
    pub(crate) limit: Option<usize>,
}

impl HistoryQuery {
    pub(crate) fn filter(&self) -> Answer<Filter> {
        let text = |value: &str| Some(value.to_owned()).filter(|value| !value.is_empty());
        Ok(Filter {
            text: text(&self.q),
            label: text(&self.label),
            source: text(&self.source),
            from: time("from", &self.from)?,
            to: time("to", &self.to)?.map(|to| if self.to.len() == 10 { to + DAY_MS } else { to }),
            min_confidence: share("min_confidence", &self.min_confidence)?,
            max_confidence: share("max_confidence", &self.max_confidence)?,
            corrected: match self.corrected.as_str() {
                "" => None,
                "true" => Some(true),
                "false" => Some(false),
                _ => return Err(Problem::invalid("`corrected` must be `true` or `false`")),
            },
        })
    }

    pub(crate) fn cursor(&self) -> Answer<Cursor> {
        let limit = limit(self.limit)?;
        if self.before.is_empty() {
            return Ok(Cursor::newest(limit));
        }
        let before = self.before.parse().ok().filter(|before| *before > 0);
        let before = before.ok_or_else(|| Problem::invalid("`before` must be a number above 0"))?;
        Ok(Cursor { before, limit })
    }

    /// What was given, apart from the place in the list.
    pub(crate) fn fields(&self) -> impl Iterator<Item = (&'static str, &str)> {
        [
            ("q", &self.q),
            ("label", &self.label),
            ("source", &self.source),
            ("from", &self.from),
            ("to", &self.to),
            ("min_confidence", &self.min_confidence),
            ("max_confidence", &self.max_confidence),
            ("corrected", &self.corrected),
        ]
        .into_iter()
        .map(|(name, value)| (name, value.as_str()))
        .filter(|(_, value)| !value.is_empty())
    }

    /// The same as a query, for links to other pages of the list.
    pub(crate) fn without_cursor(&self) -> String {
        let pairs: Vec<String> = self
            .fields()
            .map(|(name, value)| format!("{name}={}", encoded(value)))
            .collect();
        pairs.join("&")
    }
}

/// Percent-encodes what is not safe in a query.
pub(crate) fn encoded(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    for byte in value.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

fn time(name: &str, value: &str) -> Answer<Option<i64>> {
    if value.is_empty() {
        return Ok(None);
    }
    let time = parse(value);
    time.map(Some)
        .ok_or_else(|| Problem::invalid(format!("`{name}` must be a date or time such as 2025-03-01")))
}

fn share(name: &str, value: &str) -> Answer<Option<f64>> {
    if value.is_empty() {
        return Ok(None);
    }
    let share = value.parse().ok().filter(|share| (0.0..=1.0).contains(share));
    share
        .map(Some)
        .ok_or_else(|| Problem::invalid(format!("`{name}` must be 0 to 1")))
}

pub(super) async fn list(
    State(state): State<Shared>,
    ApiQuery(query): ApiQuery<HistoryQuery>,
) -> Answer<Json<PageDto<HistoryItem>>> {
    let (filter, cursor) = (query.filter()?, query.cursor()?);
    let items = state
        .store
        .run(move |store| store.history(&filter, cursor))
        .await?;
    let next = items
        .last()
        .map(|item| item.id)
        .filter(|_| items.len() == cursor.limit);
    Ok(Json(PageDto {
        items: items.into_iter().map(Into::into).collect(),
        next,
    }))
}

pub(super) async fn one(State(state): State<Shared>, Id(id): Id) -> Answer<Json<HistoryItem>> {
    let found = state.store.run(move |store| store.prediction(id)).await?;
    let found = found.ok_or_else(|| Problem::not_found("prediction", id))?;
    Ok(Json(found.into()))
}
