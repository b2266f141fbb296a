//! The elements of HTML, and what a removed tag leaves behind.

/// What a removed tag leaves behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gap {
    /// Nothing: the tag is within a line, such as `<b>`.
    Nothing,
    /// A space: the tag separates cells of a row.
    Space,
    /// A line break.
    Line,
    /// Nothing, and the content of the element is not text, such as that of `<script>`.
    Content,
}

const LINES: &[&str] = &[
    "address",
    "article",
    "aside",
    "blockquote",
    "body",
    "br",
    "caption",
    "center",
    "dd",
    "details",
    "dialog",
    "dir",
    "div",
    "dl",
    "dt",
    "fieldset",
    "figcaption",
    "figure",
    "footer",
    "form",
    "frameset",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "head",
    "header",
    "hgroup",
    "hr",
    "html",
    "legend",
    "li",
    "main",
    "menu",
    "nav",
    "noframes",
    "noscript",
    "ol",
    "optgroup",
    "option",
    "p",
    "pre",
    "search",
    "section",
    "select",
    "summary",
    "table",
    "tbody",
    "template",
    "tfoot",
    "thead",
    "title",
    "tr",
    "ul",
];

const CELLS: &[&str] = &["td", "th"];

const WITHIN_LINES: &[&str] = &[
    "a", "abbr", "acronym", "area", "audio", "b", "base", "bdi", "bdo", "big", "button", "canvas", "cite",
    "code", "col", "colgroup", "data", "datalist", "del", "dfn", "em", "embed", "font", "frame", "i",
    "iframe", "img", "input", "ins", "kbd", "label", "link", "map", "mark", "meta", "meter", "object",
    "output", "param", "picture", "progress", "q", "rp", "rt", "ruby", "s", "samp", "small", "source",
    "span", "strike", "strong", "sub", "sup", "svg", "textarea", "time", "track", "tt", "u", "var", "video",
    "wbr",
];

const CONTENTS: &[&str] = &["script", "style"];

/// Returns what a tag of this element leaves behind; `None` if HTML has no such element. Names with a colon, such as `o:p`, come from
/// Microsoft Office.
pub(super) fn gap(name: &str) -> Option<Gap> {
    let name = name.to_ascii_lowercase();
    let is_in = |names: &[&str]| names.contains(&name.as_str());
    if is_in(LINES) {
        Some(Gap::Line)
    } else if is_in(CELLS) {
        Some(Gap::Space)
    } else if is_in(CONTENTS) {
        Some(Gap::Content)
    } else if is_in(WITHIN_LINES) || is_office(&name) {
        Some(Gap::Nothing)
    } else {
        None
    }
}

fn is_office(name: &str) -> bool {
    let prefix = name.split_once(':').map(|(prefix, _)| prefix);
    matches!(prefix, Some("o" | "v" | "w" | "m" | "st1"))
}
