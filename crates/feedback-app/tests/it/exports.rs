//! Files as other programs export them.

use serde_json::Value;

use crate::place::Place;

/// The same eight rows in several formats and containers, all without an option.
#[test]
fn any_export_is_read_without_an_option() {
    let place = Place::with_model();
    let formats = feedback_testkit::fixture("formats");
    let texts = |name: &str| -> Vec<Value> {
        let input = formats.join(name);
        let found = place
            .program("predict --model tiny-bert --output out.jsonl --input")
            .arg(&input)
            .run()
            .code(0);
        found.says(&["8 records classified"]);
        place
            .json_lines("out.jsonl")
            .iter()
            .map(|row| row["text"].clone())
            .collect()
    };
    let expected = texts("table.jsonl");
    for name in [
        "table.xlsx",
        "table.xls",
        "table.ods",
        "table.parquet",
        "table.arrows",
        "table.csv.gz",
        "table.tsv.zip",
        "table.json.zst",
    ] {
        assert_eq!(texts(name), expected, "{name}");
    }
    let sheets = place
        .program("predict --model tiny-bert --input")
        .arg(formats.join("sheets.xlsx"))
        .run()
        .code(0);
    sheets.says(&[
        "the sheet `Tickets` is read, not `Notes`, `Old`",
        "the text is in the field `Comment`",
    ]);
    let word = place
        .program("predict --model tiny-bert --input")
        .arg(formats.join("word.docx"));
    place.program_refuses(word, 1, &["a Word document"]);
}

/// A spreadsheet program on Windows writes `;` and an old encoding.
#[test]
fn the_delimiter_the_encoding_and_the_columns_are_found() {
    let place = Place::with_model();
    place.write(
        "old.csv",
        b"Datum;Kommentar\n24.03.2025;St\xFCrzt ab\n25.03.2025;Sehr gut\n".as_slice(),
    );
    let found = place.run("predict --model tiny-bert --input old.csv --output out.jsonl");
    found.says(&[
        "2 records classified",
        "is read as windows-1252",
        "the text is in the field `Kommentar`",
    ]);
    assert_eq!(place.json_lines("out.jsonl")[0]["Kommentar"], "Stürzt ab");
    place.write(
        "titles.csv",
        "Reviews of March\nName|Comment\nA|It crashes; really\n",
    );
    let found = place
        .run("predict --model tiny-bert --input titles.csv --skip-rows 1 --delimiter | --output out.jsonl");
    found.says(&["1 records classified"]);
    assert_eq!(place.json_lines("out.jsonl")[0]["Comment"], "It crashes; really");
}
