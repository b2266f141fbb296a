//! Characters that cannot be seen.

use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

/// True if a text has a character that can be seen. White space, control characters, zero-width characters, fillers and variation
/// selectors cannot.
///
/// # Examples
///
/// ```
/// use feedback_text::has_visible_character;
///
/// assert!(has_visible_character(":)"));
/// assert!(!has_visible_character("\u{200B} \u{FEFF}\n"));
/// ```
#[must_use]
#[inline]
pub fn has_visible_character(text: &str) -> bool {
    // Most texts begin with a visible ASCII character.
    text.as_bytes().first().is_some_and(u8::is_ascii_graphic) || !text.chars().all(is_invisible)
}

/// Returns the text without white space and invisible characters at both ends.
#[must_use]
pub fn trim_invisible(text: &str) -> &str {
    text.trim_matches(is_invisible)
}

fn is_invisible(character: char) -> bool {
    if character.is_ascii() {
        return !character.is_ascii_graphic();
    }
    character.is_whitespace() || is_zero_width(character)
}

/// True for control characters, and for characters without a width such as format characters, fillers and variation selectors.
#[must_use]
pub fn is_zero_width(character: char) -> bool {
    let is_filler = matches!(
        character,
        '\u{034F}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180B}'..='\u{180F}' | '\u{2800}'
            | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FFA0}' | '\u{E0100}'..='\u{E01EF}'
    );
    is_filler
        || matches!(
            character.general_category(),
            GeneralCategory::Format | GeneralCategory::Control
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invisible_texts_are_recognised() {
        for text in [
            "",
            " \t\r\n",
            "\u{200B}\u{200D}",
            "\u{A0} ",
            "\u{3164}",
            "\0",
            "\u{FEFF}",
            "\u{2800}",
            "\u{AD}",
        ] {
            assert!(!has_visible_character(text), "{text:?}");
        }
        for text in ["a", " .", "\u{200B}x", "👍", "ü", "ー", "\u{FFFD}", "\u{301}"] {
            assert!(has_visible_character(text), "{text:?}");
        }
        assert_eq!(trim_invisible("\u{FEFF} a b\u{200B} "), "a b");
    }
}
