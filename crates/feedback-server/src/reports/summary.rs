//! The main findings of a report, for its page.

use std::path::Path;

use feedback_files::read_json;
use serde::{Deserialize, Serialize};

/// The main findings of a report.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub(crate) struct Summary {
    /// The periods that are compared.
    pub(crate) title: String,
    /// How much stands out, in one sentence.
    pub(crate) summary: String,
    /// The changes that stand out, the best first.
    pub(crate) headlines: Vec<Finding>,
    /// What is not known.
    pub(crate) unknown: Vec<Remark>,
}

/// A change that stands out.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub(crate) struct Finding {
    /// The change in words.
    pub(crate) text: String,
    /// Texts that show it.
    pub(crate) quotes: Vec<Quote>,
}

/// A text that shows a change.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub(crate) struct Quote {
    pub(crate) text: String,
    /// The id of the prediction.
    #[serde(rename(deserialize = "line"))]
    pub(crate) id: i64,
}

/// Something that is not known.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub(crate) struct Remark {
    pub(crate) text: String,
}

impl Summary {
    /// Reads `insight.json` in the folder of a report.
    pub(super) fn read(folder: &Path) -> std::io::Result<Self> {
        read_json(folder.join("insight.json")).map_err(std::io::Error::other)
    }
}
