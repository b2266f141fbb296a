//! The job: the settings of a training.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::correction::Correction;
use crate::error::{Error, LineKind, Result};
use crate::json_files::read_lines;

/// The maximum number of epochs of a job.
const MAX_EPOCHS: usize = 1000;
/// The maximum batch size of a job.
const MAX_BATCH_SIZE: usize = 512;

/// The settings of a training: `job.json`.
///
/// # Examples
///
/// ```
/// use feedback_corrections::Job;
///
/// let mut job = Job::new("feedback.csv", "scratch:tiny", "models/serving");
/// job.num_train_epochs = Some(3);
/// assert!(job.check().is_ok());
/// job.learning_rate = Some(f64::NAN);
/// assert_eq!(
///     job.check().unwrap_err().to_string(),
///     "`learning_rate` must be greater than 0 and at most 1"
/// );
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Job {
    /// The labelled file that is split and trained on.
    pub data: PathBuf,
    /// The path of the file with the corrections to add, as JSON lines with `text` and `label`; an empty path means no
    /// corrections.
    pub corrections: PathBuf,
    /// The base from which training starts: `builtin`, the folder of a model, or `scratch:tiny`, `scratch:mini` or `scratch:small`.
    pub base: String,
    /// How the token vectors of a text are combined into one vector; `auto` by default.
    #[serde(default)]
    pub pooling: JobPooling,
    /// The number of passes over the training data, 1 to 1000; `None` means the default for the base.
    pub num_train_epochs: Option<usize>,
    /// The peak learning rate, greater than 0 and at most 1; `None` means the default for the base.
    pub learning_rate: Option<f64>,
    /// The number of texts per forward pass, 1 to 512; `None` means the default of the trainer.
    pub per_device_train_batch_size: Option<usize>,
    /// Whether people are asked about hard rows during training.
    #[serde(default)]
    pub ask_people: bool,
    /// Whether the new model gives each text any number of labels although the serving model gives it one; false by default.
    #[serde(default)]
    pub several_labels: bool,
    /// Labels that the data do not have, only corrections; none by default.
    #[serde(default)]
    pub new_labels: Vec<String>,
    /// The seed of all random numbers; 42 by default.
    pub seed: u64,
    /// The folder of the serving model. The new model is compared with the serving model on the same test rows.
    pub serving: PathBuf,
    /// When the job was created, in milliseconds since 1970.
    pub created_at: i64,
}

/// How the token vectors of a text are combined into one vector.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobPooling {
    /// The pooling that the base was saved with, else `cls`.
    #[default]
    Auto,
    /// The vector of the first token.
    Cls,
    /// The mean over all tokens.
    Mean,
}

impl JobPooling {
    /// Returns the name in settings: `auto`, `cls` or `mean`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Cls => "cls",
            Self::Mean => "mean",
        }
    }
}

impl Job {
    /// Creates a job without corrections and with default settings.
    pub fn new(data: impl Into<PathBuf>, base: impl Into<String>, serving: impl Into<PathBuf>) -> Self {
        Self {
            data: data.into(),
            corrections: PathBuf::new(),
            base: base.into(),
            pooling: JobPooling::default(),
            num_train_epochs: None,
            learning_rate: None,
            per_device_train_batch_size: None,
            ask_people: false,
            several_labels: false,
            new_labels: Vec::new(),
            seed: 42,
            serving: serving.into(),
            created_at: 0,
        }
    }

    /// Reads the corrections to add.
    ///
    /// # Errors
    ///
    /// [`Error::Io`], or [`Error::Line`] for a line that is not a correction.
    pub fn read_corrections(&self) -> Result<Vec<Correction>> {
        if self.corrections.as_os_str().is_empty() {
            return Ok(Vec::new());
        }
        read_lines(&self.corrections, LineKind::Correction)
    }

    /// Returns the labels of the data, then the new ones.
    pub fn with_new_labels(&self, of_data: &[String]) -> Vec<String> {
        let new = self.new_labels.iter().filter(|label| !of_data.contains(label));
        of_data.iter().chain(new).cloned().collect()
    }

    /// Checks the ranges of the settings.
    ///
    /// # Errors
    ///
    /// [`Error::Setting`], which names the first setting that is out of range.
    pub fn check(&self) -> Result<()> {
        let wrong = |name, expected| Err(Error::Setting { name, expected });
        if self
            .num_train_epochs
            .is_some_and(|epochs| !(1..=MAX_EPOCHS).contains(&epochs))
        {
            return wrong("num_train_epochs", "from 1 to 1000");
        }
        if self
            .learning_rate
            .is_some_and(|rate| !(rate > 0.0 && rate <= 1.0))
        {
            return wrong("learning_rate", "greater than 0 and at most 1");
        }
        if self
            .per_device_train_batch_size
            .is_some_and(|size| !(1..=MAX_BATCH_SIZE).contains(&size))
        {
            return wrong("per_device_train_batch_size", "from 1 to 512");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jobs_of_earlier_versions_are_read() {
        let text = r#"{"data":"/d/feedback.csv","corrections":"/t/1/corrections.jsonl","base":"scratch:tiny",
            "pooling":"mean","num_train_epochs":null,"learning_rate":0.001,"per_device_train_batch_size":8,
            "seed":7,"serving":"/s/models/abc","created_at":1764000000000}"#;
        let job: Job = serde_json::from_str(text).unwrap();
        let mut expected = Job::new("/d/feedback.csv", "scratch:tiny", "/s/models/abc");
        expected.corrections = "/t/1/corrections.jsonl".into();
        expected.pooling = JobPooling::Mean;
        expected.learning_rate = Some(0.001);
        expected.per_device_train_batch_size = Some(8);
        expected.seed = 7;
        expected.created_at = 1_764_000_000_000;
        assert_eq!(job, expected);
    }

    #[test]
    fn values_outside_of_the_ranges_are_refused() {
        let with = |epochs, rate, size| {
            let mut job = Job::new("d", "b", "s");
            job.num_train_epochs = Some(epochs);
            job.learning_rate = Some(rate);
            job.per_device_train_batch_size = Some(size);
            match job.check() {
                Ok(()) => None,
                Err(Error::Setting { name, .. }) => Some(name),
                Err(other) => panic!("{other}"),
            }
        };
        assert_eq!(with(1, 1e-9, 1), None);
        assert_eq!(with(1000, 1.0, 512), None);
        for epochs in [0, 1001] {
            assert_eq!(with(epochs, 0.1, 1), Some("num_train_epochs"));
        }
        for rate in [0.0, -0.1, 1.1, f64::NAN, f64::INFINITY] {
            assert_eq!(with(1, rate, 1), Some("learning_rate"));
        }
        for size in [0, 513] {
            assert_eq!(with(1, 0.1, size), Some("per_device_train_batch_size"));
        }
    }
}
