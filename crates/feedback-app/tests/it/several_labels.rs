//! Models that give each text any number of labels, with all programs.

use serde_json::json;

use crate::place::Place;

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

#[test]
fn models_are_compared_on_the_same_texts() {
    let place = Place::with_model();
    write_rows(&place);
    place.run(TRAIN);
    let other = TRAIN.replace(
        "--output model --run-dir run",
        "--output other --run-dir other-run",
    );
    place.run(&format!("{other} --seed 7"));
    let compare =
        "compare --train run/data/train.jsonl --test run/data/test.jsonl --model other --model model";
    let found = place.run(&format!("{compare} --format json")).json();
    assert_eq!(found["n"], 24);
    let contenders = found["contenders"].as_array().unwrap();
    let micro = |index: usize| contenders[index]["evaluation"]["micro"]["f1"].as_f64().unwrap();
    assert!(contenders.len() == 2 && micro(0) >= micro(1), "{found}");
    let evaluated = place
        .run("evaluate --model model --data run/data/test.jsonl --format json")
        .json();
    let own = contenders.iter().find(|one| one["name"] == "model").unwrap();
    assert_eq!(own["evaluation"], evaluated);
    let pair = &found["pairs"][0];
    for score in [
        "micro_f1",
        "macro_f1",
        "weighted_f1",
        "samples_f1",
        "subset_accuracy",
        "hamming_loss",
    ] {
        let difference = &pair["differences"][score];
        let [a, b] = ["a", "b"].map(|side| difference[side].as_f64().unwrap());
        assert!(
            (difference["difference"].as_f64().unwrap() - (a - b)).abs() < 1e-12,
            "{score}"
        );
    }
    assert!((pair["differences"]["micro_f1"]["a"].as_f64().unwrap() - micro(0)).abs() < 1e-12);
    let shown = place.run(compare);
    assert!(
        shown.stdout.contains("samples F1") && shown.stdout.contains("Hamming loss"),
        "{shown}"
    );
    assert!(
        shown.stdout.contains("no test text occurs in the training file"),
        "{shown}"
    );
    assert_eq!(
        place.run(compare).stdout,
        shown.stdout,
        "the same command, the same bytes"
    );
    let leaking = "compare --train rows.csv --label-separator ; --test run/data/test.jsonl --model model";
    place.refuses(leaking, 1, &["24 test texts", "--allow-leakage"]);
    // Models with other labels are not comparable.
    let bugs: String = place
        .read("rows.csv")
        .replace("; praise", "")
        .replace(",praise", ",");
    place.write("bugs.csv", bugs);
    let third = TRAIN.replace("rows.csv", "bugs.csv").replace(
        "--output model --run-dir run",
        "--output third --run-dir third-run",
    );
    place.run(&third);
    place.refuses(
        &format!("{compare} --model third"),
        1,
        &["different labels", "`third` has bug"],
    );
}

#[test]
fn any_label_is_explained() {
    let place = Place::with_model();
    write_rows(&place);
    place.run(TRAIN);
    let explain = |more: &str| {
        let predict = place.program(&format!("predict --model model {more} --format json"));
        let found = predict.arg("page 7 crashes and love it").run().code(0).json();
        found[0].clone()
    };
    let found = explain("--explain occlusion --explain-label praise");
    let explanation = &found["explanation"];
    assert_eq!(
        (&explanation["label"], &explanation["method"]),
        (&"praise".into(), &"occlusion".into())
    );
    let words = explanation["words"].as_array().unwrap();
    assert_eq!(words.len(), 6);
    let score = |word: &str| {
        let found = words.iter().find(|one| one["word"] == word).unwrap();
        found["score"].as_f64().unwrap()
    };
    // The probability of praise changes by leaving out a word of praise, and not by much without a word of the other label.
    assert!(
        score("love").abs() > 0.01 && score("love") > score("crashes"),
        "{words:?}"
    );
    let without = place
        .program("predict --model model --format json")
        .arg("page 7 crashes and it")
        .run()
        .code(0)
        .json();
    let of = |found: &serde_json::Value, label: &str| {
        let scores = found["scores"].as_array().unwrap().clone();
        let found = scores.into_iter().find(|one| one["label"] == label).unwrap();
        found["score"].as_f64().unwrap()
    };
    assert!((score("love") - (of(&found, "praise") - of(&without[0], "praise"))).abs() < 1e-5);
    let top = explain("--explain occlusion");
    assert_eq!(top["explanation"]["label"], top["scores"][0]["label"]);
    place.run("predict --model model --input rows.csv --output out.jsonl --explain --explain-label bug");
    let rows = place.json_lines("out.jsonl");
    assert!(rows.iter().all(|row| row["explanation"]["label"] == "bug"));
    let unknown = place.program("predict --model model --explain occlusion --explain-label wish");
    unknown
        .arg("it crashes")
        .run()
        .fails(1, &["`wish`", "bug, praise"]);
}

/// The model folder carries what was cleaned, so all programs clean the same.
#[test]
fn texts_are_cleaned_as_in_training() {
    let place = Place::with_model();
    write_rows(&place);
    let rows = place
        .read("rows.csv")
        .replace("page ", "Ask ann@example.com about page ");
    place.write("rows.csv", rows);
    let trained = place.run(&format!("{TRAIN} --mask-personal-data"));
    assert!(
        trained.stderr.contains("120 rows: the text was cleaned"),
        "{trained}"
    );
    assert_eq!(
        place.json("model/feedback.json")["cleaning"],
        serde_json::json!({ "mask_personal_data": true })
    );
    for part in ["train", "validation", "test"] {
        let rows = place.read(&format!("run/data/{part}.jsonl"));
        assert!(
            rows.contains("[email]") && !rows.contains("ann@example.com"),
            "{part}: {rows}"
        );
    }
    // Training texts are recognised in the file with the addresses.
    let found = place.run("evaluate --model model --data rows.csv --label-separator ; --format json");
    assert!(found.stderr.contains("120 rows: the text was cleaned"), "{found}");
    assert_eq!(found.json()["leakage"]["in_train"], 84);
    place.write(
        "two.txt",
        "Mail ann@example.com, it crashes\nMail bob@example.org, it crashes\n",
    );
    let rows = place
        .run("predict --model model --input two.txt --output-format jsonl")
        .json_lines();
    assert_eq!(rows[0]["scores"], rows[1]["scores"]);
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
    let split = place.run("split --input rows.csv --output-dir parts --task multi-label --label-separator ; --split-by-time date");
    assert!(
        split.stdout.contains("1 rows without a date are in training"),
        "{split}"
    );
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
