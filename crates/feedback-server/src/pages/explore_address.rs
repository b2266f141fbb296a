//! The address of the explore page.

use crate::http::url::{encoded, with_query};
use crate::services::history::HistoryQuery;

/// Returns the address of the page with its filters, for a category and what it counts by.
pub(super) fn address(query: &HistoryQuery, label: &str, by: &str) -> String {
    let mut parts = vec![query.without_cursor()];
    let more = [("label", label), ("by", by)];
    parts.extend(
        more.iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| format!("{name}={}", encoded(value))),
    );
    parts.retain(|part| !part.is_empty());
    with_query("/explore", &parts.join("&"))
}

/// Adds to the address whether the period is compared.
pub(super) fn with_compare(address: String, compare: &str) -> String {
    match (compare, address.contains('?')) {
        ("", _) => address,
        (_, true) => format!("{address}&compare={}", encoded(compare)),
        (_, false) => format!("{address}?compare={}", encoded(compare)),
    }
}
