//! Removes values from the text of rules.

use toml::{Table, Value};

/// Replaces each string of the rules for which `is_unwanted` is true. Comments and the form of the text stay. Returns the new text, or
/// `None` if there is no such string, or the text is not TOML.
///
/// ```
/// let rules = "[[rule]]\nname = \"Ann's case\"\nwords = ['so slow', 'late']\n";
/// let clean = feedback_triage::without_values(rules, |value| value == "so slow", "[erased]");
/// assert_eq!(clean.unwrap(), "[[rule]]\nname = \"Ann's case\"\nwords = [\"[erased]\", 'late']\n");
/// ```
#[must_use]
pub fn without_values(rules: &str, is_unwanted: impl Fn(&str) -> bool, replacement: &str) -> Option<String> {
    let mut unwanted = Vec::new();
    strings(&Value::Table(rules.parse::<Table>().ok()?), &mut |value| {
        if is_unwanted(value) {
            unwanted.push(value.to_owned());
        }
    });
    if unwanted.is_empty() {
        return None;
    }
    let new = Value::from(replacement).to_string();
    let mut text = rules.to_owned();
    for value in &unwanted {
        for written in [
            Value::from(value.as_str()).to_string(),
            format!("\"{value}\""),
            format!("'{value}'"),
        ] {
            text = text.replace(&written, &new);
        }
    }
    let mut is_left = false;
    if let Ok(table) = text.parse::<Table>() {
        strings(&Value::Table(table), &mut |value| is_left |= is_unwanted(value));
    }
    // A string with unusual escapes is not found in the text. Then the form goes, so that the value does not stay.
    Some(if is_left {
        replaced(&text, &unwanted, replacement)
    } else {
        text
    })
}

fn replaced(rules: &str, unwanted: &[String], replacement: &str) -> String {
    let mut value = Value::Table(rules.parse::<Table>().unwrap_or_default());
    replace(&mut value, unwanted, replacement);
    value.as_table().map(ToString::to_string).unwrap_or_default()
}

fn replace(value: &mut Value, unwanted: &[String], replacement: &str) {
    match value {
        Value::String(text) if unwanted.contains(text) => replacement.clone_into(text),
        Value::Array(values) => values
            .iter_mut()
            .for_each(|value| replace(value, unwanted, replacement)),
        Value::Table(table) => table
            .iter_mut()
            .for_each(|(_, value)| replace(value, unwanted, replacement)),
        _ => {}
    }
}

fn strings(value: &Value, found: &mut impl FnMut(&str)) {
    match value {
        Value::String(text) => found(text),
        Value::Array(values) => values.iter().for_each(|value| strings(value, found)),
        Value::Table(table) => table.iter().for_each(|(_, value)| strings(value, found)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_replaced_in_every_form() {
        let rules = "# keep\na = \"x \\u0041\"\nb = ['x A', \"x AB\"]\n";
        let clean = without_values(rules, |value| value == "x A", "-").unwrap();
        assert!(!clean.contains("\\u0041") && !clean.contains("'x A'"), "{clean}");
        assert!(clean.contains("x AB"), "{clean}");
        assert_eq!(without_values(rules, |value| value == "x", "-"), None);
    }
}
