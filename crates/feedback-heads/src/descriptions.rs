//! What labels mean, in words.

use std::collections::HashSet;
use std::path::Path;

use feedback_dataset::text::comparison_key;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// A label, and what is known about its meaning.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct LabelDescription {
    /// The name, as predictions show it.
    pub name: String,
    /// What a text with this label says, in a sentence: `reports that something is broken`. Empty if the name says it all.
    #[serde(default)]
    pub description: String,
    /// Texts that have this label.
    #[serde(default)]
    pub examples: Vec<String>,
}

impl LabelDescription {
    /// Returns a label of which only the name is known.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            description: String::new(),
            examples: Vec::new(),
        }
    }

    /// Returns the sentences that say what the label means: its name and description, or only its name.
    pub fn prompts(&self) -> Vec<String> {
        let words = self.name.replace(['_', '-', '/'], " ");
        let description = self.description.trim();
        if description.is_empty() {
            return vec![words];
        }
        vec![format!("{words}: {description}"), description.to_owned()]
    }
}

/// The content of a file with labels.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LabelFile {
    labels: Vec<LabelDescription>,
}

/// Reads a TOML file with a block for each label:
///
/// ```toml
/// [[labels]]
/// name = "bug"
/// description = "reports that something is broken: a crash, an error, a wrong result"
/// examples = ["It closes as soon as I open a photo."]
/// ```
///
/// # Errors
///
/// [`Error::LabelFile`] with the line if the file is not such TOML, and the errors of [`check_labels`].
pub fn read_labels(path: &Path) -> Result<Vec<LabelDescription>> {
    let text = fs_err::read_to_string(path)?;
    let file: LabelFile = toml::from_str(&text).map_err(|error| Error::LabelFile {
        path: path.to_owned(),
        reason: located(&text, &error),
    })?;
    check_labels(&file.labels).map_err(|error| Error::LabelFile {
        path: path.to_owned(),
        reason: error.to_string(),
    })?;
    Ok(file.labels)
}

/// Returns the message of a TOML error, with its line.
fn located(text: &str, error: &toml::de::Error) -> String {
    let before = error.span().and_then(|span| text.get(..span.start));
    let message = error.message();
    before.map_or(message.to_owned(), |before| {
        format!("line {}: {message}", before.matches('\n').count() + 1)
    })
}

/// Checks a list of labels.
///
/// # Errors
///
/// [`Error::Labels`] if there are fewer than two labels, a name is empty, or two names differ at most in case, accents, width,
/// punctuation or white space.
pub fn check_labels(labels: &[LabelDescription]) -> Result<()> {
    let wrong = |reason: String| Err(Error::Labels { reason });
    if labels.len() < 2 {
        return wrong(format!(
            "the number of labels is {}, expected at least two",
            labels.len()
        ));
    }
    let mut seen = HashSet::new();
    for (place, label) in (1..).zip(labels) {
        if label.name.trim().is_empty() {
            return wrong(format!("label {place} has an empty name"));
        }
        if label.name.chars().any(char::is_control) {
            return wrong(format!("the name of label {place} has a control character"));
        }
        if !seen.insert(comparison_key(&label.name)) {
            return wrong(format!("the label `{}` is given twice", label.name));
        }
        if let Some(at) = label.examples.iter().position(|text| text.trim().is_empty()) {
            return wrong(format!(
                "example {} of the label `{}` is empty",
                at + 1,
                label.name
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<LabelDescription>> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("labels.toml");
        fs_err::write(&path, text).unwrap();
        read_labels(&path)
    }

    #[test]
    fn a_file_has_names_descriptions_and_examples() {
        let labels = read(
            "[[labels]]\nname = \"bug\"\ndescription = \"something is broken\"\nexamples = [\"It crashes.\"]\n\n\
             [[labels]]\nname = \"feature_request\"\n",
        )
        .unwrap();
        assert_eq!(
            labels[0].prompts(),
            ["bug: something is broken", "something is broken"]
        );
        assert_eq!(labels[0].examples, ["It crashes."]);
        assert_eq!(labels[1], LabelDescription::new("feature_request"));
        assert_eq!(labels[1].prompts(), ["feature request"]);
    }

    #[test]
    fn errors_name_the_line_or_the_label() {
        let cases = [
            (
                "[[labels]]\nname = \"a\"\ncolour = \"red\"\n",
                "line 3: unknown field `colour`",
            ),
            ("[[labels]]\nname = \"a\"\n", "the number of labels is 1"),
            (
                "[[labels]]\nname = \"a\"\n[[labels]]\nname = \" \"\n",
                "label 2 has an empty name",
            ),
            (
                "[[labels]]\nname = \"Bug\"\n[[labels]]\nname = \"bug \"\n",
                "`bug ` is given twice",
            ),
            (
                "[[labels]]\nname = \"a\"\n[[labels]]\nname = \"b\"\nexamples = [\"x\", \"\"]\n",
                "example 2 of the label `b` is empty",
            ),
        ];
        for (text, expected) in cases {
            let error = read(text).unwrap_err();
            assert!(error.to_string().contains(expected), "{error}");
            assert!(error.to_string().contains("labels.toml") && error.hint().is_some());
        }
    }
}
