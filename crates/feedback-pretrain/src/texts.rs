//! Unlabelled texts, some of them held out.

use std::collections::HashSet;
use std::path::Path;

use chacha20::ChaCha8Rng;
use feedback_dataset::read::{OnBadRow, ReadOptions};
use feedback_dataset::text::fingerprint;
use feedback_formats::read;
use rand::SeedableRng;
use rand::seq::SliceRandom;

use crate::error::{Error, Result};

/// Training and held-out texts. After normalising, no text occurs in both.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct UnlabelledTexts {
    /// Training texts.
    pub train: Vec<String>,
    /// Held-out texts, for evaluation only.
    pub held_out: Vec<String>,
    /// Number of duplicates that were left out. Texts that are equal after normalising are duplicates; one of them is kept.
    pub duplicates: usize,
    /// Number of rows that could not be used.
    pub set_aside: usize,
}

/// Reads the texts of a file: JSONL, CSV, or a `.txt` file with one text per line. Leaves out texts that are equal to
/// another one after normalising, and holds out `held_out` random texts (`ChaCha8Rng`, seeded with `seed`).
///
/// # Errors
///
/// The errors of [`read`], and [`Error::TooFewTexts`].
pub(crate) fn read_unlabelled(
    path: &Path,
    options: &ReadOptions,
    on_bad_row: OnBadRow,
    held_out: usize,
    seed: u64,
) -> Result<UnlabelledTexts> {
    let dataset = read(path, options, on_bad_row)?;
    let mut seen = HashSet::new();
    let distinct = dataset.rows.iter().map(|row| row.record.text());
    let mut texts: Vec<&str> = distinct.filter(|text| seen.insert(fingerprint(text))).collect();
    let duplicates = dataset.rows.len() - texts.len();
    if held_out == 0 || texts.len() <= held_out {
        return Err(Error::TooFewTexts {
            path: path.to_owned(),
            found: texts.len(),
            held_out,
        });
    }
    texts.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
    let owned = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect();
    let (measured, learnt) = texts.split_at(held_out);
    Ok(UnlabelledTexts {
        train: owned(learnt),
        held_out: owned(measured),
        duplicates,
        set_aside: dataset.set_aside.len(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn held_out_texts_are_not_in_training_even_in_another_spelling() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("texts.txt");
        let mut lines: Vec<String> = (0..50).map(|row| format!("It crashes on page {row}")).collect();
        lines.extend((0..50).map(|row| format!("it CRASHES on page {row}!")));
        fs_err::write(&path, lines.join("\n")).unwrap();
        let read =
            |held_out, seed| read_unlabelled(&path, &ReadOptions::default(), OnBadRow::Fail, held_out, seed);
        let texts = read(10, 1).unwrap();
        assert_eq!(
            (texts.train.len(), texts.held_out.len(), texts.duplicates),
            (40, 10, 50)
        );
        let all: HashSet<u64> = texts
            .train
            .iter()
            .chain(&texts.held_out)
            .map(|text| fingerprint(text))
            .collect();
        assert_eq!(all.len(), 50);
        assert_eq!(read(10, 1).unwrap(), texts);
        assert_ne!(read(10, 2).unwrap().held_out, texts.held_out);
        assert!(read(0, 1).is_err() && read(50, 1).is_err());
    }
}
