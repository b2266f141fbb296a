//! Makes untrusted text safe to show.

use std::borrow::Cow;

/// Replaces control characters, which act on the display instead of being displayed.
///
/// Line breaks and tabs become spaces. These characters become `�`: other control characters, which could send
/// commands to a terminal, and marks that override the writing direction, which could reverse the text after
/// them. Letters of right-to-left scripts are kept.
pub(crate) fn clean(text: &str) -> Cow<'_, str> {
    if !text.chars().any(|character| shown(character) != character) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().map(shown).collect())
}

/// Trims `text`, replaces control characters ([`clean`]), and cuts a text of more than `n` characters to `n` characters;
/// the last of them is then `…`.
pub(crate) fn shorten(text: &str, n: usize) -> String {
    let text = clean(text.trim());
    if text.chars().count() <= n {
        return text.into_owned();
    }
    let kept: String = text.chars().take(n.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

fn shown(character: char) -> char {
    match character {
        '\n' | '\r' | '\t' | '\u{2028}' | '\u{2029}' => ' ',
        '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FFFE}' | '\u{FFFF}' => '\u{FFFD}',
        _ if character.is_control() => '\u{FFFD}',
        _ => character,
    }
}

/// A share in percent with one decimal: 0.8123 as `81.2 %`; `–` for NaN and infinities.
pub(crate) fn percent(share: f64) -> String {
    if !share.is_finite() {
        return "–".to_owned();
    }
    format!("{:.1} %", 100.0 * share + 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_replaced_and_letters_kept() {
        assert_eq!(clean("two\nlines\tand"), "two lines and");
        assert_eq!(clean("\u{1b}[31mred\0"), "\u{FFFD}[31mred\u{FFFD}");
        assert_eq!(clean("abc\u{202E}def"), "abc\u{FFFD}def");
        assert_eq!(clean("שלום, Ωmega 🙂"), "שלום, Ωmega 🙂");
    }

    #[test]
    fn shortening_counts_characters() {
        assert_eq!(shorten(" äöü ", 3), "äöü");
        assert_eq!(shorten("äöüß", 3), "äö…");
        assert_eq!(shorten("ab cdef", 4), "ab…");
        assert_eq!(shorten("abc", 0), "…");
    }

    #[test]
    fn percentages_have_one_digit() {
        assert_eq!(percent(0.8123), "81.2 %");
        assert_eq!(percent(-0.0), "0.0 %");
        assert_eq!(percent(f64::NAN), "–");
    }
}
