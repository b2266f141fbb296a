//! Finds out what any bytes are an export of, and reads them with the fields that were found: `scripts/fuzz.sh export 600`
//!
//! The first byte chooses the name of the file.

#![no_main]

#[path = "common/memory.rs"]
mod memory;

use std::path::PathBuf;
use std::sync::OnceLock;

use feedback_dataset::read::{LabelRule, OnBadRow, ReadOptions, collect};
use feedback_formats::{Limits, open_as, resolve_as};

/// Memory limit in bytes.
const MEMORY: usize = 256 << 20;

const NAMES: [&str; 6] = ["file", "file.csv", "file.json", "file.yml", "file.txt", "file.jsonl"];

static FILE: OnceLock<PathBuf> = OnceLock::new();

fn file() -> &'static PathBuf {
    FILE.get_or_init(|| {
        drop(std::panic::take_hook());
        memory::limit(MEMORY);
        tempfile::tempdir().expect("a temporary folder").keep().join("input")
    })
}

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Some((name, content)) = data.split_first() else { return };
    let name = NAMES[usize::from(*name) % NAMES.len()];
    let path = file();
    std::fs::write(path, content).expect("a file");
    let mut options = ReadOptions::default();
    options.label_rule = LabelRule::Required;
    let Ok(found) = resolve_as(path, name, &options, &Limits::default()) else { return };
    assert!(found.notes.iter().all(|note| !note.is_empty()));
    let source = open_as(path, name, &found.options, &Limits::default()).expect("a file that was opened before");
    if let Ok(dataset) = collect(source.reader, OnBadRow::SetAside) {
        for row in &dataset.rows {
            assert!(row.record.label().is_some_and(|label| !label.trim().is_empty()));
            assert!(!row.record.text().trim().is_empty());
        }
    }
});
