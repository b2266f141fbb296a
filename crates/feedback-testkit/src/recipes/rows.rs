//! Labelled rows as JSON lines.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;
use serde_json::Value;

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

/// Returns the rows as JSON lines.
pub fn lines(rows: &[Value]) -> String {
    rows.iter().map(|row| format!("{row}\n")).collect()
}

/// Returns rows with these texts and labels, as JSON lines.
pub fn labelled(rows: &[(&str, &str)]) -> String {
    rows.iter()
        .map(|(text, label)| format!("{}\n", serde_json::json!({"text": text, "label": label})))
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
