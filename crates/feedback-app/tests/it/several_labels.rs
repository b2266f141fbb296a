//! Models that give each text any number of labels, with all programs.

use feedback_testkit::Program;

use crate::place::Place;

/// 120 texts with all combinations of two words, each of which stands for a label; the labels are in one cell.
fn write_rows(place: &Place) {
    let words = [("crashes", "bug"), ("love it", "praise")];
    let mut rows = String::from("text,label\n");
    for row in 0..120 {
        let said = words.iter().enumerate().filter(|(bit, _)| row >> bit & 1 == 1);
        let (texts, labels): (Vec<&str>, Vec<&str>) = said.map(|(_, words)| *words).unzip();
        rows += &format!("page {row} {},{}\n", texts.join(" and "), labels.join("; "));
    }
    place.write("rows.csv", rows);
}

const TRAIN: &str = "train --task multi-label --label-separator ; --data rows.csv --model tiny-bert --max-length 32 \
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
        table.starts_with("text,label,predicted_labels,unknown_share,truncated,score_bug,score_praise\n"),
        "{table}"
    );
    place.write("columns.csv", "text,bug\nit crashes,1\nlove it,0\n");
    let evaluated = place.run("evaluate --model model --data columns.csv --label-columns bug");
    assert!(
        evaluated
            .stderr
            .contains("holds `praise`, which the model also gives"),
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

#[test]
fn splits_have_lists_and_count_each_label() {
    let place = Place::new();
    write_rows(&place);
    place.run("split --task multi-label --label-separator ; --input rows.csv --output-dir parts");
    let manifest = place.json("parts/manifest.json");
    assert_eq!(manifest["splits"]["train"]["labels"]["bug"], 42);
    assert_eq!(manifest["options"]["task"], "multi_label");
    let rows = place.json_lines("parts/test.jsonl");
    assert!(rows.iter().all(|row| row["label"].is_array()));
    let again = place.run("split --task multi-label --label-separator ; --input rows.csv --output-dir parts");
    assert!(again.stdout.contains("unchanged"), "{again}");
    place.write("bad.csv", "text,bug\nx,1\ny,perhaps\n");
    let bad = "split --task multi-label --label-columns bug --input bad.csv --output-dir other";
    place.refuses(
        bad,
        1,
        &["line 3", "`bug` is `perhaps`", "--on-bad-row set-aside"],
    );
}

#[test]
fn what_cannot_use_several_labels_says_so() {
    let place = Place::with_model_and_data();
    write_rows(&place);
    place.run(TRAIN);
    let several = "any number of labels";
    place.refuses(
        "compare --train train.jsonl --test test.jsonl --model model",
        1,
        &[several],
    );
    place.refuses("insight rows.csv --model model", 1, &[several]);
    place.refuses(
        "predict --model model --input rows.csv --output out.jsonl --explain",
        1,
        &[several],
    );
    place.refuses(
        "evaluate --model model --data rows.csv --report report",
        2,
        &[several],
    );
    let serve = Program::new(env!("CARGO_BIN_EXE_serve"), &place.path(""));
    serve
        .line("--model model --addr 127.0.0.1:0 --state-dir data")
        .run()
        .fails(1, &[several]);
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
