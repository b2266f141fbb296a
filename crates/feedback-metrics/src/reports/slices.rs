//! Figures for parts of the rows.

use serde::Serialize;

use super::input::ReportInput;
use super::slice_keys::{SliceKey, SliceKeys};
use crate::error::Result;
use crate::slices::{Slice, slice_by};

/// The figures of each slice, for one way to divide the rows.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SliceTable {
    /// The property by which the rows are divided, such as `source`.
    pub name: String,
    /// The slices.
    pub slices: Vec<Slice<String>>,
}

/// Returns the slices by label, followed by the slices for each of `input.slices`. Keys that are the same for all rows
/// are left out.
pub(super) fn slice_tables(
    input: &ReportInput<'_>,
    names: &[String],
    predictions: &[usize],
    confidence: f64,
) -> Result<Vec<SliceTable>> {
    let label_key = |&label: &usize| SliceKey::new(label, names[label].as_str());
    let by_label = SliceKeys {
        name: "label".to_owned(),
        keys: input.labels.iter().map(label_key).collect(),
    };
    let kinds = std::iter::once(&by_label).chain(input.slices);
    let table = |kind: &SliceKeys| {
        let found = slice_by(
            &kind.limited(),
            input.labels,
            predictions,
            names.len(),
            confidence,
        )?;
        let named = found.into_iter().map(|slice| Slice {
            key: slice.key.name,
            n: slice.n,
            accuracy: slice.accuracy,
            interval: slice.interval,
            macro_average: slice.macro_average,
            weighted: slice.weighted,
        });
        Ok(SliceTable {
            name: kind.name.clone(),
            slices: named.collect(),
        })
    };
    kinds.filter(|kind| kind.has_several()).map(table).collect()
}
