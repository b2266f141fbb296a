//! Erased texts in files: uploads, and the files of trainings.
//!
//! The database knows the hashes of erased texts only, so files are searched by hash: it works the same when the server was
//! killed in the middle and goes on at the next start.

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

/// What stands in place of an erased text.
pub(crate) const ERASED: &str = "[erased]";
/// How much of a text is looked for in reports, which may shorten it, in characters. Shorter texts than the first are not looked
/// for: a report that has one of them would be any report.
const NEEDLE: RangeInclusive<usize> = 12..=40;

/// What was found in a file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Found {
    /// One of the texts.
    pub(crate) is_hit: bool,
    /// Parts that cannot be read, in which it may be.
    pub(crate) has_unreadable: bool,
}

/// The name of a column whose name was erased.
fn column(place: usize) -> String {
    format!("{ERASED} {}", place + 1)
}

/// Texts to be removed from files, by their hashes.
#[derive(Debug, Default)]
pub(crate) struct Redaction {
    hashes: HashSet<String>,
    /// Beginnings of the texts that were found, to be looked for in reports.
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

    /// Looks for these texts in reports, wherever else they stand.
    pub(crate) fn look_for(&mut self, texts: &[String]) {
        texts.iter().for_each(|text| self.find(text));
    }

    fn find(&mut self, text: &str) {
        let needle: String = text.chars().take(*NEEDLE.end()).collect();
        if needle.chars().count() >= *NEEDLE.start() {
            self.found.insert(needle);
        }
    }

    /// The fields of a record that hold one of the texts, or whose name is one.
    fn fields_with(&mut self, record: &Record) -> Vec<String> {
        let mut hit = Vec::new();
        for (name, value) in record.fields() {
            // Lists and objects are looked into, too.
            if self.takes(name) || self.replace(&mut value.clone()) {
                hit.push(name.clone());
            }
        }
        hit
    }

    /// Rewrites an uploaded file without the texts. Its rows keep their numbers. What cannot be read is left out, whatever it has:
    /// rows that were set aside, and all rows after a place from which the file cannot be read.
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
                    tracing::warn!(file = %path.display(), %error, "what is behind this place is left out");
                    break;
                }
            }
        }
        rows.finish()?;
        Ok(file.commit()?)
    }

    /// The names of the columns; a name that is one of the texts is replaced.
    fn header(&mut self, header: &[String]) -> Vec<String> {
        let names = header.iter().enumerate();
        let replaced = names.map(|(place, name)| match self.takes(name) {
            true => column(place),
            false => name.clone(),
        });
        replaced.collect()
    }

    /// A record without the texts.
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

    /// What a text field is called in a rewritten file.
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

    /// Whether a name, such as that of a file, is one of the texts or quotes one.
    pub(crate) fn is_in_name(&mut self, name: &str) -> bool {
        self.takes(name) || self.quotes(name.as_bytes())
    }

    /// Whether an uploaded file has one of the texts, or may have: nobody can say what is in the parts that cannot be read.
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

    /// Removes the texts from everything below a folder: from lines of JSON, and with them the reports that quote them. What a
    /// model or a training needs, such as its configuration, is no report.
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

    /// Removes the model cards below a folder that quote one of the texts; nothing else there is a report.
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

    /// The lines without the texts; `None` if none has one.
    fn json_lines(&mut self, path: &Path) -> Result<Option<Vec<String>>> {
        let lines: Vec<String> = BufReader::new(fs_err::File::open(path)?)
            .lines()
            .collect::<std::io::Result<_>>()?;
        let mut is_hit = false;
        let mut replaced = Vec::with_capacity(lines.len());
        for line in lines {
            // A line that is not complete was cut off while it was written.
            let mut value: Value = serde_json::from_str(&line).unwrap_or_default();
            if self.replace(&mut value) {
                is_hit = true;
                replaced.push(value.to_string());
            } else {
                replaced.push(line);
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

    /// Replaces the texts in a value; returns whether there was one.
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

    /// Whether a report has the beginning of one of the texts, as it is or as JSON and HTML write it.
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

/// A character of a JSON string as writers of plain ASCII have it.
fn ascii_json(unit: u16) -> String {
    match u8::try_from(unit) {
        Ok(byte) if byte.is_ascii() => char::from(byte).to_string(),
        _ => format!("\\u{unit:04x}"),
    }
}

#[cfg(test)]
mod tests;
