//! The fields of a record.

use std::fmt;

use serde::de::{MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use serde_json::value::RawValue;

/// The fields of a record except its text, such as stars, plan or country. They are in the order of the input and unchanged:
/// numbers keep their digits.
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

    /// Returns the names and the values, as in [`FieldValue::value`](crate::FieldValue): a string unchanged, an empty string for
    /// null, and everything else as JSON.
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
pub(crate) const ERASED: &str = "[erased]";

impl Fields {
    /// Replaces names and texts, also within lists and objects, if `replace` returns a replacement. Returns `None` if nothing
    /// was replaced.
    pub fn replaced(&self, replace: &dyn Fn(&str) -> Option<String>) -> Option<Self> {
        let mut is_changed = false;
        let mut changed = |(name, value): &(String, Box<RawValue>)| {
            let mut kept = (name.clone(), value.clone());
            if let Some(name) = replace(name) {
                kept.0 = name;
                is_changed = true;
            }
            if value.get().starts_with(['"', '[', '{'])
                && let Ok(mut parsed) = serde_json::from_str(value.get())
                && replace_in(&mut parsed, replace)
                && let Ok(json) = RawValue::from_string(parsed.to_string())
            {
                kept.1 = json;
                is_changed = true;
            }
            kept
        };
        let fields = self.fields.iter().map(&mut changed).collect();
        is_changed.then_some(Self { fields })
    }

    /// Replaces numbers where `replace` returns something for their digits; they become texts.
    pub fn replaced_numbers(&self, replace: &dyn Fn(&str) -> Option<String>) -> Option<Self> {
        let mut is_changed = false;
        let mut changed = |(name, value): &(String, Box<RawValue>)| {
            let is_number = value.get().starts_with(|c: char| c == '-' || c.is_ascii_digit());
            let text = is_number.then(|| replace(value.get())).flatten();
            let json = text.and_then(|text| RawValue::from_string(Value::from(text).to_string()).ok());
            is_changed |= json.is_some();
            (name.clone(), json.unwrap_or_else(|| value.clone()))
        };
        let fields = self.fields.iter().map(&mut changed).collect();
        is_changed.then_some(Self { fields })
    }

    /// Replaces all names and values that are erased texts, also within lists and objects; `None` if there are none.
    pub(crate) fn without(&self, is_erased: &dyn Fn(&str) -> bool) -> Option<Self> {
        self.replaced(&|text| is_erased(text).then(|| ERASED.to_owned()))
    }
}

/// Replaces texts in a value; returns whether any was replaced.
fn replace_in(value: &mut Value, replace: &dyn Fn(&str) -> Option<String>) -> bool {
    match value {
        Value::String(text) => match replace(text) {
            Some(new) => {
                *text = new;
                true
            }
            None => false,
        },
        Value::Array(items) => {
            // All of them, not only up to the first one.
            let mut hit = false;
            for item in items {
                hit |= replace_in(item, replace);
            }
            hit
        }
        Value::Object(map) => {
            let mut hit = false;
            for (name, mut value) in std::mem::take(map) {
                hit |= replace_in(&mut value, replace);
                let new = replace(&name);
                hit |= new.is_some();
                map.insert(new.unwrap_or(name), value);
            }
            hit
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
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

    #[test]
    fn digits_of_numbers_are_replaced_on_request() {
        let fields: Fields =
            serde_json::from_str(r#"{"a": 4917012345678901, "b": "4917012345678901", "c": 5}"#).unwrap();
        let long = |digits: &str| (digits.len() > 10).then(|| "[phone]".to_owned());
        let masked = fields.replaced_numbers(&long).unwrap();
        let json = serde_json::to_string(&masked).unwrap();
        assert_eq!(json, r#"{"a":"[phone]","b":"4917012345678901","c":5}"#);
        assert_eq!(masked.replaced_numbers(&long), None);
    }
}
