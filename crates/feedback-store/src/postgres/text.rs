//! Encodes texts for Postgres, which cannot store U+0000.
//!
//! U+0000 becomes U+FDD0 U+FDD1, and U+FDD0, which Unicode reserves as a noncharacter, is doubled.

use std::borrow::Cow;

const MARK: char = '\u{FDD0}';
const ZERO: char = '\u{FDD1}';
/// U+0000 in JSON.
const ESCAPED_ZERO: &str = "\\u0000";

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

/// Like [`encode`], for JSON, in which U+0000 is `\u0000`. Postgres accepts this, but fails when it reads a part of the JSON.
pub(super) fn encode_json(json: &str) -> Cow<'_, str> {
    if !json.contains(ESCAPED_ZERO) && !json.contains(MARK) {
        return Cow::Borrowed(json);
    }
    let mut out = String::with_capacity(json.len());
    let mut rest = json;
    while let Some(at) = rest.find(['\\', MARK]) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let n = if rest.starts_with(ESCAPED_ZERO) {
            out.extend([MARK, ZERO]);
            ESCAPED_ZERO.len()
        } else if rest.starts_with(MARK) {
            out.extend([MARK, MARK]);
            MARK.len_utf8()
        } else {
            // A backslash and the character after it, which may be another backslash.
            let n = 1 + rest.chars().nth(1).map_or(0, char::len_utf8);
            out.push_str(&rest[..n]);
            n
        };
        rest = &rest[n..];
    }
    out.push_str(rest);
    Cow::Owned(out)
}

pub(super) fn decode_json(kept: &str) -> String {
    decode(kept).replace('\0', ESCAPED_ZERO)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_json_survives_a_round_trip() {
        for text in [
            "plain ß",
            "\0",
            "a\0\u{FDD1}\u{FDD0}\\u0000 \\\0\\",
            "\u{FDD0}\n\"",
        ] {
            let json = serde_json::json!({ text: [text] }).to_string();
            let kept = encode_json(&json);
            assert!(!kept.replace("\\\\", "").contains(ESCAPED_ZERO), "{kept}");
            assert_eq!(decode_json(&kept), json);
        }
    }

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
