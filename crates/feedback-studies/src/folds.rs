//! Stratified, grouped cross-validation.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use feedback_dataset::folds::stratified_group_k_fold;
use feedback_dataset::read::Encoding;
use feedback_dataset::{Dataset, LabelSet};
use feedback_files::{sha256_of_input, write_file};
use feedback_inference::Classifier;
use feedback_metrics::Probabilities;
use feedback_metrics::statistics::{Spread, spreads};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::error::{Error, Result};
use crate::figures::Figures;
use crate::plan::{Study, Training, train_in, write_json};
use crate::watch::{StudyNotice, Watch};
use feedback_pipeline::data::{
    DataFiles, Examples, clean_texts, groups, label_set, read_labelled, require_two_labels,
};
use feedback_pipeline::evaluate::{FileEvaluation, Leakage, Scored, evaluate, score};
use feedback_pipeline::train::TrainOptions;

/// The result of one fold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FoldResult {
    /// The number of the fold, from 1.
    pub fold: usize,
    /// Number of training rows, including the validation rows that select the best model.
    pub n_train: usize,
    /// Number of held-out rows.
    pub n: usize,
    /// The metrics of the fold's model; `test` has its metrics on the held-out rows.
    #[serde(flatten)]
    pub figures: Figures,
    /// The probabilities of the held-out rows, in the order of the file.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    probabilities: Vec<Vec<f64>>,
}

/// The results of cross-validation, in the form that `--format json` prints.
#[derive(Debug, Serialize)]
#[non_exhaustive]
pub struct FoldsReport {
    /// The folder of the study.
    pub folder: PathBuf,
    /// The file with the out-of-fold probabilities.
    pub probabilities: PathBuf,
    /// The folds.
    pub folds: Vec<FoldResult>,
    /// The mean of each metric over the folds.
    pub mean: BTreeMap<String, Spread>,
    /// The metrics over all rows, each predicted by the model that was not trained on it.
    pub out_of_fold: FileEvaluation,
}

/// Splits a file into `n_folds` parts (folds). For each fold, trains a model on all other folds and predicts the fold.
///
/// All folds have about the same share of each label, and texts that are equal after normalising are in the same fold. In
/// each fold, a tenth of the training rows selects the best model and the temperature, so that nothing is tuned on the
/// held-out rows. `probabilities.jsonl` in the folder has one line for each row of the file, in the format that the search
/// for label errors reads:
///
/// ```json
/// {"index": 0, "line": 1, "id": "a1", "fold": 3, "label": "bug", "predicted_label": "bug", "scores": {"bug": 0.93, …}}
/// ```
///
/// `index` counts usable rows from 0; `id` is present only if the row has an id.
///
/// Cross-validation estimates how good the recipe is. To get a model for use, train on all rows. The models of the folds
/// stay in `fold-N/model`.
///
/// # Errors
///
/// The data cannot be used, there are too few rows for the number of folds, the folder was started with a different plan, or
/// a training fails.
pub fn cross_validate(
    options: &TrainOptions,
    n_folds: usize,
    folder: &Path,
    watch: &mut dyn Watch,
) -> Result<FoldsReport> {
    let input = only_training_file(&options.data.files)?;
    let mut dataset = read_labelled(input, &options.data.read, options.data.on_bad_row)?;
    let cleaned = clean_texts(&mut dataset, options.data.cleaning);
    let rare = options.data.rare.apply(&mut dataset);
    let labels = label_set(&dataset, options.data.labels.as_deref())?;
    require_two_labels(&labels, input)?;
    let examples = Examples::new(&dataset, &labels)?;
    let folds = stratified_group_k_fold(
        &examples.labels,
        &groups(&dataset, None, false)?,
        n_folds,
        Some(options.data.seed),
    )?;
    let plan = json!({
        "study": "folds",
        "folds": n_folds,
        "data_sha256": sha256_of_input(input)?,
        "training": options.for_study()?,
    });
    let study = Study::open(folder, &plan)?;
    watch.notice(StudyNotice::Begin { folder, n: n_folds });
    watch.notice(StudyNotice::SetAside {
        rows: dataset.set_aside.len(),
    });
    watch.notice(StudyNotice::Cleaned { rows: cleaned });
    watch.notice(StudyNotice::Rare { labels: &rare });
    let fold = |fold: usize| Fold {
        number: fold + 1,
        dataset: &dataset,
        labels: &labels,
        train: folds.train(fold),
        held_out: folds.held_out(fold),
        examples: &examples,
        options,
    };
    let trainings: Vec<Fold> = (0..n_folds).map(fold).collect();
    let results = study.run(&trainings, watch)?;
    report(folder, &dataset, &labels, &examples, folds.fold_of_row(), results)
}

/// Returns the training file. Refuses other files, because cross-validation takes its held-out rows from the training file.
fn only_training_file(files: &DataFiles) -> Result<&Path> {
    match files {
        DataFiles::Single(path)
        | DataFiles::Separate {
            train: path,
            validation: None,
            test: None,
        } => Ok(path),
        _ => Err(Error::FoldFiles),
    }
}

/// The training of one fold.
struct Fold<'a> {
    number: usize,
    dataset: &'a Dataset,
    labels: &'a LabelSet,
    train: Vec<usize>,
    held_out: Vec<usize>,
    examples: &'a Examples,
    options: &'a TrainOptions,
}

impl Training for Fold<'_> {
    type Kept = FoldResult;

    fn name(&self) -> String {
        fold_name(self.number)
    }

    fn what(&self) -> String {
        format!(
            "{} training rows, {} held out",
            self.train.len(),
            self.held_out.len()
        )
    }

    fn run(&self, folder: &Path, watch: &mut dyn Watch) -> Result<FoldResult> {
        let (train, held_out) = (folder.join("train.jsonl"), folder.join("held_out.jsonl"));
        write_rows(&train, self.dataset, &self.train)?;
        write_rows(&held_out, self.dataset, &self.held_out)?;
        let mut options = self.options.clone();
        options.data.files = DataFiles::Separate {
            train,
            validation: None,
            test: Some(held_out),
        };
        options.data.labels = Some(self.labels.names().to_vec());
        options.data.read.format = None;
        options.data.read.encoding = Encoding::Utf8;
        let (device, _) = options.model.device.open()?;
        let summary = train_in(folder, options, watch)?;
        let classifier = Classifier::load(&folder.join("model"), &device)?;
        let scored = score(&classifier, &self.examples.select(&self.held_out))?;
        Ok(FoldResult {
            fold: self.number,
            n_train: self.train.len(),
            n: self.held_out.len(),
            figures: Figures::new(&summary),
            probabilities: scored.probabilities.rows().map(<[f64]>::to_vec).collect(),
        })
    }
}

fn fold_name(number: usize) -> String {
    format!("fold-{number}")
}

fn write_rows(path: &Path, dataset: &Dataset, rows: &[usize]) -> Result<()> {
    write_file(path, |writer| {
        for &row in rows {
            writeln!(writer, "{}", dataset.rows[row].record.to_json())?;
        }
        Ok(())
    })?;
    Ok(())
}

fn report(
    folder: &Path,
    dataset: &Dataset,
    labels: &LabelSet,
    examples: &Examples,
    fold_of_row: &[usize],
    mut results: Vec<FoldResult>,
) -> Result<FoldsReport> {
    // The probabilities of a fold are in the order of the file: each row of the file takes the next row of its fold.
    let mut of_fold: Vec<_> = results
        .iter_mut()
        .map(|fold| std::mem::take(&mut fold.probabilities).into_iter())
        .collect();
    let mut rows: Vec<Vec<f64>> = Vec::with_capacity(examples.len());
    for &fold in fold_of_row {
        let row = of_fold.get_mut(fold).and_then(Iterator::next);
        rows.push(row.ok_or_else(|| Error::FoldIncomplete {
            folder: folder.join(fold_name(fold + 1)),
        })?);
    }
    let probabilities = Probabilities::new(rows.concat(), labels.len())?;
    let path = folder.join("probabilities.jsonl");
    write_probabilities(&path, dataset, labels, fold_of_row, &probabilities)?;
    let unseen = Leakage {
        known: true,
        in_train: 0,
        in_validation: 0,
    };
    let measured: Vec<_> = results.iter().map(|fold| &fold.figures.test).collect();
    let report = FoldsReport {
        mean: spreads(&measured, Spread::from_folds),
        out_of_fold: evaluate(&Scored::new(probabilities), examples, labels.names(), 1.0, unseen)?,
        folder: folder.to_owned(),
        probabilities: path,
        folds: results,
    };
    write_json(&folder.join("report.json"), &report)?;
    Ok(report)
}

fn write_probabilities(
    path: &Path,
    dataset: &Dataset,
    labels: &LabelSet,
    fold_of_row: &[usize],
    probabilities: &Probabilities,
) -> Result<()> {
    let predictions = probabilities.predictions();
    write_file(path, |writer| {
        for (index, (row, scores)) in dataset.rows.iter().zip(probabilities.rows()).enumerate() {
            let mut line = Map::new();
            line.insert("index".into(), index.into());
            line.insert("line".into(), row.line.into());
            if let Some(id) = row.record.get("id") {
                line.insert("id".into(), id.clone());
            }
            line.insert("fold".into(), (fold_of_row[index] + 1).into());
            line.insert("label".into(), row.record.label().into());
            line.insert("predicted_label".into(), labels.name(predictions[index]).into());
            let scores = labels
                .names()
                .iter()
                .cloned()
                .zip(scores.iter().map(|&score| Value::from(score)));
            line.insert("scores".into(), Value::Object(scores.collect()));
            writeln!(writer, "{}", Value::Object(line))?;
        }
        Ok(())
    })?;
    Ok(())
}
