//! Replaces what a model said about a text.

use super::columns::{forget_changes, note_change};
use super::database::{Database, Value};
use super::labels;
use super::predictions::{answers_json, scores_json};
use crate::error::Result;
use crate::predictions::Reclassified;

/// Replaces what the earlier model said, and returns how many of the predictions exist.
pub(crate) fn replace(database: &mut dyn Database, all: &[Reclassified]) -> Result<u64> {
    let mut replaced = 0;
    for one in all {
        let changed = database.execute(
            "UPDATE predictions SET label = $2, labels = $3, confidence = $4, margin = $5, abstained = $6, truncated = $7, \
             unfamiliarity = $8, scores = $9, answers = $10, model = $11 WHERE id = $1",
            &[
                one.id.into(),
                labels::first(&one.labels).into(),
                Value::Json(labels::list(&one.labels).map(Into::into)),
                one.confidence.into(),
                one.margin.into(),
                one.abstained.into(),
                one.truncated.into(),
                one.unfamiliarity.into(),
                Value::Json(Some(scores_json(&one.scores).into())),
                Value::Text(answers_json(&one.answers).map(Into::into)),
                (&one.model).into(),
            ],
        )?;
        if changed > 0 {
            note_change(database, one.id)?;
        }
        replaced += changed;
    }
    // All texts of a store may be replaced one after the other.
    forget_changes(database)?;
    Ok(replaced)
}
