//! The files of a report.

use serde::Serialize;

use crate::document::Document;

/// One file of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportFile {
    /// The name of the file, such as `report.html`.
    pub name: String,
    /// The content of the file.
    pub content: String,
}

impl ReportFile {
    fn new(name: impl Into<String>, content: String) -> Self {
        Self {
            name: name.into(),
            content,
        }
    }
}

/// Returns the files of a report: `report.json`, `report.html`, `report.md`, `report.txt`, and a `.csv` for each
/// table.
///
/// # Errors
///
/// If `report` cannot be serialised; the reports of this crate always can.
pub fn files(report: &impl Serialize, document: &Document) -> serde_json::Result<Vec<ReportFile>> {
    let json = serde_json::to_string_pretty(report)? + "\n";
    let mut files = vec![
        ReportFile::new("report.json", json),
        ReportFile::new("report.html", document.to_html()),
        ReportFile::new("report.md", document.to_markdown()),
        ReportFile::new("report.txt", document.to_text()),
    ];
    let tables = document.tables();
    files.extend(tables.map(|table| ReportFile::new(format!("{}.csv", table.name), table.to_csv())));
    Ok(files)
}
