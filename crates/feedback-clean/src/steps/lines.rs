//! Lines of an e-mail.

use std::borrow::Cow;

/// Splits a text into lines, each with its line break.
pub(super) fn split(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

/// Returns the lines that are kept, or the text itself if all are. White space that removed lines leave at both ends is dropped.
pub(super) fn keep<'a>(text: &'a str, lines: &[&str], kept: &[bool]) -> Cow<'a, str> {
    if kept.iter().all(|&kept| kept) {
        return Cow::Borrowed(text);
    }
    let joined: String = lines
        .iter()
        .zip(kept)
        .filter(|&(_, &kept)| kept)
        .map(|(line, _)| *line)
        .collect();
    let starts_with_removed = kept.first() == Some(&false);
    let joined = joined.trim_end();
    let joined = if starts_with_removed {
        joined.trim_start()
    } else {
        joined
    };
    Cow::Owned(joined.to_owned())
}
