//! Likely label errors: probabilities for rows that the model did not learn from, and what they say.

use std::thread;

use feedback_dataset::{Dataset, LabelScore, LabelSet, label_issues, stratified_group_k_fold};

use crate::baselines::TfidfLogisticRegression;
use crate::{Error, Result};

use super::report::{LabelErrorFinding, LabelErrorRow};

/// For each row its class probabilities by a model that has not seen it; `None` where no such model
/// knows the row's class.
pub type OutOfFold = Vec<Option<Vec<f64>>>;

/// Probabilities for every row from TF-IDF and logistic regression, fitted on the other folds.
///
/// Folds are stratified and keep groups whole, so that a duplicate does not confirm its own label.
/// They are fitted at the same time, on as many threads as there are folds; the result does not
/// depend on that.
///
/// # Errors
///
/// [`Error::Data`] for a number of folds that cannot be had, [`Error::Baseline`] where nothing can
/// be learnt.
///
/// # Examples
///
/// ```
/// use feedback_pipeline::out_of_fold_probabilities;
///
/// let texts = ["it crashes", "crashes again", "love it", "love this app"];
/// let found = out_of_fold_probabilities(&texts, &[0, 0, 1, 1], &[0, 1, 2, 3], 2, 2, 42)?;
/// assert!(found.iter().all(|row| row.as_ref().is_some_and(|row| row.len() == 2)));
/// # Ok::<(), feedback_pipeline::Error>(())
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
        judge(texts, labels, n_classes, &train, held_out)
    };
    let judged: Vec<Result<Judged>> = thread::scope(|scope| {
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
    for fold in judged {
        fold?
            .into_iter()
            .for_each(|(row, probabilities)| found[row] = probabilities);
    }
    Ok(found)
}

/// Rows with their probabilities.
type Judged = Vec<(usize, Option<Vec<f64>>)>;

/// Fits on some rows and judges others.
fn judge<S: AsRef<str>>(
    texts: &[S],
    labels: &[usize],
    n_classes: usize,
    train: &[usize],
    held_out: Vec<usize>,
) -> Result<Judged> {
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

/// What confident learning says about the labels of these rows.
pub(super) fn find(
    dataset: &Dataset,
    rows: &[usize],
    labels: &LabelSet,
    classes: &[usize],
    probabilities: &OutOfFold,
    source: String,
) -> Result<(LabelErrorFinding, Vec<usize>)> {
    let scored: Vec<(usize, &Vec<f64>)> = probabilities
        .iter()
        .enumerate()
        .filter_map(|(place, row)| row.as_ref().map(|row| (place, row)))
        .collect();
    let given: Vec<usize> = scored.iter().map(|&(place, _)| classes[place]).collect();
    let values: Vec<&Vec<f64>> = scored.iter().map(|&(_, values)| values).collect();
    let found = label_issues(&given, &values, LabelScore::SelfConfidence)?;
    let name = |class: usize| labels.name(class).unwrap_or_default().to_owned();
    let row_of = |issue: usize| rows[scored[issue].0];
    let issues = found.issues.iter().map(|issue| {
        let row = &dataset.rows[row_of(issue.row)];
        LabelErrorRow {
            line: row.line,
            given: name(issue.given),
            suggested: name(issue.suggested),
            score: issue.score,
            text: row.record.text().to_owned(),
        }
    });
    let finding = LabelErrorFinding {
        source,
        scored: scored.len(),
        not_scored: probabilities.len() - scored.len(),
        issues: issues.collect(),
    };
    Ok((
        finding,
        found.issues.iter().map(|issue| row_of(issue.row)).collect(),
    ))
}

/// Refuses what there is nothing to learn from.
pub(super) fn require_classes(labels: Option<&LabelSet>, dataset: &Dataset) -> Result<LabelSet> {
    match labels {
        Some(labels) if labels.len() > 1 => Ok(labels.clone()),
        found => Err(Error::Files {
            reason: format!(
                "label errors cannot be looked for in `{}`: it has {}",
                dataset.path.display(),
                if found.is_some() {
                    "one label only"
                } else {
                    "no labels"
                }
            ),
            hint: "name the field that holds the label (`label_field`), or look for something else".into(),
        }),
    }
}
