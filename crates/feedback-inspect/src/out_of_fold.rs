//! Predicts class probabilities of rows with models that were not trained on these rows.

use std::thread;

use feedback_baselines::TfidfLogisticRegression;
use feedback_dataset::folds::stratified_group_k_fold;

use crate::error::Result;

/// The class probabilities of each row, from a model that was not trained on the row; `None` if no training row of this model
/// has the label of the row.
pub type OutOfFold = Vec<Option<Vec<f64>>>;

/// Returns class probabilities for every row. For each fold, TF-IDF and logistic regression are fitted on the other folds.
///
/// Folds are stratified and keep groups together, so that the prediction of a row is not learnt from its duplicates. The models
/// are fitted in parallel, one thread per fold; this does not affect the result.
///
/// # Errors
///
/// [`Error::Data`](crate::Error::Data) if this number of folds is impossible,
/// [`Error::Baseline`](crate::Error::Baseline) if a model cannot be fitted.
///
/// # Examples
///
/// ```
/// use feedback_inspect::out_of_fold_probabilities;
///
/// let texts = ["it crashes", "crashes again", "love it", "love this app"];
/// let found = out_of_fold_probabilities(&texts, &[0, 0, 1, 1], &[0, 1, 2, 3], 2, 2, 42)?;
/// assert!(found.iter().all(|row| row.as_ref().is_some_and(|row| row.len() == 2)));
/// # Ok::<(), feedback_inspect::Error>(())
/// ```
pub fn out_of_fold_probabilities<S: AsRef<str> + Sync>(
    texts: &[S],
    labels: &[usize],
    groups: &[usize],
    n_classes: usize,
    n_folds: usize,
    seed: u64,
) -> Result<OutOfFold> {
    let folds = stratified_group_k_fold(labels, groups, n_folds, Some(seed))?;
    let of_fold = |fold: usize| {
        let (train, held_out) = (folds.train(fold), folds.held_out(fold));
        predict(texts, labels, n_classes, &train, held_out)
    };
    let predicted: Vec<Result<Predicted>> = thread::scope(|scope| {
        let of_fold = &of_fold;
        let threads: Vec<_> = (0..folds.len())
            .map(|fold| scope.spawn(move || of_fold(fold)))
            .collect();
        threads
            .into_iter()
            .map(|thread| {
                thread
                    .join()
                    .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            })
            .collect()
    });
    let mut found = vec![None; labels.len()];
    for fold in predicted {
        fold?
            .into_iter()
            .for_each(|(row, probabilities)| found[row] = probabilities);
    }
    Ok(found)
}

/// Rows with their probabilities.
type Predicted = Vec<(usize, Option<Vec<f64>>)>;

/// Fits a model on the rows `train` and predicts the rows `held_out`.
fn predict<S: AsRef<str>>(
    texts: &[S],
    labels: &[usize],
    n_classes: usize,
    train: &[usize],
    held_out: Vec<usize>,
) -> Result<Predicted> {
    let text_of = |rows: &[usize]| rows.iter().map(|&row| texts[row].as_ref()).collect::<Vec<&str>>();
    let train_labels: Vec<usize> = train.iter().map(|&row| labels[row]).collect();
    let mut known = vec![false; n_classes];
    train_labels.iter().for_each(|&label| known[label] = true);
    let model = TfidfLogisticRegression::fit(&text_of(train), &train_labels, n_classes)?;
    let probabilities = model.predict_probabilities(&text_of(&held_out));
    let rows = held_out.into_iter().zip(probabilities.chunks_exact(n_classes));
    Ok(rows
        .map(|(row, values)| (row, known[labels[row]].then(|| values.to_vec())))
        .collect())
}
