//! The slices of a report: by source, length, duplicates, language and month.

use std::collections::HashMap;

use feedback_dataset::record::Row;
use feedback_dataset::timestamp::parse_timestamp;
use feedback_dataset::{Dataset, Record, language};
use feedback_metrics::reports::{SliceKey, SliceKeys};
use feedback_metrics::{Buckets, Result};

/// Lower bounds of the length buckets after the first one, in characters.
const LENGTHS: [usize; 4] = [50, 100, 200, 500];
const MISSING: &str = "(none)";

/// Returns the slices of a file's rows. Slices by source, language or month are included only if at least one row has the
/// value.
pub(crate) fn slice_keys(dataset: &Dataset, groups: &[usize]) -> Result<Vec<SliceKeys>> {
    let mut kinds = vec![by_length(&dataset.rows)?, by_duplicate(groups)];
    kinds.extend(by_field("source", dataset, |record| {
        record.source().map(str::to_owned)
    }));
    kinds.extend(by_field("language", dataset, language_of));
    kinds.extend(by_field("month", dataset, month));
    Ok(kinds)
}

fn by_length(rows: &[Row]) -> Result<SliceKeys> {
    let buckets = Buckets::new(&LENGTHS)?;
    let key = |row: &Row| {
        let index = buckets.index(row.record.text().chars().count());
        SliceKey::new(index, format!("{} characters", buckets.name(index)))
    };
    Ok(SliceKeys {
        name: "length".into(),
        keys: rows.iter().map(key).collect(),
    })
}

/// Slices the rows by whether their text, after normalising, occurs more than once in the file.
fn by_duplicate(groups: &[usize]) -> SliceKeys {
    let mut sizes: HashMap<usize, usize> = HashMap::new();
    groups
        .iter()
        .for_each(|&group| *sizes.entry(group).or_default() += 1);
    let key = |group: &usize| match sizes[group] {
        1 => SliceKey::new(0, "text occurs once"),
        _ => SliceKey::new(1, "text occurs more than once"),
    };
    SliceKeys {
        name: "duplicate".into(),
        keys: groups.iter().map(key).collect(),
    }
}

/// Slices the rows by a field; rows without a value come last. Returns `None` if no row has a value.
fn by_field(name: &str, dataset: &Dataset, field: impl Fn(&Record) -> Option<String>) -> Option<SliceKeys> {
    let values: Vec<Option<String>> = dataset.rows.iter().map(|row| field(&row.record)).collect();
    values.iter().any(Option::is_some).then(|| SliceKeys {
        name: name.to_owned(),
        keys: values
            .into_iter()
            .map(|value| value.map_or(SliceKey::new(1, MISSING), |value| SliceKey::new(0, value)))
            .collect(),
    })
}

/// Returns the field `language`, or else a language guessed from the text. Guessing often fails for short texts.
fn language_of(record: &Record) -> Option<String> {
    let given = record.get("language").and_then(|value| value.as_str());
    let guessed = || Some(language::guess(record.text())).filter(|guess| guess.is_known());
    given
        .map(str::to_owned)
        .or_else(|| guessed().map(|guess| format!("{guess} (guessed)")))
}

/// Returns the month of the row's date as written, such as `2026-03`. `None` if the date is missing or invalid.
fn month(record: &Record) -> Option<String> {
    let written = record.created_at()?.trim();
    parse_timestamp(written)?;
    written.get(..7).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use feedback_dataset::read::{OnBadRow, ReadOptions, read};

    use super::*;

    #[test]
    fn slice_keys_of_two_rows() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.jsonl");
        let long = "x".repeat(50);
        let rows = format!(
            "{{\"text\": \"a\", \"source\": \"web\", \"created_at\": \"2026-03-01T10:00:00Z\"}}\n\
             {{\"text\": \"{long}\", \"created_at\": \"yesterday\", \"language\": \"de\"}}\n"
        );
        fs_err::write(&path, rows).unwrap();
        let dataset = read(&path, &ReadOptions::default(), OnBadRow::Fail).unwrap();
        let kinds = slice_keys(&dataset, &[0, 0]).unwrap();
        let found: Vec<(&str, Vec<&str>)> = kinds
            .iter()
            .map(|kind| {
                (
                    kind.name.as_str(),
                    kind.keys.iter().map(|key| key.name.as_str()).collect(),
                )
            })
            .collect();
        assert_eq!(
            found,
            [
                ("length", vec!["0–49 characters", "50–99 characters"]),
                ("duplicate", vec!["text occurs more than once"; 2]),
                ("source", vec!["web", MISSING]),
                ("language", vec![MISSING, "de"]),
                ("month", vec!["2026-03", MISSING]),
            ]
        );
    }
}
