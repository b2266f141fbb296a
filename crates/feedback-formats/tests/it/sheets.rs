//! Spreadsheets with several sheets, titles, errors and formulas.

use feedback_dataset::read::{ReadOptions, RowError};
use feedback_formats::{FormatError, Limits, OtherSheet, Sheet, from_bytes, open};
use feedback_testkit::dialects::Xlsx;
use serde_json::json;

use crate::support::{error, error_with, fixture, read, values};

fn options(change: impl FnOnce(&mut Limits)) -> Limits {
    let mut options = Limits::default();
    change(&mut options);
    options
}

fn names(others: &[OtherSheet]) -> Vec<(&str, Option<u64>, bool)> {
    others
        .iter()
        .map(|other| (other.name.as_str(), other.cells, other.hidden))
        .collect()
}

fn open_sheet(
    name: &str,
    text_field: &str,
    change: impl FnOnce(&mut ReadOptions),
) -> (Sheet, Vec<(u64, serde_json::Value)>, Vec<String>) {
    let mut options = ReadOptions::with_fields(text_field, "Labels");
    change(&mut options);
    let source = open(fixture(name), &options, &Limits::default()).unwrap();
    let sheet = source.contents.sheet.clone().unwrap();
    let (mut rows, mut bad) = (Vec::new(), Vec::new());
    for row in source.reader {
        match row {
            Ok(row) => rows.push((row.line, serde_json::Value::Object(row.record.fields().clone()))),
            Err(RowError::Bad(row)) => bad.push(row.to_string()),
            Err(RowError::Fatal(error)) => panic!("{error:?}"),
        }
    }
    (sheet, rows, bad)
}

#[test]
fn the_table_of_a_workbook_is_found() {
    let (sheet, rows, bad) = open_sheet("sheets.xlsx", "Comment", |_| {});
    assert_eq!(sheet.name, "Tickets");
    assert_eq!(
        (
            sheet.header_row,
            sheet.title_rows,
            sheet.empty_rows,
            sheet.error_cells
        ),
        (4, 2, 2, 2)
    );
    assert_eq!(
        names(&sheet.others),
        [("Notes", Some(3), false), ("Old", None, true)]
    );
    let lines: Vec<u64> = rows.iter().map(|(line, _)| *line).collect();
    assert_eq!(lines, [5, 6, 8, 10]);
    assert_eq!(bad, [""; 0]);
    let common = |row: &serde_json::Value| {
        [&row["Day"], &row["Clock"], &row["Spent"], &row["Share"]].map(Clone::clone)
    };
    for (_, row) in &rows[..3] {
        assert_eq!(
            common(row),
            [
                json!("2025-03-05"),
                json!("10:30:00"),
                json!("36:00:00"),
                json!(0.25)
            ]
        );
    }
    assert_eq!(
        rows[0].1,
        json!({"Comment": "It crashes", "Labels": "bug", "Labels.2": "urgent", "Stars": 1, "column 6": "note", "Day": "2025-03-05",
            "Clock": "10:30:00", "Spent": "36:00:00", "Share": 0.25, "Sum": 2, "Seen": null})
    );
    assert_eq!(
        (&rows[1].1["Labels.2"], &rows[1].1["Sum"], &rows[1].1["Seen"]),
        (&json!(null), &json!(null), &json!("yes"))
    );
    // The text is a number in the sheet, and the result of a formula is empty.
    assert_eq!(
        (&rows[2].1["Comment"], &rows[2].1["Sum"], &rows[2].1["Seen"]),
        (&json!("12345"), &json!(9), &json!(null))
    );
    assert_eq!(
        (&rows[3].1["Comment"], &rows[3].1["Stars"]),
        (&json!("Total"), &json!(10.5))
    );
}

#[test]
fn the_header_is_found_without_the_name_of_the_text_field() {
    let source = open(
        fixture("sheets.xlsx"),
        &ReadOptions::default(),
        &Limits::default(),
    )
    .unwrap();
    assert_eq!(source.contents.sheet.unwrap().header_row, 4);
}

#[test]
fn the_names_of_several_header_rows_are_joined() {
    let (sheet, rows, _) = open_sheet("sheets.xlsx", "Comment It crashes", |options| {
        options.header_rows = 2
    });
    assert_eq!((sheet.header_row, rows.len()), (4, 3));
    let text_file = error_with(
        "table.csv",
        &{
            let mut options = ReadOptions::default();
            options.sheet = Some("Old".into());
            options
        },
        &Limits::default(),
    );
    assert!(matches!(text_file, FormatError::NoSheets { .. }), "{text_file:?}");
}

#[test]
fn a_sheet_and_a_header_can_be_chosen() {
    let (sheet, rows, _) = open_sheet("sheets.xlsx", "text", |options| {
        options.sheet = Some("Old".into())
    });
    assert_eq!(
        (sheet.name.as_str(), sheet.header_row, rows.len()),
        ("Old", 1, 199)
    );
    assert_eq!(
        names(&sheet.others),
        [("Notes", None, false), ("Tickets", None, false)]
    );
    let (sheet, rows, _) = open_sheet("sheets.xlsx", "It crashes", |options| options.skip_rows = 4);
    assert_eq!((sheet.header_row, sheet.title_rows, rows.len()), (5, 3, 3));
    let wrong = |change: &dyn Fn(&mut ReadOptions)| {
        let mut options = ReadOptions::default();
        change(&mut options);
        error_with("sheets.xlsx", &options, &Limits::default())
    };
    let missing = wrong(&|options| options.sheet = Some("tickets".into()));
    assert!(
        matches!(missing, FormatError::MissingSheet { found, .. } if found == ["Notes", "Tickets", "Old"])
    );
    for row in [3, 99_usize] {
        let empty = wrong(&|options| options.skip_rows = row - 1);
        assert!(
            matches!(empty, FormatError::EmptyHeader { row: found, .. } if found == row as u64),
            "{empty:?}"
        );
    }
}

#[test]
fn open_document_cells_are_read_as_they_are_seen() {
    let (contents, records) = read("sheets.ods", &Limits::default()).unwrap();
    let sheet = contents.sheet.unwrap();
    assert_eq!(sheet.name, "Rückmeldung");
    assert_eq!(
        (
            sheet.header_row,
            sheet.title_rows,
            sheet.empty_rows,
            sheet.error_cells
        ),
        (4, 1, 0, 2)
    );
    assert_eq!(
        names(&sheet.others),
        [("Old", None, true), ("Empty", Some(0), false)]
    );
    let row = json!({"text": "two   words\nand a line", "label": "bug & <more>", "n": 0.25, "when": "2025-03-05", "span": "36:01:02",
        "error": null, "same": 7, "same.2": 7});
    assert_eq!(values(&records), [row.clone(), row]);
    assert_eq!([records[0].0, records[1].0], [5, 6]);
}

#[test]
fn dates_can_count_from_1904() {
    let (_, records) = read("dates-1904.xlsx", &Limits::default()).unwrap();
    assert_eq!(
        values(&records),
        [json!({"text": "a", "created_at": "2025-03-05T10:15:00"})]
    );
}

#[test]
fn limits_of_a_sheet_name_the_limit() {
    for name in ["table.xlsx", "table.xls", "table.ods"] {
        let rows = error(name, &options(|options| options.max_rows = 7));
        assert_eq!(rows, FormatError::TooManyRows { limit: 7 }, "{name}");
        let columns = error(name, &options(|options| options.max_columns = 9));
        assert!(
            matches!(columns, FormatError::TooManyColumns { found, limit: 9 } if found <= 10),
            "{name}: {columns:?}"
        );
        let bytes = error(name, &options(|options| options.max_sheet_bytes = 1000));
        assert!(
            matches!(bytes, FormatError::SheetTooLarge { limit: 1000, .. }),
            "{name}: {bytes:?}"
        );
        let within = options(|options| {
            options.max_rows = 8;
            options.max_columns = 10;
        });
        assert_eq!(read(name, &within).unwrap().1.len(), 8, "{name}");
    }
}

#[test]
fn a_long_cell_makes_a_bad_row() {
    for name in ["table.xlsx", "table.xls", "table.ods"] {
        let limits = options(|options| options.max_cell_bytes = 32);
        let source = open(fixture(name), &ReadOptions::default(), &limits).unwrap();
        let bad: Vec<String> = source
            .reader
            .filter_map(Result::err)
            .map(|error| error.to_string())
            .collect();
        assert_eq!(
            bad,
            ["row 9: the field `text` is longer than the limit of 32 bytes"],
            "{name}"
        );
    }
}

#[test]
fn cells_that_are_repeated_a_million_times_end_at_a_limit() {
    let bomb = error("bomb.ods", &options(|options| options.max_sheet_bytes = 64 << 20));
    assert!(
        matches!(&bomb, FormatError::SheetTooLarge { sheet, .. } if sheet == "S"),
        "{bomb:?}"
    );
    let bomb = error("bomb.xls", &Limits::default());
    assert!(matches!(bomb, FormatError::SheetTooLarge { .. }), "{bomb:?}");
}

#[test]
fn parts_that_expand_too_far_end_at_a_limit() {
    for name in ["table.xlsx", "table.ods"] {
        let large = error(name, &options(|options| options.max_expanded_bytes = 1500));
        assert_eq!(large, FormatError::TooLarge { limit: 1500 }, "{name}");
    }
    // The texts of all sheets.
    let shared = error("sheets.xlsx", &options(|options| options.max_sheet_bytes = 9000));
    assert_eq!(
        shared,
        FormatError::SheetTooLarge {
            sheet: "all sheets together".into(),
            limit: 9000
        }
    );
}

#[test]
fn formulas_without_a_result_and_rounded_integers_are_counted_and_named() {
    let text = |text: &str| format!("<c t=\"inlineStr\"><is><t>{text}</t></is></c>");
    let rows = [
        ["id", "text", "sum"].map(text).concat(),
        format!(
            "<c><v>9007199254740993</v></c>{}<c><f>A2*2</f></c>",
            text("crashes")
        ),
        format!(
            "<c><v>17</v></c>{}<c><f t=\"shared\" si=\"0\"/></c>",
            text("great")
        ),
        format!("<c><v>18</v></c>{}<c><f>A4*2</f><v>36</v></c>", text("how?")),
    ];
    let sheet = format!(
        "<worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><sheetData><row>{}</row></sheetData></worksheet>",
        rows.join("</row><row>")
    );
    let bytes = Xlsx::workbook(sheet.as_bytes(), b"", true);
    let source = from_bytes(bytes, "a.xlsx", &ReadOptions::default(), &Limits::default()).unwrap();
    let found = source.contents.sheet.clone().unwrap();
    assert_eq!(
        (found.error_cells, found.cells_without_result, found.rounded_cells),
        (0, 2, 1)
    );
    let notes = source.contents.notes();
    assert!(
        notes[0].starts_with("2 cells with a formula whose result is not in the file"),
        "{notes:?}"
    );
    assert!(
        notes[1].starts_with("1 cell with an integer above 2^53"),
        "{notes:?}"
    );
    let lines: Vec<String> = source
        .reader
        .map(|row| row.unwrap().record.to_json().to_string())
        .collect();
    assert_eq!(
        lines,
        [
            r#"{"id":9007199254740992,"text":"crashes","sum":null}"#,
            r#"{"id":17,"text":"great","sum":null}"#,
            r#"{"id":18,"text":"how?","sum":36}"#,
        ]
    );
}
