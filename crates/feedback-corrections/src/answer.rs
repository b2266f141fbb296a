//! What a person says about one row.

use serde::{Deserialize, Serialize};

use crate::clock::utc_now;
use crate::row_id::RowId;

/// What a person says about one row: a line of `answers.jsonl`.
///
/// ```json
/// {"id": "train:12", "label": "bug", "by": "anna", "time": "2026-01-31T23:59:59Z"}
/// {"id": "unlabelled:7", "drop": true}
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// The row.
    pub id: RowId,
    /// The label that the row should have. Giving the label that it already has confirms it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// True to take the row out of training and metrics. An answer has either this or a label.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub drop: bool,
    /// The text that the person saw. If it is given and the row has another text, the answer is refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// When the person answered, in any form.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<String>,
}

impl Answer {
    /// "This row has this label", said now.
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

    /// "Do not use this row", said now.
    pub fn drop(id: RowId, by: &str) -> Self {
        Self {
            label: None,
            drop: true,
            ..Self::label(id, "", by)
        }
    }
}
