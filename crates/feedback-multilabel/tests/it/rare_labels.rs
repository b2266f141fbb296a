//! Labels with few texts, and splits by time.

use feedback_multilabel::train::MultiLabelNotice;
use feedback_multilabel::{MultiLabelSplit, split_file};
use feedback_pipeline::data::{LabelLayout, SplitFileOptions};
use feedback_testkit::recipes::{Place, Refusal, lines};
use serde_json::{Value, json};

use crate::rows::{refusal, separated, trained_with, write_rows};

fn split(
    place: &Place,
    name: &str,
    layout: &LabelLayout,
    set: impl FnOnce(&mut SplitFileOptions),
) -> Result<MultiLabelSplit, Refusal> {
    let mut options = SplitFileOptions::default();
    set(&mut options);
    split_file(&place.path(name), &place.path("parts"), &options, layout).map_err(refusal)
}

/// A text keeps its other labels, and the same labels are rare in all files.
#[test]
fn texts_lose_only_the_rare_labels() {
    let place = Place::with_model();
    let row = |row: usize| {
        let labels = match row % 20 {
            0 => json!(["rare"]),
            1 => json!(["bug", "rare"]),
            even if even % 2 == 0 => json!(["bug"]),
            _ => json!(["praise", "bug"]),
        };
        json!({ "text": format!("text number {row}"), "label": labels })
    };
    let all: Vec<Value> = (0..60).map(row).collect();
    place.write("data.jsonl", lines(&all));
    let found = split(&place, "data.jsonl", &LabelLayout::default(), |options| {
        options.rare.min_label_count = Some(10);
    });
    let rare = found.unwrap().rare;
    assert_eq!(
        rare.labels.into_iter().collect::<Vec<_>>(),
        [("rare".to_owned(), 6)]
    );
    assert_eq!(rare.left_out, 3);
    for part in ["train", "validation", "test"] {
        let file = place.read(&format!("parts/{part}.jsonl"));
        assert!(file.contains("bug") && !file.contains("rare"), "{file}");
    }
    place.write("train.jsonl", lines(&all[..40]));
    place.write("test.jsonl", lines(&all[40..]));
    let train = "--train train.jsonl --test test.jsonl --model scratch:tiny --epochs 1 --task multi-label --min-label-count 10 \
                 --output model --run-dir run";
    let mut rare = None;
    trained_with(&place, train, &mut |notice| {
        if let MultiLabelNotice::Data(data) = notice {
            rare = Some((data.rare.labels["rare"], data.rare.left_out));
        }
    })
    .unwrap();
    assert_eq!(rare, Some((6, 3)));
    assert_eq!(
        place.json("model/config.json")["id2label"],
        json!({ "0": "bug", "1": "praise" })
    );
}

#[test]
fn splits_have_lists_and_count_each_label() {
    let place = Place::new();
    write_rows(&place);
    split(&place, "rows.csv", &separated(), |_| ()).unwrap();
    let manifest = place.json("parts/manifest.json");
    assert_eq!(manifest["splits"]["train"]["labels"]["bug"], 42);
    assert_eq!(manifest["options"]["task"], "multi_label");
    let rows = place.json_lines("parts/test.jsonl");
    assert!(rows.iter().all(|row| row["label"].is_array()));
    let again = place.unchanged(|| split(&place, "rows.csv", &separated(), |_| ()));
    assert!(again.unwrap().summary.unchanged);
    place.write("bad.csv", "text,bug\nx,1\ny,perhaps\n");
    let mut columns = LabelLayout::default();
    columns.label_columns = vec!["bug".to_owned()];
    place.refused(
        || split(&place, "bad.csv", &columns, |_| ()),
        &["line 3", "`bug` is `perhaps`", "`on_bad_row set-aside`"],
    );
}

#[test]
fn a_file_is_divided_by_time() {
    let place = Place::new();
    let rows: String = (0..40)
        .map(|row| {
            format!(
                "page {row} crashes,{},2025-03-{:02}\n",
                ["bug", "bug; slow", "slow"][row % 3],
                row % 28 + 1
            )
        })
        .collect();
    place.write(
        "rows.csv",
        format!("text,label,date\n{rows}page 99 crashes,bug,\n"),
    );
    let found = split(&place, "rows.csv", &separated(), |options| {
        options.by_time = Some("date".to_owned());
    });
    assert_eq!(found.unwrap().summary.undated, 1);
    let dates = |part: &str| -> Vec<String> {
        let rows = place.json_lines(&format!("parts/{part}.jsonl"));
        let dates = rows.iter().map(|row| row["date"].as_str().unwrap().to_owned());
        dates.filter(|date| !date.is_empty()).collect()
    };
    let (train, test) = (dates("train"), dates("test"));
    assert!(
        !test.is_empty() && train.iter().max() <= test.iter().min(),
        "{train:?} {test:?}"
    );
    assert_eq!(
        place.json("parts/manifest.json")["options"]["split_by_time"],
        "date"
    );
}

#[test]
fn no_label_is_left_if_all_are_rare() {
    let place = Place::new();
    let rows: String = (0..60)
        .map(|row| format!("page {row} crashes,bug; slow\n"))
        .collect();
    place.write("rows.csv", format!("text,label\n{rows}page 60 crashes,bug\n"));
    place.refused(
        || {
            split(&place, "rows.csv", &separated(), |options| {
                options.rare.min_label_count = Some(1000);
            })
        },
        &[
            "every label of",
            "the most frequent one, `bug`, has 61",
            "`min_label_count`",
        ],
    );
}
