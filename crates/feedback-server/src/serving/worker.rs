//! The threads that classify.

use std::panic::{AssertUnwindSafe, catch_unwind};

use feedback_inference::{Encoding, Prediction};

use super::error::ServingError;
use super::lanes::Waiting;
use super::queue::{Item, Queue};

/// Classifies batch after batch until the queue is closed.
pub(crate) fn worker_loop(queue: &Queue) {
    while let Some(mut batch) = queue.next_batch() {
        let tokens = batch.iter().map(Item::tokens).sum();
        let results = predict_each(&batch);
        let failed = results.iter().filter(|result| result.is_err()).count() as u64;
        // Before the answers, so that callers see it counted.
        queue.record(tokens, batch.len(), failed);
        for (item, result) in batch.iter_mut().zip(results) {
            item.answer(result);
        }
    }
}

/// One result for each item. A batch that fails is halved until the text that breaks it is alone.
fn predict_each(batch: &[Item]) -> Vec<Result<Prediction, ServingError>> {
    let Some(first) = batch.first() else {
        return Vec::new();
    };
    let encodings: Vec<&Encoding> = batch.iter().map(|item| &item.encoding).collect();
    let model = &first.served.model;
    // A model has no state that half a forward pass could corrupt.
    let outcome = catch_unwind(AssertUnwindSafe(|| model.predict(&encodings)));
    let problem = match outcome {
        Ok(Ok(predictions)) if predictions.len() == batch.len() => {
            return predictions.into_iter().map(finite).collect();
        }
        Ok(Ok(predictions)) => format!("{} predictions for {} texts", predictions.len(), batch.len()),
        Ok(Err(error)) => error.to_string(),
        Err(_) => "it panicked".into(),
    };
    if batch.len() == 1 {
        return vec![Err(ServingError::ModelFailed(problem))];
    }
    let (left, right) = batch.split_at(batch.len() / 2);
    let mut results = predict_each(left);
    results.extend(predict_each(right));
    results
}

/// NaN and infinite scores would be stored and drawn like any other.
fn finite(prediction: Prediction) -> Result<Prediction, ServingError> {
    if prediction.scores.iter().all(|score| score.score.is_finite()) {
        Ok(prediction)
    } else {
        Err(ServingError::ModelFailed("its scores are not finite".into()))
    }
}
