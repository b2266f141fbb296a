//! Reads texts with any number of labels, from a list, a delimited cell, a column for each label, or repeated rows.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

use feedback_dataset::labels::{SeveralLabels, listed_labels, several_labels};
use feedback_dataset::read::{LabelRule, OnBadRow, ReadOptions};
use feedback_dataset::record::{Record, Row};
use feedback_dataset::{Dataset, LabelSet};
use feedback_formats::read;
use feedback_pipeline::data::{LabelLayout, UnusedRow};
use serde_json::Value;

use crate::error::{Error, Result};
use crate::problem::{LabelProblem, LabelReason};

/// The separator that stands for a list in JSON.
const JSON: &str = "json";
/// The field of a list of labels if the default label field is missing.
const LABELS: &str = "labels";

/// Texts with any number of labels, as they are in a file.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct LabelLists {
    /// One row for each text. The label field of each record is the list of its labels, whatever the layout of the file.
    pub dataset: Dataset,
    /// The labels of each text, in alphabetical order and each once.
    pub names: Vec<Vec<String>>,
    /// Number of rows that were joined with an earlier row of the same text. Their other fields are not kept.
    pub joined: usize,
    /// The rows whose labels cannot be read, which are left out.
    pub unread: Vec<LabelProblem>,
}

impl LabelLists {
    /// Returns the number of rows that were left out: unusable rows, and rows whose labels cannot be read. Blank lines count too.
    pub fn set_aside(&self) -> usize {
        self.dataset.set_aside.len() + self.unread.len()
    }

    /// Returns these rows: first those that could not be read, then those whose labels cannot be read.
    pub fn unused_rows(&self) -> Vec<UnusedRow> {
        let path = &self.dataset.path;
        let labels = self.unread.iter();
        let mut rows = UnusedRow::of(&self.dataset);
        rows.extend(labels.map(|row| UnusedRow::new(path, row.line, &row.reason)));
        rows
    }

    /// Returns the number of texts without labels.
    pub fn without_labels(&self) -> usize {
        self.names.iter().filter(|names| names.is_empty()).count()
    }

    /// Returns the number of different texts that are in several rows with different labels, as where each row has one of the labels.
    pub fn repeated_with_other_labels(&self) -> usize {
        let mut first: HashMap<&str, &[String]> = HashMap::new();
        let mut repeated = BTreeSet::new();
        for (row, names) in self.dataset.rows.iter().zip(&self.names) {
            let text = row.record.text();
            if *first.entry(text).or_insert(names) != names.as_slice() {
                repeated.insert(text);
            }
        }
        repeated.len()
    }

    /// Removes the texts with a label that is not in `labels`. Returns these labels with their numbers of texts.
    pub fn leave_out_unknown_labels(&mut self, labels: &LabelSet) -> BTreeMap<String, usize> {
        let mut left_out = BTreeMap::new();
        let rows = std::mem::take(&mut self.dataset.rows).into_iter();
        for (row, names) in rows.zip(std::mem::take(&mut self.names)) {
            match names.iter().find(|name| labels.id(name).is_none()) {
                Some(unknown) => *left_out.entry(unknown.clone()).or_insert(0) += 1,
                None => {
                    self.dataset.rows.push(row);
                    self.names.push(names);
                }
            }
        }
        left_out
    }

    /// Returns labels that look like several labels, as from a cell that was not separated.
    pub fn unseparated(&self) -> Option<SeveralLabels> {
        several_labels(self.names.iter().flatten().map(String::as_str))
    }

    /// Returns the class ids of each text, in ascending order.
    ///
    /// # Errors
    ///
    /// [`Error::UnknownLabel`] with the line of the first label that is not in `labels`.
    pub fn encode(&self, labels: &LabelSet) -> Result<Vec<Vec<usize>>> {
        let of_row = |(row, names): (&Row, &Vec<String>)| {
            let ids = names.iter().map(|name| {
                labels.id(name).ok_or_else(|| Error::UnknownLabel {
                    path: self.dataset.path.clone(),
                    line: row.line,
                    label: name.clone(),
                    known: labels.names().to_vec(),
                })
            });
            let mut ids = ids.collect::<Result<Vec<usize>>>()?;
            ids.sort_unstable();
            Ok(ids)
        };
        self.dataset.rows.iter().zip(&self.names).map(of_row).collect()
    }
}

/// Reads a file in which each text can have any number of labels.
///
/// # Errors
///
/// The errors of [`read`]; [`Error::Labels`] with the line and value of the first row whose labels cannot be read, except if
/// `on_bad_row` sets such rows aside.
pub fn read_label_lists(
    path: &Path,
    options: &ReadOptions,
    layout: &LabelLayout,
    on_bad_row: OnBadRow,
) -> Result<LabelLists> {
    if layout.label_separator.as_deref() == Some("") {
        return Err(Error::Setting {
            setting: "`label_separator`",
            reason: "is empty",
            hint: "give the character between two labels, such as ;",
        });
    }
    let mut options = options.clone();
    options.label_rule = LabelRule::Optional;
    let dataset = read(path, &options, on_bad_row)?;
    let lists = label_lists(dataset, &options, layout);
    match lists.unread.split_first() {
        Some((first, others)) if on_bad_row == OnBadRow::Fail => Err(Error::Labels {
            path: path.to_owned(),
            problem: first.clone(),
            others: others.len(),
        }),
        _ => Ok(lists),
    }
}

/// Finds the labels of rows that have been read.
pub fn label_lists(dataset: Dataset, options: &ReadOptions, layout: &LabelLayout) -> LabelLists {
    let mut texts = Texts::default();
    let mut unread = Vec::new();
    let mut joined = 0;
    for row in dataset.rows {
        let found = labels_of(&row.record, options, layout);
        let added = found.and_then(|labels| {
            let place = texts.place(&row, layout.id_field.as_deref())?;
            Ok((labels, place))
        });
        match added {
            Err(reason) => unread.push(LabelProblem {
                line: row.line,
                reason,
            }),
            Ok((labels, Some(place))) => {
                texts.labels[place].extend(labels);
                joined += 1;
            }
            Ok((labels, None)) => {
                texts.rows.push(row);
                texts.labels.push(labels);
            }
        }
    }
    let names: Vec<Vec<String>> = texts.labels.into_iter().map(Vec::from_iter).collect();
    for (row, names) in texts.rows.iter_mut().zip(&names) {
        row.record
            .set(row.record.label_field().to_owned(), names.as_slice());
    }
    LabelLists {
        dataset: Dataset {
            path: dataset.path,
            rows: texts.rows,
            set_aside: dataset.set_aside,
        },
        names,
        joined,
        unread,
    }
}

/// The texts so far.
#[derive(Default)]
struct Texts {
    rows: Vec<Row>,
    labels: Vec<BTreeSet<String>>,
    by_id: HashMap<String, usize>,
}

impl Texts {
    /// Returns the position of the text of a row if an earlier row has the same id.
    fn place(
        &mut self,
        row: &Row,
        id_field: Option<&str>,
    ) -> std::result::Result<Option<usize>, LabelReason> {
        let Some(field) = id_field else {
            return Ok(None);
        };
        let id = row.record.cell(field);
        if id.trim().is_empty() {
            return Err(LabelReason::NoId {
                field: field.to_owned(),
            });
        }
        let Some(&place) = self.by_id.get(&*id) else {
            self.by_id.insert(id.into_owned(), self.rows.len());
            return Ok(None);
        };
        let first = &self.rows[place];
        if first.record.text() == row.record.text() {
            return Ok(Some(place));
        }
        Err(LabelReason::OtherText {
            field: field.to_owned(),
            id: id.into_owned(),
            first_line: first.line,
        })
    }
}

type Found<T> = std::result::Result<T, LabelReason>;

fn labels_of(record: &Record, options: &ReadOptions, layout: &LabelLayout) -> Found<BTreeSet<String>> {
    let names = if layout.label_columns.is_empty() {
        labels_in_field(record, layout.label_separator.as_deref())?
    } else {
        labels_in_columns(record, &layout.label_columns)?
    };
    let names = names
        .iter()
        .map(|name| name.trim())
        .filter(|name| !name.is_empty());
    Ok(names
        .map(|name| options.aliases.resolve(name).to_owned())
        .collect())
}

fn labels_in_columns(record: &Record, columns: &[String]) -> Found<Vec<String>> {
    let field = record.label_field();
    let own = record.cell(field);
    if !own.trim().is_empty() && own != "[]" && !columns.iter().any(|column| column == field) {
        return Err(LabelReason::Both {
            field: field.to_owned(),
            found: own.into_owned(),
        });
    }
    let mut names = Vec::new();
    for column in columns {
        if record.get(column).is_none() {
            return Err(LabelReason::Missing {
                field: column.clone(),
            });
        }
        let cell = record.cell(column);
        match cell.trim().to_lowercase().as_str() {
            "1" | "1.0" | "true" | "yes" => names.push(column.clone()),
            "" | "0" | "0.0" | "false" | "no" => {}
            _ => {
                return Err(LabelReason::Flag {
                    column: column.clone(),
                    found: cell.into_owned(),
                });
            }
        }
    }
    Ok(names)
}

fn labels_in_field(record: &Record, separator: Option<&str>) -> Found<Vec<String>> {
    let default = ReadOptions::default().label_field;
    let mut field = record.label_field();
    if field == default && record.get(field).is_none() {
        field = LABELS;
    }
    let field = field.to_owned();
    let value = record.get(&field);
    let listed = value.and_then(listed_labels);
    match listed.as_ref().or(value) {
        None => Err(LabelReason::Missing {
            field: record.label_field().to_owned(),
        }),
        Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(entries)) => entries.iter().map(|entry| label(entry, &field)).collect(),
        Some(Value::String(cell)) => match separator {
            Some(JSON) => labels_in_json(cell, &field),
            Some(separator) => Ok(cell.split(separator).map(str::to_owned).collect()),
            None => Ok(vec![cell.clone()]),
        },
        Some(Value::Number(_)) => Ok(vec![record.cell(&field).into_owned()]),
        Some(value) => Err(LabelReason::Value {
            field,
            found: value.to_string(),
        }),
    }
}

fn labels_in_json(cell: &str, field: &str) -> Found<Vec<String>> {
    if cell.trim().is_empty() {
        return Ok(Vec::new());
    }
    match serde_json::from_str(cell) {
        Ok(Value::Array(entries)) => entries.iter().map(|entry| label(entry, field)).collect(),
        _ => Err(LabelReason::Value {
            field: field.to_owned(),
            found: format!("`{cell}`"),
        }),
    }
}

fn label(entry: &Value, field: &str) -> Found<String> {
    match entry {
        Value::String(name) => Ok(name.clone()),
        Value::Number(number) => Ok(number.to_string()),
        Value::Bool(label) => Ok(label.to_string()),
        other => Err(LabelReason::Entry {
            field: field.to_owned(),
            found: other.to_string(),
        }),
    }
}
