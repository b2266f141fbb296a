//! Labels with few rows: left out, folded into another label, or named all at once; and splits by time.

use feedback_dataset::dates::DateOrder;
use feedback_dataset::split::{SplitOptions, SplitSize};
use feedback_pipeline::data::{SplitFileOptions, SplitSummary, split_file};
use feedback_testkit::recipes::{Place, Refusal, lines};
use serde_json::{Value, json};

/// 24 rows of `bug` and `praise` each, 3 of `chat` and 1 of `spam`.
fn rows() -> Vec<Value> {
    let labels = [("bug", 24), ("praise", 24), ("chat", 3), ("spam", 1)];
    let rows = labels
        .iter()
        .flat_map(|&(label, n)| (0..n).map(move |row| (label, row)));
    rows.map(|(label, row)| json!({"text": format!("{label} number {row}"), "label": label}))
        .collect()
}

fn values(place: &Place, file: &str, field: &str) -> Vec<String> {
    let rows = place.json_lines(file);
    let mut values: Vec<String> = rows
        .iter()
        .map(|row| row[field].as_str().unwrap().to_owned())
        .collect();
    values.sort_unstable();
    values
}

fn labels(place: &Place, file: &str) -> Vec<String> {
    let mut labels = values(place, file, "label");
    labels.dedup();
    labels
}

fn split(
    place: &Place,
    folder: &str,
    set: impl FnOnce(&mut SplitFileOptions),
) -> Result<SplitSummary, Refusal> {
    let mut options = SplitFileOptions::default();
    set(&mut options);
    Ok(split_file(
        &place.path("data.jsonl"),
        &place.path(folder),
        &options,
    )?)
}

fn rare() -> Vec<(String, usize)> {
    vec![("chat".to_owned(), 3), ("spam".to_owned(), 1)]
}

#[test]
fn split_names_what_it_leaves_out() {
    let place = Place::new();
    place.write("data.jsonl", lines(&rows()));
    place.refused(|| split(&place, "out", |_| ()), &["spam", "`min_label_count`"]);
    let found = split(&place, "out", |options| options.rare.min_label_count = Some(5));
    assert_eq!(found.unwrap().rare, rare());
    assert_eq!(labels(&place, "out/train.jsonl"), ["bug", "praise"]);
    let manifest = place.json("out/manifest.json");
    assert_eq!(manifest["options"]["min_label_count"], 5, "{manifest}");

    let found = split(&place, "folded", |options| {
        options.rare.min_label_count = Some(5);
        options.rare.rare_label = Some("other".into());
    });
    let found = found.unwrap();
    assert_eq!((&found.rare, found.set_aside), (&rare(), 0));
    assert_eq!(
        serde_json::to_value(&found).unwrap()["rare"],
        json!([["chat", 3], ["spam", 1]])
    );
    assert_eq!(labels(&place, "folded/train.jsonl"), ["bug", "other", "praise"]);
}

/// Training has no settings for the sizes of the parts, so its hint names settings that it has.
#[test]
fn a_file_with_too_many_labels_to_be_divided_is_refused_with_settings_of_the_recipe() {
    let place = Place::new();
    let rows = (0..24).map(|row| json!({"text": format!("text {row}"), "label": format!("l{}", row % 8)}));
    place.write("data.jsonl", lines(&rows.collect::<Vec<_>>()));
    place.refused(
        || split(&place, "out", |_| ()),
        &["are fewer than the 8 classes", "or 0 (`test_size`)"],
    );
    let found = place.refused(
        || place.train("--data data.jsonl --model scratch:tiny --epochs 1 --output model --run-dir run"),
        &[
            "`data.jsonl` cannot be divided",
            "are fewer than the 8 classes",
            "`min_label_count`",
            "`train`, `validation`, `test`",
        ],
    );
    assert!(!found.contains("_size"), "{found}");
}

#[test]
fn train_treats_the_same_labels_alike_in_all_files() {
    let place = Place::new();
    let all = rows();
    let (train, test): (Vec<_>, Vec<_>) = all.into_iter().enumerate().partition(|(row, _)| row % 4 != 2);
    let of = |rows: Vec<(usize, Value)>| lines(&rows.into_iter().map(|(_, row)| row).collect::<Vec<_>>());
    place.write("train.jsonl", of(train));
    place.write("test.jsonl", of(test));
    let call = "--train train.jsonl --test test.jsonl --model scratch:tiny --epochs 1 --min-label-count 5";
    let trained = place
        .train(&format!("{call} --output model --run-dir run"))
        .unwrap();
    assert_eq!(trained.notices.data.unwrap().rare, rare());
    assert_eq!(labels(&place, "run/data/test.jsonl"), ["bug", "praise"]);
    assert_eq!(place.json("run/arguments.json")["min_label_count"], 5);
    place
        .train(&format!(
            "{call} --rare-label other --output folded --run-dir run2"
        ))
        .unwrap();
    assert_eq!(
        labels(&place, "run2/data/train.jsonl"),
        ["bug", "other", "praise"]
    );
    assert_eq!(labels(&place, "run2/data/test.jsonl"), ["bug", "other", "praise"]);
}

/// 48 rows with both labels on every day, and two rows without a date.
fn dated() -> Vec<Value> {
    let mut rows = rows();
    rows.truncate(48);
    for (n, row) in rows.iter_mut().enumerate() {
        let day = 1 + n % 24;
        row["sent"] = if n % 24 == 23 {
            json!("soon")
        } else {
            json!(format!("{day:02}/03/2025"))
        };
    }
    rows
}

fn by_time(options: &mut SplitFileOptions) {
    options.by_time = Some("sent".into());
}

#[test]
fn a_split_by_time_has_the_latest_rows_in_test() {
    let place = Place::new();
    place.write("data.jsonl", lines(&dated()));
    let found = split(&place, "out", |options| {
        by_time(options);
        options.split = SplitOptions::new(SplitSize::Count(10), SplitSize::Count(6));
    });
    let found = found.unwrap();
    let splits = &found.manifest.splits;
    assert_eq!(
        [splits.train.rows, splits.validation.rows, splits.test.rows],
        [32, 6, 10]
    );
    assert_eq!(found.undated, 2);
    let days = |file: &str| values(&place, file, "sent");
    assert_eq!(
        (
            days("out/test.jsonl")[0].as_str(),
            days("out/validation.jsonl")[0].as_str()
        ),
        ("19/03/2025", "16/03/2025")
    );
    assert!(days("out/train.jsonl").contains(&"soon".to_owned()));
    let manifest = place.json("out/manifest.json");
    assert_eq!(
        (
            &manifest["options"]["split_by_time"],
            &manifest["options"]["undated"]
        ),
        (&json!("sent"), &json!(2))
    );

    let call =
        "--data data.jsonl --split-by-time sent --model scratch:tiny --epochs 1 --output model --run-dir run";
    let trained = place.train(call).unwrap();
    assert_eq!(trained.notices.data.unwrap().undated, 2);
    let last = days("run/data/test.jsonl").pop().unwrap();
    assert_eq!(last, "23/03/2025");
    place.refused(
        || split(&place, "none", |options| options.by_time = Some("nothing".into())),
        &[
            "no row of `data.jsonl` has the field `nothing`",
            "`split_by_time`",
        ],
    );
}

#[test]
fn the_order_of_day_and_month_is_stated_if_the_dates_do_not_tell() {
    let place = Place::new();
    let mut rows = dated();
    for (n, row) in rows.iter_mut().enumerate() {
        row["sent"] = json!(format!("{:02}/{:02}/2025", 1 + n % 12, 12 - n % 12));
    }
    rows[5]["sent"] = json!("13/13/2025");
    place.write("data.jsonl", lines(&rows));
    place.refused(
        || split(&place, "none", by_time),
        &[
            "line 1",
            "whether the day or the month comes first",
            "`date_order day-first`",
        ],
    );
    let days = |file: &str| values(&place, file, "sent");
    for (name, order, last) in [
        ("day-first", DateOrder::DayFirst, "01/12/2025"),
        ("month-first", DateOrder::MonthFirst, "12/01/2025"),
    ] {
        let found = split(&place, name, |options| {
            by_time(options);
            options.read.date_order = Some(order);
            options.split = SplitOptions::new(SplitSize::Count(4), SplitOptions::default().validation_size);
        });
        assert_eq!(found.unwrap().undated, 1);
        assert_eq!(days(&format!("{name}/test.jsonl")), [last; 4]);
        let manifest = place.json(&format!("{name}/manifest.json"));
        assert_eq!(manifest["options"]["date_order"], name);
    }
    let call = "--data data.jsonl --split-by-time sent --date-order month-first --model scratch:tiny --epochs 1 --output model \
                --run-dir dated";
    let trained = place.train(call).unwrap();
    assert_eq!(trained.notices.data.unwrap().undated, 1);
    let last = days("dated/data/test.jsonl").pop().unwrap();
    assert_eq!(last, "12/01/2025");
}
