//! The spreadsheet, read back with another crate and compared with `insight.json`.

use std::io::Cursor;

use calamine::{Data, Reader, Xlsx};
use feedback_report::ReportOptions;
use serde_json::Value;

use crate::sheet::Sheet;

/// The sheets of a workbook, each row as JSON. `null` is an empty cell.
struct Book(Xlsx<Cursor<Vec<u8>>>);

impl Book {
    fn read(bytes: Vec<u8>) -> Self {
        Self(Xlsx::new(Cursor::new(bytes)).unwrap())
    }

    /// The rows below the header, each with these columns; of columns with equal names the first.
    fn rows(&mut self, sheet: &str, columns: &[&str]) -> Vec<Vec<Value>> {
        let range = self.0.worksheet_range(sheet).unwrap();
        let mut rows = range.rows();
        let header: Vec<String> = rows.next().unwrap().iter().map(ToString::to_string).collect();
        let places: Vec<usize> = columns
            .iter()
            .map(|name| header.iter().position(|found| found == name).unwrap())
            .collect();
        rows.map(|row| places.iter().map(|&place| value(&row[place])).collect())
            .collect()
    }
}

fn value(cell: &Data) -> Value {
    match cell {
        Data::Empty => Value::Null,
        Data::String(text) => text.as_str().into(),
        Data::Float(number) => rounded(*number),
        Data::Int(number) => rounded(*number as f64),
        Data::Bool(yes) => (*yes).into(),
        other => panic!("{other:?}"),
    }
}

/// A number with 12 digits: reading JSON and spreadsheets may change the last one of 17.
fn rounded(number: f64) -> Value {
    format!("{number:.11e}").parse::<f64>().unwrap().into()
}

fn float(value: &Value) -> Value {
    value.as_f64().map_or_else(|| value.clone(), rounded)
}

fn list<'a>(json: &'a Value, name: &str) -> &'a Vec<Value> {
    json[name].as_array().unwrap()
}

/// Themes, groups and categories of `insight.json`, with their kind.
fn topics(json: &Value) -> Vec<(&'static str, &Value)> {
    let kinds = [
        ("theme", "themes"),
        ("group", "groups"),
        ("category", "categories"),
    ];
    kinds
        .into_iter()
        .flat_map(|(kind, name)| list(json, name).iter().map(move |topic| (kind, topic)))
        .collect()
}

fn both() -> (Value, Book) {
    let report = Sheet::read("reviews.csv").report(&ReportOptions::default().with_resamples(50));
    let json = serde_json::from_str(&report.to_json().unwrap()).unwrap();
    (json, Book::read(report.to_xlsx().unwrap()))
}

#[test]
fn headlines_and_changes_are_those_of_the_report() {
    let (json, mut book) = both();
    let names = book.0.sheet_names();
    assert_eq!(
        names,
        [
            "headlines",
            "shares",
            "changes",
            "drivers",
            "themes",
            "quotes",
            "rows"
        ]
    );

    let found = book.rows(
        "headlines",
        &[
            "headline",
            "proven",
            "metric",
            "field",
            "value",
            "change",
            "low",
            "adjusted p",
        ],
    );
    let told = list(&json, "headlines").iter().map(|headline| (headline, true));
    let told = told.chain(list(&json, "unproven").iter().map(|headline| (headline, false)));
    let expected: Vec<Vec<Value>> = told
        .map(|(headline, proven)| {
            let change = &headline["change"];
            vec![
                headline["text"].clone(),
                proven.into(),
                headline["metric"].clone(),
                headline["segment"]["field"].clone(),
                headline["segment"]["value"].clone(),
                float(&change["change"]),
                float(&change["interval"]["low"]),
                float(&change["adjusted_p_value"]),
            ]
        })
        .collect();
    assert!(expected.len() >= 2, "{expected:?}");
    assert_eq!(found, expected);

    let found = book.rows(
        "changes",
        &["id", "name", "before", "now", "change", "high", "p", "stands out"],
    );
    let row = |id: &Value, name: &Value, change: &Value| -> Vec<Value> {
        let numbers = [
            &change["before"]["value"],
            &change["after"]["value"],
            &change["change"],
            &change["interval"]["high"],
            &change["p_value"],
        ];
        let mut row = vec![id.clone(), name.clone()];
        row.extend(numbers.map(float));
        row.push(change["significant"].clone());
        row
    };
    let rating = &json["rating"];
    let mut expected = vec![row(&"rating".into(), &rating["name"], &rating["change"])];
    let tested = topics(&json)
        .into_iter()
        .filter(|(_, topic)| !topic["change"].is_null());
    expected.extend(tested.map(|(_, topic)| row(&topic["id"], &topic["name"], &topic["change"])));
    assert_eq!(found, expected);
}

#[test]
fn shares_and_drivers_are_those_of_the_report() {
    let (json, mut book) = both();
    let found = book.rows(
        "shares",
        &["kind", "id", "period", "share", "texts", "of", "low", "high"],
    );
    let mut expected = Vec::new();
    for (kind, topic) in topics(&json) {
        let now = if topic["change"].is_null() {
            &topic["untested"]
        } else {
            &topic["change"]["after"]
        };
        for (period, level) in [
            ("file", &topic["overall"]),
            ("before", &topic["change"]["before"]),
            ("now", now),
        ] {
            if !level.is_null() {
                let numbers = [&level["value"], &level["texts"]["n"], &level["rows"]["n"]].map(float);
                let [share, texts, of] = numbers;
                expected.push(vec![
                    kind.into(),
                    topic["id"].clone(),
                    period.into(),
                    share,
                    texts,
                    of,
                ]);
            }
        }
    }
    assert!(expected.len() > 20);
    assert_eq!(
        found.iter().map(|row| row[..6].to_vec()).collect::<Vec<_>>(),
        expected
    );
    for row in &found {
        let [share, low, high] = [3, 6, 7].map(|place: usize| row[place].as_f64().unwrap());
        assert!(
            0.0 <= low && low <= share && share <= high && high <= 1.0,
            "{row:?}"
        );
    }

    let found = book.rows(
        "drivers",
        &[
            "metric",
            "field",
            "value",
            "before",
            "effect",
            "effect of its size",
        ],
    );
    let mut expected = Vec::new();
    for driver in list(&json, "drivers") {
        for part in list(driver, "contributions") {
            let mut row = vec![
                driver["metric"].clone(),
                driver["field"].clone(),
                part["name"].clone(),
            ];
            row.extend(
                [
                    &part["before"]["value"],
                    &part["rate"]["value"],
                    &part["mix"]["value"],
                ]
                .map(float),
            );
            expected.push(row);
        }
    }
    assert!(expected.len() > 10);
    assert_eq!(found, expected);
}

#[test]
fn themes_and_quotes_are_those_of_the_report() {
    let (json, mut book) = both();
    let found = book.rows("themes", &["id", "name", "texts", "share", "difference"]);
    let expected: Vec<Vec<Value>> = list(&json, "themes")
        .iter()
        .map(|theme| {
            let numbers = [
                &theme["overall"]["texts"]["n"],
                &theme["overall"]["value"],
                &theme["impact"]["difference"],
            ];
            let mut row = vec![theme["id"].clone(), theme["name"].clone()];
            row.extend(numbers.map(float));
            row
        })
        .collect();
    assert_eq!(found, expected);

    let found = book.rows("quotes", &["id", "line", "text"]);
    let told = list(&json, "headlines")
        .iter()
        .chain(list(&json, "unproven"))
        .map(|headline| (&headline["metric"], headline));
    let told = told.chain(topics(&json).into_iter().map(|(_, topic)| (&topic["id"], topic)));
    let expected: Vec<Vec<Value>> = told
        .flat_map(|(id, told)| {
            list(told, "quotes")
                .iter()
                .map(move |quote| vec![id.clone(), float(&quote["line"]), quote["text"].clone()])
        })
        .collect();
    assert!(expected.len() > 10);
    assert_eq!(found, expected);
}

#[test]
fn a_text_is_never_a_formula() {
    let mut sheet = Sheet::read("reviews.csv");
    for value in &mut sheet.fields[2].1 {
        if value == "Germany" {
            "=1+1".clone_into(value);
        }
    }
    let report = sheet.report(&ReportOptions::default().with_resamples(50));
    let mut book = Book::read(report.to_xlsx().unwrap());
    let found = book.rows("drivers", &["field", "value"]);
    assert!(found.iter().any(|row| row[1] == "=1+1"), "{found:?}");
    assert!(
        book.0
            .worksheet_formula("drivers")
            .unwrap()
            .cells()
            .all(|(_, _, formula)| formula.is_empty())
    );
}
