//! Reads any bytes as Parquet or Arrow: `scripts/fuzz.sh columnar 600`

#![no_main]

#[path = "common/formats.rs"]
mod formats;
#[path = "common/memory.rs"]
mod memory;

libfuzzer_sys::fuzz_target!(|data: &[u8]| formats::check(data, "file"));
