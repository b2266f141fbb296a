//! Separates the texts whose predictions are cached from the texts that the model must classify.

use feedback_inference::PredictionCache;

use super::error::ServingError;
use super::prediction::Prediction;

/// The texts of one request, with the results that are known so far.
pub(crate) struct Known {
    results: Vec<Option<Result<Prediction, ServingError>>>,
    /// The texts without a prediction, and their places.
    new_texts: Vec<String>,
    places: Vec<usize>,
}

impl Known {
    /// Looks up the cached predictions.
    pub(crate) fn look_up(cache: &PredictionCache<Prediction>, texts: &[String]) -> Self {
        let results: Vec<_> = cache.get(texts).into_iter().map(|kept| kept.map(Ok)).collect();
        let places: Vec<usize> = (0..texts.len())
            .filter(|&place| results[place].is_none())
            .collect();
        Self {
            new_texts: places.iter().map(|&place| texts[place].clone()).collect(),
            results,
            places,
        }
    }

    /// Returns the number of texts with a cached prediction.
    pub(crate) fn hits(&self) -> usize {
        self.results.len() - self.places.len()
    }

    /// Returns the texts that the model must classify.
    pub(crate) fn new_texts(&self) -> &[String] {
        &self.new_texts
    }

    /// Changes an error's position among the new texts to the position among all texts.
    pub(crate) fn in_all_texts(&self, error: ServingError) -> ServingError {
        match error {
            ServingError::EmptyText { position, .. } => ServingError::EmptyText {
                position: self.places.get(position - 1).map_or(position, |place| place + 1),
                count: self.results.len(),
            },
            other => other,
        }
    }

    /// Adds the results of the new texts, and caches their predictions.
    pub(crate) fn add(
        &mut self,
        cache: &PredictionCache<Prediction>,
        results: Vec<Result<Prediction, ServingError>>,
    ) {
        for ((place, text), result) in self.places.iter().zip(&self.new_texts).zip(results) {
            if let Ok(prediction) = &result {
                cache.insert(text, prediction);
            }
            self.results[*place] = Some(result);
        }
    }

    /// Returns the results of all texts, in the order of the texts.
    pub(crate) fn into_results(self) -> Vec<Result<Prediction, ServingError>> {
        self.results.into_iter().flatten().collect()
    }
}
