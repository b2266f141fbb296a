//! The data files of a run, and how they are read and split.

use std::path::{Path, PathBuf};

use feedback_clean::Cleaning;
use feedback_dataset::read::{OnBadRow, ReadOptions};
use feedback_files::sha256_of_input;
use serde::{Deserialize, Serialize};

use crate::data::rare::RareLabelOptions;
use crate::error::Result;

/// The data files of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DataFiles {
    /// One file, split 70 / 10 / 20 into training, validation and test.
    Single(PathBuf),
    /// Separate files. Without a validation file, a tenth of the training file is used.
    Separate {
        /// The file to train on.
        train: PathBuf,
        /// The file that selects the best model.
        validation: Option<PathBuf>,
        /// The file that is used only for the report.
        test: Option<PathBuf>,
    },
}

impl DataFiles {
    /// Returns the file with the training rows.
    pub fn training(&self) -> &Path {
        match self {
            Self::Single(path) | Self::Separate { train: path, .. } => path,
        }
    }

    /// Returns the same files with `change` applied to each path.
    pub(crate) fn map(self, change: impl Fn(&Path) -> PathBuf) -> Self {
        match self {
            Self::Single(path) => Self::Single(change(&path)),
            Self::Separate {
                train,
                validation,
                test,
            } => Self::Separate {
                train: change(&train),
                validation: validation.as_deref().map(&change),
                test: test.as_deref().map(&change),
            },
        }
    }

    /// Returns the paths of all files.
    pub fn paths(&self) -> Vec<&Path> {
        match self {
            Self::Single(path) => vec![path],
            Self::Separate {
                train,
                validation,
                test,
            } => [Some(train), validation.as_ref(), test.as_ref()]
                .into_iter()
                .flatten()
                .map(PathBuf::as_path)
                .collect(),
        }
    }

    /// Returns the SHA-256 of each file: training, validation, test.
    ///
    /// # Errors
    ///
    /// A file cannot be read.
    pub fn sha256(&self) -> Result<Vec<String>> {
        let paths = self.paths().into_iter();
        paths.map(|path| Ok(sha256_of_input(path)?)).collect()
    }
}

/// What to do about leaks: texts in more than one of training, validation and test.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LeakPolicy {
    /// Fail with an error that names the rows.
    #[default]
    Refuse,
    /// Remove leaked texts from training or validation.
    Drop,
    /// Keep leaked texts; all scores will be too high.
    Allow,
}

/// How data files are read and split.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "clap", derive(clap::Args), command(next_help_heading = "Data"))]
#[non_exhaustive]
pub struct DataOptions {
    /// The files.
    #[serde(rename = "data")]
    #[cfg_attr(feature = "clap", command(flatten))]
    pub files: DataFiles,
    /// Labels in the order of their class ids; any other label is an error
    ///
    /// By default all labels of the training data, in the default order.
    #[cfg_attr(feature = "clap", arg(long, value_name = "A,B,…", value_delimiter = ','))]
    pub labels: Option<Vec<String>>,
    /// What to do with labels that have few rows.
    #[serde(flatten)]
    #[cfg_attr(feature = "clap", command(flatten))]
    pub rare: RareLabelOptions,
    /// What to do with an unusable row
    ///
    /// Default `fail`.
    #[cfg_attr(feature = "clap", arg(long, value_enum, value_name = "WHAT"))]
    pub on_bad_row: OnBadRow,
    /// What to do about texts in more than one of training, validation and test.
    #[cfg_attr(feature = "clap", command(flatten))]
    pub leak_policy: LeakPolicy,
    /// Split by the dates in this field: validation is later than training, and test is later than both
    ///
    /// Rows without a date are in training. By default, rows are drawn at random, so that each label is equally frequent in all parts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(
        feature = "clap",
        arg(long, value_name = "FIELD", conflicts_with_all = ["validation", "folds"])
    )]
    pub split_by_time: Option<String>,
    /// Seed of the split [default: the value of --seed]
    ///
    /// Set it to change the seed of training but keep the same split.
    #[serde(rename = "data_seed")]
    #[cfg_attr(feature = "clap", arg(id = "data_seed", long = "data-seed", value_name = "N"))]
    pub seed: u64,
    /// How files are read.
    #[serde(flatten)]
    #[cfg_attr(feature = "clap", command(flatten))]
    pub read: ReadOptions,
    /// What is cleaned in the texts before they are split and before a model reads them; nothing by default. The model folder says
    /// what was cleaned, so that predictions do the same.
    #[serde(default, skip_serializing_if = "Cleaning::is_off")]
    #[cfg_attr(feature = "clap", command(flatten))]
    pub cleaning: Cleaning,
    /// Further fields of the rows that the model learns to answer beside the label; none by default. A field with lists has any number
    /// of labels per text.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "clap", arg(skip))]
    pub questions: Vec<String>,
}

impl DataOptions {
    /// Returns the default options for these files.
    pub fn new(files: DataFiles) -> Self {
        Self {
            files,
            labels: None,
            rare: RareLabelOptions::default(),
            read: ReadOptions::default(),
            cleaning: Cleaning::default(),
            on_bad_row: OnBadRow::Fail,
            leak_policy: LeakPolicy::Refuse,
            split_by_time: None,
            seed: 42,
            questions: Vec::new(),
        }
    }
}

#[cfg(feature = "clap")]
mod arguments {
    use std::path::PathBuf;

    use clap::error::ErrorKind;
    use clap::{ArgMatches, Args, Command, Error, FromArgMatches};

    use super::{DataFiles, LeakPolicy};

    #[derive(Args)]
    struct FileArguments {
        /// Labelled file, split 70 / 10 / 20 into training, validation and test
        #[arg(long, value_name = "FILE", conflicts_with_all = ["train", "validation", "test"])]
        data: Option<PathBuf>,
        /// Labelled file to train on
        #[arg(long, value_name = "FILE")]
        train: Option<PathBuf>,
        /// Labelled file that selects the best model [default: a tenth of the training file]
        #[arg(long, value_name = "FILE", requires = "train")]
        validation: Option<PathBuf>,
        /// Labelled file to report on; never used for training or selection
        #[arg(long, value_name = "FILE", requires = "train")]
        test: Option<PathBuf>,
    }

    impl FileArguments {
        fn files(self) -> Option<DataFiles> {
            match (self.data, self.train) {
                (Some(path), _) => Some(DataFiles::Single(path)),
                (None, Some(train)) => Some(DataFiles::Separate {
                    train,
                    validation: self.validation,
                    test: self.test,
                }),
                (None, None) => None,
            }
        }
    }

    impl FromArgMatches for DataFiles {
        fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
            let given = FileArguments::from_arg_matches(matches)?.files();
            given.ok_or_else(|| Error::raw(ErrorKind::MissingRequiredArgument, "give `data` or `train`\n"))
        }

        fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
            if let Some(given) = FileArguments::from_arg_matches(matches)?.files() {
                *self = given;
            }
            Ok(())
        }
    }

    impl Args for DataFiles {
        fn augment_args(command: Command) -> Command {
            FileArguments::augment_args(command)
        }

        fn augment_args_for_update(command: Command) -> Command {
            FileArguments::augment_args_for_update(command)
        }
    }

    #[derive(Args)]
    struct LeakArguments {
        /// Remove training rows whose texts are in validation or test, and validation rows whose texts are in test
        #[arg(long, conflicts_with = "allow_leakage")]
        drop_leaked: bool,
        /// Train even if texts are in more than one of training, validation and test; scores will be too high
        #[arg(long)]
        allow_leakage: bool,
    }

    impl FromArgMatches for LeakPolicy {
        fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
            let given = LeakArguments::from_arg_matches(matches)?;
            Ok(match (given.drop_leaked, given.allow_leakage) {
                (true, _) => Self::Drop,
                (_, true) => Self::Allow,
                _ => Self::Refuse,
            })
        }

        fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
            let given = Self::from_arg_matches(matches)?;
            if given != Self::Refuse {
                *self = given;
            }
            Ok(())
        }
    }

    impl Args for LeakPolicy {
        fn augment_args(command: Command) -> Command {
            LeakArguments::augment_args(command)
        }

        fn augment_args_for_update(command: Command) -> Command {
            LeakArguments::augment_args_for_update(command)
        }
    }
}
