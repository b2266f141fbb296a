//! Labelled rows as JSON lines.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;
use serde_json::{Value, json};

use crate::fixture;

/// Returns the rows of a file of JSON lines, by label.
///
/// # Panics
///
/// If a line is not a JSON object with a label.
pub fn by_label(path: &Path) -> BTreeMap<String, Vec<Value>> {
    let mut found = BTreeMap::<_, Vec<_>>::new();
    for line in fs_err::read_to_string(path).unwrap().lines() {
        let row: Value = serde_json::from_str(line).unwrap();
        let label = row["label"].as_str().unwrap().to_owned();
        found.entry(label).or_default().push(row);
    }
    found
}

/// Returns `per_label` rows of each label from `fixtures/feedback.jsonl`, with alternating labels.
///
/// # Panics
///
/// If a label has fewer rows.
pub fn feedback(per_label: usize) -> Vec<Value> {
    let by_label = by_label(&fixture("feedback.jsonl"));
    (0..per_label)
        .flat_map(|index| by_label.values().map(move |rows| rows[index].clone()))
        .collect()
}

/// Returns 60 rows with two labels; every third one is longer than 14 words.
pub fn long_rows() -> Vec<Value> {
    let row = |n: usize| {
        let (said, label) = [("it crashes again", "bug"), ("i love the look", "praise")][n % 2];
        let before = if n.is_multiple_of(3) {
            "one two three four five six ".repeat(4)
        } else {
            String::new()
        };
        json!({"text": format!("{before}page {n}: {said}"), "label": label})
    };
    (0..60).map(row).collect()
}

/// Returns a text of 50 words, much longer than the 14 tokens that fit into a window of the tests.
pub fn long_text() -> String {
    "one two three four five six ".repeat(8) + "it crashes"
}

/// Returns the rows as JSON lines.
pub fn lines(rows: &[Value]) -> String {
    rows.iter().map(|row| format!("{row}\n")).collect()
}

/// Returns rows with these texts and labels, as JSON lines.
pub fn labelled(rows: &[(&str, &str)]) -> String {
    rows.iter()
        .map(|(text, label)| format!("{}\n", json!({"text": text, "label": label})))
        .collect()
}

/// Returns a value as it is read from a JSON file: the last bit of a floating-point number may differ from the number that was written.
///
/// # Panics
///
/// If the value cannot be written as JSON.
pub fn as_read(value: &impl Serialize) -> Value {
    serde_json::from_str(&serde_json::to_string(value).unwrap()).unwrap()
}
