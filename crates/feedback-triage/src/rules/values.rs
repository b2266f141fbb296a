//! Removes values from the text of rules.

use toml::Value;

/// What can only be one of a few names, and is no text of a person.
const FIXED: [&str; 7] = [
    "category",
    "sentiment",
    "urgency",
    "language",
    "languages",
    "theme",
    "priority",
];

/// Replaces each name, phrase, team, tag and value of a field for which `is_unwanted` is true. Comments and the form of the text stay, if possible. Returns the new text, or
/// `None` if there is no such string, or the text is not TOML.
///
/// ```
/// let rules = "[[rule]]\nname = \"Ann's case\"\nwords = ['so slow', 'late']\n";
/// let clean = feedback_triage::without_values(rules, |value| value == "so slow", "[erased]");
/// assert_eq!(clean.unwrap(), "[[rule]]\nname = \"Ann's case\"\nwords = [\"[erased]\", 'late']\n");
/// ```
#[must_use]
pub fn without_values(rules: &str, is_unwanted: impl Fn(&str) -> bool, replacement: &str) -> Option<String> {
    let mut clean = Value::Table(rules.parse().ok()?);
    let mut found = Vec::new();
    replace(&mut clean, replacement, &mut |value| {
        let is_found = is_unwanted(value);
        if is_found {
            found.push(value.to_owned());
        }
        is_found
    });
    let new = Value::from(replacement).to_string();
    let mut text = rules.to_owned();
    for value in &found {
        for written in [Value::from(value.as_str()).to_string(), format!("'{value}'")] {
            text = text.replace(&written, &new);
        }
    }
    // The text may have the value in another form, or elsewhere. Then its comments and its form go.
    let is_right = text.parse().is_ok_and(|table| Value::Table(table) == clean);
    let written_anew = || clean.as_table().map(ToString::to_string);
    if found.is_empty() {
        None
    } else if is_right {
        Some(text)
    } else {
        written_anew()
    }
}

fn replace(value: &mut Value, new: &str, is_unwanted: &mut impl FnMut(&str) -> bool) {
    match value {
        Value::String(text) if is_unwanted(text) => new.clone_into(text),
        Value::Array(values) => values
            .iter_mut()
            .for_each(|value| replace(value, new, is_unwanted)),
        Value::Table(table) => table
            .iter_mut()
            .filter(|(key, _)| !FIXED.contains(&key.as_str()))
            .for_each(|(_, value)| replace(value, new, is_unwanted)),
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

    #[test]
    fn the_rules_can_still_be_read_and_decide_by_the_same_categories() {
        let rules = "[[rule]]\nname = \"it's 'late' again\"\nwhen = { words = ['late', 'slow'], category = ['late'] }\nthen = { team = \"a\" }\n";
        let clean = without_values(rules, |value| value == "late", "[erased]").unwrap();
        let read = crate::RuleSet::parse(&clean).unwrap();
        let rule = &read.rules()[0];
        assert_eq!(
            (rule.name.as_str(), rule.when.categories[0].as_str()),
            ("it's 'late' again", "late")
        );
        assert_eq!(rule.when.words.len(), 2);
        assert!(
            !clean.contains("words = ['late'") && !clean.contains("words = [\"late\""),
            "{clean}"
        );
    }
}
