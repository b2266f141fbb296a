//! What each step would change.

use serde::Serialize;

use crate::cleaning::{Cleaning, Step};

/// What one step would change if it were the only one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct StepPreview {
    /// The step.
    pub step: Step,
    /// Number of texts that it would change.
    pub rows: usize,
    /// The first changed texts: position in the list, from 0, and the text after the step.
    pub examples: Vec<(usize, String)>,
}

/// Returns what each step would change in these texts, in the order of [`Step::ALL`], with at most `n_examples` examples of each.
///
/// # Examples
///
/// ```
/// use feedback_clean::{Step, preview};
///
/// let found = preview(&["see https://example.org", "fine", "www.example.org is slow"], 1);
/// let urls = found.iter().find(|found| found.step == Step::ReplaceUrls).unwrap();
/// assert_eq!((urls.rows, urls.examples.as_slice()), (2, &[(0, "see [url]".to_owned())][..]));
/// ```
#[must_use]
pub fn preview<S: AsRef<str>>(texts: &[S], n_examples: usize) -> Vec<StepPreview> {
    let of_step = |step| {
        let mut found = StepPreview {
            step,
            rows: 0,
            examples: Vec::new(),
        };
        for (row, text) in texts.iter().enumerate() {
            let Some(cleaned) = Cleaning::only(step).changed(text.as_ref()) else {
                continue;
            };
            found.rows += 1;
            if found.examples.len() < n_examples {
                found.examples.push((row, cleaned));
            }
        }
        found
    };
    Step::ALL.into_iter().map(of_step).collect()
}
