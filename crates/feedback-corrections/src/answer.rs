//! The answer of a person about one row.

use serde::{Deserialize, Serialize};

use crate::clock::utc_now;
use crate::row_id::RowId;

/// The answer of a person about one row: a line of `answers.jsonl`.
///
/// ```json
/// {"id": "train:12", "label": "bug", "by": "anna", "time": "2026-01-31T23:59:59Z"}
/// {"id": "unlabelled:7", "drop": true}
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// The id of the row.
    pub id: RowId,
    /// The label that the row should have. Giving the label that it already has confirms it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// True to remove the row from training and metrics. An answer must have either `drop: true` or a label.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub drop: bool,
    /// The text that the person saw. If it is given and the row has another text, the answer is refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The name of the person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// When the person answered, in any format.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<String>,
}

impl Answer {
    /// Creates the answer that a row has this label, with the current time.
    pub fn label(id: RowId, label: &str, by: &str) -> Self {
        Self {
            id,
            label: Some(label.to_owned()),
            drop: false,
            text: None,
            by: Some(by.to_owned()),
            time: Some(utc_now()),
        }
    }

    /// Creates the answer that a row must not be used, with the current time.
    pub fn drop(id: RowId, by: &str) -> Self {
        Self {
            label: None,
            drop: true,
            ..Self::label(id, "", by)
        }
    }
}
