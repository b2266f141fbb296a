//! A document as one HTML file.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::block::{Block, Document, Fact, Finding, Quote, Section};
use super::table::{Cell, Table};
use crate::charts;
use crate::display_text::clean;

/// The style sheet of a page; charts need [`charts::STYLE`] as well.
pub const PAGE_STYLE: &str = include_str!("page.css");

/// The content security policy: the page may not load or run anything. Inline styles are allowed, because the style
/// sheet is part of the file.
const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";

impl Document {
    /// The document as one self-contained HTML file in English.
    pub fn to_html(&self) -> String {
        let title = clean(&self.title);
        html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    meta http-equiv="Content-Security-Policy" content=(POLICY);
                    title { (title) }
                    // Without this, browsers request a favicon from the server.
                    link rel="icon" href="data:,";
                    style { (PreEscaped(PAGE_STYLE)) (PreEscaped(charts::STYLE)) }
                }
                body {
                    header {
                        h1 { (title) }
                        (blocks(&self.lead))
                        nav aria-label="Contents" { ul {
                            @for section in &self.sections {
                                li { a href={ "#" (section.id) } { (clean(&section.title)) } }
                            }
                        } }
                    }
                    main { @for section in &self.sections { (section_html(section)) } }
                    footer { p { "feedback-metrics " (env!("CARGO_PKG_VERSION")) } }
                }
            }
        }
        .into_string()
    }
}

fn section_html(section: &Section) -> Markup {
    html! {
        section id=(section.id) aria-labelledby={ (section.id) "-title" } {
            h2 id={ (section.id) "-title" } { (clean(&section.title)) }
            (blocks(&section.blocks))
        }
    }
}

/// Renders blocks; consecutive charts of fluid width are placed side by side if there is room.
fn blocks(blocks: &[Block]) -> Markup {
    let is_fluid = |block: &Block| matches!(block, Block::Chart { svg, .. } if svg.contains("chart-fluid"));
    html! {
        @for run in blocks.chunk_by(|a, b| is_fluid(a) && is_fluid(b)) {
            @if run.len() > 1 {
                div class="charts" { @for block in run { (block_html(block)) } }
            } @else {
                @for block in run { (block_html(block)) }
            }
        }
    }
}

fn block_html(block: &Block) -> Markup {
    match block {
        Block::Verdict(words) => html! { p class="verdict" { (sentences(words)) } },
        Block::Paragraph(words) => html! { p { (sentences(words)) } },
        Block::Heading { id, title } => html! { h3 id=(id) { bdi { (clean(title)) } } },
        Block::Findings(findings) => {
            html! { ol class="findings" { @for finding in findings { (finding_html(finding)) } } }
        }
        Block::Facts(facts) => html! { dl class="facts" { @for fact in facts { (fact_html(fact)) } } },
        Block::Table(table) => PreEscaped(table.to_html()),
        Block::Chart { svg, table } => chart(svg, table),
        Block::Quotes { quotes, .. } => {
            html! { ol class="quotes" { @for quote in quotes { (quote_html(quote)) } } }
        }
    }
}

/// Renders sentences: names in backticks become bold, and a non-breaking space precedes each percent sign.
fn sentences(words: &str) -> Markup {
    let words = clean(words).replace(" %", "\u{a0}%");
    html! {
        @for (index, part) in words.split('`').enumerate() {
            @if index % 2 == 1 { b { bdi { (part) } } } @else { (part) }
        }
    }
}

fn chart(svg: &str, table: &Table) -> Markup {
    let drawing = PreEscaped(svg.to_owned());
    html! {
        figure {
            figcaption { (clean(&table.caption)) }
            // A chart of fixed size can be wider than the page.
            @if svg.contains("chart-fluid") { (drawing) } @else { (scroll(&format!("{}, chart", table.caption), &drawing)) }
            details { summary { "The numbers" } (PreEscaped(table.to_html())) }
        }
    }
}

fn fact_html(fact: &Fact) -> Markup {
    let class = if fact.value.chars().count() > 18 {
        "value long"
    } else {
        "value"
    };
    html! {
        div {
            dt { (clean(&fact.name)) }
            dd class=(class) {
                @if fact.target.is_empty() {
                    bdi { (clean(&fact.value)) }
                } @else {
                    a href={ "#" (fact.target) } { bdi { (clean(&fact.value)) } }
                }
            }
            @if !fact.note.is_empty() { dd class="note" { (clean(&fact.note)) } }
        }
    }
}

fn finding_html(finding: &Finding) -> Markup {
    html! {
        li {
            p class="finding" {
                (sentences(&finding.text))
                @if !finding.target.is_empty() { " " a href={ "#" (finding.target) } { "Details" } }
            }
            @for quote in &finding.quotes {
                blockquote { p dir="auto" { "“" (clean(&quote.text)) "”" span class="remark" { " (" (clean(&quote.remark)) ")" } } }
            }
        }
    }
}

fn quote_html(quote: &Quote) -> Markup {
    html! {
        li {
            p class="remark" { (clean(&quote.remark)) }
            blockquote { p dir="auto" { (clean(&quote.text)) } }
        }
    }
}

/// Puts `content` into a box that scrolls horizontally, can be focused by keyboard and has a label for screen
/// readers.
fn scroll(label: &str, content: &Markup) -> Markup {
    html! { div class="scroll" role="region" tabindex="0" aria-label=(clean(label)) { (content) } }
}

impl Table {
    /// The table as HTML, in a box that scrolls horizontally if the page is too narrow. The CSS classes are defined
    /// in [`PAGE_STYLE`].
    pub fn to_html(&self) -> String {
        let class = |column: usize| self.is_numeric(column).then_some("number");
        let table = html! {
            table {
                caption { (clean(&self.caption)) }
                thead { tr { @for (column, name) in self.head.iter().enumerate() {
                    th scope="col" class=[class(column)] { (clean(name)) }
                } } }
                tbody { @for row in &self.rows { (row_html(row, &class)) } }
            }
        };
        scroll(&format!("{}, table", self.caption), &table).into_string()
    }
}

fn row_html(row: &[Cell], class: &dyn Fn(usize) -> Option<&'static str>) -> Markup {
    html! {
        tr { @for (column, cell) in row.iter().enumerate() {
            @if column == 0 {
                th scope="row" class=[class(column)] { (text_html(cell)) }
            } @else if cell.is_number() && !matches!(cell, Cell::Linked { .. }) {
                td class=[class(column)] { (cell.display()) }
            } @else {
                td class=[class(column)] { (text_html(cell)) }
            }
        } }
    }
}

fn text_html(cell: &Cell) -> Markup {
    match cell {
        Cell::Link { target, .. } => html! { a href={ "#" (target) } { bdi { (cell.display()) } } },
        Cell::Linked { target, title, .. } => {
            html! { a href={ "#" (target) } title=(clean(title)) { bdi { (cell.display()) } } }
        }
        Cell::Anchor { id, .. } => html! { bdi id=(id) { (cell.display()) } },
        _ => html! { bdi { (cell.display()) } },
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::document::tests::document_of;

    /// Texts that would add or end elements or attributes if they were not escaped.
    fn hostile() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            Just("<script>alert(1)</script>".to_owned()),
            Just("</style></title></svg>".to_owned()),
            Just("\" onload=\"x".to_owned()),
            Just("' onload='x".to_owned()),
            Just("<!-- ]]> &amp; &#60;".to_owned()),
            Just("javascript:alert(1)".to_owned()),
            Just("\u{202e}\u{2067}\u{200f}\u{feff}".to_owned()),
            Just("\0\u{8}\u{1b}[2J\u{7f}\u{9b}".to_owned()),
            any::<String>(),
        ];
        proptest::collection::vec(piece, 1..5).prop_map(|pieces| pieces.concat().replace('`', "") + "x")
    }

    /// The document's markup: all tags and attribute names, without text and attribute values.
    fn skeleton(html: &str) -> Vec<String> {
        let tags = html.split('<').skip(1).map(|tag| {
            let tag = tag.split('>').next().unwrap_or_default();
            let mut outside = String::new();
            tag.split('"').step_by(2).for_each(|part| outside += part);
            outside
        });
        tags.collect()
    }

    proptest! {
        #[test]
        fn no_text_becomes_markup(text in hostile()) {
            let html = document_of(&text).to_html();
            // Coordinates depend on the length of a text; tags and attributes do not.
            prop_assert_eq!(skeleton(&html), skeleton(&document_of("x").to_html()));
            let acts = |c: char| (c.is_control() && c != '\n') || ('\u{202a}'..='\u{202e}').contains(&c) || ('\u{2066}'..='\u{2069}').contains(&c);
            prop_assert!(!html.contains(acts));
        }
    }

    #[test]
    fn names_in_backticks_are_bold() {
        let words = super::sentences("`<i>` is right in 9 % of `b").into_string();
        assert_eq!(
            words,
            "<b><bdi>&lt;i&gt;</bdi></b> is right in 9\u{a0}% of <b><bdi>b</bdi></b>"
        );
    }

    #[test]
    fn a_page_loads_nothing_and_runs_nothing() {
        let html = document_of("x").to_html();
        for forbidden in [
            "<script",
            " src=",
            "url(",
            "@import",
            " onload",
            "style=\"",
            "href=\"http",
        ] {
            assert!(!html.contains(forbidden), "{forbidden}");
        }
        let links = html.matches("http").count();
        assert_eq!(
            links,
            html.matches("http://www.w3.org/2000/svg").count() + html.matches("http-equiv").count()
        );
    }
}
