//! Names of classes in files that Hugging Face's `datasets` wrote: the column has numbers, and the schema has their names.

use std::collections::HashMap;

use arrow_schema::Schema;
use serde_json::Value;

/// Where `datasets` writes what it knows about the columns, as JSON.
const KEY: &str = "huggingface";

/// Returns the class names of each column whose type is a `ClassLabel` or a list of `ClassLabel`.
pub(super) fn class_names(schema: &Schema) -> HashMap<String, Vec<String>> {
    let known = schema.metadata().get(KEY);
    let known: Option<Value> = known.and_then(|json| serde_json::from_str(json).ok());
    let features = known.as_ref().and_then(|known| known.pointer("/info/features"));
    let Some(Value::Object(features)) = features else {
        return HashMap::new();
    };
    features
        .iter()
        .filter_map(|(column, feature)| Some((column.clone(), names(feature)?)))
        .collect()
}

fn names(feature: &Value) -> Option<Vec<String>> {
    let of_list = feature.get("feature").filter(|inner| inner.is_object());
    let class = of_list.unwrap_or(feature);
    if class.get("_type")?.as_str()? != "ClassLabel" {
        return None;
    }
    let names = class.get("names")?.as_array()?.iter();
    names.map(|name| name.as_str().map(str::to_owned)).collect()
}

/// Returns the JSON of a value with names instead of the numbers of classes; `None` for a number without a name, such as the -1 of a
/// test set without labels, and for other values.
pub(super) fn named(json: &str, names: &[String]) -> Option<String> {
    let name = |class: &Value| {
        let class = usize::try_from(class.as_u64()?).ok()?;
        names.get(class).map(|name| Value::from(name.as_str()))
    };
    let named = match serde_json::from_str(json).ok()? {
        Value::Array(classes) => classes.iter().map(name).collect::<Option<Value>>(),
        class => name(&class),
    };
    named.map(|named| named.to_string())
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    #[test]
    fn classes_are_named() {
        let json = r#"{"info":{"features":{"text":{"dtype":"string","_type":"Value"},
            "label":{"names":["bug","praise"],"_type":"ClassLabel"},
            "tags":{"feature":{"names":["a","b"],"_type":"ClassLabel"},"_type":"Sequence"}}}}"#;
        let metadata = HashMap::from([(KEY.to_owned(), json.to_owned())]);
        let schema = Schema::new_with_metadata(Vec::<arrow_schema::Field>::new(), metadata);
        let found = class_names(&schema);
        assert_eq!(found.len(), 2);
        assert_eq!(found["tags"], ["a", "b"]);
        let names = &found["label"];
        for (json, expected) in [
            ("0", Some("\"bug\"")),
            ("1", Some("\"praise\"")),
            ("2", None),
            ("-1", None),
            ("null", None),
            ("[1,0]", Some("[\"praise\",\"bug\"]")),
            ("[]", Some("[]")),
            ("[0,7]", None),
        ] {
            assert_eq!(named(json, names).as_deref(), expected, "{json}");
        }
        assert!(class_names(&Schema::empty()).is_empty());
    }
}
