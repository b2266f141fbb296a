//! Text classification as a training objective.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use burn::module::Module;
use burn::tensor::{Device, Int, Tensor};
use feedback_bert::batch::batch_by_tokens;
use feedback_bert::windows::pool;
use feedback_bert::{Batch, BertForSequenceClassification, BertTokenizer, Encoding};
use feedback_metrics::{Average, ConfusionMatrix, Logits, ZeroDivision, calibration::log_loss};
use feedback_trainer::losses::ClassificationLoss;
use feedback_trainer::{BoxError, Evaluate, Metrics, TrainData, Trainable};

use crate::data::Examples;
use crate::error::Result;
use crate::objectives::imbalance::Sampler;

/// A BERT classifier with its loss.
///
/// With class weights, the training data need the same loss: set it with [`EncodedExamples::with_loss`].
#[derive(Module, Debug)]
pub struct ClassificationObjective {
    /// The network.
    pub model: BertForSequenceClassification,
    #[module(skip)]
    loss: ClassificationLoss,
}

impl ClassificationObjective {
    /// Creates an objective that trains `model` with `loss`.
    pub fn new(model: BertForSequenceClassification, loss: ClassificationLoss) -> Self {
        Self { model, loss }
    }
}

/// A batch of texts and windows with their labels.
#[derive(Debug)]
pub struct LabelledBatch {
    /// The texts and windows.
    pub batch: Batch,
    /// The class id of each.
    pub labels: Tensor<1, Int>,
    /// The share of each in its text: 1 divided by the number of windows; `None` if all are whole texts.
    pub shares: Option<Tensor<1>>,
}

impl Trainable for ClassificationObjective {
    type Batch = LabelledBatch;

    fn loss(&self, batch: LabelledBatch) -> Tensor<1> {
        let logits = self.model.forward(&batch.batch);
        match batch.shares {
            None => self.loss.sum(logits, batch.labels),
            Some(shares) => (self.loss.per_sample(logits, batch.labels) * shares).sum(),
        }
    }

    fn parameter_name(&self, path: &str) -> String {
        feedback_bert::names::parameter_name(path)
    }

    fn layer_depth(&self, name: &str) -> usize {
        feedback_bert::names::layer_depth(name, self.model.encoder().num_hidden_layers())
    }
}

/// Labelled texts, tokenised once. A text that is read in windows is as many samples of the same label, whose weights sum to that of
/// one text; the metrics are about texts.
#[derive(Debug, Clone)]
pub struct EncodedExamples {
    /// The windows of all rows; a text that is read at once is one window.
    windows: Arc<Vec<Encoding>>,
    /// The windows of each row.
    of_row: Arc<Vec<Range<usize>>>,
    /// The row of each window.
    rows: Arc<Vec<usize>>,
    /// The class id of each row.
    labels: Arc<Vec<usize>>,
    pad_token_id: u32,
    loss: ClassificationLoss,
    sampler: Sampler,
}

impl EncodedExamples {
    /// Tokenises all texts.
    ///
    /// # Errors
    ///
    /// The errors of [`BertTokenizer::encode`].
    pub fn new(examples: &Examples, tokenizer: &BertTokenizer) -> Result<Self> {
        let encodings = tokenizer.encode(&examples.texts)?;
        Ok(Self::of_encodings(examples, encodings, tokenizer.pad_token_id()))
    }

    /// Takes the texts as the tokenizer has encoded them.
    pub(crate) fn of_encodings(examples: &Examples, encodings: Vec<Encoding>, pad_token_id: u32) -> Self {
        let texts = encodings.into_iter().map(|encoding| {
            if encoding.windows.is_empty() {
                return vec![encoding];
            }
            encoding.parts().into_iter().map(Cow::into_owned).collect()
        });
        let empty = Self {
            windows: Arc::default(),
            of_row: Arc::default(),
            rows: Arc::default(),
            labels: Arc::new(examples.labels.clone()),
            pad_token_id,
            loss: ClassificationLoss::cross_entropy(),
            sampler: Sampler::Shuffled,
        };
        empty.with_windows(texts)
    }

    /// Returns the same rows with these windows, at least one for each row.
    fn with_windows(self, texts: impl Iterator<Item = Vec<Encoding>>) -> Self {
        let (mut windows, mut of_row, mut rows) = (Vec::new(), Vec::new(), Vec::new());
        for (row, text) in texts.enumerate() {
            let range = windows.len()..windows.len() + text.len();
            rows.resize(range.end, row);
            of_row.push(range);
            windows.extend(text);
        }
        Self {
            windows: Arc::new(windows),
            of_row: Arc::new(of_row),
            rows: Arc::new(rows),
            ..self
        }
    }

    /// Returns the same rows, weighted by the class weights of `loss` in the mean loss of an update.
    #[must_use]
    pub fn with_loss(self, loss: ClassificationLoss) -> Self {
        Self { loss, ..self }
    }

    /// Returns the same rows, drawn by `sampler` in each epoch.
    #[must_use]
    pub fn with_sampler(self, sampler: Sampler) -> Self {
        Self { sampler, ..self }
    }

    /// Returns these rows with the loss and the sampler of `other`.
    pub(crate) fn like(self, other: &Self) -> Self {
        self.with_loss(other.loss.clone()).with_sampler(other.sampler)
    }

    /// Returns these rows and those of `other`, with the loss and the sampler of these.
    pub(crate) fn followed_by(&self, other: &Self) -> Self {
        let all = [self, other];
        let rows = all
            .iter()
            .flat_map(|one| one.of_row.iter().map(|row| one.windows[row.clone()].to_vec()));
        let labels = all.iter().flat_map(|one| one.labels.iter().copied());
        let both = Self {
            labels: Arc::new(labels.collect()),
            ..self.clone()
        };
        both.with_windows(rows)
    }

    /// Returns the given rows in the given order. `rows` lists pairs of a row index and the row's new class id.
    pub(crate) fn select(&self, rows: &[(usize, usize)]) -> Self {
        let of_rows = rows
            .iter()
            .map(|&(row, _)| self.windows[self.of_row[row].clone()].to_vec());
        let selected = Self {
            labels: Arc::new(rows.iter().map(|&(_, label)| label).collect()),
            ..self.clone()
        };
        selected.with_windows(of_rows)
    }

    /// Returns the number of texts that were too long and were cut.
    pub fn truncated(&self) -> usize {
        let first = self.of_row.iter().map(|windows| &self.windows[windows.start]);
        first.filter(|window| window.truncated).count()
    }

    /// Returns the number of texts that are read in windows, and the number of their windows.
    pub fn in_windows(&self) -> (usize, usize) {
        let several = self.of_row.iter().map(Range::len).filter(|&windows| windows > 1);
        several.fold((0, 0), |(texts, all), windows| (texts + 1, all + windows))
    }

    /// Returns the share of a window in its text: 1 divided by the number of windows.
    fn share(&self, window: usize) -> f64 {
        1.0 / self.of_row[self.rows[window]].len() as f64
    }

    fn label(&self, window: usize) -> usize {
        self.labels[self.rows[window]]
    }
}

impl TrainData<ClassificationObjective> for EncodedExamples {
    fn len(&self) -> usize {
        self.windows.len()
    }

    fn length(&self, index: usize) -> usize {
        self.windows[index].len()
    }

    fn weight(&self, index: usize) -> f64 {
        self.loss.weight(self.label(index)) * self.share(index)
    }

    fn order(&self, seed: u64, epoch: usize) -> Option<Vec<usize>> {
        self.sampler.order(&self.labels, seed, epoch)
    }

    fn batch(
        &self,
        indices: &[usize],
        device: &Device,
    ) -> std::result::Result<<ClassificationObjective as Trainable>::Batch, BoxError> {
        let windows: Vec<&Encoding> = indices.iter().map(|&index| &self.windows[index]).collect();
        let labels: Vec<i32> = indices.iter().map(|&index| self.label(index) as i32).collect();
        let shares: Vec<f32> = indices.iter().map(|&index| self.share(index) as f32).collect();
        let is_whole = shares.iter().all(|&share| share == 1.0);
        Ok(LabelledBatch {
            batch: Batch::new(&windows, self.pad_token_id, device)?,
            labels: Tensor::from_ints(labels.as_slice(), device),
            shares: (!is_whole).then(|| Tensor::from_floats(shares.as_slice(), device)),
        })
    }
}

/// Returns the logits of a model for tokenised texts, in the order of the texts.
///
/// # Errors
///
/// The device fails, or a logit is not finite.
pub(crate) fn logits(
    model: &BertForSequenceClassification,
    data: &EncodedExamples,
    n_classes: usize,
    batch_size: usize,
    device: &Device,
) -> std::result::Result<Logits, BoxError> {
    Ok(Logits::new(
        scores(model, data, n_classes, batch_size, device)?,
        n_classes,
    )?)
}

/// Like [`logits`], but returns plain numbers, which may be NaN if training diverged. A text that is read in windows has the mean of
/// their logits.
fn scores(
    model: &BertForSequenceClassification,
    data: &EncodedExamples,
    n_classes: usize,
    batch_size: usize,
    device: &Device,
) -> std::result::Result<Vec<f64>, BoxError> {
    let lengths: Vec<usize> = data.windows.iter().map(Encoding::len).collect();
    let mut all = vec![0.0; lengths.len() * n_classes];
    for indices in batch_by_tokens(&lengths, batch_size, usize::MAX) {
        let batch = data.batch(&indices, device)?.batch;
        let scores = model.forward(&batch).try_into_data()?.convert::<f32>();
        let scores = scores.try_to_vec::<f32>().map_err(|error| format!("{error:?}"))?;
        for (&index, row) in indices.iter().zip(scores.chunks_exact(n_classes)) {
            all[index * n_classes..(index + 1) * n_classes].copy_from_slice(row);
        }
    }
    let counts: Vec<usize> = data.of_row.iter().map(Range::len).collect();
    let of_texts = pool(&all, n_classes, &counts);
    Ok(of_texts.into_iter().map(f64::from).collect())
}

/// The metrics of [`ClassificationEvaluator`].
pub(crate) const METRICS: [&str; 4] = ["loss", "accuracy", "macro_f1", "weighted_f1"];

/// Returns the values of [`METRICS`] for the logits of texts with these labels.
pub(crate) fn metrics(
    logits: &Logits,
    labels: &[usize],
    n_classes: usize,
) -> feedback_metrics::Result<Metrics> {
    let probabilities = logits.softmax(1.0)?;
    let matrix = ConfusionMatrix::new(labels, &probabilities.predictions(), n_classes)?;
    let f1 = |average| matrix.average(average, ZeroDivision::Zero).f1;
    let values = [
        log_loss(&probabilities, labels)?,
        matrix.accuracy(),
        f1(Average::Macro),
        f1(Average::Weighted),
    ];
    Ok(METRICS.into_iter().map(str::to_owned).zip(values).collect())
}

/// Measures a classifier on held-out texts: `loss`, `accuracy`, `macro_f1`, `weighted_f1`.
///
/// `loss` is always the plain log loss, even if training minimises another loss, so that runs can be compared. All four
/// metrics are NaN if any logit is not finite.
#[derive(Debug)]
pub struct ClassificationEvaluator {
    data: EncodedExamples,
    n_classes: usize,
    batch_size: usize,
    device: Device,
}

impl ClassificationEvaluator {
    /// Creates an evaluator on `data` that uses batches of `batch_size` texts.
    pub fn new(data: EncodedExamples, n_classes: usize, batch_size: usize, device: &Device) -> Self {
        Self {
            data,
            n_classes,
            batch_size,
            device: device.clone(),
        }
    }
}

impl Evaluate<ClassificationObjective> for ClassificationEvaluator {
    fn evaluate(&mut self, objective: &ClassificationObjective) -> std::result::Result<Metrics, BoxError> {
        let scores = scores(
            &objective.model,
            &self.data,
            self.n_classes,
            self.batch_size,
            &self.device,
        )?;
        if scores.iter().any(|score| !score.is_finite()) {
            // The trainer ends the run and keeps the best model so far.
            return Ok(METRICS.map(|name| (name.to_owned(), f64::NAN)).into());
        }
        let logits = Logits::new(scores, self.n_classes)?;
        Ok(metrics(&logits, &self.data.labels, self.n_classes)?)
    }
}
