//! How many labels a text has, and how a row says which.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// How many labels a model gives each text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "clap", derive(clap::ValueEnum))]
#[serde(rename_all = "snake_case")]
pub enum Task {
    /// Exactly one.
    #[default]
    SingleLabel,
    /// Any number, also none.
    MultiLabel,
}

/// How a row says which labels its text has. By default, the label field has a list, or one label.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(
    feature = "clap",
    derive(clap::Args),
    command(next_help_heading = "Several labels per text")
)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct LabelLayout {
    /// What separates the labels in the label field, such as ; or tab, or json for a JSON list in a cell
    ///
    /// An empty cell means that the text has no label. Without this setting, the field has a JSON list or a single label.
    #[cfg_attr(
        feature = "clap",
        arg(long, value_name = "TEXT", conflicts_with = "label_columns", value_parser = separator)
    )]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label_separator: Option<String>,
    /// One column for each label, with the name of the label, that says whether a text has it
    ///
    /// The cells are 1, true or yes, and 0, false, no or empty. By default the labels are in the label field.
    #[cfg_attr(feature = "clap", arg(long, value_name = "A,B,…", value_delimiter = ','))]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub label_columns: Vec<String>,
    /// Field that identifies a text: rows with the same value are one text with all their labels
    ///
    /// Rows with the same value must have the same text. The field can be the text field itself. By default each row is a text.
    #[cfg_attr(feature = "clap", arg(long, value_name = "NAME"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id_field: Option<String>,
}

/// Reads a separator: `tab`, `\\t` and `\\n` are characters that are hard to type.
#[cfg(feature = "clap")]
fn separator(given: &str) -> std::result::Result<String, &'static str> {
    match given {
        "" => Err("it is empty; give what is between two labels, such as ;"),
        "tab" | "\\t" => Ok("\t".to_owned()),
        "\\n" => Ok("\n".to_owned()),
        other => Ok(other.to_owned()),
    }
}

/// How many labels a text has, and how a row says which.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "clap", derive(clap::Args))]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct TaskOptions {
    /// How many labels a text has: single-label or multi-label
    ///
    /// Default `single-label`.
    #[cfg_attr(
        feature = "clap",
        arg(long, value_enum, value_name = "TASK", help_heading = "Data")
    )]
    pub task: Task,
    /// How a row says which labels its text has.
    #[serde(flatten)]
    #[cfg_attr(feature = "clap", command(flatten))]
    pub layout: LabelLayout,
}

impl LabelLayout {
    /// Refuses settings of several labels if each text has one.
    ///
    /// # Errors
    ///
    /// [`Error::Task`] naming the setting.
    pub fn require_unset(&self) -> Result<()> {
        let settings = [
            ("`label_separator`", self.label_separator.is_some()),
            ("`label_columns`", !self.label_columns.is_empty()),
            ("`id_field`", self.id_field.is_some()),
        ];
        match settings.into_iter().find(|(_, given)| *given) {
            None => Ok(()),
            Some((name, _)) => Err(Error::Task {
                reason: format!(
                    "{name} is about texts with any number of labels, but here each text has one label"
                ),
                hint: "leave the setting out, or use `task multi-label`",
            }),
        }
    }
}

impl TaskOptions {
    pub(crate) fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// Refuses a task in which a text can have several labels; `what` is what needs one label a text, as the start of a sentence.
    ///
    /// # Errors
    ///
    /// [`Error::Task`].
    pub fn require_single_label(&self, what: &str) -> Result<()> {
        match self.task {
            Task::SingleLabel => self.layout.require_unset(),
            Task::MultiLabel => Err(Error::Task {
                reason: format!("{what} needs texts with one label each; `task` is `multi-label`"),
                hint: "leave out the setting that asks for it, or set `task = \"single-label\"`",
            }),
        }
    }
}
