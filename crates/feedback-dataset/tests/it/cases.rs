//! Files in the shapes that exports really have (`fixtures/cases`), each with the values that are right.

use std::path::PathBuf;

use feedback_dataset::Dataset;
use feedback_dataset::dates::{DateColumn, DateOrder, FoundOrder};
use feedback_dataset::groups::groups_by_field;
use feedback_dataset::labels::{LabelSet, RareLabels, label_variants, several_labels};
use feedback_dataset::read::{Encoding, LabelRule, OnBadRow, ReadOptions, read};
use feedback_dataset::split::{SplitOptions, SplitSize, split_dataset};
use feedback_dataset::timestamp::parse_timestamp;

fn case(name: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/cases")).join(name)
}

fn read_with(name: &str, options: &ReadOptions) -> Dataset {
    read(case(name), options, OnBadRow::SetAside).unwrap()
}

fn read_case(name: &str) -> Dataset {
    read_with(name, &ReadOptions::default())
}

/// Returns line and text of each row.
fn rows(dataset: &Dataset) -> Vec<(u64, &str)> {
    dataset
        .rows
        .iter()
        .map(|row| (row.line, row.record.text()))
        .collect()
}

/// Returns line and kind of reason of each row that was set aside.
fn set_aside(dataset: &Dataset) -> Vec<(u64, &'static str)> {
    dataset
        .set_aside
        .iter()
        .map(|row| (row.line, row.reason.name()))
        .collect()
}

fn labels(dataset: &Dataset) -> Vec<Option<&str>> {
    dataset.rows.iter().map(|row| row.record.label()).collect()
}

#[test]
fn text_after_a_closing_quote_is_read_as_written_and_no_line_is_swallowed() {
    let dataset = read_case("stray_quotes.csv");
    assert_eq!(
        rows(&dataset),
        [
            (2, "the 14\" tyre is flat, again"),
            (3, "\"Lovely\" colours"),
            (5, "the bell says \"ring\" twice"),
            (6, "it says \"low battery\" all day"),
            (7, "press \"start\", then nothing"),
            (8, "saved in D:\\rides\\"),
            (9, "two\nlines, one field"),
            (12, "the last ride"),
        ]
    );
    assert_eq!(
        set_aside(&dataset),
        [(4, "unclosed_quote"), (11, "text_after_quote")]
    );
    assert_eq!(
        dataset.set_aside[0].raw.as_deref(),
        Some("3,\"open at the start,bug")
    );
    let bugs = labels(&dataset)
        .iter()
        .filter(|label| **label == Some("bug"))
        .count();
    assert_eq!(bugs, 3);
}

#[test]
fn repeated_columns_are_numbered_and_empty_ones_are_named_by_position() {
    let dataset = read_with(
        "repeated_columns.csv",
        &ReadOptions::with_fields("Description", "Summary"),
    );
    assert_eq!(
        dataset.rows[0].record.to_json(),
        "{\"Summary\":\"Lights\",\"Labels\":\"dynamo\",\"Labels.2\":\"rear\",\"column 4\":\"a\",\
         \"Description\":\"The rear light flickers, often\",\"Comment\":\"first note\",\"Comment.2\":\"second note\",\
         \"column 8\":\"b\"}"
    );
    assert_eq!((dataset.len(), dataset.set_aside.len()), (2, 0));
}

#[test]
fn title_rows_are_skipped_and_several_header_rows_are_joined() {
    let content = "Export of May, 2026\n\nWho;;Said;\nid;name;text;label\n1;Ada;It rings;bug\n";
    let (_folder, path) = crate::file("a.csv", content);
    let mut options = ReadOptions::with_fields("Said text", "label");
    (options.skip_rows, options.header_rows) = (2, 2);
    let dataset = read(&path, &options, OnBadRow::Fail).unwrap();
    assert_eq!(
        dataset.rows[0].record.to_json(),
        r#"{"Who id":"1","name":"Ada","Said text":"It rings","label":"bug"}"#
    );
    assert_eq!(dataset.rows[0].line, 5);
}

#[test]
fn empty_surplus_fields_are_ignored_and_headers_are_trimmed() {
    let dataset = read_case("ragged.csv");
    assert_eq!(
        rows(&dataset),
        [(2, "Brakes squeal"), (3, "Smooth gears"), (7, "Saddle is fine")]
    );
    assert_eq!(labels(&dataset), [Some("bug"), Some("praise"), Some("praise")]);
    assert_eq!(
        set_aside(&dataset),
        [(4, "field_count"), (5, "field_count"), (6, "blank_line")]
    );
    assert!(dataset.set_aside[0].hint().contains("add the missing fields"));
    assert!(dataset.set_aside[1].hint().contains("double quotes"));
}

#[test]
fn a_line_that_states_the_delimiter_is_read_in_any_case_and_loses_if_it_is_wrong() {
    let options = ReadOptions::with_fields("Kommentar", "Thema");
    let dataset = read_with("separator_line.csv", &options);
    assert_eq!(
        rows(&dataset),
        [(3, "Licht flackert; hinten"), (4, "Klingel ist schön")]
    );
    let dataset = read_with("wrong_separator_line.csv", &options);
    assert_eq!(rows(&dataset), [(3, "Kette, lose")]);
}

#[test]
fn the_encoding_that_fits_most_is_used_and_the_row_with_the_odd_byte_is_set_aside() {
    let mut options = ReadOptions::default();
    for encoding in [Encoding::Utf8, Encoding::Guess] {
        options.encoding = encoding;
        let dataset = read_with("one_odd_byte.csv", &options);
        assert_eq!((dataset.len(), dataset.texts()[39]), (41, "Größe 40 paßt nicht"));
        assert_eq!(set_aside(&dataset), [(42, "undecodable")]);
        assert!(dataset.set_aside[0].hint().contains("`encoding"));
    }
    options.replace_undecodable = true;
    assert_eq!(
        read_with("one_odd_byte.csv", &options).texts()[40],
        "Gr\u{FFFD}\u{FFFD}e 41"
    );
    options.encoding = Encoding::Guess;
    assert_eq!(
        read_with("windows_1252.csv", &options).texts(),
        ["Café – 5 € teurer", "naïve Karte"]
    );
    for name in ["utf16_le.tsv", "utf16_be.tsv"] {
        let dataset = read_with(name, &ReadOptions::with_fields("Review Text", "Stars"));
        assert_eq!(
            rows(&dataset),
            [(2, "Die Karte lädt nie 😕"), (3, "läuft prima")],
            "{name}"
        );
    }
}

#[test]
fn blank_lines_and_invisible_texts_are_counted_with_their_line() {
    let dataset = read_case("blank_lines.txt");
    assert_eq!(
        rows(&dataset),
        [(1, "The map froze"), (4, "All good now"), (6, ":)")]
    );
    assert_eq!(
        set_aside(&dataset),
        [(2, "empty_field"), (3, "empty_field"), (5, "empty_field")]
    );
    assert!(read(case("blank_lines.txt"), &ReadOptions::default(), OnBadRow::Fail).is_err());

    let dataset = read_case("invisible.csv");
    assert_eq!(rows(&dataset), [(2, "fine"), (7, ":("), (9, "done")]);
    let empty = [3, 4, 5, 6].map(|line| (line, "empty_field"));
    assert_eq!(set_aside(&dataset), [&empty[..], &[(8, "blank_line")]].concat());
}

#[test]
fn json_arrays_wrapped_arrays_and_documents_are_read() {
    let dataset = read_case("array.json");
    let texts = [
        "The lock jams",
        "Great lamp",
        "How far?",
        "Half an emoji \u{FFFD}",
    ];
    assert_eq!(dataset.texts(), texts);
    assert_eq!(labels(&dataset), [Some("bug"), Some("praise"), None, None]);
    assert_eq!(
        dataset.rows.iter().map(|row| row.line).collect::<Vec<_>>(),
        [2, 3, 4, 5]
    );
    let mut options = ReadOptions::default();
    options.label_rule = LabelRule::Required;
    let dataset = read_with("array.json", &options);
    assert_eq!(set_aside(&dataset), [(4, "several_labels"), (5, "empty_field")]);

    let dataset = read_with("wrapped.json", &ReadOptions::with_fields("description", "label"));
    assert_eq!(rows(&dataset), [(5, "The lock jams"), (6, "Great lamp")]);

    let dataset = read_case("documents.json");
    assert_eq!(rows(&dataset), [(1, "The lock jams"), (5, "Great lamp")]);
    assert_eq!(
        dataset.rows[0].record.to_json(),
        r#"{"text":"The lock jams","weight":1.10}"#
    );
}

#[test]
fn a_large_array_on_one_line_is_read_in_the_memory_of_one_element() {
    let elements: Vec<String> = (0..20_000)
        .map(|row| format!("{{\"text\": \"row {row}\"}}"))
        .collect();
    let (_folder, path) = crate::file("a.json", format!("[{}]", elements.join(", ")));
    let mut options = ReadOptions::default();
    options.max_line_bytes = 100;
    let dataset = read(path, &options, OnBadRow::Fail).unwrap();
    assert_eq!(
        (dataset.len(), rows(&dataset)[19_999]),
        (20_000, (20_000, "row 19999"))
    );
}

#[test]
fn numbers_that_json_lacks_are_null_outside_the_text() {
    let dataset = read_case("not_numbers.jsonl");
    assert_eq!(rows(&dataset), [(1, "The lock jams"), (3, "NaN is in the text")]);
    assert_eq!(
        dataset.rows[0].record.to_json(),
        r#"{"text":"The lock jams","score":null,"range":[null, null]}"#
    );
    assert_eq!(set_aside(&dataset), [(2, "not_a_string")]);
}

#[test]
fn text_and_label_can_be_in_nested_fields() {
    let options = ReadOptions::with_fields("data.text", "annotations[0].result[0].value.choices");
    let dataset = read_with("nested.jsonl", &options);
    assert_eq!(dataset.texts(), ["The lock jams", "Great lamp", "How far?"]);
    assert_eq!(labels(&dataset), [Some("bug"), Some("praise"), None]);
}

#[test]
fn labels_that_are_numbers_or_booleans_are_their_text() {
    let dataset = read_case("label_types.jsonl");
    let expected = ["1", "1.0", "1", "true", "true"].map(Some);
    assert_eq!(labels(&dataset), [&expected[..], &[None]].concat());
    let variants = label_variants(labels(&dataset).into_iter().flatten());
    assert_eq!(
        variants[0].spellings,
        [("1".to_string(), 2), ("1.0".to_string(), 1)]
    );
}

#[test]
fn labels_that_look_alike_are_variants() {
    let dataset = read_case("look_alike_labels.csv");
    let variants = label_variants(labels(&dataset).into_iter().flatten());
    let found: Vec<(&str, usize)> = variants
        .iter()
        .map(|variant| (variant.preferred(), variant.spellings.len()))
        .collect();
    assert_eq!(found, [("1", 3), ("bug", 4), ("Grüße", 2)]);
}

#[test]
fn cells_that_look_like_several_labels_are_named() {
    let dataset = read_case("several_labels.csv");
    let found = several_labels(labels(&dataset).into_iter().flatten()).unwrap();
    assert_eq!(found.separator, ";");
    assert_eq!(
        found.cells,
        [("bug; praise".to_string(), 2), ("question; bug".to_string(), 1)]
    );
}

#[test]
fn empty_cells_are_no_group_and_a_number_and_its_text_are_one() {
    let dataset = read_case("groups.jsonl");
    assert_eq!(groups_by_field(&dataset.rows, "rider"), [0, 0, 1, 2, 3, 4, 5, 5]);
}

#[test]
fn dates_are_read_in_the_order_of_the_column() {
    let column = |name: &str, order| {
        let dataset = read_case(name);
        let values: Vec<&str> = dataset
            .rows
            .iter()
            .filter_map(|row| row.record.created_at())
            .collect();
        DateColumn::from_values(values, order)
    };
    let (day, time) = (parse_timestamp("2026-03-14"), parse_timestamp("2026-03-14 09:30"));
    let second = parse_timestamp("2026-03-02");
    let found = column("dates.csv", None);
    assert_eq!(
        found.micros,
        [
            day, second, time, time, time, day, time, day, day, second, None, None
        ]
    );
    assert_eq!(found.order, FoundOrder::Found(DateOrder::DayFirst));
    assert_eq!((found.unreadable, found.empty), (vec![10], 1));

    let found = column("ambiguous_dates.csv", None);
    assert_eq!(
        (found.order, found.ambiguous),
        (FoundOrder::Ambiguous, vec![0, 2])
    );
    let found = column("ambiguous_dates.csv", Some(DateOrder::MonthFirst));
    assert_eq!(found.micros[2], parse_timestamp("2025-11-12"));
}

#[test]
fn all_rare_labels_are_named_and_can_be_left_out_or_folded() {
    let mut dataset = read_case("rare_labels.csv");
    let names = LabelSet::from_dataset(&dataset).unwrap();
    let groups: Vec<usize> = (0..dataset.len()).collect();
    let options = SplitOptions::new(SplitSize::Count(2), SplitSize::NONE);
    let error = split_dataset(&dataset, &names, &groups, &options).unwrap_err();
    assert_eq!(
        error.to_string(),
        "3 labels have a single example or all examples in one group: `billing` (1), `refund` (1), `shipping` (1), but a \
         split needs at least two"
    );
    let mut folded = dataset.clone();
    assert_eq!(
        RareLabels::Fold("other".to_string()).apply(&mut folded, 2).rows,
        3
    );
    assert_eq!(
        LabelSet::from_dataset(&folded).unwrap().names(),
        ["bug", "praise", "other"]
    );
    assert_eq!(RareLabels::SetAside.apply(&mut dataset, 2).labels.len(), 3);
    assert_eq!((dataset.len(), set_aside(&dataset)[0]), (6, (8, "rare_label")));
    let names = LabelSet::from_dataset(&dataset).unwrap();
    let groups: Vec<usize> = (0..dataset.len()).collect();
    assert!(split_dataset(&dataset, &names, &groups, &options).is_ok());
}

#[test]
fn a_header_within_a_table_is_left_out_and_counted() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("months.csv");
    fs_err::write(
        &path,
        "id,text,tag,tag\n1,slow,a,b\nid,text,tag,tag\n2,fine,a,b\n",
    )
    .unwrap();
    let dataset = read(&path, &ReadOptions::default(), OnBadRow::Fail).unwrap();
    assert_eq!(rows(&dataset), [(2, "slow"), (4, "fine")]);
    assert_eq!(set_aside(&dataset), [(3, "header_again")]);
}
