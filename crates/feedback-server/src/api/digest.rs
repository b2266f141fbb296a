//! `GET /api/v1/digest`: the last weeks as Markdown.

use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::ApiQuery;
use crate::clock::{DAY_MS, now_ms, rfc3339};
use crate::digest::{Digest, Period};
use crate::problem::{Answer, Problem};
use crate::state::Shared;
use feedback_store::Filter;

/// Most weeks of a digest.
const MAX_WEEKS: i64 = 52;

#[derive(Debug, Deserialize)]
pub(super) struct DigestQuery {
    weeks: Option<i64>,
}

pub(super) async fn digest(
    State(state): State<Shared>,
    ApiQuery(query): ApiQuery<DigestQuery>,
) -> Answer<Response> {
    let weeks = query.weeks.unwrap_or(1);
    if !(1..=MAX_WEEKS).contains(&weeks) {
        return Err(Problem::invalid(format!("`weeks` must be 1 to {MAX_WEEKS}")));
    }
    let today = now_ms().div_euclid(DAY_MS);
    let period = Period::weeks_before(today, weeks);
    let min_count = state.config.alerts.min_count;
    let page = state
        .store
        .run(move |store| -> crate::Result<_> {
            let digest = Digest {
                period,
                current: &store.overview(&of(period))?,
                before: &store.overview(&of(period.before()))?,
                days: &store.overview(&of(period.with_past()))?.days,
                since: store.count(&Filter {
                    from: Some(today * DAY_MS),
                    ..Filter::default()
                })?,
                min_count,
            };
            Ok(digest.markdown())
        })
        .await?;
    let last = rfc3339((today - 1) * DAY_MS);
    let name = format!(
        "inline; filename=\"feedback-digest-{}.md\"",
        last.get(..10).unwrap_or_default()
    );
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/markdown; charset=utf-8"),
        ),
        (
            header::CONTENT_DISPOSITION,
            HeaderValue::from_str(&name).unwrap_or(HeaderValue::from_static("inline")),
        ),
    ];
    Ok((headers, page).into_response())
}

/// The texts of a period.
fn of(period: Period) -> Filter {
    Filter {
        from: Some(period.from * DAY_MS),
        to: Some(period.to * DAY_MS),
        ..Filter::default()
    }
}
