//! Reads `feedback.json` and checks the file hashes in it.

use std::collections::BTreeMap;
use std::path::Path;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::config::Pooling;
use crate::error::{Error, Result};
use crate::windows::LongTexts;
use feedback_clean::Cleaning;
use feedback_files::{JsonLayout, sha256_of_file, write_json};

/// The version of `feedback.json` that this crate writes, and the newest that it reads.
const FORMAT_VERSION: u32 = 1;

pub(super) const MANIFEST: &str = "feedback.json";

/// How a classifier was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ModelKind {
    /// The whole network was trained.
    #[default]
    FineTuned,
    /// Only a linear classifier was fitted, on the vectors of the encoder and on token n-grams. Transformers would leave the
    /// n-grams out.
    Head,
    /// A linear classifier on the vectors of the encoder, made from descriptions of the labels and few labelled texts.
    FewShot,
    /// A linear classifier on the vectors of the encoder, made from descriptions of the labels alone.
    ZeroShot,
}

impl ModelKind {
    fn is_fine_tuned(&self) -> bool {
        *self == Self::FineTuned
    }
}

/// How a model decides about each label of a text if a text can have any number of labels. Both lists are in the order of the class
/// ids.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LabelDecisions {
    /// A label's logit is divided by its temperature before the sigmoid; 1 leaves it unchanged.
    pub temperatures: Vec<f64>,
    /// A text gets a label if the label's probability, after the temperature, is at least this; 0 to 1.
    pub thresholds: Vec<f64>,
}

impl LabelDecisions {
    /// Returns the decisions of Transformers: no temperature, and a threshold of one half.
    pub fn uncalibrated(n_labels: usize) -> Self {
        Self {
            temperatures: vec![1.0; n_labels],
            thresholds: vec![0.5; n_labels],
        }
    }

    /// Checks that there is one usable entry for each label; `path` is the manifest.
    pub(super) fn check(&self, n_labels: usize, path: &Path) -> Result<()> {
        let wrong = |field, expected: String, found: String| Error::Config {
            field,
            expected,
            found: format!("`{found}` in `{}`", path.display()),
        };
        for (field, values) in [
            ("temperatures", &self.temperatures),
            ("thresholds", &self.thresholds),
        ] {
            if values.len() != n_labels {
                let expected = format!("{n_labels} values, one for each label");
                return Err(wrong(field, expected, format!("{} values", values.len())));
            }
        }
        if let Some(bad) = self.temperatures.iter().find(|value| !is_temperature(**value)) {
            return Err(wrong("temperatures", TEMPERATURE.to_owned(), bad.to_string()));
        }
        match self.thresholds.iter().find(|value| !(0.0..=1.0).contains(*value)) {
            Some(bad) => Err(wrong(
                "thresholds",
                "numbers from 0 to 1".to_owned(),
                bad.to_string(),
            )),
            None => Ok(()),
        }
    }
}

const TEMPERATURE: &str = "a number from 0.000001 to 1000000";

/// Outside this range, the logits divided by the temperature are not finite, or all equal.
fn is_temperature(value: f64) -> bool {
    (1e-6..=1e6).contains(&value)
}

/// `feedback.json`: what this project needs beyond the files of Transformers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeedbackManifest {
    /// Version of this file's layout.
    pub format_version: u32,
    /// How the classifier was made.
    #[serde(default, skip_serializing_if = "ModelKind::is_fine_tuned")]
    pub kind: ModelKind,
    /// Whether the model is a first result of a training run that has not ended, which a better model may
    /// replace.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub provisional: bool,
    /// Maximum length of a text in tokens, in training and therefore in prediction.
    pub max_length: usize,
    /// What happens to a longer text, in training and therefore in prediction.
    #[serde(default, skip_serializing_if = "LongTexts::is_truncate")]
    pub long_texts: LongTexts,
    /// What is cleaned in a text before it becomes tokens, in training and therefore in prediction.
    #[serde(default, skip_serializing_if = "Cleaning::is_off")]
    pub cleaning: Cleaning,
    /// How token vectors are combined into one vector. With `mean`, Transformers computes different results
    /// from the same folder.
    pub pooling: Pooling,
    /// Logits are divided by this before softmax; 1 leaves them unchanged.
    pub temperature: f64,
    /// Predictions with a lower confidence are marked as abstained.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub abstain_below: Option<f64>,
    /// How the model decides about each label; only for a model that gives each text any number of labels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub multi_label: Option<LabelDecisions>,
    /// The model that training started from: the name of a folder, or `scratch:tiny`.
    pub base_model: String,
    /// Seed of the training run.
    pub seed: u64,
    /// Metrics on the test set, in `evaluate`'s form.
    #[serde(default)]
    pub metrics: Value,
    /// Scores of baselines on the test set: `majority` and `tfidf`, each with `accuracy` and `weighted_f1`.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub baselines: Value,
    /// Names, sizes and hashes of the data files.
    #[serde(default)]
    pub data: Value,
    /// Hashes of the normalised texts that the model has seen, 16 hex digits each: the parts `train` and `validation`, and [`BASE_FINGERPRINTS`]
    /// for the training texts of the models that the training started from. `evaluate` finds texts with them that the model has seen.
    #[serde(default)]
    pub fingerprints: BTreeMap<String, Vec<String>>,
    /// Versions of the software that wrote the folder.
    #[serde(default)]
    pub versions: BTreeMap<String, String>,
    /// A warning for users of other software, if needed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// SHA-256 of the configuration, weights and tokenizer files, by name.
    #[serde(default)]
    pub files: BTreeMap<String, String>,
}

impl FeedbackManifest {
    /// Creates a manifest without calibration, metrics and data.
    pub fn new(max_length: usize, pooling: Pooling, base_model: &str, seed: u64) -> Self {
        Self {
            format_version: FORMAT_VERSION,
            kind: ModelKind::FineTuned,
            provisional: false,
            max_length,
            long_texts: LongTexts::Truncate,
            cleaning: Cleaning::default(),
            pooling,
            temperature: 1.0,
            abstain_below: None,
            multi_label: None,
            base_model: base_model.to_owned(),
            seed,
            metrics: Value::Null,
            baselines: Value::Null,
            data: Value::Null,
            fingerprints: BTreeMap::new(),
            versions: BTreeMap::new(),
            note: None,
            files: BTreeMap::new(),
        }
    }

    /// Returns a warning if Transformers would compute different results.
    pub(super) fn note(&self) -> Option<&'static str> {
        if self.kind == ModelKind::Head {
            return Some(
                "The logits also depend on token n-grams (`ngrams.safetensors`), which Transformers would leave out.",
            );
        }
        (self.pooling == Pooling::Mean).then_some(
            "The classifier's input is the mean of the token vectors: Transformers would apply a pooler and compute something \
             else.",
        )
    }
}

/// Reads `feedback.json`, if the folder has one.
pub(super) fn read_manifest(folder: &Path) -> Result<Option<FeedbackManifest>> {
    let path = folder.join(MANIFEST);
    if !path.exists() {
        return Ok(None);
    }
    let text = fs_err::read_to_string(&path)?;
    let manifest: FeedbackManifest = serde_json::from_str(&text).map_err(|source| Error::Json {
        path: path.clone(),
        source,
    })?;
    let wrong = |field, expected: &str, found: String| Error::Config {
        field,
        expected: expected.to_owned(),
        found: format!("`{found}` in `{}`", path.display()),
    };
    if manifest.format_version > FORMAT_VERSION {
        return Err(wrong(
            "format_version",
            "at most 1, the newest version that this program reads",
            manifest.format_version.to_string(),
        ));
    }
    if !is_temperature(manifest.temperature) {
        return Err(wrong(
            "temperature",
            TEMPERATURE,
            manifest.temperature.to_string(),
        ));
    }
    Ok(Some(manifest))
}

/// Returns the pooling in the `feedback.json` of a folder. `None` if there is no such file or it cannot be
/// read; in the second case, loading the model reports the error.
pub fn saved_pooling(folder: &Path) -> Option<Pooling> {
    read_manifest(folder)
        .ok()
        .flatten()
        .map(|manifest| manifest.pooling)
}

/// Returns the cleaning in the `feedback.json` of a folder; off if there is no such file or it cannot be read. In the second case,
/// loading the model reports the error.
pub fn saved_cleaning(folder: &Path) -> Cleaning {
    let manifest = read_manifest(folder).ok().flatten();
    manifest.map(|manifest| manifest.cleaning).unwrap_or_default()
}

/// The name, among the fingerprints of a manifest, of the texts that the base model was trained on.
pub const BASE_FINGERPRINTS: &str = "base";

/// Returns the fingerprints of all texts that the model of a folder was trained on, also those of the models that its training started from,
/// sorted; none if the folder does not say so.
pub fn trained_on(folder: &Path) -> Vec<String> {
    let mut all = Vec::new();
    if let Some(manifest) = read_manifest(folder).ok().flatten() {
        let parts = manifest.fingerprints.into_iter();
        let parts = parts.filter(|(part, _)| part == "train" || part == BASE_FINGERPRINTS);
        all.extend(parts.flat_map(|(_, texts)| texts));
    }
    all.sort();
    all.dedup();
    all
}

/// Returns what happens to long texts according to the `feedback.json` of a folder; they are cut if there is no such file or it cannot
/// be read. In the second case, loading the model reports the error.
pub fn saved_long_texts(folder: &Path) -> LongTexts {
    let manifest = read_manifest(folder).ok().flatten();
    manifest.map(|manifest| manifest.long_texts).unwrap_or_default()
}

/// Returns how many tokens of a text the model of a folder reads at once, according to its `feedback.json`; `None` if there is no such
/// file or it cannot be read.
pub fn saved_max_length(folder: &Path) -> Option<usize> {
    let manifest = read_manifest(folder).ok().flatten();
    manifest.map(|manifest| manifest.max_length)
}

/// Marks the model in a folder as final.
///
/// # Errors
///
/// [`Error::Io`], [`Error::Json`], [`Error::Config`] or [`Error::File`] if `feedback.json` cannot be read or
/// written.
pub fn make_final(folder: &Path) -> Result<()> {
    if let Some(mut manifest) = read_manifest(folder)? {
        manifest.provisional = false;
        write_json(folder.join(MANIFEST), &manifest, JsonLayout::PrettyWithNewline)?;
    }
    Ok(())
}

/// Adds a file of a model folder to the hashes in its `feedback.json`, so that loading the folder finds a damaged file. Without
/// `feedback.json`, nothing is done.
///
/// # Errors
///
/// [`Error::Io`], [`Error::Json`], [`Error::Config`] or [`Error::File`] if one of the files cannot be read or written.
pub fn add_hash(folder: &Path, name: &str) -> Result<()> {
    if let Some(mut manifest) = read_manifest(folder)? {
        let hash = sha256_of_file(folder.join(name))?;
        manifest.files.insert(name.to_owned(), hash);
        write_json(folder.join(MANIFEST), &manifest, JsonLayout::PrettyWithNewline)?;
    }
    Ok(())
}

/// Returns whether the model in a folder is marked as [provisional](FeedbackManifest::provisional).
pub(super) fn is_provisional(folder: &Path) -> bool {
    read_manifest(folder)
        .ok()
        .flatten()
        .is_some_and(|manifest| manifest.provisional)
}

/// Compares the files of a folder with the hashes in its manifest.
pub(super) fn verify_hashes(folder: &Path, manifest: &FeedbackManifest) -> Result<()> {
    let verify = |(name, expected): (&String, &String)| {
        let path = folder.join(name);
        let found = sha256_of_file(&path)?;
        if *expected == found {
            return Ok(());
        }
        Err(Error::HashMismatch {
            path,
            expected: expected.clone(),
            found,
        })
    };
    let verified: Vec<Result<()>> = manifest.files.par_iter().map(verify).collect();
    verified.into_iter().collect()
}
