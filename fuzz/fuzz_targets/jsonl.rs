//! Any bytes as a file of the reader: `scripts/fuzz.sh jsonl 300`

#![no_main]

#[path = "../../crates/feedback-dataset/tests/it/reader_checks.rs"]
#[allow(dead_code, reason = "each target has a check of its own")]
mod reader_checks;

libfuzzer_sys::fuzz_target!(|data: &[u8]| reader_checks::check_jsonl(data));
