//! OpenDocument spreadsheets, written by hand as their XML.

use std::fmt;

use super::container::zip;
use super::table::{Cell, Table};
use super::xlsx::escape;

/// A way to write an OpenDocument spreadsheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ods {
    /// Whether texts are attributes of their cells; otherwise they are paragraphs with elements for spaces and tabs.
    pub attributes: bool,
    /// Whether titles are above the header.
    pub titles: bool,
    /// Whether the parts are compressed.
    pub deflate: bool,
}

const TYPE: &str = "application/vnd.oasis.opendocument.spreadsheet";
const NAMES: &str = "urn:oasis:names:tc:opendocument:xmlns";

impl Ods {
    pub(super) fn all() -> Vec<Self> {
        let bits = |bits: u8| Self {
            attributes: bits & 1 > 0,
            titles: bits & 2 > 0,
            deflate: bits & 4 > 0,
        };
        (0..8).map(bits).collect()
    }

    /// Paragraphs have no carriage returns.
    pub(super) fn fitted(self, table: &Table) -> Table {
        table.mapped(|text| text.replace("\r\n", "\n").replace('\r', "\n"))
    }

    pub(super) fn write(self, table: &Table) -> Vec<u8> {
        let title = vec![Cell::Text("Export of all feedback".to_owned())];
        let header: Vec<Cell> = table.columns.iter().cloned().map(Cell::Text).collect();
        let above = if self.titles { vec![title, vec![]] } else { vec![] };
        let rows: String = above
            .iter()
            .chain([&header])
            .chain(&table.rows)
            .map(|row| {
                let cells: String = row.iter().map(|cell| self.cell(cell)).collect();
                format!("<table:table-row>{cells}</table:table-row>")
            })
            .collect();
        let content = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<office:document-content xmlns:office=\"{NAMES}:office:1.0\" \
             xmlns:table=\"{NAMES}:table:1.0\" xmlns:text=\"{NAMES}:text:1.0\" office:version=\"1.3\"><office:body>\
             <office:spreadsheet><table:table table:name=\"Feedback\">{rows}\
             <table:table-row table:number-rows-repeated=\"1048000\"><table:table-cell \
             table:number-columns-repeated=\"16384\"/></table:table-row></table:table></office:spreadsheet></office:body>\
             </office:document-content>"
        );
        Self::document(content.as_bytes(), self.deflate)
    }

    /// A spreadsheet with this XML as its content.
    #[must_use]
    pub fn document(content: &[u8], deflate: bool) -> Vec<u8> {
        let manifest = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<manifest:manifest xmlns:manifest=\"{NAMES}:manifest:1.0\">\
             <manifest:file-entry manifest:full-path=\"/\" manifest:media-type=\"{TYPE}\"/></manifest:manifest>"
        );
        let parts: [(&str, &[u8]); 3] = [
            ("mimetype", TYPE.as_bytes()),
            ("content.xml", content),
            ("META-INF/manifest.xml", manifest.as_bytes()),
        ];
        zip(&parts, deflate)
    }

    fn cell(self, cell: &Cell) -> String {
        let typed = |kind: &str, attribute: &str, value: &str, content: &str| {
            format!(
                "<table:table-cell office:value-type=\"{kind}\"{attribute}>{content}</table:table-cell>",
                attribute = match attribute {
                    "" => String::new(),
                    name => format!(" office:{name}=\"{value}\""),
                }
            )
        };
        let shown = format!("<text:p>{}</text:p>", cell.text());
        match cell {
            Cell::Empty => "<table:table-cell/>".to_owned(),
            Cell::Number(number) => typed("float", "value", &number.to_string(), &shown),
            Cell::Boolean(value) => typed("boolean", "boolean-value", &value.to_string(), &shown),
            Cell::Text(text) if self.attributes => {
                let value = escape(text).replace('\n', "&#10;").replace('\t', "&#9;");
                typed("string", "string-value", &value, "")
            }
            Cell::Text(text) => typed("string", "", "", &paragraphs(text)),
        }
    }
}

/// Paragraphs with elements for tabs, and for spaces that would be lost otherwise.
fn paragraphs(text: &str) -> String {
    text.split('\n')
        .map(|line| {
            let line = escape(line)
                .replace('\t', "<text:tab/>")
                .replace(' ', "<text:s/>");
            format!("<text:p>{line}</text:p>")
        })
        .collect()
}

impl fmt::Display for Ods {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            attributes,
            titles,
            deflate,
        } = self;
        write!(
            f,
            "texts as attributes: {attributes}, titles: {titles}, deflate: {deflate}"
        )
    }
}
