//! HTML's character references.

use std::borrow::Cow;

use quick_xml::escape::resolve_html5_entity;

/// Maximum number of bytes between `&` and `;`. The longest name is `CounterClockwiseContourIntegral`.
const MAX_NAME: usize = 32;

/// The characters of Windows-1252 from 0x80 to 0x9F: HTML decodes the numbers in this range as Windows-1252. Five are not assigned.
const WINDOWS_1252: &str = "€\u{81}‚ƒ„…†‡ˆ‰Š‹Œ\u{8D}Ž\u{8F}\u{90}‘’“”•–—˜™š›œ\u{9D}žŸ";

/// Replaces entities such as `&amp;`, `&#39;` and `&#x27;` by their characters. Entities without a semicolon and unknown ones stay.
///
/// A decoded `&` can start another entity, so `&amp;lt;` becomes `<`: exports are often escaped twice.
pub(crate) fn decode(text: &str) -> Cow<'_, str> {
    if !text.contains('&') || !text.contains(';') {
        return Cow::Borrowed(text);
    }
    let mut decoded = String::with_capacity(text.len());
    let mut changed = false;
    for part in text.split_inclusive(';') {
        decoded.push_str(part);
        // The decoded character can complete another entity at the end of `decoded`, so this repeats.
        while let Some((start, character)) = entity_at_end(&decoded) {
            decoded.truncate(start);
            decoded.push_str(&character);
            changed = true;
        }
    }
    if changed {
        Cow::Owned(decoded)
    } else {
        Cow::Borrowed(text)
    }
}

/// If the text ends with an entity, returns where the entity starts and what it stands for.
fn entity_at_end(text: &str) -> Option<(usize, Cow<'static, str>)> {
    let rest = text.strip_suffix(';')?;
    let bytes = rest.as_bytes();
    let window = &bytes[bytes.len().saturating_sub(MAX_NAME + 1)..];
    let length = window.iter().rev().position(|&byte| byte == b'&')?;
    let start = rest.len() - length - 1;
    let name = &rest[start + 1..];
    let character = match name.strip_prefix('#') {
        Some(number) => Cow::Owned(numbered(number)?.to_string()),
        None => Cow::Borrowed(resolve_html5_entity(name)?),
    };
    Some((start, character))
}

/// Returns the character with this number. `number` has decimal digits, or `x` and hex digits.
fn numbered(number: &str) -> Option<char> {
    let (digits, radix) = match number.strip_prefix(['x', 'X']) {
        Some(digits) => (digits, 16),
        None => (number, 10),
    };
    if digits.starts_with('+') {
        return None; // `from_str_radix` accepts a sign
    }
    match u32::from_str_radix(digits, radix).ok()? {
        0 => None,
        code @ 0x80..=0x9F => WINDOWS_1252.chars().nth(code as usize - 0x80),
        code => char::from_u32(code),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entities_become_characters() {
        let cases = [
            ("Tom &amp; Jerry", "Tom & Jerry"),
            ("it&#39;s &#x27;ok&#X27;", "it's 'ok'"),
            ("caf&eacute; 5&nbsp;&euro;", "café 5\u{A0}€"),
            ("a &lt; b &amp;&amp; c &gt; d", "a < b && c > d"),
            (
                "twice: &amp;lt;b&amp;gt; thrice: &amp;amp;amp;",
                "twice: <b> thrice: &",
            ),
            ("&#150; &#8211; &#128;", "– – €"),
            ("a &rarr; b", "a → b"),
            ("&amp&semi;", "&"),
        ];
        for (text, expected) in cases {
            assert_eq!(decode(text), expected);
        }
    }

    #[test]
    fn other_ampersands_stay() {
        for text in [
            "AT&T; R&D; fish & chips; B&amp",
            "?a=1&b=2;c",
            "&#0; &#xD800; &#x110000; &#; &#x; &#+65; &;",
            "&unknown;",
            "&\u{e9};",
        ] {
            assert!(matches!(decode(text), Cow::Borrowed(_)), "{text}");
        }
    }
}
