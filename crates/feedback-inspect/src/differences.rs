//! Finds what changed since an older version of a file.

use std::path::Path;

use crate::diff::{Change, DiffKey, diff};
use feedback_dataset::Dataset;
use feedback_dataset::labels::LabelAliases;
use feedback_formats::read;
use serde_json::Value;

use crate::error::Result;
use crate::findings::{ChangedRow, DiffFinding, FieldChange, lines};
use crate::options::InspectOptions;

/// Compares a data set with its older version at `path`.
pub(crate) fn differences(dataset: &Dataset, path: &Path, options: &InspectOptions) -> Result<DiffFinding> {
    let mut old = read(path, &options.as_in_the_file(), options.on_bad_row)?;
    if let Some(aliases) = &options.aliases {
        LabelAliases::read(aliases)?.apply(&mut old);
    }
    let found = diff(&old.rows, &dataset.rows);
    let value = |dataset: &Dataset, row: usize, field: &str| {
        let value = dataset.rows[row].record.get(field);
        value.cloned().unwrap_or(Value::Null)
    };
    let changed = |change: &Change| {
        let values = |field: &String| {
            let change = FieldChange {
                old: value(&old, change.old, field),
                new: value(dataset, change.new, field),
            };
            (field.clone(), change)
        };
        ChangedRow {
            line: dataset.rows[change.new].line,
            other_line: old.rows[change.old].line,
            fields: change.fields.iter().map(values).collect(),
        }
    };
    Ok(DiffFinding {
        file: path.to_owned(),
        key: match found.key {
            DiffKey::Id => "id",
            DiffKey::Text => "text",
        },
        changed: found.changed.iter().map(changed).collect(),
        added: lines(dataset, &found.added),
        removed: lines(&old, &found.removed),
        unchanged: found.unchanged,
    })
}
