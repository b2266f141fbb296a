//! Quotes: real texts, shortened.

use serde::Serialize;

/// A text of the file, shortened where it is long.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Quote {
    /// The text on one line. A long text is cut after a word and ends in ` …`.
    pub text: String,
    /// The line of the text in the file.
    pub line: u64,
}

/// A text on one line with at most `n` characters, cut after a word where possible.
pub(crate) fn shorten(text: &str, n: usize) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let whole = words.join(" ");
    if whole.chars().count() <= n {
        return whole;
    }
    let room = n.saturating_sub(2);
    let mut kept = String::new();
    let mut length = 0;
    for word in words {
        let added = word.chars().count() + usize::from(length > 0);
        if length + added > room {
            break;
        }
        if length > 0 {
            kept.push(' ');
        }
        kept += word;
        length += added;
    }
    if kept.is_empty() {
        // A script without spaces, or one very long word.
        kept = whole.chars().take(room).collect();
    }
    kept + " …"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_end_after_a_word() {
        assert_eq!(shorten(" It  crashes\n", 20), "It crashes");
        assert_eq!(shorten("It crashes every single time", 20), "It crashes every …");
        assert_eq!(shorten("It crashes every s t", 20), "It crashes every s t");
        assert_eq!(shorten(&"あ".repeat(30), 20), "あ".repeat(18) + " …");
        assert_eq!(shorten("", 20), "");
    }
}
