//! Input checks that all metrics share, so that the same mistake gives the same message.

use crate::error::{Error, Result};

/// The maximum number of classes of a [`crate::ConfusionMatrix`]. The counts of that many classes take 800 MB.
pub(crate) const MAX_CLASSES: usize = 10_000;

pub(crate) fn class_count(found: usize, minimum: usize) -> Result<()> {
    if (minimum..=MAX_CLASSES).contains(&found) {
        return Ok(());
    }
    Err(Error::ClassCount {
        found,
        minimum,
        maximum: MAX_CLASSES,
    })
}

pub(crate) fn not_empty(what: &'static str, n: usize) -> Result<()> {
    if n == 0 {
        return Err(Error::Empty { what });
    }
    Ok(())
}

pub(crate) fn same_length(
    what: &'static str,
    found: usize,
    reference: &'static str,
    expected: usize,
) -> Result<()> {
    if found == expected {
        return Ok(());
    }
    Err(Error::LengthMismatch {
        what,
        found,
        reference,
        expected,
    })
}

pub(crate) fn class_ids(what: &'static str, ids: &[usize], n_classes: usize) -> Result<()> {
    match ids.iter().position(|&id| id >= n_classes) {
        None => Ok(()),
        Some(row) => Err(Error::ClassOutOfRange {
            what,
            row,
            found: ids[row],
            n_classes,
        }),
    }
}

/// Checks the labels of a table of scores: one label for each row, each below the number of columns.
pub(crate) fn labels_of_table(labels: &[usize], n_rows: usize, n_classes: usize) -> Result<()> {
    same_length("labels", labels.len(), "scores", n_rows)?;
    not_empty("labels", labels.len())?;
    class_ids("labels", labels, n_classes)
}

pub(crate) fn parameter(what: &'static str, found: f64, holds: bool, expected: &'static str) -> Result<()> {
    if holds {
        return Ok(());
    }
    Err(Error::Parameter {
        what,
        expected,
        found,
    })
}

/// Checks a confidence level such as 0.95.
pub(crate) fn confidence(found: f64) -> Result<()> {
    let holds = found > 0.0 && found < 1.0;
    parameter(
        "confidence",
        found,
        holds,
        "a number between 0 and 1, such as 0.95",
    )
}
