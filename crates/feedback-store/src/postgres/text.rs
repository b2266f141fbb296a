//! Encodes texts for Postgres, which cannot store U+0000.
//!
//! U+0000 becomes U+FDD0 U+FDD1, and U+FDD0, which Unicode reserves as a noncharacter, is doubled.

use std::borrow::Cow;

const MARK: char = '\u{FDD0}';
const ZERO: char = '\u{FDD1}';

pub(super) fn encode(text: &str) -> Cow<'_, str> {
    if !text.contains(['\0', MARK]) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        match character {
            '\0' => out.extend([MARK, ZERO]),
            MARK => out.extend([MARK, MARK]),
            other => out.push(other),
        }
    }
    Cow::Owned(out)
}

pub(super) fn decode(kept: &str) -> String {
    if !kept.contains(MARK) {
        return kept.to_owned();
    }
    let mut out = String::with_capacity(kept.len());
    let mut characters = kept.chars();
    while let Some(character) = characters.next() {
        match character {
            MARK => match characters.next() {
                Some(ZERO) => out.push('\0'),
                Some(other) => out.push(other),
                None => out.push(MARK),
            },
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_survives_a_round_trip() {
        for text in [
            "",
            "plain 🎉",
            "\0",
            "a\0\u{FDD1}\u{FDD0}b",
            "\u{FDD0}",
            "\u{FDD0}\u{FDD1}\0\0",
        ] {
            let kept = encode(text);
            assert!(!kept.contains('\0'), "{text:?}");
            assert_eq!(decode(&kept), text);
        }
    }
}
