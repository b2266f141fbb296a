//! Rows that people rejected or skipped in Prodigy.

use feedback_dataset::read::{OnBadRow, ReadOptions, read};

#[test]
fn rejected_and_ignored_rows_are_left_out_and_counted() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("prodigy.jsonl");
    let row = |text: &str, answer: &str| {
        format!(
            "{{\"text\":\"{text}\",\"_input_hash\":1,\"_task_hash\":2,\"label\":\"bug\",\"answer\":\"{answer}\"}}\n"
        )
    };
    let rows = [
        row("a", "accept"),
        row("b", "reject"),
        row("c", "ignore"),
        row("d", "accept"),
    ]
    .concat();
    // Elsewhere, an answer is a field like any other.
    let other = "{\"text\":\"e\",\"answer\":\"reject\"}\n";
    fs_err::write(&path, rows + other).unwrap();
    let dataset = read(&path, &ReadOptions::default(), OnBadRow::Fail).unwrap();
    assert_eq!(dataset.texts(), ["a", "d", "e"]);
    let left_out: Vec<(u64, &str)> = dataset
        .set_aside
        .iter()
        .map(|row| (row.line, row.reason.name()))
        .collect();
    assert_eq!(left_out, [(2, "rejected"), (3, "rejected")]);
}
