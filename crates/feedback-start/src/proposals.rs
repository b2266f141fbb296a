//! Labels that the texts themselves suggest.

use feedback_heads::LabelDescription;
use feedback_inference::Classifier;
use feedback_insight::{ThemeOptions, Themes, Vectors};

use crate::error::{Error, Result};

/// Maximum number of labels to propose: more than a person wants to read for each text.
const MAX_LABELS: usize = 8;

/// Proposes labels for texts of which nobody has said what they are about: the largest themes, at most eight, the largest first. Each
/// has the theme's name and up to three typical texts as examples. The same texts give the same labels.
///
/// # Errors
///
/// [`Error::NoThemes`] if the texts have fewer than two themes with different names; the device fails.
pub fn propose_labels(encoder: &Classifier, texts: &[String], seed: u64) -> Result<Vec<LabelDescription>> {
    let vectors = Vectors::new(encoder.width(), &encoder.vectors(texts)?)?;
    let themes = Themes::fit(&vectors, &ThemeOptions::default().with_seed(seed))?;
    let written: Vec<&str> = texts.iter().map(String::as_str).collect();
    let mut found = themes.describe(&written, &vectors)?;
    found.sort_by_key(|theme| std::cmp::Reverse(theme.size));
    let mut labels: Vec<LabelDescription> = Vec::new();
    for theme in found {
        let is_new = labels.iter().all(|label| label.name != theme.name);
        if labels.len() < MAX_LABELS && is_new && !theme.name.is_empty() {
            let mut label = LabelDescription::new(theme.name);
            label.examples = theme.quotes.iter().map(|&row| texts[row].clone()).collect();
            labels.push(label);
        }
    }
    match labels.len() {
        0 | 1 => Err(Error::NoThemes { texts: texts.len() }),
        _ => Ok(labels),
    }
}
