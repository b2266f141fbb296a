//! Reads any bytes as a CSV file: `scripts/fuzz.sh csv 300`

#![no_main]

#[path = "../../crates/feedback-dataset/tests/it/reader_checks.rs"]
#[allow(dead_code, reason = "each target uses one of the checks")]
mod reader_checks;

libfuzzer_sys::fuzz_target!(|data: &[u8]| reader_checks::check_csv(data));
