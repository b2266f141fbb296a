//! A document as Markdown.

use super::block::{Block, Document, Fact, Finding, Section};
use super::table::Table;
use crate::display_text::clean;

impl Document {
    /// The document as GitHub Flavored Markdown; a chart appears as its table.
    pub fn to_markdown(&self) -> String {
        let mut markdown = format!("# {}\n", escape(&self.title));
        self.lead
            .iter()
            .for_each(|block| markdown += &block_markdown(block));
        self.sections
            .iter()
            .for_each(|section| markdown += &section_markdown(section));
        markdown
    }
}

fn section_markdown(section: &Section) -> String {
    let mut markdown = format!("\n## {}\n", escape(&section.title));
    section
        .blocks
        .iter()
        .for_each(|block| markdown += &block_markdown(block));
    markdown
}

fn block_markdown(block: &Block) -> String {
    match block {
        Block::Verdict(words) => format!("\n**{}**\n", escape(words)),
        Block::Paragraph(words) => format!("\n{}\n", escape(words)),
        Block::Heading { title, .. } => format!("\n### {}\n", escape(title)),
        Block::Findings(findings) => {
            let lines = findings.iter().enumerate();
            let lines = lines.map(|(index, finding)| finding_markdown(index + 1, finding));
            "\n".to_owned() + &lines.collect::<String>()
        }
        Block::Facts(facts) => "\n".to_owned() + &facts.iter().map(fact_markdown).collect::<String>(),
        Block::Table(table) | Block::Chart { table, .. } => format!("\n{}", table.to_markdown()),
        Block::Quotes { quotes, .. } => quotes
            .iter()
            .map(|quote| format!("\n> {}\n>\n> – {}\n", escape(&quote.text), escape(&quote.remark)))
            .collect(),
    }
}

/// A finding takes two lines, so that those of several findings are seen at once.
fn finding_markdown(number: usize, finding: &Finding) -> String {
    let quotes = finding.quotes.iter();
    let quotes: Vec<String> = quotes
        .map(|quote| format!("“{}” ({})", escape(&quote.text), escape(&quote.remark)))
        .collect();
    let line = match quotes.is_empty() {
        true => String::new(),
        false => format!("   > {}\n", quotes.join(" · ")),
    };
    format!("{number}. **{}**\n{line}", escape(&finding.text))
}

fn fact_markdown(fact: &Fact) -> String {
    let note = if fact.note.is_empty() {
        String::new()
    } else {
        format!(" ({})", escape(&fact.note))
    };
    format!("- {}: {}{note}\n", escape(&fact.name), escape(&fact.value))
}

impl Table {
    /// The table as Markdown, with its caption above it.
    pub fn to_markdown(&self) -> String {
        let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
        let rule = (0..self.head.len()).map(|column| if self.is_numeric(column) { "--:" } else { "---" });
        let rows = self
            .rows
            .iter()
            .map(|row| line(row.iter().map(|cell| escape(&cell.display())).collect()));
        format!(
            "{}\n\n{}|{}|\n{}",
            escape(&self.caption),
            line(self.head.iter().map(|name| escape(name)).collect()),
            rule.collect::<Vec<_>>().join("|"),
            rows.collect::<String>()
        )
    }
}

/// Escapes a text so that Markdown shows it unchanged, on one line.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in clean(text.trim()).chars() {
        if matches!(
            character,
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '#' | '~' | '&' | '!' | '$'
        ) {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    // At the start of a line, these characters would begin a list or turn the line before into a heading.
    let bullet = escaped.starts_with(['-', '+', '=']);
    let digits = escaped.bytes().take_while(u8::is_ascii_digit).count();
    let numbered = digits > 0
        && escaped[digits..].starts_with(['.', ')'])
        && !escaped[digits + 1..].starts_with(|c: char| c.is_ascii_digit());
    match (bullet, numbered) {
        (true, _) => format!("\\{escaped}"),
        (_, true) => format!("{}\\{}", &escaped[..digits], &escaped[digits..]),
        _ => escaped,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Quote;

    #[test]
    fn a_finding_takes_two_lines() {
        let quote = |text: &str| Quote {
            text: text.to_owned(),
            remark: "line 3".to_owned(),
        };
        let finding = Finding {
            text: "2 texts *rose*".to_owned(),
            target: "s".to_owned(),
            quotes: vec![quote("a\nb"), quote("c")],
        };
        let document = Document {
            title: "t".to_owned(),
            lead: vec![Block::Findings(vec![finding])],
            sections: vec![],
        };
        assert_eq!(
            document.to_markdown(),
            "# t\n\n1. **2 texts \\*rose\\***\n   > “a b” (line 3) · “c” (line 3)\n"
        );
    }

    #[test]
    fn markdown_characters_are_escaped() {
        assert_eq!(
            escape("a|b\nc <script> `x` *y*"),
            r"a\|b c \<script\> \`x\` \*y\*"
        );
        assert_eq!(escape("- item"), r"\- item");
        assert_eq!(escape("1. first"), r"1\. first");
        assert_eq!(escape("80.5 %, 3 rows"), "80.5 %, 3 rows");
        assert_eq!(
            escape("[x](javascript:1) ![y](z) &lt;"),
            r"\[x\](javascript:1) \!\[y\](z) \&lt;"
        );
    }
}
