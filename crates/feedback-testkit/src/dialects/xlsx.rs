//! Excel workbooks, written by hand as their XML.

use std::fmt;

use super::container::zip;
use super::table::{Cell, Table};

/// A way to write an Excel workbook.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Xlsx {
    /// Whether texts are in a table that all sheets share; otherwise they are in their cells.
    pub shared: bool,
    /// Whether rows and cells have a reference, such as `B3`. Without references, each follows the one before.
    pub references: bool,
    /// Whether titles are above the header.
    pub titles: bool,
    /// Whether the parts are compressed.
    pub deflate: bool,
}

const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const RELATIONS: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006";
const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";

impl Xlsx {
    pub(super) fn all() -> Vec<Self> {
        let bits = |bits: u8| Self {
            shared: bits & 1 > 0,
            references: bits & 2 > 0,
            titles: bits & 4 > 0,
            deflate: bits & 8 > 0,
        };
        (0..16).map(bits).collect()
    }

    pub(super) fn write(self, table: &Table) -> Vec<u8> {
        let mut texts = Vec::new();
        let mut rows = String::new();
        let title = vec![Cell::Text("Export of all feedback".to_owned())];
        let header: Vec<Cell> = table.columns.iter().cloned().map(Cell::Text).collect();
        let above = if self.titles { vec![title, vec![]] } else { vec![] };
        let all = above.iter().chain([&header]).chain(&table.rows);
        for (at, row) in all.enumerate() {
            let reference = match self.references {
                true => format!(" r=\"{}\"", at + 1),
                false => String::new(),
            };
            let cells: String = row
                .iter()
                .enumerate()
                .map(|(column, cell)| self.cell(cell, (at, column), &mut texts))
                .collect();
            rows += &format!("<row{reference}>{cells}</row>");
        }
        let sheet = format!("{HEAD}<worksheet xmlns=\"{MAIN}\"><sheetData>{rows}</sheetData></worksheet>");
        let strings: String = texts.iter().map(|text| format!("<si>{}</si>", t(text))).collect();
        let strings = format!("{HEAD}<sst xmlns=\"{MAIN}\">{strings}</sst>");
        let strings = if self.shared { strings.as_bytes() } else { &[] };
        Self::workbook(sheet.as_bytes(), strings, self.deflate)
    }

    /// A workbook with this XML as its only sheet, and this XML as its shared texts, if it is not empty.
    #[must_use]
    pub fn workbook(sheet: &[u8], texts: &[u8], deflate: bool) -> Vec<u8> {
        let [types, root, workbook, relations] = frame();
        let mut parts: Vec<(&str, &[u8])> = vec![
            ("[Content_Types].xml", types.as_bytes()),
            ("_rels/.rels", root.as_bytes()),
            ("xl/workbook.xml", workbook.as_bytes()),
            ("xl/_rels/workbook.xml.rels", relations.as_bytes()),
            ("xl/worksheets/sheet1.xml", sheet),
        ];
        if !texts.is_empty() {
            parts.push(("xl/sharedStrings.xml", texts));
        }
        zip(&parts, deflate)
    }

    fn cell(self, cell: &Cell, (row, column): (usize, usize), texts: &mut Vec<String>) -> String {
        let reference = match self.references {
            // The table has fewer columns than letters.
            true => format!(" r=\"{}{}\"", char::from(b'A' + column as u8), row + 1),
            false => String::new(),
        };
        match cell {
            Cell::Empty if self.references => String::new(),
            Cell::Empty => "<c/>".to_owned(),
            Cell::Number(number) => format!("<c{reference}><v>{number}</v></c>"),
            Cell::Boolean(value) => format!("<c{reference} t=\"b\"><v>{}</v></c>", u8::from(*value)),
            Cell::Text(text) if self.shared => {
                let at = texts.iter().position(|other| other == text).unwrap_or_else(|| {
                    texts.push(text.clone());
                    texts.len() - 1
                });
                format!("<c{reference} t=\"s\"><v>{at}</v></c>")
            }
            Cell::Text(text) => format!("<c{reference} t=\"inlineStr\"><is>{}</is></c>", t(text)),
        }
    }
}

/// The parts around the sheet.
fn frame() -> [String; 4] {
    let kinds = "application/vnd.openxmlformats-officedocument.spreadsheetml";
    let types = format!(
        "{HEAD}<Types xmlns=\"{PACKAGE}/content-types\">\
         <Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>\
         <Default Extension=\"xml\" ContentType=\"application/xml\"/>\
         <Override PartName=\"/xl/workbook.xml\" ContentType=\"{kinds}.sheet.main+xml\"/>\
         <Override PartName=\"/xl/worksheets/sheet1.xml\" ContentType=\"{kinds}.worksheet+xml\"/></Types>"
    );
    let root = format!(
        "{HEAD}<Relationships xmlns=\"{PACKAGE}/relationships\">\
         <Relationship Id=\"rId1\" Type=\"{RELATIONS}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
    );
    let workbook = format!(
        "{HEAD}<workbook xmlns=\"{MAIN}\" xmlns:r=\"{RELATIONS}\">\
         <sheets><sheet name=\"Feedback\" sheetId=\"1\" r:id=\"rId1\"/></sheets></workbook>"
    );
    let relations = format!(
        "{HEAD}<Relationships xmlns=\"{PACKAGE}/relationships\">\
         <Relationship Id=\"rId1\" Type=\"{RELATIONS}/worksheet\" Target=\"worksheets/sheet1.xml\"/>\
         <Relationship Id=\"rId2\" Type=\"{RELATIONS}/sharedStrings\" Target=\"sharedStrings.xml\"/></Relationships>"
    );
    [types, root, workbook, relations]
}

/// The element with a text. XML has no carriage returns of its own, so Excel writes them as `_x000D_`.
fn t(text: &str) -> String {
    let text = escape(text).replace('\r', "_x000D_");
    format!("<t xml:space=\"preserve\">{text}</t>")
}

/// The text with its special characters as references.
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

impl fmt::Display for Xlsx {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            shared,
            references,
            titles,
            deflate,
        } = self;
        write!(
            f,
            "shared texts: {shared}, references: {references}, titles: {titles}, deflate: {deflate}"
        )
    }
}
