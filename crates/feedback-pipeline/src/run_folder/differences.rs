//! Where two JSON documents differ.

use serde_json::Value;

/// Where two documents differ, as `/path/to/value: this, was that`.
pub fn differences(old: &Value, new: &Value) -> Vec<String> {
    let mut found = Vec::new();
    compare("", Some(old), Some(new), &mut found);
    found
}

fn compare(path: &str, old: Option<&Value>, new: Option<&Value>, found: &mut Vec<String>) {
    match (old, new) {
        (Some(Value::Object(old)), Some(Value::Object(new))) => {
            let added = new.keys().filter(|key| !old.contains_key(*key));
            for key in old.keys().chain(added) {
                compare(&format!("{path}/{key}"), old.get(key), new.get(key), found);
            }
        }
        (Some(Value::Array(old)), Some(Value::Array(new))) => {
            for index in 0..old.len().max(new.len()) {
                compare(&format!("{path}/{index}"), old.get(index), new.get(index), found);
            }
        }
        (old, new) if old == new => {}
        (old, new) => {
            let show = |value: Option<&Value>| value.map_or("nothing".to_owned(), Value::to_string);
            found.push(format!("{path}: {}, was {}", show(new), show(old)));
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_difference_is_named_with_its_place() {
        let old = json!({"same": 1, "a": {"b": [1, 2]}, "gone": null});
        let new = json!({"same": 1, "a": {"b": [1, 3, 4]}, "new": true});
        assert_eq!(
            differences(&old, &new),
            [
                "/a/b/1: 3, was 2",
                "/a/b/2: 4, was nothing",
                "/gone: nothing, was null",
                "/new: true, was nothing"
            ]
        );
        assert!(differences(&old, &old).is_empty());
    }
}
