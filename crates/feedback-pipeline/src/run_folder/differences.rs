//! The differences between two JSON documents.

use serde_json::Value;

/// Returns the differences between two documents, each as `/path/to/value: new, was old`.
///
/// In the path, a list element appears by its `name` if both documents have the same name at this index, otherwise by its
/// index (from 0).
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
                let (old, new) = (old.get(index), new.get(index));
                let place = common_name(old, new).map_or(index.to_string(), str::to_owned);
                compare(&format!("{path}/{place}"), old, new, found);
            }
        }
        (old, new) if old == new => {}
        (old, new) => {
            let show = |value: Option<&Value>| value.map_or("nothing".to_owned(), Value::to_string);
            found.push(format!("{path}: {}, was {}", show(new), show(old)));
        }
    }
}

/// Returns the `name` of both elements, such as a file name, if they have the same one.
fn common_name<'a>(old: Option<&'a Value>, new: Option<&Value>) -> Option<&'a str> {
    let name = old?.get("name")?.as_str()?;
    (new?.get("name")?.as_str()? == name).then_some(name)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_difference_is_reported_with_its_path() {
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

    #[test]
    fn list_elements_appear_by_their_common_name() {
        let files = |name: &str, hash: u8| json!({"files": [{"name": name, "sha256": hash}]});
        assert_eq!(
            differences(&files("a.csv", 1), &files("a.csv", 2)),
            ["/files/a.csv/sha256: 2, was 1"]
        );
        assert_eq!(
            differences(&files("a.csv", 1), &files("b.csv", 1)),
            ["/files/0/name: \"b.csv\", was \"a.csv\""]
        );
    }
}
