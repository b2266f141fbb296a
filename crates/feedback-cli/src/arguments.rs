//! Arguments shared by several commands.

use std::path::{Path, PathBuf};

use clap::{ArgMatches, Args, Command, Error, FromArgMatches, ValueEnum};
use feedback_dataset::read::{LabelRule, ReadError, ReadOptions};

use crate::notices;
use crate::settings::{self, value_of};

/// The default model folder.
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

/// How to read labelled files: the [`ReadOptions`] as arguments.
#[derive(Debug, Clone, Default)]
pub struct ReadArgs {
    /// The options of the reader.
    pub options: ReadOptions,
    /// The file with the label aliases; `options` already contains the aliases.
    pub aliases_file: Option<PathBuf>,
}

impl ReadArgs {
    /// Fills in the fields of this file that the user did not state, and says which.
    ///
    /// # Errors
    ///
    /// Those of [`notices::look_at`].
    pub(crate) fn look_at(&mut self, file: &Path, labels: LabelRule) -> Result<(), ReadError> {
        self.options.label_rule = labels;
        self.options = notices::look_at(file, &self.options)?;
        Ok(())
    }
}

impl Args for ReadArgs {
    fn augment_args(command: Command) -> Command {
        let defaults = serde_json::to_value(ReadOptions::default()).unwrap_or_default();
        settings::add::<ReadOptions>(command, "reading", |name| value_of(name, &defaults))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for ReadArgs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let mut read = Self::default();
        read.update_from_arg_matches(matches)?;
        Ok(read)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        if let Some(mut given) = matches.get_raw("label_aliases") {
            self.aliases_file = given.next().map(PathBuf::from);
        }
        self.options.update_from_arg_matches(matches)
    }
}

/// The settings file.
#[derive(Debug, Clone, Args)]
pub struct ConfigArgs {
    /// A TOML file with settings, named like the long flags; flags and FEEDBACK_… variables override it
    #[arg(long, value_name = "FILE", env = "FEEDBACK_CONFIG")]
    pub config: Option<PathBuf>,
}
