//! The texts to choose from.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use chacha20::ChaCha8Rng;
use feedback_dataset::read::{OnBadRow, ReadOptions};
use feedback_dataset::text::comparison_key;
use feedback_formats::read;
use rand::SeedableRng;
use rand::seq::index::sample;

use crate::error::{Error, Result};
use crate::labelled_file::LabelledText;

/// With fewer texts there is nothing to choose.
const MIN_TEXTS: usize = 4;

/// The different texts of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Texts {
    /// The file.
    pub path: PathBuf,
    /// The texts, in the order of the file.
    pub texts: Vec<String>,
    /// Number of rows that were left out because they repeat an earlier text, after normalising.
    pub repeated: usize,
    /// Number of rows that could not be used.
    pub set_aside: usize,
    /// Number of different texts that were left out at random, because the file has more than the given maximum.
    pub left_out: usize,
}

impl Texts {
    /// Reads a file. Of more than `max_texts` different texts, a random sample of this size is kept.
    ///
    /// # Errors
    ///
    /// The errors of [`read`]; [`Error::TooFewTexts`] if the file has fewer than four different texts.
    pub fn read(
        path: &Path,
        options: &ReadOptions,
        on_bad_row: OnBadRow,
        max_texts: usize,
        seed: u64,
    ) -> Result<Self> {
        let dataset = read(path, options, on_bad_row).map_err(feedback_dataset::Error::from)?;
        let mut seen = HashSet::new();
        let mut kept: Vec<usize> = (0..dataset.len())
            .filter(|&row| seen.insert(comparison_key(dataset.rows[row].record.text()).into_owned()))
            .collect();
        let (rows, different) = (dataset.len(), kept.len());
        if different < MIN_TEXTS {
            return Err(Error::TooFewTexts {
                path: path.to_owned(),
                found: different,
                expected: MIN_TEXTS,
            });
        }
        if different > max_texts.max(MIN_TEXTS) {
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            let mut chosen = sample(&mut rng, different, max_texts.max(MIN_TEXTS)).into_vec();
            chosen.sort_unstable();
            kept = chosen.into_iter().map(|place| kept[place]).collect();
        }
        Ok(Self {
            path: path.to_owned(),
            texts: kept
                .iter()
                .map(|&row| dataset.rows[row].record.text().to_owned())
                .collect(),
            repeated: rows - different,
            set_aside: dataset.set_aside.len(),
            left_out: different - kept.len(),
        })
    }

    /// Adds texts that were answered before and are not among these, for example because another sample was drawn. Returns their
    /// number.
    pub fn include(&mut self, answers: &[LabelledText]) -> usize {
        let known: HashSet<&str> = self.texts.iter().map(String::as_str).collect();
        let texts = answers.iter().map(|answer| &answer.text);
        let missing: Vec<String> = texts
            .filter(|text| !known.contains(text.as_str()))
            .cloned()
            .collect();
        let added = missing.len();
        self.texts.extend(missing);
        added
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(content: &str, max_texts: usize, seed: u64) -> Result<Texts> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("reviews.csv");
        fs_err::write(&path, content).unwrap();
        Texts::read(
            &path,
            &ReadOptions::default(),
            OnBadRow::SetAside,
            max_texts,
            seed,
        )
    }

    #[test]
    fn every_row_is_kept_or_counted() {
        let content = "text,stars\ngood,5\nbad,1\nGood!,4\nslow,2,3\nfine,3\nodd,2\nugly,1\n";
        let read = texts(content, 4, 1).unwrap();
        assert_eq!((read.repeated, read.set_aside, read.left_out), (1, 1, 1));
        assert_eq!(
            read.texts.len() + read.repeated + read.set_aside + read.left_out,
            7
        );
        let all = texts(content, 100, 1).unwrap();
        assert_eq!(all.texts, ["good", "bad", "fine", "odd", "ugly"]);
        let drawn = |seed| texts(content, 4, seed).unwrap().texts;
        assert_eq!(drawn(1), drawn(1));
        assert!((2..20).any(|seed| drawn(seed) != drawn(1)));
    }

    #[test]
    fn a_file_with_nothing_to_choose_is_refused() {
        let error = texts("text\ngood\nGOOD\nbad\n", 100, 1).unwrap_err();
        assert!(error.to_string().contains("2 different texts"), "{error}");
    }
}
