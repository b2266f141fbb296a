//! Progress notices and callbacks of a study.

use std::path::Path;

use feedback_trainer::Callback;

use feedback_pipeline::train::TrainNotice;

/// Progress of a study.
#[derive(Debug)]
#[non_exhaustive]
pub enum StudyNotice<'a> {
    /// The study begins or continues.
    Begin {
        /// The folder of the study.
        folder: &'a Path,
        /// Number of trainings.
        n: usize,
    },
    /// Unusable rows of the data were left out.
    SetAside {
        /// Number of unusable rows.
        rows: usize,
    },
    /// Texts of the data were cleaned.
    Cleaned {
        /// Number of rows whose text changed.
        rows: usize,
    },
    /// Labels have too few rows.
    Rare {
        /// The labels with their numbers of rows.
        labels: &'a [(String, usize)],
    },
    /// A training begins.
    Member {
        /// Its name, which is also the name of its folder.
        name: &'a str,
        /// How it differs from the other trainings.
        what: &'a str,
    },
    /// A training was already finished, and its result is kept.
    Kept {
        /// Its name.
        name: &'a str,
    },
    /// Progress of the current training.
    Train(TrainNotice<'a>),
}

/// Creates the callbacks of each training and receives notices.
pub trait Watch {
    /// Returns the callbacks for one training.
    fn callbacks(&mut self) -> Vec<Box<dyn Callback>> {
        Vec::new()
    }

    /// Receives a notice.
    fn notice(&mut self, notice: StudyNotice<'_>) {
        let _ = notice;
    }
}

/// Ignores all notices.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Watch for Silent {}
