//! The digest of the last weeks.

use crate::clock::{DAY_MS, now_ms, rfc3339};
use crate::digest::{Digest, Period};
use crate::error::Result;
use crate::problem::{Problem, ServiceResult};
use crate::state::Inner;
use feedback_store::Filter;

/// Maximum number of weeks in a digest.
const MAX_WEEKS: i64 = 52;

/// A digest, ready to be sent.
pub(crate) struct DigestPage {
    /// The last day of the digest, such as `2025-03-01`.
    pub(crate) last_day: String,
    /// The digest in Markdown.
    pub(crate) markdown: String,
}

/// Returns the digest of the last `weeks` times 7 days, up to yesterday.
pub(crate) async fn last_weeks(state: &Inner, weeks: i64) -> ServiceResult<DigestPage> {
    if !(1..=MAX_WEEKS).contains(&weeks) {
        return Err(Problem::invalid(format!("`weeks` must be 1 to {MAX_WEEKS}")));
    }
    let today = now_ms().div_euclid(DAY_MS);
    let period = Period::weeks_before(today, weeks);
    let min_count = state.config.alerts.min_count;
    let markdown = state
        .store
        .run(move |store| -> Result<_> {
            let digest = Digest {
                period,
                current: &store.overview(&filter(period))?,
                before: &store.overview(&filter(period.before()))?,
                days: &store.overview(&filter(period.with_past()))?.days,
                since: store.count(&Filter {
                    from: Some(today * DAY_MS),
                    ..Filter::default()
                })?,
                min_count,
            };
            Ok(digest.markdown())
        })
        .await?;
    let last_day = rfc3339((today - 1) * DAY_MS);
    Ok(DigestPage {
        last_day: last_day.get(..10).unwrap_or_default().to_owned(),
        markdown,
    })
}

/// Returns a filter for the texts of a period.
fn filter(period: Period) -> Filter {
    Filter {
        from: Some(period.from * DAY_MS),
        to: Some(period.to * DAY_MS),
        ..Filter::default()
    }
}
