//! Arguments shared by several commands.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use feedback_dataset::labels::LabelAliases;
use feedback_dataset::read::{Encoding, OnBadRow, ReadOptions};

/// The model folder, if no other is named.
pub const DEFAULT_MODEL: &str = "models/feedback_classifier";

/// How a result is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum OutputFormat {
    /// Text for people.
    #[default]
    Text,
    /// One JSON document with stable field names.
    Json,
}

/// What to do with an unusable row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum BadRowChoice {
    /// Stop and name the row.
    Fail,
    /// Leave the row out and continue.
    SetAside,
}

impl From<BadRowChoice> for OnBadRow {
    fn from(choice: BadRowChoice) -> Self {
        match choice {
            BadRowChoice::Fail => Self::Fail,
            BadRowChoice::SetAside => Self::SetAside,
        }
    }
}

/// How to read the records of a file.
#[derive(Debug, Clone, Args)]
pub struct FieldArgs {
    /// The field that holds the text
    #[arg(
        long,
        value_name = "NAME",
        default_value = "text",
        env = "FEEDBACK_TEXT_FIELD"
    )]
    pub text_field: String,
    /// The field that holds the label
    #[arg(
        long,
        value_name = "NAME",
        default_value = "label",
        env = "FEEDBACK_LABEL_FIELD"
    )]
    pub label_field: String,
    /// The encoding of the file: utf-8, guess, or a name such as windows-1252 or utf-16le; a byte order mark overrides it
    #[arg(long, value_name = "NAME", default_value = "utf-8", env = "FEEDBACK_ENCODING")]
    encoding: Encoding,
}

impl FieldArgs {
    /// The options of a reader with these field names and this encoding.
    pub fn read_options(&self) -> ReadOptions {
        let mut options = ReadOptions::with_fields(&self.text_field, &self.label_field);
        options.encoding = self.encoding;
        options
    }
}

/// Other names for labels.
#[derive(Debug, Clone, Args)]
pub struct AliasArgs {
    /// A JSON file with other names for labels, such as {"defect": "bug"}; they are replaced while reading
    #[arg(long, value_name = "FILE", env = "FEEDBACK_LABEL_ALIASES")]
    label_aliases: Option<PathBuf>,
}

impl AliasArgs {
    /// Adds the aliases to the options of a reader.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or is not a list of aliases.
    pub fn add_to(&self, mut options: ReadOptions) -> anyhow::Result<ReadOptions> {
        if let Some(path) = &self.label_aliases {
            options.aliases = LabelAliases::read(path)?;
        }
        Ok(options)
    }
}

/// The settings file.
#[derive(Debug, Clone, Args)]
pub struct ConfigArgs {
    /// A TOML file with settings by their long names; flags and FEEDBACK_… variables override it
    #[arg(long, value_name = "FILE", env = "FEEDBACK_CONFIG")]
    pub config: Option<PathBuf>,
}
