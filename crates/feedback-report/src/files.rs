//! The files of a report.

use std::path::Path;

use feedback_files::write_bytes;

use crate::document::document;
use crate::error::Result;
use crate::report::Report;

impl Report {
    /// The report as JSON, with a line break at the end. It has neither the current time nor a path.
    ///
    /// # Errors
    ///
    /// If the report cannot be written as JSON; reports of this crate always can.
    pub fn to_json(&self) -> Result<String> {
        Ok(serde_json::to_string_pretty(self)? + "\n")
    }

    /// The report as GitHub Flavored Markdown. The first four headlines with their quotes are within the first ten lines.
    pub fn to_markdown(&self) -> String {
        document(self).to_markdown()
    }

    /// The report as one self-contained HTML page without scripts, for screens, phones and paper.
    pub fn to_html(&self) -> String {
        document(self).to_html()
    }

    /// Writes `insight.json`, `insight.md`, `insight.html` and `insight.xlsx` into a folder that exists. Files of these names are overwritten.
    ///
    /// # Errors
    ///
    /// If a file cannot be written, or the spreadsheet cannot.
    pub fn write(&self, folder: &Path) -> Result<()> {
        write_bytes(folder.join("insight.json"), self.to_json()?)?;
        write_bytes(folder.join("insight.md"), self.to_markdown())?;
        write_bytes(folder.join("insight.html"), self.to_html())?;
        write_bytes(folder.join("insight.xlsx"), self.to_xlsx()?)?;
        Ok(())
    }
}
