//! Rows that people rejected or skipped in Prodigy.

use feedback_dataset::read::{Format, OnBadRow, ReadOptions, Reader, RowError, read};

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

#[test]
fn annotations_cancelled_in_label_studio_give_no_label() {
    let annotation = |label: &str, cancelled: bool| {
        format!(r#"{{"result":[{{"value":{{"choices":["{label}"]}}}}],"was_cancelled":{cancelled}}}"#)
    };
    let task = |text: &str, annotations: &[String]| {
        format!(
            r#"{{"data":{{"text":"{text}"}},"annotations":[{}]}}"#,
            annotations.join(",")
        )
    };
    let lines = [
        task("kept", &[annotation("bug", false)]),
        task("skipped", &[annotation("bug", true), annotation("bug", true)]),
        task("second", &[annotation("bug", true), annotation("praise", false)]),
        task("open", &[]),
    ];
    let export = format!("[{}]", lines.join(",\n"));
    let options = ReadOptions::with_fields("data.text", "annotations[0].result[0].value.choices");
    let (mut rows, mut left_out) = (Vec::new(), Vec::new());
    for row in Reader::from_reader(export.as_bytes(), "export.json", Format::Jsonl, &options) {
        match row {
            Ok(row) => rows.push((row.line, row.record.label().map(str::to_owned))),
            Err(RowError::Bad(row)) => {
                assert!(row.is_left_out(), "{row}");
                left_out.push((row.line, row.reason.name()));
            }
            Err(RowError::Fatal(error)) => panic!("{error}"),
        }
    }
    let label = |label: &str| Some(label.to_owned());
    assert_eq!(rows, [(1, label("bug")), (3, label("praise")), (4, None)]);
    assert_eq!(left_out, [(2, "cancelled")]);
}
