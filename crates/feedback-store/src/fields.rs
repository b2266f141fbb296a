//! The fields of a record.

use std::fmt;

use serde::de::{MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use serde_json::value::RawValue;

/// The fields of a record beside its text, such as stars, plan or country, in the order of the input and as they came in: numbers
/// keep their digits.
///
/// ```
/// use feedback_store::Fields;
///
/// let fields: Fields = serde_json::from_str(r#"{"stars": 4.50, "plan": "pro", "note": null}"#)?;
/// let shown: Vec<(&str, String)> = fields.iter().collect();
/// assert_eq!(shown, [("stars", "4.50".into()), ("plan", "pro".into()), ("note", String::new())]);
/// assert_eq!(serde_json::to_string(&fields)?, r#"{"stars":4.50,"plan":"pro","note":null}"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Fields {
    fields: Vec<(String, Box<RawValue>)>,
}

impl Fields {
    /// Returns whether there are no fields.
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// Returns the names and the values, as [`FieldValue::value`](crate::FieldValue) has them: a string as it is, nothing for null, and
    /// everything else as JSON.
    pub fn iter(&self) -> impl Iterator<Item = (&str, String)> {
        self.fields
            .iter()
            .map(|(name, value)| (name.as_str(), shown(value.get())))
    }

    /// Returns the length of all names and values in bytes.
    pub fn n_bytes(&self) -> usize {
        self.fields
            .iter()
            .map(|(name, value)| name.len() + value.get().len())
            .sum()
    }
}

/// What stands where an erased text was.
const ERASED: &str = "[erased]";

impl Fields {
    /// Replaces all names and values that are erased texts, also within lists and objects; `None` if there are none.
    pub(crate) fn without(&self, is_erased: &dyn Fn(&str) -> bool) -> Option<Self> {
        let mut is_changed = false;
        let mut clean = |(name, value): &(String, Box<RawValue>)| {
            let mut kept = (name.clone(), value.clone());
            if is_erased(name) {
                ERASED.clone_into(&mut kept.0);
                is_changed = true;
            }
            if value.get().starts_with(['"', '[', '{'])
                && let Ok(mut parsed) = serde_json::from_str(value.get())
                && erase(&mut parsed, is_erased)
                && let Ok(json) = RawValue::from_string(parsed.to_string())
            {
                kept.1 = json;
                is_changed = true;
            }
            kept
        };
        let fields = self.fields.iter().map(&mut clean).collect();
        is_changed.then_some(Self { fields })
    }
}

/// Replaces erased texts in a value; returns whether there are any.
fn erase(value: &mut Value, is_erased: &dyn Fn(&str) -> bool) -> bool {
    match value {
        Value::String(text) if is_erased(text) => {
            ERASED.clone_into(text);
            true
        }
        Value::Array(items) => {
            // All of them, not only up to the first one.
            let mut hit = false;
            for item in items {
                hit |= erase(item, is_erased);
            }
            hit
        }
        Value::Object(map) => {
            let mut hit = false;
            let old = std::mem::take(map);
            for (name, mut value) in old {
                hit |= erase(&mut value, is_erased);
                if is_erased(&name) {
                    hit = true;
                    map.insert(ERASED.to_owned(), value);
                } else {
                    map.insert(name, value);
                }
            }
            hit
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

/// How a value, given as JSON, is shown.
pub(crate) fn shown(json: &str) -> String {
    if json.starts_with('"') {
        // JSON that cannot be parsed, for example after a bit flip on the disk, is shown as it is.
        return serde_json::from_str(json).unwrap_or_else(|_| json.to_owned());
    }
    match json {
        "null" => String::new(),
        other => other.to_owned(),
    }
}

impl PartialEq for Fields {
    fn eq(&self, other: &Self) -> bool {
        let values = |fields: &Self| -> Vec<(String, String)> {
            fields
                .fields
                .iter()
                .map(|(name, value)| (name.clone(), value.get().to_owned()))
                .collect()
        };
        values(self) == values(other)
    }
}

impl Serialize for Fields {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.fields.len()))?;
        for (name, value) in &self.fields {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;

        impl<'de> Visitor<'de> for Entries {
            type Value = Fields;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
                let mut fields: Vec<(String, Box<RawValue>)> = Vec::new();
                while let Some((name, value)) = map.next_entry::<String, Box<RawValue>>()? {
                    match fields.iter_mut().find(|(known, _)| *known == name) {
                        Some((_, known)) => *known = value, // as serde_json's own map does
                        None => fields.push((name, value)),
                    }
                }
                Ok(Fields { fields })
            }
        }

        deserializer.deserialize_map(Entries)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn erased_texts_are_replaced_wherever_they_are() {
        let read = |json: &str| -> Fields { serde_json::from_str(json).unwrap() };
        let is_erased = |text: &str| text == "secret";
        let fields = read(r#"{"a": "secret", "b": ["x", {"secret": 1.50}], "secret": "no", "c": 4.50}"#);
        let clean = fields.without(&is_erased).unwrap();
        assert_eq!(
            serde_json::to_string(&clean).unwrap(),
            r#"{"a":"[erased]","b":["x",{"[erased]":1.5}],"[erased]":"no","c":4.50}"#
        );
        assert_eq!(clean.without(&is_erased), None);
        assert_eq!(
            read(r#"{"a": "secrets", "b": "Secret"}"#).without(&is_erased),
            None
        );
    }
}
