//! The inspection of one file, step by step.

use std::collections::BTreeMap;
use std::path::Path;

use feedback_clean::preview;
use feedback_dataset::labels::{LabelAliases, label_variants, merge_variants};
use feedback_dataset::personal_data::PersonalSummary;
use feedback_dataset::record::Record;
use feedback_dataset::text::{TextLengths, stands_for_nothing};
use feedback_dataset::{Dataset, language};
use feedback_files::sha256_of_input;
use feedback_formats::read;
use feedback_formats::write::{OutputFormat, TableStyle};
use serde_json::Value;

use crate::dates::date_health;
use crate::differences::differences;
use crate::duplicates::{DuplicateGroups, conflicts};
use crate::error::{Error, Result};
use crate::findings::{
    BadRowFinding, CleaningExample, CleaningFinding, DateHealth, FixSummary, Inspection, PersonalHealth,
    RowHealth,
};
use crate::fix::{self, Fix, Found};
use crate::label_errors::label_errors;
use crate::labels::Labelled;
use crate::leaks::all_leaks;
use crate::mapping::{MappingFinding, mapping};
use crate::options::InspectOptions;

/// Number of examples of each step of cleaning.
const CLEANING_EXAMPLES: usize = 3;

/// The labels of a row: one, or those of a list.
fn labels_of(record: &Record) -> Vec<&str> {
    match record.get(record.label_field()) {
        Some(Value::Array(labels)) => labels.iter().filter_map(Value::as_str).collect(),
        _ => record.label().into_iter().collect(),
    }
}

/// Inspects a file.
///
/// First, label aliases are applied and variant spellings are merged (if requested). All findings except
/// [`LabelHealth::variants`](crate::LabelHealth::variants) are about the labels after these changes.
///
/// # Errors
///
/// [`Error::Data`](crate::Error::Data) if a file cannot be read, or if it has a bad row and `on_bad_row` is
/// [`Fail`](feedback_dataset::read::OnBadRow::Fail). Other errors if an output already exists or would overwrite an input, if
/// probabilities do not match the rows, or if a search for label errors is impossible with these labels.
pub fn inspect(input: &Path, options: &InspectOptions) -> Result<Inspection> {
    options.check_outputs(input)?;
    let mut dataset = read(input, &options.as_in_the_file(), options.on_bad_row)?;
    let aliased = match &options.aliases {
        Some(path) => LabelAliases::read(path)?.apply(&mut dataset),
        None => 0,
    };
    let variants = label_variants(dataset.rows.iter().flat_map(|row| labels_of(&row.record)));
    let merged = match options.fixes(Fix::MergeLabels) {
        true => merge_variants(&variants).apply(&mut dataset),
        false => 0,
    };
    let dataset = dataset;
    let mapping = mapping(input, &options.read, options.date_field.as_deref())?;
    let dates = dates(input, &dataset, &mapping, options)?;
    let labelled = Labelled::new(&dataset)?;
    let texts = dataset.texts();
    let groups = DuplicateGroups::new(&texts);
    let (conflicts, conflicting) = conflicts(&dataset, &labelled, &groups.normalised)?;
    let (leaks, leaked) = all_leaks(&dataset, &texts, options)?;
    let (label_errors, mislabelled) = label_errors(&dataset, &labelled, &groups.normalised, options)?;
    let diff = options.diff.as_ref();
    let diff = diff
        .map(|path| differences(&dataset, path, options))
        .transpose()?;
    let duplicates = groups.health(&dataset);
    let found = Found {
        conflicts: conflicting,
        leaked,
        label_errors: mislabelled,
        groups,
    };
    let output = fixed(input, &dataset, &found, options)?.map(|written| FixSummary {
        aliased,
        merged,
        ..written
    });
    Ok(Inspection {
        file: input.to_owned(),
        sha256: sha256_of_input(input)?,
        dates,
        mapping,
        rows: row_health(&dataset),
        labels: labelled.health(&dataset, &variants, &options.read.label_field),
        lengths: TextLengths::from_texts(&texts),
        texts_for_nothing: texts_for_nothing(&dataset),
        duplicates,
        conflicts,
        leaks,
        personal_data: personal_health(&texts),
        cleaning: cleaning_preview(&dataset, &texts),
        languages: language::count(&texts),
        label_errors,
        diff,
        output,
    })
}

/// Reads the dates; refuses a date field that the caller stated and no row has.
fn dates(
    input: &Path,
    dataset: &Dataset,
    mapping: &MappingFinding,
    options: &InspectOptions,
) -> Result<Option<DateHealth>> {
    let Some(field) = &mapping.date else {
        return Ok(None);
    };
    let found = date_health(dataset, field, options.read.date_order);
    if found.is_none() && options.date_field.is_some() && !dataset.is_empty() {
        return Err(Error::NoDateField {
            path: input.to_owned(),
            field: field.clone(),
            fields: mapping.fields.clone(),
        });
    }
    Ok(found)
}

/// Writes the cleaned copy, if one was requested.
fn fixed(
    input: &Path,
    dataset: &Dataset,
    found: &Found,
    options: &InspectOptions,
) -> Result<Option<FixSummary>> {
    let style = table_style(input, options);
    let written = options
        .fix
        .as_ref()
        .map(|fix| fix::write(dataset, found, fix, &style));
    written.transpose()
}

/// The delimiter and the byte order mark of the input, if it is a table of text; else the usual ones.
fn table_style(input: &Path, options: &InspectOptions) -> TableStyle {
    match TableStyle::of_file(input, &options.read) {
        Ok((OutputFormat::Csv, style)) if style.delimiter != b'\t' => style,
        _ => TableStyle::default(),
    }
}

fn row_health(dataset: &Dataset) -> RowHealth {
    let mut bad_by_reason = BTreeMap::new();
    let bad_rows = dataset.set_aside.iter().map(|row| {
        *bad_by_reason.entry(row.reason.name()).or_insert(0) += 1;
        BadRowFinding {
            line: row.line,
            offset: row.offset,
            reason: row.reason.name(),
            message: row.reason.to_string(),
        }
    });
    let bad_rows: Vec<BadRowFinding> = bad_rows.collect();
    RowHealth {
        usable: dataset.len(),
        bad: bad_rows.len(),
        bad_by_reason,
        bad_rows,
    }
}

fn texts_for_nothing(dataset: &Dataset) -> Vec<u64> {
    let rows = dataset.rows.iter();
    rows.filter(|row| stands_for_nothing(row.record.text()))
        .map(|row| row.line)
        .collect()
}

fn cleaning_preview(dataset: &Dataset, texts: &[&str]) -> Vec<CleaningFinding> {
    let previews = preview(texts, CLEANING_EXAMPLES);
    let found = previews.into_iter().filter(|found| found.rows > 0);
    found
        .map(|found| CleaningFinding {
            step: found.step,
            rows: found.rows,
            examples: found
                .examples
                .into_iter()
                .map(|(row, after)| CleaningExample {
                    line: dataset.rows[row].line,
                    before: texts[row].to_owned(),
                    after,
                })
                .collect(),
        })
        .collect()
}

fn personal_health(texts: &[&str]) -> PersonalHealth {
    let found = PersonalSummary::from_texts(texts.iter().copied());
    PersonalHealth {
        rows: found.rows,
        emails: found.emails,
        phones: found.phones,
        cards: found.cards,
        ibans: found.ibans,
    }
}
