//! The formats in which `predict` writes records.

use std::collections::HashMap;

use feedback_dataset::read::ReadOptions;
use feedback_formats::{Limits, open};

use crate::place::Place;

const CALL: &str = "predict --model tiny-bert --input";

#[test]
fn the_output_keeps_the_dialect_of_the_input() {
    let place = Place::with_model();
    place.write("in.csv", "\u{feff}Kommentar;PLZ\n\"zu laut; zu teuer\";01067\n");
    place.run(&format!("{CALL} in.csv --output out.csv"));
    let text = place.read("out.csv");
    let lines: Vec<&str> = text.lines().collect();
    assert!(
        lines[0].starts_with("\u{feff}Kommentar;PLZ;predicted_label;confidence"),
        "{text}"
    );
    assert!(lines[1].starts_with("\"zu laut; zu teuer\";01067;"), "{text}");
    // Without a name for the output, its format is that of the input, too.
    let printed = place.run(&format!("{CALL} in.csv"));
    assert_eq!(printed.stdout, text);
    place.run(&format!("{CALL} in.csv --output out.tsv"));
    assert!(place.read("out.tsv").contains("Kommentar\tPLZ\tpredicted_label"));
    // In UTF-8 from another encoding, Excel needs the mark.
    place.write("old.csv", b"text\nzu gro\xdf\n");
    place.run(&format!("{CALL} old.csv --output new.csv"));
    assert!(place.read("new.csv").starts_with("\u{feff}text,predicted_label"));
    // `\u{feff}text;n`, `slow;1`, compressed.
    let packed = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff\x7b\xbf\x7b\x7f\x49\x6a\x45\x89\x75\x1e\x57\x71\x4e\x7e\xb9\xb5\x21\x17\x00\x79\x6a\xc8\xbf\x11\x00\x00\x00";
    place.write("marked.csv.gz", packed);
    place.run(&format!("{CALL} marked.csv.gz --output marked.csv"));
    assert!(
        place
            .read("marked.csv")
            .starts_with("\u{feff}text;n;predicted_label")
    );
    place.write("in.tsv", "text\tn\nslow\t1\n");
    place.run(&format!("{CALL} in.tsv --output out2.csv"));
    assert!(place.read("out2.csv").starts_with("text,n,predicted_label"));
}

#[test]
fn spreadsheets_and_parquet_are_written_and_read_again() {
    let place = Place::with_model();
    place.write(
        "in.jsonl",
        "{\"text\":\"=1+1 is slow\",\"zip\":\"01067\"}\n{\"text\":\"fine\",\"stars\":4.5}\n",
    );
    for name in ["out.xlsx", "out.parquet"] {
        place.run(&format!("{CALL} in.jsonl --output {name} --with-scores"));
        let source = open(place.path(name), &ReadOptions::default(), &Limits::default()).unwrap();
        let rows: Vec<_> = source.reader.map(|row| row.unwrap().record).collect();
        assert_eq!(rows.len(), 2);
        assert_eq!(
            (rows[0].text(), &*rows[0].cell("zip")),
            ("=1+1 is slow", "01067"),
            "{name}"
        );
        assert_eq!(
            (&*rows[1].cell("stars"), &*rows[1].cell("zip")),
            ("4.5", ""),
            "{name}"
        );
        let confidence = rows[0].get("confidence").unwrap();
        assert!(confidence.as_f64().is_some(), "{name}: {confidence}");
        assert!(rows[0].fields().keys().any(|field| field.starts_with("score_")));
        // What it writes, it classifies again, in the same format.
        place.run(&format!("{CALL} {name} --output again.{name}"));
    }
    let printed = place.run(&format!("{CALL} out.xlsx"));
    assert!(printed.stdout.starts_with('{'), "a spreadsheet is not printed");
    place.refuses(
        &format!("{CALL} in.jsonl --output out.pdf"),
        2,
        &["jsonl, json, csv, tsv, xlsx or parquet"],
    );
    place.refuses(
        &format!("{CALL} in.jsonl --output-format pdf"),
        2,
        &["`pdf`", "jsonl, json, csv, xlsx or parquet"],
    );
}

/// Also one that an object wraps.
#[test]
fn an_array_stays_an_array() {
    let place = Place::with_model();
    let rows = r#"[{"text":"slow","n":1.10},{"text":"fine","n":null}]"#;
    place.write("in.json", rows);
    place.write("wrapped.json", format!(r#"{{"reviews":{rows}}}"#));
    place.write("lines.jsonl", "{\"text\":\"slow\",\"n\":1.10}\n");
    for name in ["in.json", "wrapped.json"] {
        let printed = place.run(&format!("{CALL} {name}"));
        let found = printed.json();
        assert_eq!(
            (&found[0]["text"], found[1]["n"].is_null()),
            (&"slow".into(), true)
        );
        assert_eq!(found.as_array().unwrap().len(), 2);
        assert!(
            printed.stdout.starts_with("[\n{\"text\":\"slow\",\"n\":1.10,"),
            "{printed}"
        );
    }
    place.run(&format!("{CALL} in.json --output out.jsonl"));
    assert_eq!(place.read("out.jsonl").lines().count(), 2);
    place.run(&format!("{CALL} lines.jsonl --output out.json"));
    let array: serde_json::Value = serde_json::from_str(&place.read("out.json")).unwrap();
    assert_eq!(array.as_array().unwrap().len(), 1);
}

#[test]
fn a_table_in_the_format_of_the_input_keeps_the_types_of_its_columns() {
    let place = Place::with_model();
    let formats = feedback_testkit::fixture("formats");
    let read = |path: &std::path::Path, text: &str| {
        let mut options = ReadOptions::default();
        options.text_field = text.to_owned();
        let source = open(path, &options, &Limits::default()).unwrap();
        let typed = source.contents.typed_columns.clone();
        // One row has no text.
        let rows: Vec<_> = source.reader.filter_map(|row| Some(row.ok()?.record)).collect();
        (typed, rows)
    };
    for (name, text, n_typed) in [("types-zstd.parquet", "text", 9), ("sheets.xlsx", "Comment", 3)] {
        let input = formats.join(name);
        let (typed, rows) = read(&input, text);
        assert_eq!(typed.len(), n_typed, "{typed:?}");
        let call = format!("{CALL} {} --text-field {text} --output {name}", input.display());
        place.program(&call).run();
        let (written, again) = read(&place.path(name), text);
        let kinds: HashMap<_, _> = written.iter().map(|column| (&column.name, column.kind)).collect();
        assert!(
            rows.len() >= 2 && rows.len() == again.len(),
            "{name}: {}",
            again.len()
        );
        for column in &typed {
            assert_eq!(kinds.get(&column.name), Some(&column.kind), "{name}");
            for (before, after) in rows.iter().zip(&again) {
                let (before, after) = (before.cell(&column.name), after.cell(&column.name));
                // Parquet stores instants without their zone.
                let before = before.replace("15:45:00.25+05:30", "10:15:00.25Z");
                assert_eq!(after, before, "{name}, {}", column.name);
            }
        }
    }
}

#[test]
fn a_table_has_the_fields_of_all_records_and_formulas_on_request_as_text() {
    let place = Place::with_model();
    place.write(
        "in.jsonl",
        "{\"text\":\"=1+1\",\"a\":\"-5\"}\n{\"b\":\"+1+2\",\"text\":\"second\"}\n",
    );
    place.run(&format!("{CALL} in.jsonl --output out.csv"));
    let text = place.read("out.csv");
    assert!(text.starts_with("text,a,b,predicted_label"), "{text}");
    assert!(
        text.contains("\n=1+1,-5,,") && text.contains("\nsecond,,+1+2,"),
        "{text}"
    );
    place.run(&format!("{CALL} in.jsonl --output safe.csv --escape-formulas"));
    let text = place.read("safe.csv");
    assert!(
        text.contains("\n'=1+1,-5,,") && text.contains("\nsecond,,'+1+2,"),
        "{text}"
    );
}

#[test]
fn standard_input_is_read_as_a_file_is() {
    let place = Place::with_model();
    let table = "Export of March;\nKommentar;confidence\nst\u{fc}rzt ab;high\nsehr gut;low\n";
    let old: Vec<u8> = table
        .chars()
        .map(|letter| u8::try_from(u32::from(letter)).unwrap())
        .collect();
    let found = place
        .program("predict --model tiny-bert --input - --output-format jsonl")
        .input(old)
        .run()
        .code(0)
        .says(&[
            "the first line is a title",
            "windows-1252",
            "`confidence` of the input are replaced",
        ]);
    let rows = found.json_lines();
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[0]["Kommentar"], "st\u{fc}rzt ab");
}
