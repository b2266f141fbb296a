//! The settings for corrections by people during a run.

use std::path::PathBuf;

use feedback_dataset::read::{OnBadRow, ReadOptions};
use serde::{Deserialize, Serialize};

/// How a run asks people for corrections.
///
/// A run saves these settings, except `read` and `on_bad_row`: a resumed run takes both from its data settings.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(
    feature = "clap",
    derive(clap::Args),
    command(next_help_heading = "Human in the loop")
)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct CorrectionsOptions {
    /// Also ask about the unlabelled texts of this file
    ///
    /// Labels in the file are ignored.
    #[cfg_attr(feature = "clap", arg(long, value_name = "FILE"))]
    pub unlabelled: Option<PathBuf>,
    /// How to read the file of unlabelled texts.
    #[serde(skip)]
    #[cfg_attr(feature = "clap", arg(skip))]
    pub read: ReadOptions,
    /// What to do with unusable rows of the file of unlabelled texts.
    #[serde(skip)]
    #[cfg_attr(feature = "clap", arg(skip))]
    pub on_bad_row: OnBadRow,
    /// Maximum number of rows to ask about at a time
    ///
    /// With 0 there are no questions, but answers are still read. Default 20.
    #[cfg_attr(
        feature = "clap",
        arg(id = "corrections_limit", long = "corrections-limit", value_name = "N")
    )]
    pub limit: usize,
    /// The name of the person who answers, for the audit log [default: the current user]
    ///
    /// It is recorded for answers that name nobody.
    #[cfg_attr(feature = "clap", arg(long, value_name = "NAME"))]
    pub corrected_by: String,
}

impl CorrectionsOptions {
    /// Returns the default options for answers by this person, without unlabelled texts.
    pub fn new(corrected_by: &str) -> Self {
        Self {
            unlabelled: None,
            read: ReadOptions::default(),
            on_bad_row: OnBadRow::Fail,
            limit: 20,
            corrected_by: corrected_by.to_owned(),
        }
    }
}
