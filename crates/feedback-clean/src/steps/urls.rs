//! URLs.

use std::borrow::Cow;

const STARTS: [&str; 4] = ["http://", "https://", "ftp://", "www."];

/// Replaces URLs by `[url]`. A URL ends before white space, a quotation mark, `<` or `>`; punctuation at its end is not part of it.
pub(crate) fn replace(text: &str) -> Cow<'_, str> {
    let mut replaced = String::new();
    let mut copied = 0; // everything before this byte is in `replaced`
    let mut from = 0;
    while let Some((start, length)) = next(text, from) {
        replaced.push_str(&text[copied..start]);
        replaced.push_str("[url]");
        copied = start + length;
        from = copied;
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    replaced.push_str(&text[copied..]);
    Cow::Owned(replaced)
}

/// Returns the start and the length of the first URL at or after `from`.
fn next(text: &str, mut from: usize) -> Option<(usize, usize)> {
    let bytes = text.as_bytes();
    loop {
        // Every start contains `://` or begins with `www.`; both are rare, so most texts are scanned once.
        let start = (from..bytes.len()).find(|&at| {
            matches!(bytes[at] | 0x20, b'h' | b'f' | b'w')
                && STARTS.iter().any(|start| begins_with(&bytes[at..], start))
        })?;
        let inside_word = text[..start]
            .chars()
            .next_back()
            .is_some_and(char::is_alphanumeric);
        let length = if inside_word { 0 } else { length(&text[start..]) };
        if length > 0 {
            return Some((start, length));
        }
        from = start + 1;
    }
}

fn begins_with(bytes: &[u8], start: &str) -> bool {
    bytes
        .get(..start.len())
        .is_some_and(|head| head.eq_ignore_ascii_case(start.as_bytes()))
}

/// Returns the length of the URL at the start of `text`; 0 if it has no host.
fn length(text: &str) -> usize {
    let is_end = |c: char| c.is_whitespace() || c.is_control() || "<>\"“”«»`|\\^{}".contains(c);
    let mut url = &text[..text.find(is_end).unwrap_or(text.len())];
    let count = |c: char| url.matches(c).count();
    // Closing brackets without an opening one are not part of the URL; Wikipedia's URLs can end with a pair of brackets.
    let mut unopened =
        [(')', '('), (']', '[')].map(|(close, open)| (close, count(close).saturating_sub(count(open))));
    while let Some(last) = url.chars().next_back() {
        let bracket = unopened.iter_mut().find(|(close, n)| *close == last && *n > 0);
        match bracket {
            Some((_, n)) => *n -= 1,
            None if ".,;:!?'’*_~…".contains(last) => {}
            None => break,
        }
        url = &url[..url.len() - last.len_utf8()];
    }
    let host = STARTS.iter().find(|start| begins_with(url.as_bytes(), start));
    let has_host = host.is_some_and(|start| {
        url[start.len()..].starts_with(|c: char| c.is_alphanumeric() || c == '[')
            && (*start != "www." || url[start.len()..].contains('.'))
    });
    if has_host { url.len() } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_replaced() {
        let cases = [
            ("see https://example.org/a?b=c#d.", "see [url]."),
            ("(www.example.org)", "([url])"),
            ("<https://example.org>", "<[url]>"),
            ("HTTP://EXAMPLE.ORG and ftp://x.y", "[url] and [url]"),
            ("https://en.wikipedia.org/wiki/A_(b)!", "[url]!"),
            ("[docs](https://example.org/a)", "[docs]([url])"),
            ("a \"http://a.b\"http://c.d", "a \"[url]\"[url]"),
            ("Öffne http://münchen.de/straße, bitte", "Öffne [url], bitte"),
        ];
        for (text, expected) in cases {
            assert_eq!(replace(text), expected);
        }
    }

    #[test]
    fn other_texts_stay() {
        for text in [
            "http:// broken",
            "www. is short for",
            "www.nohost",
            "xhttps://a.b",
            "e.g. example.org",
            "[url]",
            "wwww.a.b",
        ] {
            assert!(matches!(replace(text), Cow::Borrowed(_)), "{text}");
        }
    }
}
