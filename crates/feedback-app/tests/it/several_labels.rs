//! Models that give each text any number of labels, with all programs. `feedback-multilabel` tests trainings and comparisons.

use serde_json::json;

use crate::place::{Place, lines};

/// 120 texts with all combinations of two words, each of which stands for a label; the labels are in one cell.
pub(crate) fn write_rows(place: &Place) {
    let words = [("crashes", "bug"), ("love it", "praise")];
    let mut rows = String::from("text,label\n");
    for row in 0..120 {
        let said = words.iter().enumerate().filter(|(bit, _)| row >> bit & 1 == 1);
        let (texts, labels): (Vec<&str>, Vec<&str>) = said.map(|(_, words)| *words).unzip();
        rows += &format!("page {row} {},{}\n", texts.join(" and "), labels.join("; "));
    }
    place.write("rows.csv", rows);
}

pub(crate) const TRAIN: &str = "train --task multi-label --label-separator ; --data rows.csv --model tiny-bert --max-length 32 \
                     --head-only --output model --run-dir run";

#[test]
fn a_model_is_trained_measured_and_used() {
    let place = Place::with_model();
    write_rows(&place);
    let trained = place.run(TRAIN);
    assert!(
        trained.stderr.contains("84 train, 12 validation, 24 test texts"),
        "{trained}"
    );
    assert!(
        trained.stderr.contains("30 of 120 texts have no label"),
        "{trained}"
    );
    assert!(trained.stdout.contains("samples avg"), "{trained}");
    let config = place.json("model/config.json");
    assert_eq!(config["problem_type"], "multi_label_classification");
    assert_eq!(
        place.json("model/feedback.json")["multi_label"]["thresholds"]
            .as_array()
            .unwrap()
            .len(),
        2
    );

    // The kept test rows are a list for each text, so no separator is needed; the source needs one.
    let found = place
        .run("evaluate --model model --data run/data/test.jsonl --format json")
        .json();
    assert_eq!(
        (&found["n"], &found["leakage"]["in_train"]),
        (&24.into(), &0.into())
    );
    assert_eq!(found, place.json("run/report.json")["test"]);
    assert!(found["micro"]["f1"].as_f64().unwrap() > 0.8, "{found}");
    let whole = place.run("evaluate --model model --data rows.csv --label-separator ;");
    assert!(
        whole.stdout.contains("all labels right") && whole.stdout.contains("micro avg"),
        "{whole}"
    );

    let shown = place
        .program("predict --model model")
        .arg("it crashes")
        .run()
        .code(0);
    assert!(
        shown.stdout.contains("bug") && shown.stdout.contains("praise"),
        "{shown}"
    );
    place.run("predict --model model --input rows.csv --output out.jsonl");
    let rows = place.json_lines("out.jsonl");
    assert_eq!(rows.len(), 120);
    assert!(
        rows.iter()
            .all(|row| row.get("predicted_label").is_none() && row["scores"].as_array().unwrap().len() == 2)
    );
    let right = rows.iter().filter(|row| {
        let given = row["predicted_labels"].as_array().unwrap();
        given.len()
            == row["label"]
                .as_str()
                .unwrap()
                .split(';')
                .filter(|name| !name.is_empty())
                .count()
    });
    assert!(right.count() > 90);
    place.run("predict --model model --input rows.csv --output out.csv --with-scores");
    let table = place.read("out.csv");
    assert!(
        table.starts_with("text,label,predicted_labels,abstained,abstain_reason,unknown_share,truncated,score_bug,score_praise\n"),
        "{table}"
    );
    let foreign = "text,label\nit crashes,bug\n日本語,bug\n";
    place.write("foreign.csv", foreign);
    place.run("predict --model model --input foreign.csv --output foreign.jsonl");
    let unread = &place.json_lines("foreign.jsonl")[1];
    assert_eq!(
        (
            &unread["predicted_labels"],
            &unread["abstained"],
            &unread["abstain_reason"]
        ),
        (&json!([]), &json!(true), &json!("no_known_token"))
    );
    let measured = place.run("evaluate --model model --data foreign.csv --format json");
    let found = measured.json();
    assert_eq!(
        (&found["rows"]["unknown_texts"], &found["n"]),
        (&json!(1), &json!(2))
    );
    let bug = |name: &str| found["classes"][0][name].as_f64().unwrap();
    assert!((bug("recall") - 0.5).abs() < 1e-9, "as `predict`: {found}");
    assert!(
        measured
            .stderr
            .contains("1 rows have no token that the model knows"),
        "{measured}"
    );
    place.write("columns.csv", "text,bug\nit crashes,1\nlove it,0\n");
    let evaluated = place.run("evaluate --model model --data columns.csv --label-columns bug");
    assert!(
        evaluated
            .stderr
            .contains("without a column in --label-columns: `praise`"),
        "{evaluated}"
    );
    // Predicting again replaces the columns of the earlier prediction.
    place.run("predict --model tiny-bert --input out.csv --output again.csv");
    let again = place.read("again.csv");
    let header = again.lines().next().unwrap();
    assert!(
        header.contains("predicted_label,confidence") && !header.contains("predicted_labels"),
        "{header}"
    );
}

/// A row with a list of labels, of which `rare` is in a tenth of the rows.
fn list(row: usize) -> serde_json::Value {
    let labels = match row % 20 {
        0 => json!(["rare"]),
        1 => json!(["bug", "rare"]),
        even if even % 2 == 0 => json!(["bug"]),
        _ => json!(["praise", "bug"]),
    };
    json!({ "text": format!("text number {row}"), "label": labels })
}

#[test]
fn comparisons_explanations_and_splits_are_printed() {
    let place = Place::with_model();
    write_rows(&place);
    place.run(TRAIN);
    place.run(&format!("{TRAIN} --seed 7").replace(
        "--output model --run-dir run",
        "--output other --run-dir other-run",
    ));
    let compare =
        "compare --train run/data/train.jsonl --test run/data/test.jsonl --model other --model model";
    let shown = place.run(compare);
    for part in [
        "samples F1",
        "Hamming loss",
        "no test text occurs in the training file",
    ] {
        assert!(shown.stdout.contains(part), "`{part}`: {shown}");
    }
    assert_eq!(
        place.run(compare).stdout,
        shown.stdout,
        "the same command, the same bytes"
    );
    let leaking = "compare --train rows.csv --label-separator ; --test run/data/test.jsonl --model model";
    place.refuses(leaking, 1, &["24 test texts", "--allow-leakage"]);

    place.run("predict --model model --input rows.csv --output out.jsonl --explain --explain-label bug");
    let rows = place.json_lines("out.jsonl");
    assert!(rows.iter().all(|row| row["explanation"]["label"] == "bug"));
    let unknown = place.program("predict --model model --explain occlusion --explain-label wish");
    unknown
        .arg("it crashes")
        .run()
        .fails(1, &["`wish`", "bug, praise"]);

    let split = "split --task multi-label --label-separator ; --input rows.csv --output-dir parts";
    place.run(split);
    let again = place.run(split);
    assert!(again.stdout.contains("unchanged"), "{again}");
    place.write(
        "masked.csv",
        place
            .read("rows.csv")
            .replace("page ", "Ask ann@example.com about page "),
    );
    let masked = format!("{TRAIN} --mask-personal-data").replace("rows.csv", "masked.csv");
    let trained = place.run(&masked.replace("run-dir run", "run-dir masked-run"));
    assert!(
        trained.stderr.contains("120 rows: the text was cleaned"),
        "{trained}"
    );
    let rare = "split --input lists.jsonl --output-dir rare --task multi-label --min-label-count 10";
    let lists: Vec<serde_json::Value> = (0..60).map(list).collect();
    place.write("lists.jsonl", lines(&lists));
    let found = place.run(rare);
    let said = "1 rare labels were taken from their texts or replaced by that of `--rare-label`: `rare` (6); \
                3 texts without another label were left out";
    assert!(found.stdout.contains(said), "{found}");
}

#[test]
fn what_cannot_use_several_labels_says_so() {
    let place = Place::with_model_and_data();
    write_rows(&place);
    place.run(TRAIN);
    let several = "any number of labels";
    place.refuses(
        "compare --train train.jsonl --test test.jsonl --model model --model tiny-bert",
        2,
        &["models of the same kind"],
    );
    place.refuses(
        "compare --train train.jsonl --test test.jsonl --model model --gate macro_f1>=0.5",
        2,
        &["--gate", several],
    );
    place.refuses(
        "evaluate --model model --data rows.csv --report report",
        2,
        &[several],
    );
    let train = TRAIN.replace(
        "--output model --run-dir run",
        "--output other --run-dir other-run",
    );
    let train = train.replace("--head-only", "");
    place.refuses(
        &format!("{train} --class-weights balanced"),
        2,
        &["class_weights", "multi-label"],
    );
    place.refuses(
        &format!("{train} --seeds 1,2"),
        2,
        &["a study of several trainings", "multi-label"],
    );
    place.refuses(
        &format!("{train} --folds 3"),
        2,
        &["a study of several trainings"],
    );
    place.refuses(
        &format!("{train} --find-learning-rate"),
        2,
        &["the search for a learning rate"],
    );
    place.refuses("train --reproduce run", 2, &["does not compare", "multi-label"]);
    // And the other way round: settings of several labels with one label a text.
    place.refuses(
        "train --data rows.csv --label-separator ; --model tiny-bert --output other --run-dir other-run",
        2,
        &["`label_separator`", "--task"],
    );
    place.refuses(
        "evaluate --model tiny-bert --data test.jsonl --id-field text",
        2,
        &["`id_field`"],
    );
}

/// Both labels of a task count, and no option names the fields.
#[test]
fn an_export_with_several_choices_is_split_without_an_option() {
    let place = Place::new();
    let task = |row: usize| {
        let choices = [vec!["bug"], vec!["bug", "slow"], vec!["slow"]];
        let result = serde_json::json!([{ "value": { "choices": choices[row % 3] }, "type": "choices" }]);
        serde_json::json!({
            "id": row, "data": { "text": format!("page {row} crashes") },
            "annotations": [{ "id": row, "result": result, "was_cancelled": false }],
        })
    };
    let tasks: Vec<serde_json::Value> = (0..40).map(task).collect();
    place.write("tasks.json", serde_json::to_string(&tasks).unwrap());
    let split = place.run("split --input tasks.json --output-dir parts --task multi-label");
    assert!(
        split.stderr.contains("annotations[0].result[0].value.choices"),
        "{split}"
    );
    let labels = &place.json("parts/manifest.json")["splits"]["train"]["labels"];
    assert!(
        labels["bug"].as_u64().unwrap() > 15 && labels["slow"].as_u64().unwrap() > 15,
        "{labels}"
    );
}

#[test]
fn rows_and_labels_that_are_not_used_are_named() {
    let place = Place::new();
    write_rows(&place);
    place.refuses(
        "split --task multi-label --label-separator= --input rows.csv --output-dir parts",
        2,
        &["--label-separator", "it is empty"],
    );
    let mut rows = String::from("id,text,label\n");
    for row in 0..60 {
        rows += &format!("{row},page {row} crashes,bug\tslow\n");
    }
    rows += "60,page 60 crashes,bug\trare\n5,another text,bug\n";
    place.write("tabs.csv", rows);
    let call = "split --task multi-label --label-separator tab --id-field id --input tabs.csv --output-dir parts --on-bad-row set-aside";
    let found = place.program(call).run().code(3);
    for said in [
        "set aside: `tabs.csv`, line 63: `id` is `5` as in line 7, but the text is another one",
        "1 labels have fewer than 3 texts, too few for training, validation and test: `rare` (1)",
    ] {
        assert!(found.stderr.contains(said), "{said}: {found}");
    }
    assert_eq!(place.json("parts/manifest.json")["input"]["set_aside"], 1);
    place.refuses(
        &format!("{call} --force --min-label-count 1000"),
        1,
        &[
            "every label of",
            "the most frequent one, `bug`, has 61",
            "--min-label-count",
        ],
    );
}
