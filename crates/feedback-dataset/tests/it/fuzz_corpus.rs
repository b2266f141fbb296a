//! Runs the inputs that were kept from fuzzing as ordinary tests. Each line of a corpus file is one input in hexadecimal.

use std::path::Path;

use crate::reader_checks::{check_csv, check_jsonl};

fn inputs(name: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/fuzz"));
    let text = fs_err::read_to_string(folder.join(name)).unwrap();
    let byte = |at: usize, line: &str| u8::from_str_radix(&line[at..at + 2], 16).unwrap();
    text.lines()
        .map(|line| (0..line.len()).step_by(2).map(|at| byte(at, line)).collect())
        .collect()
}

#[test]
fn json_lines() {
    let inputs = inputs("jsonl.hex");
    assert!(inputs.len() >= 100, "{}", inputs.len());
    inputs.iter().for_each(|input| check_jsonl(input));
}

#[test]
fn tables() {
    let inputs = inputs("csv.hex");
    assert!(inputs.len() >= 100, "{}", inputs.len());
    inputs.iter().for_each(|input| check_csv(input));
}
