//! Which texts a model was trained on.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use feedback_store::Judged;
use serde_json::Value;

use crate::clock::locked;

/// Tells whether the model that classified a text had learnt it before, by the fingerprints of training texts in its folder.
///
/// Such a text says nothing about the model's errors: it is labelled right because a person labelled it. If stored texts are classified
/// again after a training with their corrections, this concerns all audits before the training.
#[derive(Debug)]
pub(crate) struct TrainedOn {
    /// The folder of all models.
    models: PathBuf,
    /// The fingerprints of each model that was asked about.
    known: Mutex<HashMap<String, Arc<HashSet<i64>>>>,
}

impl TrainedOn {
    pub(crate) fn new(models: PathBuf) -> Self {
        Self {
            models,
            known: Mutex::default(),
        }
    }

    /// Returns whether the model that classified a text was trained on it, or on an equal text.
    pub(crate) fn has(&self, row: &Judged) -> bool {
        self.fingerprints(&row.model).contains(&row.fingerprint)
    }

    /// Returns whether any model says what it was trained on.
    pub(crate) fn knows_any(&self) -> bool {
        let Ok(folders) = fs_err::read_dir(&self.models) else {
            return false;
        };
        let mut names =
            folders.filter_map(|entry| Some(entry.ok()?.file_name().to_string_lossy().into_owned()));
        names.any(|model| !self.fingerprints(&model).is_empty())
    }

    fn fingerprints(&self, model: &str) -> Arc<HashSet<i64>> {
        let mut known = locked(&self.known);
        if let Some(found) = known.get(model) {
            return Arc::clone(found);
        }
        // The id is the name of a folder that the server made; a model from before that is gone has no folder, and is not looked for again.
        let found = Arc::new(self.read(model).unwrap_or_default());
        known.insert(model.to_owned(), Arc::clone(&found));
        found
    }

    /// Reads the fingerprints of the texts of a model's training, and of those that the model was trained on from which it started.
    fn read(&self, model: &str) -> Option<HashSet<i64>> {
        let json = fs_err::read(self.models.join(model).join("feedback.json")).ok()?;
        let manifest: Value = serde_json::from_slice(&json).ok()?;
        let of = |part: &str| {
            manifest["fingerprints"][part]
                .as_array()
                .cloned()
                .unwrap_or_default()
        };
        let number = |hash: Value| u64::from_str_radix(hash.as_str()?, 16).ok();
        let all = ["train", "base"].into_iter().flat_map(of);
        Some(all.filter_map(number).map(u64::cast_signed).collect())
    }
}
