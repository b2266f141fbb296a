//! Words that stand for a missing text.

use crate::visible::trim_invisible;

/// What programs and people write for a missing value, in lower case and without the brackets, quotes and punctuation around it.
const WORDS: [&str; 23] = [
    "nan",
    "none",
    "null",
    "nil",
    "n/a",
    "na",
    "n.a",
    "n/d",
    "undefined",
    "missing",
    "empty",
    "blank",
    "nothing",
    "no answer",
    "no comment",
    "no comments",
    "not available",
    "not applicable",
    "keine angabe",
    "k.a",
    "entfällt",
    "sans objet",
    "ninguno",
];

/// True if a text is a word that stands for a missing value, such as `NaN`, `None`, `N/A` or `-`.
///
/// Such texts are read like any other; a person decides whether they are feedback.
///
/// # Examples
///
/// ```
/// use feedback_text::stands_for_nothing;
///
/// assert!(stands_for_nothing("N/A") && stands_for_nothing("<NA>") && stands_for_nothing("--"));
/// assert!(!stands_for_nothing("None of the buttons work"));
/// ```
#[must_use]
pub fn stands_for_nothing(text: &str) -> bool {
    const LONGEST: usize = 32;
    let text = trim_invisible(text);
    if text.len() > LONGEST {
        return false;
    }
    let is_around = |character: char| "<>()[]\"'#.,;:!?-–—_/\\*".contains(character);
    let word = text.trim_matches(is_around);
    match word.is_empty() {
        // Emoticons such as `:)` and answers such as `?!` say something.
        true => !text.is_empty() && text.chars().all(|character| "-–—_./".contains(character)),
        false => WORDS.contains(&word.to_lowercase().as_str()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_for_nothing_are_recognised() {
        for text in [
            "NaN",
            "None",
            "null",
            "N/A",
            "n.a.",
            "#N/A",
            "<NA>",
            "(none)",
            "-",
            "---",
            " nil\u{200B}",
            "k.A.",
        ] {
            assert!(stands_for_nothing(text), "{text:?}");
        }
        for text in [
            "",
            ":)",
            "?",
            "!!",
            "no",
            "None of it works",
            "nada que decir",
            "Nana",
        ] {
            assert!(!stands_for_nothing(text), "{text:?}");
        }
    }
}
