//! Erased texts in files: uploads, and the files of trainings.
//!
//! The database knows the hashes of erased texts only, so files are searched by hash: it works the same when the server was
//! killed in the middle and goes on at the next start.

use std::collections::HashSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use feedback_dataset::Record;
use feedback_dataset::read::{Format, Reader, RowError};
use feedback_dataset::write::CsvWriter;
use feedback_files::{AtomicFile, sha256_hex};
use serde_json::Value;

use crate::batch::read_options;
use crate::error::Result;

/// What stands in place of an erased text.
const ERASED: &str = "[erased]";
/// How much of a text is looked for in reports, which may shorten it, in characters. Shorter texts than the first are not looked
/// for: a report that has one of them would be any report.
const NEEDLE: RangeInclusive<usize> = 12..=40;

/// How much of a file is searched at once, and how much of it again with the next piece, in bytes: more than any form of what is looked
/// for.
const PIECE: u64 = 1 << 20;
const OVERLAP: usize = 1 << 10;

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

    fn takes(&mut self, text: &str) -> bool {
        if text.is_empty() || !self.hashes.contains(&sha256_hex(text)) {
            return false;
        }
        self.find(text);
        true
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

    /// The fields of a record that hold one of the texts.
    fn fields_with(&mut self, record: &Record) -> Vec<String> {
        let fields = record.fields().iter();
        // Lists and objects are looked into, too.
        let hit = fields.filter(|(_, value)| self.replace(&mut (*value).clone()));
        hit.map(|(name, _)| name.clone()).collect()
    }

    /// Rewrites an uploaded file without the texts. Its rows keep their numbers.
    pub(crate) fn upload(
        &mut self,
        path: &Path,
        format: Format,
        text_field: &str,
        max_row_bytes: usize,
    ) -> Result<()> {
        let mut reader = Reader::open(path, &read_options(format, text_field, max_row_bytes))?;
        let header = reader.header()?.map(<[String]>::to_vec);
        let mut file = AtomicFile::create_private(path)?;
        let mut rows = Rows::new(&mut file, format, header)?;
        for row in reader {
            match row {
                Ok(mut row) => {
                    for field in self.fields_with(&row.record) {
                        row.record.set(field, ERASED);
                    }
                    rows.write(&row.record)?;
                }
                Err(RowError::Bad(_)) => rows.write_bad()?,
                Err(RowError::Fatal(error)) => return Err(error.into()),
            }
        }
        rows.finish()?;
        Ok(file.commit()?)
    }

    /// Whether an uploaded file has one of the texts.
    pub(crate) fn is_in(
        &mut self,
        path: &Path,
        format: Format,
        text_field: &str,
        max_row_bytes: usize,
    ) -> Result<bool> {
        let (mut is_hit, mut has_bad_rows) = (false, false);
        for row in Reader::open(path, &read_options(format, text_field, max_row_bytes))? {
            match row {
                Ok(row) => is_hit |= !self.fields_with(&row.record).is_empty(),
                Err(RowError::Bad(_)) => has_bad_rows = true,
                Err(RowError::Fatal(error)) => {
                    tracing::error!(file = %path.display(), %error, "texts behind this place are not erased; remove the batch");
                    break;
                }
            }
        }
        Ok(is_hit || (has_bad_rows && self.is_quoted_in(path)?))
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
            Value::Object(fields) => fields
                .values_mut()
                .fold(false, |hit, value| self.replace(value) | hit),
            _ => false,
        }
    }

    /// As [`Self::quotes`], of a file that may be too large for memory.
    fn is_quoted_in(&self, path: &Path) -> Result<bool> {
        let mut file = fs_err::File::open(path)?;
        let mut piece = Vec::new();
        loop {
            let n = Read::by_ref(&mut file).take(PIECE).read_to_end(&mut piece)?;
            if self.quotes(&piece) {
                return Ok(true);
            }
            if n == 0 {
                return Ok(false);
            }
            // A text may lie across two pieces.
            piece.drain(..piece.len().saturating_sub(OVERLAP));
        }
    }

    /// Whether a report has the beginning of one of the texts, as it is or as JSON and HTML write it.
    fn quotes(&self, content: &[u8]) -> bool {
        let content = String::from_utf8_lossy(content);
        self.found.iter().any(|needle| {
            let json = Value::from(needle.as_str()).to_string();
            let html = maud::html! { (needle) }.into_string();
            [needle.as_str(), json.trim_matches('"'), &html]
                .iter()
                .any(|form| content.contains(form))
        })
    }
}

/// The rows of a rewritten file.
enum Rows<W: Write> {
    Table(Box<CsvWriter<W>>),
    Lines(W, Format),
}

impl<W: Write> Rows<W> {
    fn new(output: W, format: Format, header: Option<Vec<String>>) -> Result<Self> {
        let delimiter = if format == Format::Tsv { b'\t' } else { b',' };
        Ok(match header {
            Some(header) => Self::Table(Box::new(CsvWriter::new(output, delimiter, header)?)),
            None => Self::Lines(output, format),
        })
    }

    fn write(&mut self, record: &Record) -> Result<()> {
        match self {
            Self::Table(writer) => Ok(writer.write(record)?),
            Self::Lines(output, Format::Jsonl) => Ok(writeln!(output, "{}", record.to_json())?),
            Self::Lines(output, _) => Ok(writeln!(output, "{}", record.text())?),
        }
    }

    /// A row that could not be used before, and cannot be now; what was in it is gone.
    fn write_bad(&mut self) -> Result<()> {
        match self {
            Self::Table(writer) => {
                let mut empty = Record::from_text("");
                empty.remove("text");
                Ok(writer.write(&empty)?)
            }
            Self::Lines(output, _) => Ok(writeln!(output, "[erased row]")?),
        }
    }

    fn finish(self) -> Result<()> {
        match self {
            Self::Table(writer) => drop(writer.finish()?),
            Self::Lines(mut output, _) => output.flush()?,
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "Anna Müller, Bahnhofstraße 7, asks for her money \"back\" & more";

    fn redaction() -> Redaction {
        Redaction::new([sha256_hex(SECRET)])
    }

    /// As an erasure does it.
    fn erase(redaction: &mut Redaction, path: &Path, format: Format) {
        if redaction.is_in(path, format, "text", 1 << 20).unwrap() {
            redaction.upload(path, format, "text", 1 << 20).unwrap();
        }
    }

    fn texts(path: &Path, format: Format) -> Vec<String> {
        let reader = Reader::open(path, &read_options(format, "text", 1 << 20)).unwrap();
        reader
            .map(|row| row.map_or("bad".into(), |row| row.record.text().to_owned()))
            .collect()
    }

    #[test]
    fn uploads_lose_the_text_and_keep_their_rows() {
        let folder = tempfile::tempdir().unwrap();
        let quoted = SECRET.replace('"', "\"\"");
        let escaped = Value::from(SECRET).to_string();
        for (name, content) in [
            (
                "a.csv",
                format!("id;text\n1;fine\n2;\"{quoted}\"\n3;too;many\n4;also fine\n"),
            ),
            (
                "a.jsonl",
                format!(
                    "{{\"text\":\"fine\"}}\n{{\"n\":2,\"text\":{escaped}}}\nbroken\n{{\"text\":\"also fine\"}}\n"
                ),
            ),
        ] {
            let path = folder.path().join(name);
            fs_err::write(&path, content).unwrap();
            let format = Format::from_path(&path).unwrap();
            erase(&mut redaction(), &path, format);
            assert_eq!(
                texts(&path, format),
                ["fine", ERASED, "bad", "also fine"],
                "{name}"
            );
            assert!(!fs_err::read_to_string(&path).unwrap().contains("Bahnhof"));
        }
        let path = folder.path().join("a.txt");
        fs_err::write(&path, format!("fine\n{SECRET}\n")).unwrap();
        erase(&mut redaction(), &path, Format::Lines);
        assert_eq!(texts(&path, Format::Lines), ["fine", ERASED]);
    }

    #[test]
    fn a_text_in_a_row_that_cannot_be_used_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.jsonl");
        let long = "x".repeat(2 << 20);
        let secret = Value::from(SECRET).to_string();
        fs_err::write(
            &path,
            format!("{{\"text\":\"fine\"}}\n{{\"text\":\"{long}\",\"note\":{secret}}}\n"),
        )
        .unwrap();
        let mut redaction = redaction();
        redaction.look_for(&[SECRET.to_owned()]);
        erase(&mut redaction, &path, Format::Jsonl);
        assert_eq!(texts(&path, Format::Jsonl), ["fine", "bad"]);
        assert!(!fs_err::read_to_string(&path).unwrap().contains("Bahnhof"));
    }

    #[test]
    fn a_file_without_the_text_is_not_touched() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        let content = "text;n\r\nfine;1\r\n";
        fs_err::write(&path, content).unwrap();
        erase(&mut redaction(), &path, Format::Csv);
        assert_eq!(fs_err::read_to_string(&path).unwrap(), content);
    }

    #[test]
    fn a_training_loses_the_text_and_the_reports_that_quote_it() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("run/data");
        fs_err::create_dir_all(&data).unwrap();
        let line = serde_json::json!({ "text": SECRET, "label": "bug" });
        fs_err::write(
            data.join("train.jsonl"),
            format!("{{\"text\": \"fine\"}}\n{line}\n"),
        )
        .unwrap();
        let shortened: String = SECRET.chars().take(50).collect();
        let page = maud::html! { p { (shortened) "…" } }.into_string();
        fs_err::write(folder.path().join("run/report.html"), page).unwrap();
        fs_err::write(folder.path().join("run/report.json"), "{\"accuracy\": 0.9}").unwrap();
        fs_err::write(folder.path().join("config.json"), Value::from(SECRET).to_string()).unwrap();
        redaction().folder(folder.path()).unwrap();
        let left = fs_err::read_to_string(data.join("train.jsonl")).unwrap();
        assert_eq!(
            left,
            "{\"text\": \"fine\"}\n{\"text\":\"[erased]\",\"label\":\"bug\"}\n"
        );
        assert!(!folder.path().join("run/report.html").exists());
        assert!(folder.path().join("run/report.json").exists());
        assert!(folder.path().join("config.json").exists(), "it is no report");
    }
}
