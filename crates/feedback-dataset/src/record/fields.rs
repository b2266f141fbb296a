//! The fields of a record, and the names of those with text and label.

use serde_json::{Map, Value};

/// The names of the fields that contain text and label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FieldNames {
    pub(crate) text: String,
    pub(crate) label: String,
}

impl Default for FieldNames {
    fn default() -> Self {
        Self {
            text: "text".to_string(),
            label: "label".to_string(),
        }
    }
}

/// The fields of a record.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Fields {
    pub(crate) map: Map<String, Value>,
    /// Values whose text in the input differs from what would be written for them.
    pub(crate) verbatim: Vec<(String, Box<str>)>,
}

impl Fields {
    /// The text of a value in the input, if it differs from what would be written for it.
    pub(crate) fn verbatim(&self, name: &str) -> Option<&str> {
        self.verbatim
            .iter()
            .find(|(field, _)| field == name)
            .map(|(_, text)| &**text)
    }

    /// The fields as one line of JSON, without a line break.
    pub(crate) fn to_json(&self) -> String {
        let mut line = String::from("{");
        for (index, (name, value)) in self.map.iter().enumerate() {
            if index > 0 {
                line.push(',');
            }
            line.push_str(&Value::String(name.clone()).to_string());
            line.push(':');
            match self.verbatim(name) {
                Some(text) => line.push_str(text),
                None => line.push_str(&value.to_string()),
            }
        }
        line.push('}');
        line
    }
}
