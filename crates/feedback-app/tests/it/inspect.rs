//! `inspect`: the faults it finds, the files it writes, and the calls it refuses.

use feedback_testkit::{contents, shared};
use serde_json::{Value, json};

use crate::place::{Place, QUICK, feedback, labelled, lines};

/// Eleven rows with every kind of fault: duplicates, a conflict, two spellings of a label, personal data, bad rows.
fn with_faults() -> Place {
    let place = Place::new();
    let rows = labelled(&[
        ("The export of my weekly report crashes every single time", "bug"),
        ("The export of my weekly report crashes every single time", "bug"),
        (
            "the export of my WEEKLY report crashes every single time!",
            "complaint",
        ),
        ("The export of my weekly reprot crashes every single time", "bug"),
        ("Love the new look, thank you", "praise"),
        ("Wie kann ich meine Rechnungen exportieren?", "Praise "),
        ("Write to ann@example.org or call +49 30 123456", "question"),
        ("Where is the invoice of my last order?", "question"),
    ]);
    place.write(
        "feedback.jsonl",
        rows + "{\"text\": \"no label at all\", \"id\": 7}\nnot json\n{\"label\": \"bug\"}\n",
    );
    place
}

#[test]
fn every_fault_is_found_and_counted() {
    let place = with_faults();
    let found = place
        .program("inspect feedback.jsonl --format json")
        .run()
        .code(3)
        .json();
    assert_eq!(
        found["rows"]["bad_by_reason"],
        json!({"broken_json": 1, "missing_field": 1})
    );
    assert_eq!(
        (&found["rows"]["usable"], &found["rows"]["bad"]),
        (&json!(9), &json!(2))
    );
    assert_eq!(found["rows"]["bad_rows"][0]["line"], 10);
    let labels = &found["labels"];
    assert_eq!(
        (&labels["labelled"], &labels["unlabelled"]),
        (&json!(8), &json!(1))
    );
    assert_eq!(labels["counts"]["bug"], 3);
    assert_eq!(
        labels["variants"],
        json!([{"preferred": "Praise ", "spellings": {"Praise ": 1, "praise": 1}}])
    );
    let duplicates = &found["duplicates"];
    let counts = |clusters, rows, redundant, largest| json!({"clusters": clusters, "rows": rows, "redundant": redundant, "largest": largest});
    assert_eq!(duplicates["exact"], counts(1, 2, 1, 2));
    assert_eq!(duplicates["normalised"], counts(1, 3, 2, 3));
    assert_eq!(duplicates["near"], counts(1, 4, 3, 4));
    assert_eq!(duplicates["clusters"], json!([[1, 2, 3, 4]]));
    assert_eq!(
        found["conflicts"][0]["labels"],
        json!([{"label": "bug", "lines": [1, 2]}, {"label": "complaint", "lines": [3]}])
    );
    assert_eq!(
        found["personal_data"],
        json!({"rows": 1, "emails": 1, "phones": 1, "cards": 0, "ibans": 0})
    );
    assert_eq!(found["languages"]["de"], 1);
    assert_eq!(found["lengths"]["words"]["min"], 4);
    for absent in ["label_errors", "diff", "output"] {
        assert_eq!(found[absent], Value::Null);
    }
}

#[test]
fn the_text_output_has_the_same_findings() {
    let place = with_faults();
    let found = place.program("inspect feedback.jsonl").run().code(3);
    for part in [
        "feedback.jsonl: 9 rows\n",
        "bad rows: 2\n",
        "line 10 (byte ",
        "labels: 5 on 8 rows, 1 rows without",
        "`Praise ` (1), `praise` (1)",
        "characters",
        "  near              1        4          3        4\n  lines 1, 2, 3, 4\n",
        "equal texts with different labels: 1 (3 rows)",
        "`bug` in line 1, 2, `complaint` in line 3",
        "likely personal data: 1 rows (1 e-mail addresses, 1 phone numbers, 0 card numbers, 0 IBANs)",
        "languages (guessed): en ",
    ] {
        assert!(found.stdout.contains(part), "`{part}`: {found}");
    }
    place.refuses(
        "inspect feedback.jsonl --on-bad-row fail",
        1,
        &["`feedback.jsonl`, line 10"],
    );
}

#[test]
fn a_cleaned_copy_has_the_requested_fixes() {
    let place = with_faults();
    place.write("aliases.json", "{\"question\": \"how_to\"}");
    let before = place.read("feedback.jsonl");
    let call = "inspect feedback.jsonl --output clean.jsonl --label-aliases aliases.json --merge-labels \
                --drop-conflicts --drop-duplicates --mask-personal-data --format json";
    let output = place.program(call).run().code(3).json()["output"].clone();
    assert_eq!(
        output,
        json!({
            "file": "clean.jsonl", "rows": 6, "aliased": 2, "merged": 1, "dropped_conflicts": 3,
            "dropped_leaked": 0, "dropped_label_errors": 0, "dropped_duplicates": 0, "cleaned": 1,
            "emptied_labels": ["complaint"],
        })
    );
    let rows = place.json_lines("clean.jsonl");
    let texts: Vec<&str> = rows.iter().map(|row| row["text"].as_str().unwrap()).collect();
    assert_eq!(
        texts[0],
        "The export of my weekly reprot crashes every single time"
    );
    assert_eq!(texts[3], "Write to [email] or call [phone]");
    assert_eq!(
        (&rows[1]["label"], &rows[3]["label"]),
        (&json!("Praise "), &json!("how_to"))
    );
    assert_eq!(rows[5], json!({"text": "no label at all", "id": 7}));
    assert_eq!(place.read("feedback.jsonl"), before);

    for (kind, rows) in [("", 7), (" exact", 8), (" normalised", 7), (" near", 6)] {
        let call =
            format!("inspect feedback.jsonl --output some.csv --force --format json --drop-duplicates{kind}");
        let found = place.program(&call).run().code(3).json();
        assert_eq!(found["output"]["rows"], rows, "{kind}");
    }
    let table = place.read("some.csv");
    assert!(
        table.starts_with("text,label,id\n") && table.ends_with("no label at all,,7\n"),
        "{table}"
    );
}

#[test]
fn input_files_are_never_overwritten() {
    let place = with_faults();
    place.write("other.jsonl", labelled(&[("something else", "bug")]));
    place.write("aliases.json", "{}");
    let remedy = "name another output file";
    place.refuses(
        "inspect feedback.jsonl --output feedback.jsonl --force",
        1,
        &["`feedback.jsonl` is an input and is never overwritten", remedy],
    );
    place.refuses(
        "inspect feedback.jsonl --against other.jsonl --output other.jsonl --force",
        1,
        &["`other.jsonl` is an input and is never overwritten", remedy],
    );
    place.refuses(
        "inspect feedback.jsonl --output other.jsonl",
        1,
        &["`other.jsonl`", "--force"],
    );
    place.refuses(
        "inspect feedback.jsonl --output clean.txt",
        1,
        &["`clean.txt`", ".jsonl, .csv or .tsv"],
    );
    place.refuses(
        "inspect feedback.jsonl --output no/clean.jsonl",
        1,
        &["clean.jsonl"],
    );
    place
        .program("inspect feedback.jsonl --output other.jsonl --force")
        .run()
        .code(3)
        .says(&[]);
}

#[test]
fn fixes_without_the_flags_they_need_are_wrong_usage() {
    let place = with_faults();
    for (call, part) in [
        ("--drop-conflicts", "--output"),
        ("--mask-personal-data", "--output"),
        ("--output a.jsonl --drop-leaked", "--against"),
        ("--output a.jsonl --drop-label-errors", "--label-errors"),
        ("--write-probabilities p.jsonl", "--label-errors"),
        ("--label-errors --probabilities p.jsonl", "--probabilities"),
        ("--output a.jsonl --drop-duplicates some", "normalised"),
    ] {
        place.refuses(&format!("inspect feedback.jsonl {call}"), 2, &[part]);
    }
}

#[test]
fn leaks_between_files_are_listed_and_dropped() {
    let place = Place::with_model_and_data();
    let train = feedback(10);
    let mut leaked = vec![train[1].clone(), train[2].clone()];
    leaked[1]["text"] = leaked[1]["text"].as_str().unwrap().to_uppercase().into();
    place.write("leaky.jsonl", place.read("test.jsonl") + &lines(&leaked));
    let call = "inspect train.jsonl --against validation.jsonl --against leaky.jsonl";
    let found = place
        .run(&format!(
            "{call} --format json --output clean.jsonl --drop-leaked"
        ))
        .json();
    assert_eq!(found["leaks"][0]["lines"], json!([]));
    let leak = &found["leaks"][1];
    assert_eq!(
        (&leak["exact"], &leak["normalised"], &leak["rows"]),
        (&json!(1), &json!(1), &json!(18))
    );
    assert_eq!(leak["lines"], json!([2, 3]));
    assert_eq!(
        leak["pairs"][0],
        json!({"line": 2, "other_line": 17, "kind": "exact", "similarity": 1.0})
    );
    assert_eq!(
        (&found["output"]["rows"], &found["output"]["dropped_leaked"]),
        (&json!(78), &json!(2))
    );
    let again = place
        .run("inspect clean.jsonl --against leaky.jsonl --format json")
        .json();
    assert_eq!(again["leaks"][0]["lines"], json!([]));
    let text = place.run(call).stdout;
    assert!(
        text.contains("line 2 = line 17 of that file (exact, similarity 1.00)"),
        "{text}"
    );
}

/// 40 rows of each of two labels with different words; three labels are wrong.
fn with_wrong_labels() -> Place {
    let place = Place::new();
    let rows: Vec<Value> = (0..80)
        .map(|row| {
            let (text, label) = match row % 2 {
                0 => (format!("the app crashes with an error on page {row}"), "bug"),
                _ => (format!("lovely update, thank you for theme {row}"), "praise"),
            };
            json!({"id": row, "text": text, "label": label})
        })
        .collect();
    let flipped = rows.into_iter().map(|mut row| {
        if [10, 21, 50].contains(&row["id"].as_u64().unwrap()) {
            row["label"] = if row["label"] == "bug" { "praise" } else { "bug" }.into();
        }
        row
    });
    place.write("feedback.jsonl", lines(&flipped.collect::<Vec<_>>()));
    place
}

#[test]
fn wrong_labels_are_listed_first_with_and_without_given_probabilities() {
    let place = with_wrong_labels();
    let call = "inspect feedback.jsonl --label-errors --write-probabilities p.jsonl --format json";
    let found = place.run(call).json();
    place.refuses(call, 1, &["`p.jsonl`", "--force"]);
    assert_eq!(place.run(&format!("{call} --force")).json(), found);
    let lines_of = |found: &Value| -> Vec<u64> {
        let issues = found["label_errors"]["issues"].as_array().unwrap();
        let mut lines: Vec<u64> = issues
            .iter()
            .take(3)
            .map(|issue| issue["line"].as_u64().unwrap())
            .collect();
        lines.sort_unstable();
        lines
    };
    assert_eq!(lines_of(&found), [11, 22, 51]);
    assert_eq!(found["label_errors"]["scored"], 80);
    let first = &found["label_errors"]["issues"][0];
    assert!(
        first["score"].as_f64().unwrap() < 0.5 && first["given"] != first["suggested"],
        "{first}"
    );

    let again = place
        .run("inspect feedback.jsonl --probabilities p.jsonl --format json")
        .json();
    assert_eq!(again["label_errors"]["issues"], found["label_errors"]["issues"]);
    let fixed = place
        .run("inspect feedback.jsonl --probabilities p.jsonl --drop-label-errors --output clean.jsonl --format json")
        .json();
    let dropped = found["label_errors"]["issues"].as_array().unwrap().len();
    assert_eq!(fixed["output"]["dropped_label_errors"], dropped);
    assert_eq!(place.json_lines("clean.jsonl").len(), 80 - dropped);
    let text = place
        .run("inspect feedback.jsonl --probabilities p.jsonl --examples 1")
        .stdout;
    assert!(
        text.contains("likely label errors: ") && text.contains("… and "),
        "{text}"
    );
}

#[test]
fn probabilities_that_do_not_match_the_rows_are_refused() {
    let place = Place::new();
    place.write("data.jsonl", labelled(&[("a b", "bug"), ("c d", "praise")]));
    let good = r#"{"scores": {"bug": 0.9, "praise": 0.1}}"#;
    for (second, part) in [
        ("", "the file ends"),
        ("nonsense", "line 2"),
        (r#"{"scores": {"bug": 0.9}}"#, "the score of `praise` is missing"),
        (
            r#"{"scores": {"bug": 1.9, "praise": 0}}"#,
            "the score of `bug` is 1.9",
        ),
        (
            r#"{"text": "x", "scores": {"bug": 0.9, "praise": 0.1}}"#,
            "the text differs from line 2",
        ),
        (&*format!("{good}\n{good}"), "has only 2 usable rows"),
    ] {
        place.write("p.jsonl", format!("{good}\n{second}\n"));
        place.refuses(
            "inspect data.jsonl --probabilities p.jsonl",
            1,
            &["`p.jsonl`, line ", part],
        );
    }
    place.refuses("inspect data.jsonl --probabilities no.jsonl", 1, &["no.jsonl"]);
    place.write("none.txt", "one text\nanother text\n");
    place.refuses(
        "inspect none.txt --label-errors",
        1,
        &["label errors in `none.txt`: expected at least two labels, found 0"],
    );
    place.refuses("inspect data.jsonl --label-errors", 1, &["5 folds"]);
}

#[test]
fn two_versions_are_compared_row_by_row() {
    let place = Place::new();
    place.write(
        "old.csv",
        "id,text,label\n1,It crashes,bug\n2,Nice,praise\n3,How?,question\n",
    );
    place.write(
        "new.csv",
        "id,text,label\n4,Slow,complaint\n2,Nice,other\n1,It crashes,bug\n",
    );
    let found = place.run("inspect new.csv --diff old.csv --format json").json();
    assert_eq!(
        found["diff"],
        json!({
            "file": "old.csv", "key": "id", "added": [2], "removed": [4], "unchanged": 1,
            "changed": [{"line": 3, "other_line": 3, "fields": {"label": {"old": "praise", "new": "other"}}}],
        })
    );
    let text = place.run("inspect new.csv --diff old.csv").stdout;
    assert!(
        text.contains("1 added, 1 removed, 1 changed, 1 unchanged"),
        "{text}"
    );
    assert!(
        text.contains("line 3 (was 3): label \"praise\" → \"other\""),
        "{text}"
    );
}

#[test]
fn unlabelled_files_and_settings_files_are_read() {
    let place = Place::new();
    place.write("texts.txt", "it is slow\nit is slow\nnice\n");
    let found = place.run("inspect texts.txt --format json").json();
    assert_eq!(
        (&found["labels"]["labelled"], &found["labels"]["counts"]),
        (&json!(0), &json!({}))
    );
    assert_eq!(found["duplicates"]["exact"]["redundant"], 1);
    place.write("reviews.csv", "body;team\nit is slow;bug\nnice;praise\n");
    place.write(
        "inspect.toml",
        "text_field = \"body\"\nlabel_field = \"team\"\nformat = \"json\"\n",
    );
    let found = place.run("inspect reviews.csv --config inspect.toml").json();
    assert_eq!(found["labels"]["counts"], json!({"bug": 1, "praise": 1}));
    let before = contents(&place.path("."));
    place.run("inspect reviews.csv --text-field body");
    assert_eq!(contents(&place.path(".")), before);
    place.refuses("inspect nothing.csv", 1, &["there is no file `nothing.csv`"]);
}

/// 100 rows of banking77's test file, half of them changed in case and punctuation, are added to its training rows.
#[test]
fn a_hundred_leaked_rows_are_all_found_and_refused() {
    let Some(folder) = shared("data/banking77") else {
        return;
    };
    let place = Place::with_model();
    let read = |name: &str| -> Vec<Value> {
        let text = fs_err::read_to_string(folder.join(name)).unwrap();
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    };
    let (train, test) = (read("train.jsonl"), read("test.jsonl"));
    place.write("train.jsonl", lines(&train));
    place.write("test.jsonl", lines(&test));
    let inherent = place
        .run("inspect train.jsonl --against test.jsonl --format json")
        .json();
    let inherent: Vec<u64> = serde_json::from_value(inherent["leaks"][0]["lines"].clone()).unwrap();

    let planted = test
        .iter()
        .skip(5)
        .step_by(30)
        .take(100)
        .enumerate()
        .map(|(index, row)| {
            let mut row = row.clone();
            if index % 2 == 0 {
                row["text"] = format!(" {} !", row["text"].as_str().unwrap().to_uppercase()).into();
            }
            row
        });
    let planted: Vec<Value> = planted.collect();
    assert_eq!(planted.len(), 100);
    place.write("train.jsonl", lines(&train) + &lines(&planted));
    let found = place
        .run("inspect train.jsonl --against test.jsonl --format json")
        .json();
    let lines: Vec<u64> = serde_json::from_value(found["leaks"][0]["lines"].clone()).unwrap();
    let first = train.len() as u64 + 1;
    let expected: Vec<u64> = inherent.iter().copied().chain(first..first + 100).collect();
    assert_eq!(lines, expected);

    let call = format!("train --model tiny-bert {QUICK} --train train.jsonl --validation test.jsonl");
    let refused = place.refuses(
        &call,
        1,
        &["also occur in the training data `train.jsonl`", "--drop-leaked"],
    );
    println!("{}", refused.stderr);
    let leak = &found["leaks"][0];
    let all = leak["exact"].as_u64().unwrap() + leak["normalised"].as_u64().unwrap();
    assert!(
        refused.stderr.contains(&format!("{all} of {} texts", test.len())),
        "{refused}"
    );
}

#[test]
fn a_cleaned_copy_keeps_delimiter_and_mark() {
    let place = Place::new();
    place.write(
        "in.csv",
        "\u{feff}text;label\n\"slow; loud\";bug\n\"slow; loud\";bug\nfine;praise\n",
    );
    place.run("inspect in.csv --output out.csv --drop-duplicates");
    assert_eq!(
        place.read("out.csv"),
        "\u{feff}text;label\n\"slow; loud\";bug\nfine;praise\n"
    );
    place.run("inspect in.csv --output out.tsv --drop-duplicates");
    assert!(place.read("out.tsv").contains("text\tlabel\n"));
}
