//! Reads the texts of a recipe, without duplicates and without texts that are held out for evaluation.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use chacha20::ChaCha8Rng;
use feedback_dataset::duplicates::NearOptions;
use feedback_dataset::leaks::near_leaks;
use feedback_dataset::read::{OnBadRow, ReadOptions};
use feedback_dataset::text::fingerprint;
use feedback_files::{AtomicFolder, JsonLayout, write_bytes, write_json};
use feedback_formats::read;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use serde_json::json;

use super::build::{ALL_TEXTS, EncoderNotice};
use super::excluded::Excluded;
use super::recipe::EncoderRecipe;
use crate::error::Result;

/// The texts that no stage may learn from.
pub(super) struct HeldOut {
    texts: Vec<String>,
}

impl HeldOut {
    /// Reads the texts of all files.
    ///
    /// # Errors
    ///
    /// The errors of [`read`].
    pub(super) fn read(files: &[PathBuf]) -> Result<Self> {
        let mut texts = Vec::new();
        for file in files {
            texts.extend(read_texts(file)?);
        }
        Ok(Self { texts })
    }

    /// Returns for each text whether it is held out, or nearly equal to a held-out text.
    pub(super) fn contains(&self, texts: &[String]) -> Vec<bool> {
        let mut held_out = vec![false; texts.len()];
        for leak in near_leaks(&self.texts, texts, &NearOptions::default()) {
            held_out[leak.held_out] = true;
        }
        held_out
    }
}

/// Reads the texts of a file in any format that [`read`] knows.
pub(super) fn read_texts(file: &Path) -> Result<Vec<String>> {
    let dataset = read(file, &ReadOptions::default(), OnBadRow::Fail)?;
    Ok(dataset.texts().into_iter().map(str::to_owned).collect())
}

/// Reads the distinct texts of all files that are not held out, and returns what was left out of each file.
///
/// # Errors
///
/// The errors of [`read`].
fn distinct_texts(files: &[PathBuf], held_out: &HeldOut) -> Result<(Vec<String>, Vec<Excluded>)> {
    let mut seen = HashSet::new();
    let (mut kept, mut excluded) = (Vec::new(), Vec::new());
    for file in files {
        let mut texts = read_texts(file)?;
        let rows = texts.len();
        texts.retain(|text| seen.insert(fingerprint(text)));
        let distinct = texts.len();
        let mut is_held_out = held_out.contains(&texts).into_iter();
        texts.retain(|_| !is_held_out.next().unwrap_or(false));
        excluded.push(Excluded {
            file: file.clone(),
            rows,
            duplicates: rows - distinct,
            held_out: distinct - texts.len(),
        });
        kept.append(&mut texts);
    }
    Ok((kept, excluded))
}

/// Writes the texts of a recipe in random order, one JSON record per line.
///
/// # Errors
///
/// The errors of [`read`], or a file cannot be written.
pub(super) fn write_texts(
    recipe: &EncoderRecipe,
    to: &Path,
    notice: &mut dyn FnMut(EncoderNotice<'_>),
) -> Result<()> {
    let held_out = HeldOut::read(&recipe.held_out)?;
    let (mut texts, excluded) = distinct_texts(&recipe.texts, &held_out)?;
    notice(EncoderNotice::Excluded(&excluded));
    texts.shuffle(&mut ChaCha8Rng::seed_from_u64(recipe.seed));
    let lines: Vec<String> = texts
        .iter()
        .map(|text| json!({ "text": text }).to_string())
        .collect();
    let folder = AtomicFolder::create(to)?;
    write_bytes(
        folder.path().join(ALL_TEXTS),
        (lines.join("\n") + "\n").as_bytes(),
    )?;
    write_json(
        folder.path().join("excluded.json"),
        &excluded,
        JsonLayout::PrettyWithNewline,
    )?;
    Ok(folder.commit()?)
}
