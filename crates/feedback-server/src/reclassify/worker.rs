//! The thread that classifies stored texts again.

use std::sync::PoisonError;
use std::time::Duration;

use feedback_store::{Reclassified, StoredPrediction};

use super::{DOCUMENT, Ended, Job, Reclassifier};
use crate::clock::locked;
use crate::documents;
use crate::error::{Error, Result};
use crate::serving::{Classified, Prediction, ServingError};

/// Number of texts that are read and stored at a time.
const PAGE: usize = 128;
/// The delay before trying again if the database does not answer, or takes nothing.
const PAUSE: Duration = Duration::from_millis(500);

/// What the model says about texts.
#[derive(Default)]
struct Said {
    new: Vec<Reclassified>,
    /// The ids of texts that it cannot classify, each with the reason.
    failed: Vec<(i64, String)>,
}

impl Reclassifier {
    pub(super) fn run(&self) {
        while let Some(job) = self.next() {
            tracing::info!(by = job.by, "stored texts are classified again");
            let Some(ended) = self.work_through() else {
                return; // the next start continues
            };
            while let Err(error) = documents::write(self.store.blocking(), DOCUMENT, &None::<Job>) {
                // Otherwise the next start would repeat a finished job.
                if self.wait_because(&error) {
                    return;
                }
            }
            let mut state = locked(&self.state);
            let (done, failed) = (state.progress.done, state.progress.failed);
            tracing::info!(done, failed, ?ended, "the classification of stored texts ended");
            state.progress.waits = None;
            state.ended = Some(ended);
            state.job = None;
        }
    }

    /// Waits for a job; `None` if the server shuts down.
    fn next(&self) -> Option<Job> {
        let state = locked(&self.state);
        let state = self
            .changed
            .wait_while(state, |state| state.job.is_none() && !state.is_stopping)
            .unwrap_or_else(PoisonError::into_inner);
        match state.is_stopping {
            true => None,
            false => state.job.clone(),
        }
    }

    /// Looks at all texts until all have been classified by the model that serves; `None` if the server shuts down.
    fn work_through(&self) -> Option<Ended> {
        loop {
            let model = self.engine.current().id;
            let mut after = 0;
            loop {
                {
                    let state = locked(&self.state);
                    if state.is_stopping {
                        return None;
                    }
                    if state.is_cancelled {
                        return Some(Ended::Cancelled);
                    }
                }
                match self.page(after) {
                    Ok(Some(last)) => {
                        after = last;
                        locked(&self.state).progress.waits = None;
                    }
                    Ok(None) => break,
                    Err(error) => {
                        if self.wait_because(&error) {
                            return None;
                        }
                    }
                }
            }
            // Another model may have been promoted meanwhile.
            if self.engine.current().id == model {
                return Some(Ended::Done);
            }
        }
    }

    /// Classifies the texts after an id that another model has classified. Returns the last id that was looked at; `None` after the end.
    fn page(&self, after: i64) -> Result<Option<i64>> {
        let page = self.store.blocking().predictions_after(after, PAGE)?;
        let Some(last) = page.last().map(|one| one.id) else {
            return Ok(None);
        };
        let serving = self.engine.current().id;
        let mut old = page;
        old.retain(|one| one.prediction.model != *serving);
        if !old.is_empty() {
            let Said { new, failed } = self.classify(&old)?;
            let stored = self.store.blocking().reclassify(new)?;
            let mut state = locked(&self.state);
            state.progress.done += stored;
            for (id, reason) in failed {
                state.progress.fail(id, reason);
            }
        }
        Ok(Some(last))
    }

    /// Returns what the model says about the texts, and which it cannot classify and why.
    fn classify(&self, old: &[StoredPrediction]) -> Result<Said> {
        let texts: Vec<String> = old.iter().map(|one| one.prediction.text.clone()).collect();
        let classified = match self.engine.classify_bulk(&texts) {
            Ok(classified) => classified,
            // One text can be the cause, such as one that is empty after cleaning; the others must not wait for it.
            Err(ServingError::ShuttingDown) => return Err(Error::ShuttingDown),
            Err(error) => match old {
                [one] => {
                    return Ok(Said {
                        new: Vec::new(),
                        failed: vec![(one.id, error.to_string())],
                    });
                }
                _ => return self.classify_one_by_one(old),
            },
        };
        let Classified { served, results } = classified;
        let mut said = Said::default();
        for (one, result) in old.iter().zip(results) {
            match result {
                Ok(prediction) => said.new.push(reclassified(one, prediction, &served.id)),
                Err(ServingError::ShuttingDown) => return Err(Error::ShuttingDown),
                Err(error) => said.failed.push((one.id, error.to_string())),
            }
        }
        Ok(said)
    }

    fn classify_one_by_one(&self, old: &[StoredPrediction]) -> Result<Said> {
        let mut said = Said::default();
        for one in old {
            let of_one = self.classify(std::slice::from_ref(one))?;
            said.new.extend(of_one.new);
            said.failed.extend(of_one.failed);
        }
        Ok(said)
    }

    /// Notes why the job waits, and waits a moment. Returns true if the server shuts down.
    fn wait_because(&self, error: &Error) -> bool {
        let mut state = locked(&self.state);
        let reason = error.to_string();
        if state.progress.waits.as_ref() != Some(&reason) && !state.is_stopping {
            // Once for each cause: it need not be logged twice a second.
            tracing::warn!(%error, hint = error.hint(), "the classification of stored texts waits; trying again");
            state.progress.waits = Some(reason);
        }
        let waited = self
            .changed
            .wait_timeout_while(state, PAUSE, |state| !state.is_stopping);
        let (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        state.is_stopping
    }
}

/// Answers to further questions, such as the sentiment, stay if the model has none.
fn reclassified(before: &StoredPrediction, prediction: Prediction, model: &str) -> Reclassified {
    let answers = match prediction.answers.is_empty() {
        true => before.prediction.answers.clone(),
        false => prediction.stored_answers(),
    };
    Reclassified {
        id: before.id,
        answers,
        scores: prediction.stored_scores(),
        labels: prediction.labels,
        confidence: prediction.confidence,
        margin: prediction.margin,
        abstained: prediction.abstained,
        truncated: prediction.truncated,
        unfamiliarity: prediction.unfamiliarity,
        model: model.to_owned(),
    }
}
