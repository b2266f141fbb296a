//! `predict` on texts, files and standard input.

use serde_json::{Value, json};

use crate::place::{Place, feedback, lines};

const LABELS: [&str; 8] = [
    "bug",
    "feature_request",
    "praise",
    "complaint",
    "question",
    "usage_tip",
    "documentation",
    "other",
];

/// Checks that a prediction has the documented fields, and that they are consistent.
fn check_prediction(row: &Value) {
    let scores = row["scores"].as_array().unwrap();
    let values: Vec<f64> = scores
        .iter()
        .map(|score| score["score"].as_f64().unwrap())
        .collect();
    assert!(values.is_sorted_by(|a, b| a >= b), "highest first: {row}");
    assert!((values.iter().sum::<f64>() - 1.0).abs() < 1e-9, "{row}");
    let mut labels: Vec<&str> = scores
        .iter()
        .map(|score| score["label"].as_str().unwrap())
        .collect();
    assert_eq!(row["predicted_label"], labels[0]);
    assert_eq!(row["confidence"], scores[0]["score"]);
    labels.sort_unstable();
    let mut known = LABELS;
    known.sort_unstable();
    assert_eq!(labels, known);
    assert!(row["truncated"].is_boolean(), "{row}");
}

#[test]
fn texts_are_printed_with_all_scores() {
    let place = Place::with_model();
    let found = place
        .program("predict --model tiny-bert")
        .arg("It crashes again")
        .arg("Love it")
        .run()
        .code(0);
    assert_eq!(found.stdout.matches(" %").count(), 2 * 9, "{found}");
    assert!(found.stdout.starts_with("It crashes again\n  "), "{found}");
    let found = place
        .program("predict --model tiny-bert --format json")
        .arg("It crashes again")
        .arg("--")
        .arg("--epochs");
    let found = found.run().code(0).json();
    assert_eq!(found.as_array().unwrap().len(), 2);
    found.as_array().unwrap().iter().for_each(check_prediction);
}

#[test]
fn an_empty_text_is_refused() {
    let place = Place::with_model();
    for text in ["", "  \n"] {
        let program = place.program("predict --model tiny-bert fine").arg(text);
        place.program_refuses(program, 1, &["text 2 of 2 is empty", "at least one character"]);
    }
}

#[test]
fn a_file_keeps_order_and_fields() {
    let place = Place::with_model();
    let mut rows = feedback(5);
    rows[0]["nested"] = json!({"z": [1, 2.5, null], "a": "é😀"});
    // A number that fits in no 64-bit type, and notations that a parser would normalise.
    let odd = r#"{ "text" : "odd", "big":123456789012345678901234567890, "e":1.50E+3 }"#;
    place.write("in.jsonl", format!("{}{odd}\n", lines(&rows)));
    let found = place
        .run("predict --model tiny-bert --input in.jsonl --output out.jsonl")
        .says(&["41 records classified"]);
    assert_eq!(found.stdout, "");
    assert_eq!(place.names("."), ["in.jsonl", "out.jsonl", "tiny-bert"]);
    let mut predicted = place.json_lines("out.jsonl");
    let last = place.read("out.jsonl").lines().last().unwrap().to_owned();
    assert!(
        last.contains("\"big\":123456789012345678901234567890,\"e\":1.50E+3,"),
        "{last}"
    );
    check_prediction(&predicted.pop().unwrap());
    assert_eq!(predicted.len(), rows.len());
    for (row, (before, line)) in predicted
        .iter()
        .zip(rows.iter().zip(place.read("out.jsonl").lines()))
    {
        check_prediction(row);
        let unchanged = before.to_string();
        let unchanged = unchanged.strip_suffix('}').unwrap();
        assert!(
            line.starts_with(unchanged),
            "the fields of the input are kept byte for byte:\n{line}\n{unchanged}"
        );
        let added: Vec<&str> = row
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .filter(|key| before.get(key).is_none())
            .collect();
        let expected = [
            "predicted_label",
            "confidence",
            "unknown_share",
            "scores",
            "truncated",
        ];
        assert_eq!(added, expected);
    }
}

#[test]
fn a_text_gets_the_same_prediction_alone_and_in_a_file() {
    let place = Place::with_model();
    let rows = feedback(4);
    place.write("in.jsonl", lines(&rows));
    let file = place
        .run("predict --model tiny-bert --input in.jsonl")
        .json_lines();
    for (row, expected) in rows.iter().zip(&file).step_by(5) {
        let found = place
            .program("predict --model tiny-bert --format json --")
            .arg(row["text"].as_str().unwrap())
            .run();
        let found = &found.code(0).json()[0];
        assert_eq!(found["predicted_label"], expected["predicted_label"]);
        let difference = found["confidence"].as_f64().unwrap() - expected["confidence"].as_f64().unwrap();
        assert!(difference.abs() < 1e-5, "{found} {expected}"); // f32 sums in another order
        assert_eq!(found["truncated"], expected["truncated"]);
    }
}

#[test]
fn tables_get_columns_with_the_prediction() {
    let place = Place::with_model();
    place.write(
        "in.csv",
        "\u{feff}id;text;note\r\n1;\"two\r\nlines; \"\"quoted\"\"\";\r\n2;plain;x\r\n",
    );
    place.run("predict --model tiny-bert --input in.csv --output out.csv");
    let text = place.read("out.csv");
    let rows: Vec<&str> = text.split_inclusive('\n').collect();
    assert_eq!(
        rows[0],
        "\u{feff}id;text;note;predicted_label;confidence;abstained;abstain_reason;unknown_share;truncated\n"
    );
    assert!(
        rows[1..3]
            .concat()
            .starts_with("1;\"two\r\nlines; \"\"quoted\"\"\";;"),
        "{text}"
    );
    assert!(
        rows[3].starts_with("2;plain;x;") && rows[3].ends_with(";false\n"),
        "{text}"
    );
    assert_eq!(rows.len(), 4);

    place.run("predict --model tiny-bert --input in.csv --output scores.csv --with-scores");
    let text = place.read("scores.csv");
    let header: Vec<&str> = text.lines().next().unwrap().split(';').collect();
    let expected: Vec<String> = LABELS.iter().map(|label| format!("score_{label}")).collect();
    assert_eq!(header[9..], expected);
    let last: Vec<&str> = text.lines().last().unwrap().split(';').collect();
    let scores: Vec<f64> = last[9..].iter().map(|cell| cell.parse().unwrap()).collect();
    assert!((scores.iter().sum::<f64>() - 1.0).abs() < 1e-9);
    let best = LABELS[(0..8).max_by(|&a, &b| scores[a].total_cmp(&scores[b])).unwrap()];
    assert_eq!(last[3], best);

    let rows = place
        .run("predict --model tiny-bert --input in.csv --output-format jsonl")
        .json_lines();
    assert_eq!(
        (&rows[1]["id"], &rows[1]["note"]),
        (&"2".into(), &"x".into()),
        "CSV input, JSON lines output"
    );
    rows.iter().for_each(check_prediction);
}

#[test]
fn lines_and_standard_input_are_read() {
    let place = Place::with_model();
    place.write("in.txt", "\u{feff}first\r\n\r\n\"second\", he said\r\nlast");
    // The blank line is set aside.
    let file = place
        .program("predict --model tiny-bert --input in.txt")
        .run()
        .code(3);
    let rows = file.json_lines();
    let texts: Vec<&str> = rows.iter().map(|row| row["text"].as_str().unwrap()).collect();
    assert_eq!(texts, ["first", "\"second\", he said", "last"]);
    let piped = place
        .program("predict --model tiny-bert --input - --input-format lines")
        .input(place.read("in.txt"))
        .run();
    assert_eq!(piped.stdout, file.stdout);
    let piped = place
        .program("predict --model tiny-bert --input - --input-format jsonl")
        .input("{\"text\": \"a\"}\n")
        .run();
    assert_eq!(piped.code(0).json_lines().len(), 1);
    let empty = place.program("predict --model tiny-bert --input - --input-format csv");
    place.program_refuses(empty, 1, &["`standard input` has no rows"]);
}

#[test]
fn records_that_cannot_be_used_are_set_aside() {
    let place = Place::with_model();
    let rows = [
        "{\"text\": \"first\", \"n\": 1}",
        "{\"text\": \"half",
        "{\"text\": \"second\"}",
        "{\"n\": 3}",
        "{\"text\": \" \"}",
    ];
    place.write("in.jsonl", rows.map(|row| format!("{row}\n")).concat());
    let call = "predict --model tiny-bert --input in.jsonl --output out.jsonl";
    place.program(call).run().code(3).says(&[
        "2 records classified",
        "3 records set aside in out.jsonl.rejected.jsonl",
    ]);
    let texts: Vec<Value> = place
        .json_lines("out.jsonl")
        .into_iter()
        .map(|row| row["text"].clone())
        .collect();
    assert_eq!(texts, ["first", "second"]);
    let rejected = place.json_lines("out.jsonl.rejected.jsonl");
    let offsets = [
        rows[0].len() + 1,
        rows[..3].concat().len() + 3,
        rows[..4].concat().len() + 4,
    ];
    for (row, (line, (offset, reason))) in
        rejected
            .iter()
            .zip(
                [2, 4, 5]
                    .into_iter()
                    .zip(offsets.into_iter().zip(["broken JSON", "missing", "empty"])),
            )
    {
        assert_eq!(
            (&row["line"], &row["offset"]),
            (&line.into(), &offset.into()),
            "{row}"
        );
        assert!(row["reason"].as_str().unwrap().contains(reason), "{row}");
        assert_eq!(row["raw"], rows[line - 1]);
    }
    assert_eq!(rejected.len(), 3);

    let found = place
        .program("predict --model tiny-bert --input in.jsonl")
        .run()
        .code(3)
        .says(&["set aside: {\"line\":2"]);
    assert_eq!(found.json_lines().len(), 2, "standard output has data only");
    place.refuses(
        &format!("{call} --on-bad-row fail"),
        1,
        &["`in.jsonl`", "line 2", "--on-bad-row set-aside"],
    );

    // A later run that sets nothing aside removes the list of the earlier run.
    place.write("in.jsonl", "{\"text\": \"first\"}\n");
    place.run(call);
    assert!(!place.path("out.jsonl.rejected.jsonl").exists());
}

/// A user who repairs the records that were set aside may predict them again with the same output.
#[test]
fn the_input_is_not_overwritten_by_records_set_aside() {
    let place = Place::with_model();
    let mended = "{\"text\": \"mended\"}\n";
    place.write("out.jsonl.rejected.jsonl", mended);
    place.refuses(
        "predict --model tiny-bert --input out.jsonl.rejected.jsonl --output out.jsonl",
        2,
        &[
            "records that are set aside",
            "would overwrite the input file",
            "another name",
        ],
    );
    assert_eq!(place.read("out.jsonl.rejected.jsonl"), mended);
}

#[cfg(target_os = "linux")]
#[test]
fn streams_and_devices_are_written_to_and_not_replaced() {
    let place = Place::with_model();
    place.write("in.jsonl", "{\"text\": \"a\"}\n{\"text\": \" \"}\n");
    let call = "predict --model tiny-bert --input in.jsonl --output-format jsonl --output";
    let found = place.program(&format!("{call} /dev/stdout")).run().code(3);
    let found = found.says(&["set aside: {\"line\":2"]);
    assert_eq!(found.json_lines().len(), 1);
    let nothing = place.program(&format!("{call} /dev/null")).run().code(3);
    assert_eq!(nothing.stdout, "");
    assert!(feedback_files::is_stream("/dev/null"));
    assert_eq!(place.names("."), ["in.jsonl", "tiny-bert"]);
}

#[test]
fn fields_of_an_earlier_prediction_are_removed() {
    let place = Place::with_model();
    place.write(
        "in.jsonl",
        "{\"text\":\"a\",\"explanation\":\"mine\"}\n\
         {\"text\":\"b\",\"predicted_label\":\"bug\",\"abstained\":true,\"explanation\":{},\"score_bug\":1,\"n\":2}\n",
    );
    let rows = place
        .run("predict --model tiny-bert --input in.jsonl")
        .json_lines();
    assert_eq!(
        rows[0]["explanation"], "mine",
        "this row has no earlier prediction"
    );
    let fields: Vec<&String> = rows[1].as_object().unwrap().keys().collect();
    assert_eq!(
        fields,
        [
            "text",
            "predicted_label",
            "n",
            "confidence",
            "unknown_share",
            "scores",
            "truncated"
        ]
    );

    place.write(
        "in.csv",
        "text,predicted_label,abstained,score_bug,score,explanation\na,bug,true,1,7,{}\n",
    );
    place.run("predict --model tiny-bert --input in.csv --output out.csv");
    let text = place.read("out.csv");
    assert!(
        text.starts_with(
            "text,predicted_label,score,confidence,abstained,abstain_reason,unknown_share,truncated\na,"
        ),
        "{text}"
    );
    place.run("predict --model tiny-bert --input in.csv --output out.csv --with-scores");
    let header = place.read("out.csv").lines().next().unwrap().to_owned();
    assert!(
        header.starts_with(
            "text,predicted_label,score,confidence,abstained,abstain_reason,unknown_share,truncated,score_bug,"
        ),
        "{header}"
    );
}

#[test]
fn a_table_without_usable_rows_leaves_no_output() {
    let place = Place::with_model();
    place.write("in.csv", "text,id\n,1\n");
    place.refuses(
        "predict --model tiny-bert --input in.csv --output out.csv",
        1,
        &["in.csv", "line 2", "empty"],
    );
    assert!(!place.path("out.csv").exists());
}

#[test]
fn a_long_text_is_cut_and_marked() {
    let place = Place::with_model();
    let text = "the app is slow ".repeat(65_536); // 1 MiB
    place.write(
        "long.jsonl",
        lines(&[json!({"text": text}), json!({"text": "short"})]),
    );
    place
        .run("predict --model tiny-bert --input long.jsonl --output out.jsonl")
        .says(&["1 of them cut"]);
    let rows = place.json_lines("out.jsonl");
    assert_eq!(
        (&rows[0]["truncated"], &rows[1]["truncated"]),
        (&true.into(), &false.into())
    );
    assert_eq!(
        rows[0]["text"].as_str().unwrap().len(),
        1 << 20,
        "the output has the full text"
    );
    let word = "x".repeat(1 << 20);
    place.write("word.txt", word);
    check_prediction(
        &place
            .run("predict --model tiny-bert --input word.txt")
            .json_lines()[0],
    );
}

#[test]
fn unwritable_output_is_named_and_the_old_file_is_kept() {
    let place = Place::with_model();
    place.write("in.jsonl", lines(&feedback(1)));
    place.write("old.csv", "precious");
    fs_err::create_dir(place.path("folder")).unwrap();
    let call = "predict --model tiny-bert --input in.jsonl --output";
    place.refuses(
        &format!("{call} folder --output-format csv"),
        1,
        &["`folder` is a folder", "hint: "],
    );
    place.refuses(
        &format!("{call} no/out.jsonl"),
        1,
        &["`no/out.jsonl`", "its folder exists"],
    );
    // Standard input cannot be read twice, so the columns of a table are the fields of the first record.
    let rows = "{\"text\": \"a\"}\n{\"text\": \"b\", \"extra\": 1}\n";
    let program = place
        .program("predict --model tiny-bert --input - --input-format jsonl --output old.csv")
        .input(rows);
    place.program_refuses(program, 1, &["record 2", "`extra`", "--output-format jsonl"]);
    assert_eq!(place.read("old.csv"), "precious");
}

#[test]
fn other_field_names_are_used() {
    let place = Place::with_model();
    place.write("in.jsonl", "{\"body\": \"slow\", \"text\": 5}\n");
    let rows = place
        .run("predict --model tiny-bert --input in.jsonl --text-field body")
        .json_lines();
    assert_eq!((&rows[0]["body"], &rows[0]["text"]), (&"slow".into(), &5.into()));
    check_prediction(&rows[0]);
}

#[test]
fn a_name_on_the_hub_is_found_in_the_cache() {
    let place = Place::with_model();
    let snapshot = "hub/models--acme--clf/snapshots/0123456789abcdef0123456789abcdef01234567";
    fs_err::create_dir_all(place.path("hub/models--acme--clf/refs")).unwrap();
    fs_err::create_dir_all(place.path("hub/models--acme--clf/snapshots")).unwrap();
    place.write(
        "hub/models--acme--clf/refs/main",
        "0123456789abcdef0123456789abcdef01234567",
    );
    fs_err::rename(place.path("tiny-bert"), place.path(snapshot)).unwrap();
    let hub = place.path("hub");
    let found = place
        .program("predict --model acme/clf --format json hello")
        .env("HF_HUB_CACHE", hub.to_str().unwrap())
        .run()
        .code(0);
    assert!(found.json()[0]["predicted_label"].is_string());
    place.refuses(
        "predict --model acme/other hello",
        1,
        &["there is no such folder"],
    );
}

#[test]
fn predictions_for_texts_without_a_known_token_abstain() {
    let place = Place::with_model();
    // Half of the tokens of the second text are known, and none of the third.
    place.write("in.csv", "text\ncrash\ncrash ༀ\nༀ ༁\n");
    let run = place.run("predict --model tiny-bert --input in.csv --output out.jsonl");
    let rows: Vec<serde_json::Value> = place
        .read("out.jsonl")
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let known = rows[0]["unknown_share"].as_f64().unwrap();
    let half = rows[1]["unknown_share"].as_f64().unwrap();
    assert!(known == 0.0 && 0.0 < half && half <= 0.5, "{rows:?}");
    assert!(rows[1].get("abstained").is_none(), "the model has no threshold");
    assert_eq!(
        (
            &rows[2]["abstained"],
            &rows[2]["abstain_reason"],
            &rows[2]["unknown_share"]
        ),
        (&true.into(), &"no_known_token".into(), &1.0.into())
    );
    assert!(
        run.stderr.contains("1 rows have no token that the model knows"),
        "{}",
        run.stderr
    );
    place.run("predict --model tiny-bert --input in.csv --output out.csv");
    let table = place.read("out.csv");
    let cells: Vec<Vec<&str>> = table.lines().map(|line| line.split(',').collect()).collect();
    assert_eq!(cells[1][3..6], ["", "", "0.0"], "{table}");
    assert_eq!(cells[3][3..6], ["true", "no_known_token", "1.0"], "{table}");
}
