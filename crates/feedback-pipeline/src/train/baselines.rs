//! The scores that a model must beat to be worth its cost.

use feedback_baselines::{MajorityClass, TfidfLogisticRegression};
use feedback_metrics::{Average, ConfusionMatrix, Probabilities, ZeroDivision};
use serde_json::{Value, json};

use crate::data::PreparedData;
use crate::error::Result;

/// Fits baselines on the training rows and returns their scores on the test rows, for the manifest: `majority` and `tfidf`, each
/// with `accuracy`, `macro_f1` and `weighted_f1`. Returns null if there are no test rows, or if no training text has a word.
///
/// # Errors
///
/// The rows cannot be used.
pub(super) fn baselines(data: &PreparedData) -> Result<Value> {
    let Some(test) = data.test.as_ref().filter(|test| !test.is_empty()) else {
        return Ok(Value::Null);
    };
    let (train, n_classes) = (&data.train, data.labels.len());
    let majority = MajorityClass::fit(&train.labels, n_classes)?.predict_probabilities(test.len());
    let tfidf = match TfidfLogisticRegression::fit(&train.texts, &train.labels, n_classes) {
        Ok(model) => model.predict_probabilities(&test.texts),
        Err(feedback_baselines::Error::EmptyVocabulary { .. }) => return Ok(Value::Null),
        Err(error) => return Err(error.into()),
    };
    let score = |probabilities: Vec<f64>| -> Result<Value> {
        let predictions = Probabilities::new(probabilities, n_classes)?.predictions();
        let matrix = ConfusionMatrix::new(&test.labels, &predictions, n_classes)?;
        let f1 = |average| matrix.average(average, ZeroDivision::Zero).f1;
        Ok(json!({
            "accuracy": matrix.accuracy(), "macro_f1": f1(Average::Macro), "weighted_f1": f1(Average::Weighted)
        }))
    };
    Ok(json!({ "majority": score(majority)?, "tfidf": score(tfidf)? }))
}
