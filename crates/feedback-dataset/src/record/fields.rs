//! The fields of a record, and the names of the text field and the label field.

use serde_json::{Map, Value};

/// The names of the fields that contain the text and the label.
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
    /// Pairs (field, JSON in the input) for the values that would be written differently from the input.
    pub(crate) verbatim: Vec<(String, Box<str>)>,
}

impl Fields {
    /// Returns the JSON of a value as it is in the input, if the value would be written differently.
    pub(crate) fn verbatim(&self, name: &str) -> Option<&str> {
        self.verbatim
            .iter()
            .find(|(field, _)| field == name)
            .map(|(_, text)| &**text)
    }

    /// Returns the fields as one line of JSON, without a line break.
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
