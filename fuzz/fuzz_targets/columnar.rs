//! Reads any bytes as Parquet or Arrow: `scripts/fuzz.sh columnar 600`

#![no_main]

#[path = "common/formats.rs"]
mod formats;
#[path = "common/memory.rs"]
mod memory;

/// The header of a page of Parquet can announce up to 2 GiB. The decoder reserves the addresses at once, and fails when the bytes are
/// missing, so no such memory is used.
const MEMORY: usize = 3 << 30;

libfuzzer_sys::fuzz_target!(|data: &[u8]| formats::check_within(data, "file", MEMORY));
