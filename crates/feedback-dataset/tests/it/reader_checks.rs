//! Checks that must succeed for any input bytes; used by the tests in this folder and by the fuzz targets in `fuzz/`.
//!
//! The first byte of the input selects the settings, the rest is the file.

use std::io::Read;

use feedback_dataset::read::{Delimiter, Encoding, Format, LabelRule, ReadOptions, Reader, RowError};
use feedback_dataset::record::{BadRowReason, Row};
use feedback_dataset::text::has_visible_character;
use feedback_dataset::write::{CsvWriter, JsonlWriter};

/// Returns the settings that the bits of a byte select: a small limit, an encoding, required labels, no quoting.
fn options(bits: u8) -> ReadOptions {
    let mut options = ReadOptions::default();
    options.max_line_bytes = if bits & 1 == 0 { 1 << 20 } else { 48 };
    options.encoding = match bits >> 1 & 3 {
        0 | 1 => Encoding::Utf8,
        2 => Encoding::Guess,
        _ => "utf-16le".parse().unwrap_or_default(),
    };
    options.label_rule = if bits & 8 == 0 {
        LabelRule::Optional
    } else {
        LabelRule::Required
    };
    options.quoting = bits & 16 == 0;
    options
}

/// Returns only a few bytes per read, as a pipe can do.
struct Drips<'a>(&'a [u8], usize);

impl Read for Drips<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let n = self.1.min(buffer.len()).min(self.0.len());
        buffer[..n].copy_from_slice(&self.0[..n]);
        self.0 = &self.0[n..];
        Ok(n)
    }
}

/// The rows, the bad rows, and the fatal error if there was one.
#[derive(Debug, PartialEq)]
struct Found {
    rows: Vec<Row>,
    bad: Vec<(u64, u64, BadRowReason)>,
    fatal: Option<String>,
}

fn read(input: impl Read + Send, format: Format, options: &ReadOptions) -> Found {
    let mut found = Found {
        rows: Vec::new(),
        bad: Vec::new(),
        fatal: None,
    };
    for row in Reader::from_reader(input, "input", format, options) {
        match row {
            Ok(row) => found.rows.push(row),
            Err(RowError::Bad(bad)) => found.bad.push((bad.line, bad.offset, bad.reason)),
            Err(RowError::Fatal(error)) => found.fatal = Some(error.to_string()),
        }
    }
    found
}

/// Checks that lines and offsets ascend, that rows follow the rules, and that the size of the chunks does not matter.
fn check_common(data: &[u8], format: Format, options: &ReadOptions) -> Found {
    let found = read(data, format, options);
    for chunk in [1, 7] {
        assert_eq!(
            read(Drips(data, chunk), format, options),
            found,
            "in chunks of {chunk}"
        );
    }
    let mut places: Vec<(u64, u64)> = found.rows.iter().map(|row| (row.line, row.offset)).collect();
    places.extend(found.bad.iter().map(|(line, offset, _)| (*line, *offset)));
    places.sort_unstable();
    assert!(
        places
            .windows(2)
            .all(|pair| pair[0].0 < pair[1].0 && pair[0].1 < pair[1].1),
        "{places:?}"
    );
    for row in &found.rows {
        assert!(row.line >= 1 && has_visible_character(row.record.text()));
        assert!(options.label_rule == LabelRule::Optional || row.record.label().is_some());
        assert_eq!(
            row.record.get("text").and_then(|text| text.as_str()),
            Some(row.record.text())
        );
        if let Some(label) = row.record.get("label").and_then(|label| label.as_str()) {
            assert_eq!(
                Some(label).filter(|label| has_visible_character(label)),
                row.record.label()
            );
        }
    }
    found
}

/// Checks that records from JSON lines are unchanged after writing and reading them again.
pub(crate) fn check_jsonl(data: &[u8]) {
    let Some((&bits, data)) = data.split_first() else {
        return;
    };
    let options = options(bits);
    let found = check_common(data, Format::Jsonl, &options);
    let mut writer = JsonlWriter::new(Vec::new());
    for row in &found.rows {
        writer.write(&row.record).unwrap();
    }
    let written = writer.finish().unwrap();
    let again = read(&written[..], Format::Jsonl, &plain(&options));
    assert!(again.bad.is_empty(), "{:?}", again.bad);
    assert!(
        again
            .rows
            .iter()
            .map(|row| &row.record)
            .eq(found.rows.iter().map(|row| &row.record))
    );
}

/// Checks that records from a table are unchanged after writing and reading them again.
pub(crate) fn check_csv(data: &[u8]) {
    let Some((&bits, data)) = data.split_first() else {
        return;
    };
    let options = options(bits);
    let format = if bits & 32 == 0 { Format::Csv } else { Format::Tsv };
    let found = check_common(data, format, &options);
    let Some(first) = found.rows.first() else { return };
    let columns: Vec<String> = first.record.fields().keys().cloned().collect();
    // The reader would take these characters for a byte order mark or for UTF-16.
    if columns[0].starts_with('\u{feff}') || columns[0].contains('\0') {
        return;
    }
    let mut writer = CsvWriter::new(Vec::new(), b',', &columns).unwrap();
    for row in &found.rows {
        writer.write(&row.record).unwrap();
    }
    let written = writer.finish().unwrap();
    let mut options = plain(&options);
    options.delimiter = Delimiter::new(b',');
    options.quoting = true;
    let again = read(&written[..], Format::Csv, &options);
    assert_eq!(
        (again.bad, again.fatal),
        (Vec::new(), None),
        "{}",
        String::from_utf8_lossy(&written)
    );
    assert!(
        again
            .rows
            .iter()
            .map(|row| &row.record)
            .eq(found.rows.iter().map(|row| &row.record))
    );
}

/// Returns the settings for reading the written file. It is UTF-8, can be longer than the input, and can have no rows.
fn plain(options: &ReadOptions) -> ReadOptions {
    let mut options = options.clone();
    options.max_line_bytes = 1 << 24;
    options.encoding = Encoding::Utf8;
    options.allow_empty = true;
    options
}
