//! Random samples of the stored texts, and the shares that they correct.

use std::sync::Arc;

use feedback_metrics::prevalence::MIN_AUDITS;
use feedback_store::{Filter, Store};

use crate::audits::{Sample, Shares, add_learnt, can_be_sampled, corrected, draw};
use crate::error::Result;
use crate::problem::{Code, Problem, ServiceResult};
use crate::state::Inner;

/// Refuses filters of which no random sample can be drawn.
///
/// # Errors
///
/// `invalid_request` for a filter by label or by correction.
pub(crate) fn check(filter: &Filter) -> ServiceResult<()> {
    if can_be_sampled(filter) {
        return Ok(());
    }
    Err(Problem::invalid(
        "texts that are chosen by `label` or `corrected` are no random sample; leave out both filters",
    ))
}

/// Returns the audited texts of a filter, and up to `n_next` that come next.
///
/// # Errors
///
/// `invalid_request` for a filter by label or by correction.
pub(crate) async fn sample(state: &Inner, filter: Filter, n_next: usize) -> ServiceResult<Sample> {
    check(&filter)?;
    let _turn = state.lists.acquire().await;
    let trained_on = Arc::clone(&state.trained_on);
    let read = move |store: &dyn Store| draw(store, &filter, n_next, &trained_on);
    Ok(state.store.run(read).await?)
}

/// Returns the share of each label among the texts of a filter, corrected if there are enough audits; `None` if there are no texts.
///
/// # Errors
///
/// `invalid_request` for a filter by label or by correction.
pub(crate) async fn shares(state: &Inner, filter: Filter) -> ServiceResult<Option<Shares>> {
    check(&filter)?;
    let _turn = state.lists.acquire().await;
    let trained_on = Arc::clone(&state.trained_on);
    let read = move |store: &dyn Store| -> Result<_> {
        let mut sample = draw(store, &filter, 1, &trained_on)?;
        if sample.audited.len() >= MIN_AUDITS {
            add_learnt(store, &filter, &mut sample, &trained_on)?;
        }
        let all = store.count(&filter)?;
        let of_sample = Filter {
            max_id: sample.up_to,
            ..filter
        };
        Ok((store.predicted(&of_sample)?, sample, all))
    };
    let (counts, sample, all) = state.store.run(read).await?;
    if counts.is_empty() {
        return Ok(None);
    }
    let found = corrected(&counts, &sample).map(|found| Shares {
        newer: all.saturating_sub(found.texts),
        ..found
    });
    found
        .map(Some)
        .map_err(|error| Problem::new(Code::Internal, error.to_string()))
}
