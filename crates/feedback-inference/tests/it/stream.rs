//! How a file is predicted in chunks.

use feedback_bert::config::Pooling;
use feedback_dataset::Record;
use feedback_dataset::read::{Format, JsonRow, OnBadRow, ReadOptions, Reader};
use feedback_inference::{OutputFormat, StreamOptions, StreamSummary, predict_stream};

use crate::planted::classifier;

const ROWS: usize = 20;

/// Returns records with a short text and another field of 1 MiB.
fn records() -> Vec<String> {
    let record = |number: usize| {
        let text = ["it will crash", "the app is fine"][number % 2];
        let mut record = Record::from_text(text);
        record.set("id", number);
        record.set("attachment", "x".repeat(1 << 20));
        record.to_json()
    };
    (0..ROWS).map(record).collect()
}

/// Predicts the records. Returns the output, and how many records were predicted after each chunk.
fn predicted(reader: Reader<'_>) -> (Vec<String>, Vec<usize>) {
    let mut options = StreamOptions::new(OutputFormat::Jsonl);
    options.on_bad_row = OnBadRow::Fail;
    let (mut output, mut chunks) = (Vec::new(), Vec::new());
    let mut progress = |summary: &StreamSummary| chunks.push(summary.predicted);
    let classifier = classifier(Pooling::Cls, 12);
    predict_stream(
        &classifier,
        reader,
        &mut output,
        &mut |_| Ok(()),
        &options,
        &mut progress,
    )
    .unwrap();
    let output = String::from_utf8(output).unwrap();
    (output.lines().map(str::to_owned).collect(), chunks)
}

#[test]
fn large_fields_besides_the_text_end_a_chunk() {
    let records = records();
    let options = ReadOptions::default();
    let file = records.join("\n");
    let lines = Reader::from_reader(file.as_bytes(), "rows.jsonl", Format::Jsonl, &options);
    let rows = records.iter().zip(1..);
    let rows = rows.map(|(json, line)| Ok(JsonRow::new(line, json.clone())));
    let columns = ["text", "id", "attachment"].map(str::to_owned).to_vec();
    let table = Reader::from_json_rows(rows, "rows.parquet", columns, &options);
    for reader in [lines, table] {
        let (output, chunks) = predicted(reader);
        let starts = std::iter::once(0).chain(chunks.iter().copied());
        for (start, end) in starts.zip(&chunks) {
            assert!(end - start <= 9, "at most about 8 MiB in a chunk: {chunks:?}");
        }
        assert_eq!((output.len(), chunks.last()), (ROWS, Some(&ROWS)));
        for (number, line) in output.iter().enumerate() {
            let record: serde_json::Value = serde_json::from_str(line).unwrap();
            assert_eq!(record["id"], number);
            assert_eq!(record["predicted_label"], ["bug", "other"][number % 2]);
        }
    }
}
