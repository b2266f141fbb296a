//! Parses JSON with exact numbers, so that saved arguments are read as they were.

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

/// Parses JSON with exact numbers. `serde_json` sometimes rounds a fraction of 17 digits to a neighbouring number, and a
/// learning rate that differs in its last bit gives a different run.
///
/// # Errors
///
/// The text is not valid JSON.
pub fn parse_exact_json(text: &str) -> serde_json::Result<Value> {
    Ok(match text.trim_start().as_bytes().first() {
        Some(b'{') => {
            let fields: Vec<(String, Box<RawValue>)> = serde_json::from_str::<Fields>(text)?.0;
            let fields = fields
                .into_iter()
                .map(|(name, value)| Ok((name, parse_exact_json(value.get())?)));
            Value::Object(fields.collect::<serde_json::Result<_>>()?)
        }
        Some(b'[') => {
            let items: Vec<Box<RawValue>> = serde_json::from_str(text)?;
            let items = items.iter().map(|item| parse_exact_json(item.get()));
            Value::Array(items.collect::<serde_json::Result<_>>()?)
        }
        _ => match serde_json::from_str(text)? {
            Value::Number(number) if number.is_f64() => text
                .trim()
                .parse::<f64>()
                .map_or(Value::Number(number), Value::from),
            other => other,
        },
    })
}

/// The fields of an object in their order.
struct Fields(Vec<(String, Box<RawValue>)>);

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visit;
        impl<'de> serde::de::Visitor<'de> for Visit {
            type Value = Fields;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
                let mut fields = Vec::new();
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(Fields(fields))
            }
        }
        deserializer.deserialize_map(Visit)
    }
}
