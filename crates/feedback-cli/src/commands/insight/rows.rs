//! The rows of a file, column by column.

use std::borrow::Cow;
use std::collections::HashMap;
use std::path::Path;

use feedback_clean::Cleaning;
use feedback_dataset::dates::{DateColumn, DateOrder, FoundOrder};
use feedback_dataset::personal_data::mask_personal_data;
use feedback_dataset::read::{OnBadRow, ReadOptions};
use feedback_dataset::record::{BadRow, Row};
use feedback_formats::rating;
use feedback_inference::RESULT_FIELDS;
use feedback_pipeline::data::clean_texts;
use serde_json::{Map, Value};

use crate::exit::UsageError;

/// Objects within objects are searched to this depth.
const MAX_DEPTH: usize = 4;

/// The fields with a special meaning; each is `None` if the file has no such field.
#[derive(Debug, Clone)]
pub(super) struct Chosen {
    pub(super) date: Option<String>,
    pub(super) label: Option<String>,
    pub(super) rating: Option<String>,
    /// The model's confidence in the category.
    pub(super) confidence: Option<String>,
    /// The number by which the report names the text.
    pub(super) number: Option<String>,
}

/// A field that describes the texts.
pub(super) struct Field {
    pub(super) name: String,
    /// One value for each text; empty where it is missing.
    values: Vec<String>,
    /// The values as numbers, NaN where they are missing, if the field is the rating.
    pub(super) numbers: Option<Vec<f64>>,
}

impl Field {
    pub(super) fn texts(&self) -> Vec<&str> {
        self.values.iter().map(String::as_str).collect()
    }

    /// Reads the values as a rating.
    fn read_numbers(&mut self) -> anyhow::Result<()> {
        let number = |value: &String| rating(value).unwrap_or(f64::NAN);
        let numbers: Vec<f64> = self.values.iter().map(number).collect();
        if numbers.iter().all(|number| number.is_nan()) {
            let reason = format!(
                "the field `{}` has no number, so it is no rating\nhint: name another field as --rating-field",
                self.name
            );
            return Err(UsageError(reason).into());
        }
        self.numbers = Some(numbers);
        Ok(())
    }

    /// Masks personal data in the values.
    fn mask(&mut self) {
        for value in &mut self.values {
            if let Cow::Owned(masked) = mask_personal_data(value) {
                *value = masked;
            }
        }
    }
}

/// The lines of unusable rows, by reason.
fn by_reason(rows: &[BadRow]) -> Vec<(String, Vec<u64>)> {
    let mut found: Vec<(String, Vec<u64>)> = Vec::new();
    for row in rows {
        let reason = row.reason.name().replace('_', " ");
        match found.iter_mut().find(|(other, _)| *other == reason) {
            Some((_, lines)) => lines.push(row.line),
            None => found.push((reason, vec![row.line])),
        }
    }
    found
}

/// What a report needs of a file.
pub(super) struct Rows {
    rows: Vec<Row>,
    /// Number of rows whose text was cleaned.
    pub(super) n_cleaned: usize,
    pub(super) lines: Vec<u64>,
    pub(super) chosen: Chosen,
    pub(super) dates: Option<DateColumn>,
    /// Rows whose date lies so far from all others that it must be a mistake; they count as rows without a date.
    far: Vec<usize>,
    pub(super) fields: Vec<Field>,
    /// The model's confidence in the category of each text; `None` if there is none, or no field with it.
    pub(super) confidences: Vec<Option<f64>>,
    /// Rows that are not used: the reason and their lines.
    pub(super) left_out: Vec<(String, Vec<u64>)>,
}

impl Rows {
    /// Reads a file.
    ///
    /// # Errors
    ///
    /// The file cannot be read, has no field of a chosen name, or has dates of which nobody can tell whether the day or the month
    /// comes first.
    pub(super) fn read(
        path: &Path,
        options: &ReadOptions,
        on_bad_row: OnBadRow,
        chosen: Chosen,
        cleaning: Cleaning,
    ) -> anyhow::Result<Self> {
        let mut dataset = feedback_formats::read(path, options, on_bad_row)?;
        let n_cleaned = clean_texts(&mut dataset, cleaning);
        let (rows, set_aside) = (dataset.rows, dataset.set_aside);
        let left_out = by_reason(&set_aside);
        let mut fields = columns(&rows);
        let is_from_predict = fields
            .iter()
            .any(|field| field.name.starts_with("predicted_label"));
        let mut take = |name: &Option<String>| -> anyhow::Result<Option<Field>> {
            let Some(name) = name else { return Ok(None) };
            match fields.iter().position(|field| field.name == *name) {
                Some(index) => Ok(Some(fields.remove(index))),
                None => Err(no_field(path, name)),
            }
        };
        let dates = take(&chosen.date)?;
        let mut dates = dates
            .map(|field| read_dates(&field, options.date_order))
            .transpose()?;
        let far = dates.as_mut().map(take_far_dates).unwrap_or_default();
        take(&chosen.label)?;
        take(&Some(options.text_field.clone()))?;
        let confidences = take(&chosen.confidence)?;
        let confidences = match confidences {
            Some(field) => read_confidences(&field, &rows)?,
            None => vec![None; rows.len()],
        };
        let lines = match take(&chosen.number)? {
            Some(field) => read_numbers(&field, &rows)?,
            None => rows.iter().map(|row| row.line).collect(),
        };
        if let Some(name) = &chosen.rating {
            let field = fields.iter_mut().find(|field| field.name == *name);
            field.ok_or_else(|| no_field(path, name))?.read_numbers()?;
        }
        if is_from_predict {
            fields.retain(|field| !is_result(&field.name));
        }
        if cleaning.mask_personal_data {
            fields.iter_mut().for_each(Field::mask);
        }
        Ok(Self {
            lines,
            rows,
            confidences,
            n_cleaned,
            chosen,
            dates,
            far,
            fields,
            left_out,
        })
    }

    pub(super) fn texts(&self) -> Vec<&str> {
        self.rows.iter().map(|row| row.record.text()).collect()
    }

    /// Returns the field of this name; if there is none, the field whose name differs only in case, or the name itself.
    pub(super) fn name_of_field(&self, name: &str) -> String {
        let is_same = |field: &&Field| field.name.to_lowercase() == name.to_lowercase();
        let exact = self.fields.iter().any(|field| field.name == *name);
        let found = self.fields.iter().find(is_same).filter(|_| !exact);
        found.map_or_else(|| name.to_owned(), |field| field.name.clone())
    }

    pub(super) fn has_field(&self, name: &str) -> bool {
        self.fields.iter().any(|field| field.name == name)
    }

    /// The values of a field.
    ///
    /// # Errors
    ///
    /// There is no such field.
    pub(super) fn values_of(&self, name: &str) -> Result<Vec<&str>, UsageError> {
        let field = self.fields.iter().find(|field| field.name == name);
        field.map(Field::texts).ok_or_else(|| {
            UsageError(format!(
                "there is no field `{name}`, or it has another role\nhint: `inspect` lists the fields of a file; a limit is written as `<=24` or \
                 `>=4`, and yes as `=yes`"
            ))
        })
    }

    /// Sets the numbers of a field.
    ///
    /// # Errors
    ///
    /// None of them is a number.
    pub(super) fn set_numbers(&mut self, name: &str, numbers: Vec<f64>) -> Result<(), UsageError> {
        if numbers.iter().all(|number| number.is_nan()) {
            return Err(UsageError(format!(
                "the field `{name}` has no number\nhint: name another field"
            )));
        }
        if let Some(field) = self.fields.iter_mut().find(|field| field.name == name) {
            field.numbers = Some(numbers);
        }
        Ok(())
    }

    /// Reads a field as the rating.
    ///
    /// # Errors
    ///
    /// It has no number.
    pub(super) fn read_rating(&mut self, name: &str) -> anyhow::Result<()> {
        match self.fields.iter_mut().find(|field| field.name == name) {
            Some(field) => field.read_numbers(),
            None => Ok(()),
        }
    }

    /// The category that the file states for each text.
    pub(super) fn labels(&self) -> Vec<Option<String>> {
        let Some(label) = &self.chosen.label else {
            return vec![None; self.rows.len()];
        };
        let value = |row: &Row| row.record.get(label).map(category).map(Cow::into_owned);
        let visible = |label: &String| !label.trim().is_empty();
        self.rows.iter().map(|row| value(row).filter(visible)).collect()
    }

    pub(super) fn n_set_aside(&self) -> usize {
        self.left_out.iter().map(|(_, lines)| lines.len()).sum()
    }

    /// The number of texts with a list of several labels.
    fn n_with_several_labels(&self) -> usize {
        let Some(label) = &self.chosen.label else {
            return 0;
        };
        let is_several =
            |row: &&Row| matches!(row.record.get(label), Some(Value::Array(labels)) if labels.len() > 1);
        self.rows.iter().filter(is_several).count()
    }

    /// What is to be said about the rows.
    pub(super) fn notes(&self) -> Vec<String> {
        let mut notes: Vec<String> = Vec::new();
        let n_with_several = self.n_with_several_labels();
        if n_with_several > 0 {
            notes.push(format!(
                "warning: {n_with_several} texts have several labels; each combination, such as `bug; praise`, is a category of its own"
            ));
        }
        for (reason, lines) in &self.left_out {
            notes.push(format!(
                "{} rows are left out: {reason}, the first in line {}",
                lines.len(),
                lines[0]
            ));
        }
        if let Some(dates) = &self.dates {
            for (rows, what) in [
                (&dates.unreadable, "cannot be read as dates"),
                (&dates.ambiguous, "could be two dates"),
                (&self.far, "lie far from all others"),
            ] {
                if let Some(first) = rows.first() {
                    notes.push(format!(
                        "{} values of the date {what}, the first in line {}; these texts are in no trend",
                        rows.len(),
                        self.lines[*first]
                    ));
                }
            }
        }
        notes
    }
}

/// Whether a field is one that `predict` adds, besides the category and the confidence: it says something about the model, and not about
/// those who wrote the texts.
fn is_result(name: &str) -> bool {
    let is_part = ["answer_", "score_", "answers.", "scores.", "text_windows."];
    RESULT_FIELDS.contains(&name) || is_part.iter().any(|part| name.starts_with(part))
}

fn no_field(path: &Path, name: &str) -> anyhow::Error {
    let reason = format!(
        "`{}` has no field `{name}`\nhint: `inspect` lists the fields of a file",
        path.display()
    );
    UsageError(reason).into()
}

fn read_confidences(field: &Field, rows: &[Row]) -> anyhow::Result<Vec<Option<f64>>> {
    let read = |(value, row): (&String, &Row)| -> anyhow::Result<Option<f64>> {
        if value.trim().is_empty() {
            return Ok(None);
        }
        let confidence = value
            .trim()
            .parse()
            .ok()
            .filter(|value| (0.0..=1.0).contains(value));
        let wrong = || wrong_value(field, row, value, "a confidence from 0 to 1, or nothing");
        confidence.map(Some).ok_or_else(wrong)
    };
    field.values.iter().zip(rows).map(read).collect()
}

fn read_numbers(field: &Field, rows: &[Row]) -> anyhow::Result<Vec<u64>> {
    let mut last = 0;
    let mut read = |(value, row): (&String, &Row)| -> anyhow::Result<u64> {
        let number = value.trim().parse().ok().filter(|number| *number > last);
        last = number.ok_or_else(|| {
            let expected = format!("a whole number above {last}, the number of the text before");
            wrong_value(field, row, value, &expected)
        })?;
        Ok(last)
    };
    field.values.iter().zip(rows).map(&mut read).collect()
}

fn wrong_value(field: &Field, row: &Row, value: &str, expected: &str) -> anyhow::Error {
    let reason = format!(
        "line {}, field `{}`: found `{value}`, expected {expected}",
        row.line, field.name
    );
    UsageError(reason).into()
}

fn read_dates(field: &Field, order: Option<DateOrder>) -> anyhow::Result<DateColumn> {
    let dates = DateColumn::from_values(field.values.iter().map(String::as_str), order);
    if dates.order == FoundOrder::Ambiguous {
        let example = dates.ambiguous.first().map_or("", |row| &field.values[*row]);
        let reason = format!(
            "the dates in `{}`, such as {example}, do not tell whether the day or the month comes first\nhint: add --date-order \
             day-first or --date-order month-first",
            field.name
        );
        return Err(UsageError(reason).into());
    }
    Ok(dates)
}

/// The category that a label field states: a list with one label is this label, and several labels are joined.
fn category(value: &Value) -> Cow<'_, str> {
    match value {
        Value::Array(labels) => {
            let labels: Vec<Cow<'_, str>> = labels.iter().map(text_of).collect();
            Cow::Owned(labels.join("; "))
        }
        value => text_of(value),
    }
}

fn text_of(value: &Value) -> Cow<'_, str> {
    match value {
        Value::Null => Cow::Borrowed(""),
        Value::String(text) => Cow::Borrowed(text),
        other => Cow::Owned(other.to_string()),
    }
}

/// Removes the dates that lie further from the others than these spread, and more than a year: with a single date in 2205, there would be
/// nothing to compare. Returns their rows.
fn take_far_dates(dates: &mut DateColumn) -> Vec<usize> {
    const YEAR: i64 = 366 * 24 * 3600 * 1_000_000;
    const FEWEST: usize = 20;
    let mut sorted: Vec<i64> = dates.micros.iter().flatten().copied().collect();
    sorted.sort_unstable();
    let one_percent = sorted.len() / 100;
    let (Some(&low), Some(&high)) = (
        sorted.get(one_percent.max(1)),
        sorted
            .len()
            .checked_sub(2 + one_percent)
            .and_then(|last| sorted.get(last)),
    ) else {
        return Vec::new();
    };
    if sorted.len() < FEWEST {
        return Vec::new();
    }
    let margin = high.saturating_sub(low).max(YEAR);
    let usual = low.saturating_sub(margin)..=high.saturating_add(margin);
    let mut far = Vec::new();
    for (row, date) in dates.micros.iter_mut().enumerate() {
        if date.is_some_and(|date| !usual.contains(&date)) {
            *date = None;
            far.push(row);
        }
    }
    far
}

/// All fields of all rows, in order of first sight; fields within objects have paths such as `customer.country`.
fn columns(rows: &[Row]) -> Vec<Field> {
    let mut columns = Columns::default();
    for (row, record) in rows.iter().enumerate() {
        columns.add(row, record.record.fields(), "", MAX_DEPTH);
    }
    for field in &mut columns.fields {
        field.values.resize(rows.len(), String::new());
    }
    columns.fields
}

#[derive(Default)]
struct Columns {
    fields: Vec<Field>,
    by_name: HashMap<String, usize>,
}

impl Columns {
    fn add(&mut self, row: usize, fields: &Map<String, Value>, prefix: &str, depth: usize) {
        for (name, value) in fields {
            let name = format!("{prefix}{name}");
            match value {
                Value::Object(inner) if depth > 0 => self.add(row, inner, &format!("{name}."), depth - 1),
                value => self.set(row, name, text_of(value).into_owned()),
            }
        }
    }

    fn set(&mut self, row: usize, name: String, value: String) {
        let next = self.fields.len();
        let index = *self.by_name.entry(name.clone()).or_insert(next);
        if index == next {
            self.fields.push(Field {
                name,
                values: Vec::new(),
                numbers: None,
            });
        }
        let values = &mut self.fields[index].values;
        values.resize(row, String::new());
        values.push(value);
    }
}
