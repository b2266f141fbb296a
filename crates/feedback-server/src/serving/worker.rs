//! The worker threads, which classify the waiting texts.

use std::panic::{AssertUnwindSafe, catch_unwind};

use feedback_inference::Encoding;

use super::error::ServingError;
use super::lanes::Waiting;
use super::prediction::Prediction;
use super::queue::{Item, Queue};

/// Classifies batch after batch until the queue is closed.
pub(crate) fn worker_loop(queue: &Queue) {
    while let Some(mut batch) = queue.next_batch() {
        let tokens = batch.iter().map(Item::tokens).sum();
        let results = predict_each(&batch);
        let failed = results.iter().filter(|result| result.is_err()).count() as u64;
        // Recorded before the results are sent, so that callers already see the new counts.
        queue.record(tokens, batch.len(), failed);
        for (item, result) in batch.iter_mut().zip(results) {
            item.answer(result);
        }
    }
}

/// Returns one result for each item. A batch that fails is halved until the text that causes the failure is alone.
fn predict_each(batch: &[Item]) -> Vec<Result<Prediction, ServingError>> {
    let Some(first) = batch.first() else {
        return Vec::new();
    };
    let encodings: Vec<&Encoding> = batch.iter().map(|item| &item.encoding).collect();
    let model = &first.served.model;
    // A model has no state that an interrupted forward pass could corrupt.
    let outcome = catch_unwind(AssertUnwindSafe(|| model.predict(&encodings)));
    let problem = match outcome {
        Ok(Ok(predictions)) if predictions.len() == batch.len() => {
            return predictions.into_iter().map(finite).collect();
        }
        Ok(Ok(predictions)) => format!("{} predictions for {} texts", predictions.len(), batch.len()),
        Ok(Err(error)) => error.to_string(),
        Err(_) => "the model panicked".into(),
    };
    if batch.len() == 1 {
        return vec![Err(ServingError::ModelFailed(problem))];
    }
    let (left, right) = batch.split_at(batch.len() / 2);
    let mut results = predict_each(left);
    results.extend(predict_each(right));
    results
}

/// Returns an error if a score is NaN or infinite; otherwise such scores would be stored and shown.
fn finite(prediction: Prediction) -> Result<Prediction, ServingError> {
    if prediction.scores.iter().all(|score| score.score.is_finite()) {
        Ok(prediction)
    } else {
        Err(ServingError::ModelFailed("the scores are not finite".into()))
    }
}
