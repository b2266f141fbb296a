//! Reads the files.

use std::path::{Path, PathBuf};

use feedback_testkit::workspace;
use serde_json::Value;

/// Returns the text of a file of the project.
pub(super) fn text(path: &str) -> String {
    fs_err::read_to_string(workspace().join(path)).unwrap()
}

/// Returns the document of a YAML file of the project.
pub(super) fn yaml(path: &str) -> Value {
    serde_saphyr::from_str(&text(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Returns all files below a folder of the project, in the order of their paths.
pub(super) fn below(folder: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    collect(&workspace().join(folder), &mut found);
    found.sort();
    found
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs_err::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            // Ignored by Git.
            true if path.ends_with("deploy/secrets") => {}
            true => collect(&path, found),
            false => found.push(path),
        }
    }
}

/// Calls a function with each string in a document.
pub(super) fn each_string(value: &Value, visit: &mut impl FnMut(&str)) {
    match value {
        Value::String(text) => visit(text),
        Value::Array(list) => list.iter().for_each(|value| each_string(value, visit)),
        Value::Object(map) => map.values().for_each(|value| each_string(value, visit)),
        _ => {}
    }
}

/// Returns the values that a key has anywhere in a document.
pub(super) fn values_of<'a>(key: &str, value: &'a Value) -> Vec<&'a Value> {
    match value {
        Value::Array(list) => list.iter().flat_map(|value| values_of(key, value)).collect(),
        Value::Object(map) => map
            .iter()
            .flat_map(|(name, value)| {
                let inner = values_of(key, value);
                (name == key).then_some(value).into_iter().chain(inner)
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// Returns the words of a text that start with `prefix`, where a word consists of the characters that `is_part` accepts.
pub(super) fn words<'a>(text: &'a str, prefix: &str, is_part: fn(char) -> bool) -> Vec<&'a str> {
    let all = text.split(move |letter| !is_part(letter));
    all.filter(|word| word.starts_with(prefix) && word.len() > prefix.len())
        .collect()
}

#[test]
fn every_file_parses() {
    let mut parsed = 0;
    for path in [below("deploy"), below(".github")].concat() {
        let content = fs_err::read_to_string(&path).unwrap();
        let problem = match path.extension().and_then(|extension| extension.to_str()) {
            Some("yaml" | "yml") => serde_saphyr::from_str::<Value>(&content)
                .err()
                .map(|error| error.to_string()),
            Some("json") => serde_json::from_str::<Value>(&content)
                .err()
                .map(|error| error.to_string()),
            Some("toml") => content
                .parse::<toml::Table>()
                .err()
                .map(|error| error.to_string()),
            _ => continue,
        };
        assert_eq!(problem, None, "{}", path.display());
        parsed += 1;
    }
    assert!(parsed >= 20, "{parsed}");
}
