//! Reads any bytes as gzip, Zstandard, zip or text: `scripts/fuzz.sh container 600`
//!
//! The first byte chooses the name of the file.

#![no_main]

#[path = "common/formats.rs"]
mod formats;
#[path = "common/memory.rs"]
mod memory;

const NAMES: [&str; 6] = ["file", "file.csv.gz", "file.json.zst", "file.zip", "file.tsv", "file.txt"];

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Some((name, content)) = data.split_first() else { return };
    formats::check(content, NAMES[usize::from(*name) % NAMES.len()]);
});
