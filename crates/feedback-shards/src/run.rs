//! What all workers of a job agree on.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The version of the layout of the folder.
const LAYOUT: u32 = 1;

/// What a job does. Workers whose descriptions differ must not write into the same folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    layout: u32,
    /// Number of rows of a part; the last part may have fewer.
    pub(crate) part_rows: u64,
    /// The ending of the names of the parts.
    pub(crate) extension: String,
    /// Number of bytes with which each part begins before its first row, such as a header; they are the same in all parts.
    pub(crate) header_bytes: u64,
    /// What else must be the same: its name and its value, such as a hash.
    pub(crate) facts: BTreeMap<String, String>,
}

impl Run {
    /// Describes a job with parts of this number of rows, in files with this ending (`jsonl`). At least one row.
    #[must_use]
    pub fn new(part_rows: u64, extension: &str) -> Self {
        Self {
            layout: LAYOUT,
            part_rows: part_rows.max(1),
            extension: extension.to_owned(),
            header_bytes: 0,
            facts: BTreeMap::new(),
        }
    }

    /// Adds something that must be the same for all workers, such as the hash of the input.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.facts.insert(name.to_owned(), value.into());
        self
    }

    /// Says that each part begins with a header of this number of bytes. [`merge`](crate::merge()) keeps only the first one.
    #[must_use]
    pub fn with_header(mut self, bytes: u64) -> Self {
        self.header_bytes = bytes;
        self
    }

    /// Returns the first difference: its name, the value here and the value there.
    pub(crate) fn difference(&self, other: &Self) -> Option<(String, String, String)> {
        let all = |run: &Self| {
            let mut all = run.facts.clone();
            all.insert("layout of the folder".into(), run.layout.to_string());
            all.insert("rows of a part".into(), run.part_rows.to_string());
            all.insert("format of the parts".into(), run.extension.clone());
            all.insert("length of the header".into(), run.header_bytes.to_string());
            all
        };
        let (ours, theirs) = (all(self), all(other));
        let value = |of: &BTreeMap<String, String>, name: &str| {
            of.get(name).cloned().unwrap_or_else(|| "none".to_owned())
        };
        let names = ours.keys().chain(theirs.keys());
        let mut pairs = names.map(|name| (name.clone(), value(&ours, name), value(&theirs, name)));
        pairs.find(|(_, ours, theirs)| ours != theirs)
    }
}
