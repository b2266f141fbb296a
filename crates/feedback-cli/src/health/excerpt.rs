//! Shortens texts.

/// Returns the beginning of a text, on one line.
pub(super) fn short(text: &str) -> String {
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if words.chars().count() <= 60 {
        return words;
    }
    words.chars().take(59).collect::<String>() + "…"
}
