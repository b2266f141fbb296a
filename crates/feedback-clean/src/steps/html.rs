//! HTML tags.

use std::borrow::Cow;

use crate::steps::html_elements::{Gap, gap};

/// Removes tags, comments and declarations, and the contents of scripts and styles. Tags of blocks become line breaks.
///
/// Only elements of HTML count as tags: `a < b`, `<name>` and `<ann@example.org>` stay.
pub(crate) fn strip(text: &str) -> Cow<'_, str> {
    let mut markup = Markup::new(text);
    let mut plain = Plain::default();
    let mut from = 0;
    while let Some(at) = text[from..].find('<').map(|at| from + at) {
        plain.push(&text[from..at]);
        from = match markup.at(at) {
            Some((length, gap)) => {
                plain.add(gap);
                at + length
            }
            None => {
                plain.push("<");
                at + 1
            }
        };
    }
    if !plain.changed {
        return Cow::Borrowed(text);
    }
    plain.push(&text[from..]);
    Cow::Owned(plain.finish())
}

/// The text without tags.
#[derive(Default)]
struct Plain {
    text: String,
    /// True directly after a line break or a space that stands for a tag: white space that follows is dropped.
    after_gap: bool,
    changed: bool,
}

impl Plain {
    fn push(&mut self, text: &str) {
        let text = if self.after_gap { text.trim_start() } else { text };
        self.text.push_str(text);
        self.after_gap &= text.is_empty();
    }

    fn add(&mut self, gap: Gap) {
        self.changed = true;
        let gap = match gap {
            Gap::Nothing | Gap::Content => return,
            Gap::Space => ' ',
            Gap::Line => '\n',
        };
        if gap == '\n' || self.after_gap {
            let keeps_line = gap == ' ' && self.text.ends_with('\n');
            self.text.truncate(self.text.trim_end_matches([' ', '\t']).len());
            if keeps_line || self.text.ends_with('\n') {
                self.after_gap = true;
                return;
            }
        }
        if !self.text.is_empty() && !self.text.ends_with(gap) {
            self.text.push(gap);
        }
        self.after_gap = true;
    }

    fn finish(mut self) -> String {
        if self.after_gap {
            self.text.truncate(self.text.trim_end().len());
        }
        self.text
    }
}

/// A text with the last places where markup can end. Without them, each `<` of a hostile text would be a search to its end.
struct Markup<'a> {
    text: &'a str,
    last_tag: Option<usize>,
    last_comment: Option<usize>,
    /// Whether a script or style has no end, so that the ones after it have none either.
    is_open: bool,
}

impl<'a> Markup<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            text,
            last_tag: text.rfind('>'),
            last_comment: text.rfind("-->"),
            is_open: false,
        }
    }

    /// Returns the length of the markup at `at`, where a `<` is, and what it leaves behind.
    fn at(&mut self, at: usize) -> Option<(usize, Gap)> {
        if self.last_tag.is_none_or(|last| last < at) {
            return None;
        }
        let text = &self.text[at..];
        if let Some(rest) = text.strip_prefix("<!--") {
            let is_closed = self.last_comment.is_some_and(|last| last >= at + 4);
            let end = if is_closed { rest.find("-->") } else { None };
            return end.map(|end| (4 + end + 3, Gap::Nothing));
        }
        let inner = &text[1..];
        if starts_with_ignoring_case(inner, "![cdata[") {
            return None; // its text stays
        }
        if inner.starts_with("![")
            || starts_with_ignoring_case(inner, "!doctype")
            || inner.starts_with("?xml")
        {
            return inner.find('>').map(|end| (end + 2, Gap::Nothing));
        }
        let name_at = 1 + usize::from(inner.starts_with('/'));
        let rest = &text[name_at..];
        let is_end = |c: char| !(c.is_ascii_alphanumeric() || c == ':');
        let name = &rest[..rest.find(is_end).unwrap_or(rest.len())];
        let gap = gap(name)?;
        let tag = name_at + name.len() + attributes_length(name, &rest[name.len()..])?;
        let content = if gap == Gap::Content && name_at == 1 {
            self.content(&text[tag..], name)
        } else {
            0
        };
        Some((tag + content, gap))
    }

    /// Returns the length of the content of a script or style, with the tag that ends it; 0 if it does not end.
    fn content(&mut self, text: &str, name: &str) -> usize {
        if self.is_open {
            return 0;
        }
        let end = find_ignoring_case(text, &format!("</{name}"));
        let end = end.and_then(|end| text[end..].find('>').map(|length| end + length + 1));
        self.is_open = end.is_none();
        end.unwrap_or(0)
    }
}

/// Returns the number of bytes to and with the `>` that ends a tag whose attributes start here.
fn attributes_length(name: &str, text: &str) -> Option<usize> {
    if !text.starts_with(|c: char| c.is_whitespace() || c == '/' || c == '>') {
        return None;
    }
    let end = end_of_attributes(text)?;
    let attributes = text[..end].trim_matches(|c: char| c.is_whitespace() || c == '/');
    // In `a <b and c> d`, the letter is hardly the name of an element.
    let is_formula = name.len() == 1 && !attributes.is_empty() && !attributes.contains('=');
    (!is_formula).then_some(end + 1)
}

/// Returns the position of the first `>` outside of quotes or, if a quote is not closed, of the first `>`. `None` if another `<` comes
/// first.
fn end_of_attributes(text: &str) -> Option<usize> {
    let mut quote = None;
    let mut last = b' '; // the last byte that is not white space
    for (at, byte) in text.bytes().enumerate() {
        match (quote, byte) {
            (None, b'>') => return Some(at),
            (None, b'<') => return None,
            (None, b'"' | b'\'') if last == b'=' => quote = Some(byte),
            (Some(open), _) if open == byte => quote = None,
            _ => {}
        }
        if !byte.is_ascii_whitespace() {
            last = byte;
        }
    }
    quote?;
    text.find('>').filter(|&end| !text[..end].contains('<'))
}

fn starts_with_ignoring_case(text: &str, start: &str) -> bool {
    text.as_bytes()
        .get(..start.len())
        .is_some_and(|head| head.eq_ignore_ascii_case(start.as_bytes()))
}

fn find_ignoring_case(text: &str, word: &str) -> Option<usize> {
    text.match_indices('<')
        .map(|(at, _)| at)
        .find(|&at| starts_with_ignoring_case(&text[at..], word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_removed() {
        let cases = [
            ("<p>One</p><p>Two</p>", "One\nTwo"),
            (
                "<div>\n  One<br/>\n  <b>Two</b> words\n</div>\n",
                "One\nTwo words",
            ),
            ("un<b>believ</b>able", "unbelievable"),
            ("<ul><li>a</li><li>b</li></ul>", "a\nb"),
            (
                "<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>",
                "a b\nc",
            ),
            ("<a href=\"x?a>b\" title='c > d'>link</a>", "link"),
            (
                "<!DOCTYPE html><html><head><title>T</title><style>p {color: red}</style></head><body>B</body></html>",
                "T\nB",
            ),
            ("a<script type=\"x\">if (a < b) { c(\"</b>\") }</SCRIPT>b", "ab"),
            ("a<!-- <b>x</b> -->b", "ab"),
            ("<o:p></o:p>Office<![if !mso]>", "Office"),
            ("<P CLASS=MsoNormal>Loud</P>", "Loud"),
            ("<img src=x onerror=alert(1)>", ""),
            ("<input disabled>x", "x"),
            ("line one\nline <i>two</i>\n", "line one\nline two\n"),
            ("<a title=\"unclosed>text</a>", "text"),
        ];
        for (text, expected) in cases {
            assert_eq!(strip(text), expected, "{text}");
        }
    }

    #[test]
    fn other_angle_brackets_stay() {
        for text in [
            "I <3 it",
            "a < b and c > d",
            "if a <b and c> d",
            "from <ann@example.org> or <https://example.org>",
            "<name> is missing, <your text here>",
            "Vec<String> and <T>",
            "<b",
            "< b>",
            "<>",
            "<<<>>>",
            "<!-- never closed",
            "<![CDATA[kept]]>",
            "--> ->",
        ] {
            assert!(matches!(strip(text), Cow::Borrowed(_)), "{text}");
        }
    }
}
