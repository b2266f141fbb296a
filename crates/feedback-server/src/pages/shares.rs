//! Where the shares of categories come from, in words.

use maud::{Markup, html};

use crate::audits::Shares;
use crate::http::url::with_query;
use crate::services::history::HistoryQuery;
use crate::services::review::Why;

/// Says whether the shares are corrected, and leads to the texts that a person should label for that.
pub(super) fn explained(shares: &Shares, query: &HistoryQuery) -> Markup {
    let random = format!("why={}&{}", Why::Random.name(), query.without_cursor());
    let random = with_query("/review", random.trim_end_matches('&'));
    html! {
        p.hint {
            (shares.explanation) " "
            @if (shares.audits as u64) < shares.texts {
                a href=(random) { @if shares.are_corrected() { "Label more random texts" } @else { "Label random texts to correct them" } }
                "."
            }
        }
    }
}
