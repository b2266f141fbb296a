//! Shows metrics as name-value lines ([`Fact`]) of a report.

use crate::display_text::percent;
use crate::document::Fact;
use crate::statistics::{Estimate, Interval};

/// Returns a [`Fact`] whose value is the estimate as a percentage and whose note is its interval.
pub(super) fn estimate_fact(name: &str, estimate: Estimate) -> Fact {
    let fact = Fact::new(name, percent(estimate.value));
    match estimate.interval {
        Some(interval) => fact.with_note(interval_text(interval)),
        None => fact,
    }
}

/// Returns an interval as text, such as `95 % interval 76.0 % to 84.4 %`.
fn interval_text(interval: Interval) -> String {
    let confidence = (100.0 * interval.confidence).round();
    format!(
        "{confidence} % interval {} to {}",
        percent(interval.low),
        percent(interval.high)
    )
}
