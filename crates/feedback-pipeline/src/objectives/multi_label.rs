//! Multi-label classification (texts with any number of labels): reading, training, evaluation.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use burn::module::Module;
use burn::tensor::{Device, Tensor, TensorData};
use feedback_bert::batch::batch_by_tokens;
use feedback_bert::{Batch, BertForSequenceClassification, BertTokenizer, Encoding};
use feedback_dataset::read::{OnBadRow, ReadOptions};
use feedback_dataset::record::Row;
use feedback_dataset::{Dataset, LabelSet};
use feedback_formats::read;
use feedback_metrics::{Average, MultiLabel, ZeroDivision};
use feedback_trainer::losses::MultiLabelLoss;
use feedback_trainer::{BoxError, Evaluate, Metrics, TrainData, Trainable};
use serde_json::Value;

use crate::error::{DataError, Result};

/// A label is predicted if its logit is above this value: a probability above 0.5, as in Transformers.
const THRESHOLD_LOGIT: f32 = 0.0;

/// Texts with any number of labels each, and their line numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct MultiLabelExamples {
    /// The file.
    pub path: PathBuf,
    /// The texts.
    pub texts: Vec<String>,
    /// The class ids of each text, in ascending order, without duplicates.
    pub labels: Vec<Vec<usize>>,
    /// The line of each text in the file.
    pub lines: Vec<u64>,
    /// Names by class id.
    pub label_set: LabelSet,
}

/// Reads a JSONL file in which each row has a list of labels in the field `labels`, or else in the label field.
///
/// A plain string, as in a single-label file, counts as a list of one label. An empty list means that the row has no
/// labels.
///
/// `label_set` lists the permitted labels, for example the labels of a model or of the training data. If it is `None`, all
/// labels are permitted.
///
/// # Errors
///
/// The errors of [`read`]; an error with the line number if a row has neither field, an entry is not a string, or a label is
/// not in `label_set`.
pub fn read_multi_label(
    path: &Path,
    options: &ReadOptions,
    on_bad_row: OnBadRow,
    label_set: Option<&LabelSet>,
) -> Result<MultiLabelExamples> {
    let dataset = read(path, options, on_bad_row)?;
    let names = dataset.rows.iter().map(|row| label_names(row, options, &dataset));
    let names: Vec<Vec<&str>> = names.collect::<std::result::Result<_, DataError>>()?;
    let label_set = match label_set {
        Some(given) => given.clone(),
        None => LabelSet::from_training_labels(names.iter().flatten())?,
    };
    let mut labels = Vec::with_capacity(names.len());
    for (row, names) in dataset.rows.iter().zip(names) {
        let ids = names.iter().map(|name| {
            label_set.id(name).ok_or_else(|| DataError::UnknownLabel {
                path: path.to_owned(),
                line: row.line,
                label: (*name).to_owned(),
                known: label_set.names().to_vec(),
            })
        });
        let mut ids: Vec<usize> = ids.collect::<std::result::Result<_, DataError>>()?;
        ids.sort_unstable();
        ids.dedup();
        labels.push(ids);
    }
    Ok(MultiLabelExamples {
        path: path.to_owned(),
        texts: dataset.texts().into_iter().map(str::to_owned).collect(),
        labels,
        lines: dataset.rows.iter().map(|row| row.line).collect(),
        label_set,
    })
}

fn label_names<'a>(
    row: &'a Row,
    options: &ReadOptions,
    dataset: &Dataset,
) -> std::result::Result<Vec<&'a str>, DataError> {
    let wrong = |problem: &'static str| DataError::LabelList {
        path: dataset.path.clone(),
        line: row.line,
        problem,
        label_field: options.label_field.clone(),
    };
    let field = row
        .record
        .get("labels")
        .or_else(|| row.record.get(&options.label_field));
    match field {
        Some(Value::String(name)) => Ok(vec![name]),
        Some(Value::Array(entries)) => {
            let names = entries.iter().map(Value::as_str).collect::<Option<Vec<&str>>>();
            names.ok_or_else(|| wrong("one of the labels is not a string"))
        }
        Some(_) => Err(wrong("the labels are not a list")),
        None => Err(wrong("there is no field with labels")),
    }
}

/// A BERT classifier that answers yes or no for each label.
#[derive(Module, Debug)]
pub struct MultiLabelObjective {
    /// The network.
    pub model: BertForSequenceClassification,
    #[module(skip)]
    loss: MultiLabelLoss,
}

impl MultiLabelObjective {
    /// Creates an objective that trains `model` with `loss`.
    pub fn new(model: BertForSequenceClassification, loss: MultiLabelLoss) -> Self {
        Self { model, loss }
    }
}

impl Trainable for MultiLabelObjective {
    /// The texts, and a target of 1 or 0 for each text and label, `[texts, labels]`.
    type Batch = (Batch, Tensor<2>);

    fn loss(&self, (batch, targets): Self::Batch) -> Tensor<1> {
        self.loss.sum(self.model.forward(&batch), targets)
    }
}

/// Texts with their labels, tokenised once.
#[derive(Debug, Clone)]
pub struct EncodedMultiLabel {
    encodings: Arc<Vec<Encoding>>,
    labels: Arc<Vec<Vec<usize>>>,
    n_labels: usize,
    pad_token_id: u32,
}

impl EncodedMultiLabel {
    /// Tokenises all texts.
    ///
    /// # Errors
    ///
    /// The errors of [`BertTokenizer::encode`].
    pub fn new(examples: &MultiLabelExamples, tokenizer: &BertTokenizer) -> Result<Self> {
        Ok(Self {
            encodings: Arc::new(tokenizer.encode(&examples.texts)?),
            labels: Arc::new(examples.labels.clone()),
            n_labels: examples.label_set.len(),
            pad_token_id: tokenizer.pad_token_id(),
        })
    }

    /// Returns for each label the number of rows without it divided by the number of rows with it, or 1 if no row has the
    /// label. With these weights for [`MultiLabelLoss::with_positive_weights`], the rows with a label have the same total
    /// weight as the rows without it.
    pub fn positive_weights(&self) -> Vec<f64> {
        let rows = self.labels.len() as f64;
        let mut counts = vec![0.0; self.n_labels];
        for &label in self.labels.iter().flatten() {
            counts[label] += 1.0;
        }
        let weigh = |count: f64| if count > 0.0 { (rows - count) / count } else { 1.0 };
        counts.into_iter().map(weigh).collect()
    }

    /// Returns the targets row by row: 1 if the row has the label, otherwise 0.
    fn targets(&self, indices: &[usize]) -> Vec<f32> {
        let mut targets = vec![0.0; indices.len() * self.n_labels];
        for (row, &index) in indices.iter().enumerate() {
            for &label in &self.labels[index] {
                targets[row * self.n_labels + label] = 1.0;
            }
        }
        targets
    }
}

impl TrainData<MultiLabelObjective> for EncodedMultiLabel {
    fn len(&self) -> usize {
        self.encodings.len()
    }

    fn length(&self, index: usize) -> usize {
        self.encodings[index].len()
    }

    fn batch(
        &self,
        indices: &[usize],
        device: &Device,
    ) -> std::result::Result<<MultiLabelObjective as Trainable>::Batch, BoxError> {
        let encodings: Vec<&Encoding> = indices.iter().map(|&index| &self.encodings[index]).collect();
        let shape = [indices.len(), self.n_labels];
        let targets = TensorData::new(self.targets(indices), shape);
        let batch = Batch::new(&encodings, self.pad_token_id, device)?;
        Ok((batch, Tensor::from_data(targets, device)))
    }
}

/// Measures a multi-label classifier: `loss`, `micro_f1`, `macro_f1`, `weighted_f1`, `samples_f1`, `subset_accuracy`,
/// `hamming_loss`. A label is predicted if its probability is above 0.5.
#[derive(Debug)]
pub struct MultiLabelEvaluator {
    data: EncodedMultiLabel,
    batch_size: usize,
    device: Device,
}

impl MultiLabelEvaluator {
    /// Creates an evaluator on `data` that uses batches of `batch_size` texts.
    pub fn new(data: EncodedMultiLabel, batch_size: usize, device: &Device) -> Self {
        Self {
            data,
            batch_size,
            device: device.clone(),
        }
    }
}

impl Evaluate<MultiLabelObjective> for MultiLabelEvaluator {
    fn evaluate(&mut self, objective: &MultiLabelObjective) -> std::result::Result<Metrics, BoxError> {
        let data = &self.data;
        let lengths: Vec<usize> = data.encodings.iter().map(Encoding::len).collect();
        let mut given = vec![false; lengths.len() * data.n_labels];
        let mut loss = 0.0;
        for indices in batch_by_tokens(&lengths, self.batch_size, usize::MAX) {
            let (batch, targets) = data.batch(&indices, &self.device)?;
            let logits = objective.model.forward(&batch);
            let sum: f32 = MultiLabelLoss::new()
                .sum(logits.clone(), targets)
                .try_into_scalar()?;
            loss += f64::from(sum);
            let logits = logits.try_into_data()?.convert::<f32>();
            let logits = logits.try_to_vec::<f32>().map_err(|error| format!("{error:?}"))?;
            for (&index, row) in indices.iter().zip(logits.chunks_exact(data.n_labels)) {
                let target = &mut given[index * data.n_labels..(index + 1) * data.n_labels];
                target
                    .iter_mut()
                    .zip(row)
                    .for_each(|(target, &logit)| *target = logit > THRESHOLD_LOGIT);
            }
        }
        let all: Vec<usize> = (0..lengths.len()).collect();
        let labels: Vec<bool> = data.targets(&all).iter().map(|&target| target == 1.0).collect();
        let scores = MultiLabel::new(&labels, &given, data.n_labels)?;
        let f1 = |average| scores.average(average, ZeroDivision::Zero).f1;
        let metrics = [
            ("loss", loss / lengths.len() as f64),
            ("micro_f1", f1(Average::Micro)),
            ("macro_f1", f1(Average::Macro)),
            ("weighted_f1", f1(Average::Weighted)),
            ("samples_f1", scores.samples_average(ZeroDivision::Zero).f1),
            ("subset_accuracy", scores.subset_accuracy()),
            ("hamming_loss", scores.hamming_loss()),
        ];
        Ok(metrics.map(|(name, value)| (name.to_owned(), value)).into())
    }
}

#[cfg(test)]
mod tests {
    use feedback_bert::config::{Pooling, ScratchPreset};
    use feedback_bert::model::ParameterInit;
    use feedback_trainer::{Trainer, TrainingArguments};

    use super::*;

    fn file(lines: &[String]) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("feedback.jsonl");
        fs_err::write(&path, lines.join("\n")).unwrap();
        (folder, path)
    }

    fn read_lines(lines: &[&str]) -> Result<MultiLabelExamples> {
        let lines: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
        let (_folder, path) = file(&lines);
        read_multi_label(&path, &ReadOptions::default(), OnBadRow::Fail, None)
    }

    #[test]
    fn label_lists_single_labels_and_empty_lists_are_read() {
        let examples = read_lines(&[
            r#"{"text": "a", "labels": ["praise", "bug", "bug"]}"#,
            r#"{"text": "b", "label": "bug"}"#,
            r#"{"text": "c", "label": []}"#,
        ])
        .unwrap();
        assert_eq!(examples.label_set.names(), ["bug", "praise"]);
        assert_eq!(examples.labels, [vec![0, 1], vec![0], vec![]]);
    }

    #[test]
    fn errors_name_the_line_of_an_unusable_row() {
        for (row, word) in [
            (r#"{"text": "b", "labels": ["bug", 3]}"#, "not a string"),
            (r#"{"text": "b", "labels": {"bug": true}}"#, "not a list"),
            (r#"{"text": "b"}"#, "no field with labels"),
        ] {
            let message = read_lines(&[r#"{"text": "a", "label": "bug"}"#, row])
                .unwrap_err()
                .to_string();
            assert!(message.contains(word) && message.contains("line 2"), "{message}");
        }
    }

    #[test]
    fn two_labels_are_learnt_at_once() {
        let words = [("crash", "bug"), ("love", "praise")];
        let mut lines = Vec::new();
        for row in 0..64 {
            let said: Vec<&(&str, &str)> = words
                .iter()
                .enumerate()
                .filter_map(|(bit, word)| (row >> bit & 1 == 1).then_some(word))
                .collect();
            let text: Vec<&str> = said.iter().map(|(word, _)| *word).collect();
            let labels: Vec<&str> = said.iter().map(|(_, label)| *label).collect();
            let text = format!("page {} {}", row % 7, text.join(" and "));
            lines.push(serde_json::json!({"text": text, "labels": labels}).to_string());
        }
        let (_folder, path) = file(&lines);
        let examples = read_multi_label(&path, &ReadOptions::default(), OnBadRow::Fail, None).unwrap();
        let device = Device::flex();
        let tokenizer = BertTokenizer::train(&examples.texts, 200, 16).unwrap();
        let config = ScratchPreset::Tiny.config(tokenizer.vocab_size(), examples.label_set.names());
        let mut init = ParameterInit::normal(1, config.initializer_range, &device).unwrap();
        let model = BertForSequenceClassification::new(&config, Pooling::Mean, &mut init);
        let data = EncodedMultiLabel::new(&examples, &tokenizer).unwrap();
        assert_eq!(data.positive_weights(), [1.0, 1.0]);
        let arguments = TrainingArguments {
            num_train_epochs: 60,
            learning_rate: 3e-3,
            metric_for_best_model: "subset_accuracy".into(),
            ..Default::default()
        };
        let mut evaluator = MultiLabelEvaluator::new(data.clone(), 32, &device);
        let trained = Trainer::new(arguments.check().unwrap(), &device)
            .train(
                MultiLabelObjective::new(model, MultiLabelLoss::new()),
                &data,
                &mut evaluator,
            )
            .unwrap();
        assert_eq!(trained.metrics["subset_accuracy"], 1.0, "{:?}", trained.metrics);
        assert_eq!(trained.metrics["samples_f1"], 0.75, "rows without labels count 0");
    }
}
