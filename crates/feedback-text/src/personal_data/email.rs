//! E-mail addresses.

use std::ops::Range;

/// Finds e-mail addresses: a local part, `@`, and a domain. The domain must contain a dot and end in a label of at least two
/// letters. Returns byte ranges.
pub(super) fn find(text: &str) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    for (at, _) in text.match_indices('@') {
        let min = found.last().map_or(0, |last| last.end);
        let local = text[min..at].trim_end_matches(|c: char| c.is_alphanumeric() || "._%+-".contains(c));
        let start = min + local.len();
        let start =
            start + (text[start..at].len() - text[start..at].trim_start_matches(['.', '-', '%', '+']).len());
        let rest = &text[at + 1..];
        let domain = &rest[..rest
            .find(|c: char| !(c.is_alphanumeric() || c == '.' || c == '-'))
            .unwrap_or(rest.len())];
        let domain = domain.trim_end_matches(['.', '-']);
        if start < at && is_domain(domain) {
            found.push(start..at + 1 + domain.len());
        }
    }
    found
}

fn is_domain(domain: &str) -> bool {
    let mut labels = domain.split('.').rev();
    let top = labels.next().unwrap_or_default();
    top.chars().count() >= 2
        && top.chars().all(char::is_alphabetic)
        && labels.clone().count() > 0
        && labels.all(|label| !label.is_empty())
}
