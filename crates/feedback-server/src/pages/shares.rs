//! Where the shares of categories come from, in words.

use feedback_metrics::prevalence::MIN_AUDITS;
use maud::{Markup, html};

use crate::audits::Shares;
use crate::http::url::with_query;
use crate::services::history::HistoryQuery;
use crate::services::review::Why;

/// Says whether the shares are corrected, and leads to the texts that a person should label for that. `has_intervals` says whether
/// shares that are not corrected have intervals.
pub(super) fn explained(shares: &Shares, query: &HistoryQuery, has_intervals: bool) -> Markup {
    let random = format!("why={}&{}", Why::Random.name(), query.without_cursor());
    let random = with_query("/review", random.trim_end_matches('&'));
    html! {
        p.hint {
            @if shares.are_corrected() {
                (shares.explanation) " "
                @if shares.newer > 0 { (shares.newer) @if shares.newer == 1 { " text" } @else { " texts" } " came since and are not included. " }
            } @else {
                "Categories are the model's or, where people corrected them, theirs. "
                @if has_intervals { "Intervals (95 %) show random variation, not the model's mistakes. " }
                (shares.audits) " of the "
                (MIN_AUDITS) " random texts are labelled that it takes to correct them. "
            }
            @if (shares.audits as u64) < shares.texts { a href=(random) { "Label random texts" } "." }
        }
    }
}
