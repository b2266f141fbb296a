//! Removes erased texts from files: from uploads and from the files of trainings and models.
//!
//! The database keeps only the hashes of erased texts, so files are searched by hash. This also works if the server was killed
//! during an erasure and completes it at the next start.

mod rows;

use std::collections::HashSet;
use std::io::{BufRead, BufReader, Write};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use feedback_dataset::Record;
use feedback_dataset::error::ReadError;
use feedback_dataset::read::{Format, Reader, RowError};
use feedback_files::{AtomicFile, sha256_hex};
use serde_json::Value;

use crate::batch::read_options;
use crate::error::Result;
use rows::Rows;

/// The replacement for an erased text.
pub(crate) const ERASED: &str = "[erased]";
/// Minimum and maximum length, in characters, of the beginning of a text that is searched for in reports. There is a maximum
/// because reports may shorten texts. Texts below the minimum are not searched for: they could be found in any report.
const NEEDLE: RangeInclusive<usize> = 12..=40;

/// What was found in a file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Found {
    /// The file contains one of the texts.
    pub(crate) is_hit: bool,
    /// Parts of the file cannot be read and may contain one of the texts.
    pub(crate) has_unreadable: bool,
}

/// Returns the new name of the column at `place`, counted from 0, whose name was erased.
fn column(place: usize) -> String {
    format!("{ERASED} {}", place + 1)
}

/// Texts to be removed from files, known by their hashes.
#[derive(Debug, Default)]
pub(crate) struct Redaction {
    hashes: HashSet<String>,
    /// The beginnings of the texts that were found, to be searched for in reports.
    found: HashSet<String>,
}

impl Redaction {
    pub(crate) fn new(hashes: impl IntoIterator<Item = String>) -> Self {
        Self {
            hashes: hashes.into_iter().collect(),
            found: HashSet::new(),
        }
    }

    fn holds(&self, text: &str) -> bool {
        !text.is_empty() && self.hashes.contains(&sha256_hex(text))
    }

    fn takes(&mut self, text: &str) -> bool {
        let holds = self.holds(text);
        if holds {
            self.find(text);
        }
        holds
    }

    /// Also searches for these texts in reports, even if no other file contains them.
    pub(crate) fn look_for(&mut self, texts: &[String]) {
        texts.iter().for_each(|text| self.find(text));
    }

    fn find(&mut self, text: &str) {
        let needle: String = text.chars().take(*NEEDLE.end()).collect();
        if needle.chars().count() >= *NEEDLE.start() {
            self.found.insert(needle);
        }
    }

    /// Returns the names of the fields whose value contains one of the texts or whose name is one of the texts.
    fn fields_with(&mut self, record: &Record) -> Vec<String> {
        let mut hit = Vec::new();
        for (name, value) in record.fields() {
            // Lists and objects are searched, too.
            if self.takes(name) || self.replace(&mut value.clone()) {
                hit.push(name.clone());
            }
        }
        hit
    }

    /// Rewrites an uploaded file without the texts. The rows keep their numbers. Parts that cannot be read are removed, because
    /// they may contain one of the texts: placeholders replace rows that were set aside. If the reader cannot continue, the
    /// rest of the file is dropped.
    pub(crate) fn upload(
        &mut self,
        path: &Path,
        format: Format,
        text_field: &str,
        max_row_bytes: usize,
    ) -> Result<()> {
        let mut reader = Reader::open(path, &read_options(format, text_field, max_row_bytes))?;
        let header = reader.header()?.map(<[String]>::to_vec);
        let names = header.as_ref().map(|header| self.header(header));
        let mut file = AtomicFile::create_private(path)?;
        let mut rows = Rows::new(&mut file, format, names)?;
        for row in reader {
            match row {
                Ok(row) => rows.write(&self.record(row.record, header.as_deref()))?,
                Err(RowError::Bad(_)) => rows.write_bad()?,
                Err(RowError::Fatal(ReadError::Io { path, source })) => {
                    return Err(ReadError::Io { path, source }.into());
                }
                Err(RowError::Fatal(error)) => {
                    tracing::warn!(file = %path.display(), %error, "the rest of the file cannot be read and is removed");
                    break;
                }
            }
        }
        rows.finish()?;
        Ok(file.commit()?)
    }

    /// Returns the column names; a name that is one of the texts is replaced.
    fn header(&mut self, header: &[String]) -> Vec<String> {
        let names = header.iter().enumerate();
        let replaced = names.map(|(place, name)| match self.takes(name) {
            true => column(place),
            false => name.clone(),
        });
        replaced.collect()
    }

    /// Returns the record without the texts.
    fn record(&mut self, mut record: Record, header: Option<&[String]>) -> Record {
        for field in self.fields_with(&record) {
            let place = header.and_then(|header| header.iter().position(|name| *name == field));
            if !self.takes(&field) {
                record.set(field, ERASED);
            } else if let Some(value) = record.remove(&field) {
                let mut value = value;
                self.replace(&mut value);
                record.set(place.map_or(ERASED.to_owned(), column), value);
            }
        }
        record
    }

    /// Returns the name that the text field gets in a rewritten file; `None` if the name stays the same.
    pub(crate) fn text_field(
        &mut self,
        path: &Path,
        format: Format,
        field: &str,
        max_row_bytes: usize,
    ) -> Result<Option<String>> {
        if !self.takes(field) {
            return Ok(None);
        }
        let mut reader = Reader::open(path, &read_options(format, field, max_row_bytes))?;
        let header = reader.header()?.unwrap_or_default();
        let place = header.iter().position(|name| name == field);
        Ok(Some(place.map_or(ERASED.to_owned(), column)))
    }

    /// Returns whether a name, such as a file name, is one of the texts or contains the beginning of one.
    pub(crate) fn is_in_name(&mut self, name: &str) -> bool {
        self.takes(name) || self.quotes(name.as_bytes())
    }

    /// Searches an uploaded file for the texts. Also reports whether parts of it cannot be read, since they may hide a text.
    pub(crate) fn is_in(
        &mut self,
        path: &Path,
        format: Format,
        text_field: &str,
        max_row_bytes: usize,
    ) -> Result<Found> {
        let mut reader = Reader::open(path, &read_options(format, text_field, max_row_bytes))?;
        let mut found = Found::default();
        if let Some(header) = reader.header()?.map(<[String]>::to_vec) {
            found.is_hit = header.iter().fold(false, |hit, name| self.takes(name) | hit);
        }
        for row in reader {
            match row {
                Ok(row) => found.is_hit |= !self.fields_with(&row.record).is_empty(),
                Err(RowError::Fatal(ReadError::Io { path, source })) => {
                    return Err(ReadError::Io { path, source }.into());
                }
                Err(_) => found.has_unreadable = true,
            }
        }
        Ok(found)
    }

    /// Removes the texts from all JSON Lines files below a folder, and deletes the reports that quote the texts. Files that a
    /// model or a training needs, such as its configuration, are not reports and are kept.
    pub(crate) fn folder(&mut self, folder: &Path) -> Result<()> {
        let (mut reports, mut lines) = (Vec::new(), Vec::new());
        let mut waiting = vec![folder.to_owned()];
        while let Some(folder) = waiting.pop() {
            if !folder.is_dir() {
                continue;
            }
            for entry in fs_err::read_dir(folder)? {
                let path = entry?.path();
                let extension = path.extension().and_then(|extension| extension.to_str());
                match extension {
                    _ if path.is_dir() => waiting.push(path),
                    Some("jsonl") => lines.push(path),
                    Some("html" | "md" | "csv" | "txt" | "log") => reports.push(path),
                    Some("json") if path.ends_with("report.json") => reports.push(path),
                    _ => {}
                }
            }
        }
        let mut hit = Vec::new();
        for path in lines {
            if self.json_lines(&path)?.is_some() {
                hit.push(path);
            }
        }
        self.remove_quoting(reports)?;
        for path in hit {
            self.rewrite(&path)?;
        }
        Ok(())
    }

    /// Deletes the model cards (`README.md`) that quote one of the texts. The other files of a model folder are not reports.
    pub(crate) fn model_cards(&self, models: &Path) -> Result<()> {
        let mut cards = Vec::new();
        if models.is_dir() {
            for model in fs_err::read_dir(models)? {
                let card = model?.path().join("README.md");
                cards.extend(card.is_file().then_some(card));
            }
        }
        self.remove_quoting(cards)
    }

    fn remove_quoting(&self, reports: Vec<PathBuf>) -> Result<()> {
        for path in reports {
            if self.quotes(&fs_err::read(&path)?) {
                fs_err::remove_file(path)?;
            }
        }
        Ok(())
    }

    /// Returns the lines of a file, with the texts replaced and without lines that are not valid JSON; `None` if nothing has to
    /// change.
    fn json_lines(&mut self, path: &Path) -> Result<Option<Vec<String>>> {
        let lines: Vec<String> = BufReader::new(fs_err::File::open(path)?)
            .lines()
            .collect::<std::io::Result<_>>()?;
        let mut is_hit = false;
        let mut replaced = Vec::with_capacity(lines.len());
        for line in lines {
            match serde_json::from_str::<Value>(&line) {
                Ok(mut value) => {
                    if self.replace(&mut value) {
                        is_hit = true;
                        replaced.push(value.to_string());
                    } else {
                        replaced.push(line);
                    }
                }
                Err(_) if line.trim().is_empty() => replaced.push(line),
                // Cut off while it was written. No reader can use the line, and it may contain a part of one of the texts.
                Err(_) => is_hit = true,
            }
        }
        Ok(is_hit.then_some(replaced))
    }

    fn rewrite(&mut self, path: &Path) -> Result<()> {
        let mut file = AtomicFile::create_private(path)?;
        for line in self.json_lines(path)?.unwrap_or_default() {
            writeln!(file, "{line}")?;
        }
        Ok(file.commit()?)
    }

    /// Replaces the texts in a JSON value. Returns whether the value contained one of the texts.
    fn replace(&mut self, value: &mut Value) -> bool {
        match value {
            Value::String(text) if self.takes(text) => {
                ERASED.clone_into(text);
                true
            }
            Value::Array(values) => values
                .iter_mut()
                .fold(false, |hit, value| self.replace(value) | hit),
            Value::Object(fields) => {
                let names: Vec<String> = fields.keys().filter(|name| self.holds(name)).cloned().collect();
                for name in &names {
                    self.find(name);
                    if let Some(value) = fields.shift_remove(name) {
                        fields.insert(ERASED.into(), value);
                    }
                }
                let hit = !names.is_empty();
                fields
                    .values_mut()
                    .fold(hit, |hit, value| self.replace(value) | hit)
            }
            _ => false,
        }
    }

    /// Returns whether a report contains the beginning of one of the texts, verbatim or as escaped in JSON, HTML or CSV.
    fn quotes(&self, content: &[u8]) -> bool {
        let content = String::from_utf8_lossy(content);
        self.found.iter().any(|needle| {
            let json = Value::from(needle.as_str()).to_string();
            let html = maud::html! { (needle) }.into_string();
            let csv = needle.replace('"', "\"\"");
            let ascii: String = json.trim_matches('"').encode_utf16().map(ascii_json).collect();
            [needle.as_str(), json.trim_matches('"'), &html, &csv, &ascii]
                .iter()
                .any(|form| content.contains(form))
        })
    }
}

/// Formats a UTF-16 code unit like a JSON writer that writes only ASCII: as a character or as `\uXXXX`.
fn ascii_json(unit: u16) -> String {
    match u8::try_from(unit) {
        Ok(byte) if byte.is_ascii() => char::from(byte).to_string(),
        _ => format!("\\u{unit:04x}"),
    }
}

#[cfg(test)]
mod tests;
