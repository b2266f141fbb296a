//! Masked language modelling as a training objective.

use std::cell::Cell;

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use feedback_bert::batch::batch_by_tokens;
use feedback_bert::masked_lm::{BertForMaskedLm, MaskedBatch, MaskedEncoding, WholeWordMasking};
use feedback_bert::{BertTokenizer, Encoding};
use feedback_trainer::{BoxError, Evaluate, Metrics, TrainData, Trainable, cross_entropy_sum};

use crate::error::Result;

/// The epoch number that determines the masks of held-out texts, so that these masks never change. Training never reaches
/// this epoch.
const HELD_OUT_EPOCH: usize = (1 << 24) - 1;

/// Which part of the model is trained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MaskedLmScope {
    /// The whole model.
    #[default]
    All,
    /// Only the head. The encoder is frozen, and so are the embeddings, which also serve as the weight of the decoder.
    HeadOnly,
}

/// A masked language model with the cross-entropy of the masked tokens as its loss.
#[derive(Module, Debug)]
pub(crate) struct MaskedLmObjective {
    /// The network.
    pub(crate) model: BertForMaskedLm,
    #[module(skip)]
    scope: MaskedLmScope,
}

impl MaskedLmObjective {
    /// Creates an objective that trains the part `scope` of `model`.
    pub(crate) fn new(model: BertForMaskedLm, scope: MaskedLmScope) -> Self {
        Self { model, scope }
    }
}

impl Trainable for MaskedLmObjective {
    type Batch = MaskedBatch;

    fn loss(&self, batch: MaskedBatch) -> Tensor<1> {
        let logits = match self.scope {
            MaskedLmScope::All => self.model.forward(&batch.batch, batch.positions),
            MaskedLmScope::HeadOnly => self.model.forward_head_only(&batch.batch, batch.positions),
        };
        cross_entropy_sum(logits, batch.labels)
    }
}

/// Tokenised texts in which different words are masked in each epoch.
///
/// The loss of an update is the mean over its masked tokens. Texts without a word to mask are left out.
#[derive(Debug)]
pub(crate) struct MaskedTexts {
    encodings: Vec<Encoding>,
    masking: WholeWordMasking,
    pad_token_id: u32,
    epoch: Cell<usize>,
}

impl MaskedTexts {
    /// Tokenises all texts.
    ///
    /// # Errors
    ///
    /// The errors of [`BertTokenizer::encode`].
    pub(crate) fn new(
        texts: &[String],
        tokenizer: &BertTokenizer,
        masking: WholeWordMasking,
    ) -> Result<Self> {
        let mut encodings = tokenizer.encode(texts)?;
        encodings.retain(|encoding| !masking.mask(encoding, 0, 0).positions.is_empty());
        Ok(Self {
            encodings,
            masking,
            pad_token_id: tokenizer.pad_token_id(),
            epoch: Cell::new(0),
        })
    }

    fn masked(&self, index: usize, epoch: usize) -> MaskedEncoding {
        self.masking.mask(&self.encodings[index], epoch, index)
    }

    fn masked_batch(
        &self,
        indices: &[usize],
        epoch: usize,
        device: &Device,
    ) -> std::result::Result<MaskedBatch, BoxError> {
        let texts: Vec<MaskedEncoding> = indices.iter().map(|&index| self.masked(index, epoch)).collect();
        Ok(MaskedBatch::new(&texts, self.pad_token_id, device)?)
    }
}

impl TrainData<MaskedLmObjective> for MaskedTexts {
    fn len(&self) -> usize {
        self.encodings.len()
    }

    fn length(&self, index: usize) -> usize {
        self.encodings[index].len()
    }

    fn weight(&self, index: usize) -> f64 {
        self.masked(index, self.epoch.get()).positions.len() as f64
    }

    fn set_epoch(&self, epoch: usize) {
        self.epoch.set(epoch);
    }

    fn batch(&self, indices: &[usize], device: &Device) -> std::result::Result<MaskedBatch, BoxError> {
        self.masked_batch(indices, self.epoch.get(), device)
    }
}

/// Measures a masked language model on held-out texts, always with the same masks. `loss` is the mean over the masked
/// tokens, `perplexity` is e to the power of the loss, and `accuracy` is the share of masked tokens that are predicted
/// correctly.
#[derive(Debug)]
pub(crate) struct MaskedLmEvaluator {
    texts: MaskedTexts,
    batch_size: usize,
    device: Device,
}

impl MaskedLmEvaluator {
    /// Creates an evaluator on `texts` that uses batches of `batch_size` texts.
    pub(crate) fn new(texts: MaskedTexts, batch_size: usize, device: &Device) -> Self {
        Self {
            texts,
            batch_size,
            device: device.clone(),
        }
    }
}

impl Evaluate<MaskedLmObjective> for MaskedLmEvaluator {
    fn evaluate(&mut self, objective: &MaskedLmObjective) -> std::result::Result<Metrics, BoxError> {
        let lengths: Vec<usize> = self.texts.encodings.iter().map(Encoding::len).collect();
        let (mut loss, mut right, mut tokens) = (0.0, 0.0, 0.0);
        for indices in batch_by_tokens(&lengths, self.batch_size, usize::MAX) {
            let batch = self.texts.masked_batch(&indices, HELD_OUT_EPOCH, &self.device)?;
            let logits = objective.model.forward(&batch.batch, batch.positions); // [tokens, vocab]
            let [count, _] = logits.dims();
            let guesses = logits.clone().argmax(1).reshape([count]);
            let hits: f32 = guesses
                .equal(batch.labels.clone())
                .float()
                .sum()
                .try_into_scalar()?;
            let sum: f32 = cross_entropy_sum(logits, batch.labels).try_into_scalar()?;
            loss += f64::from(sum);
            right += f64::from(hits);
            tokens += count as f64;
        }
        let mean: f64 = loss / tokens;
        let metrics = [
            ("loss", mean),
            ("perplexity", mean.exp()),
            ("accuracy", right / tokens),
        ];
        Ok(metrics.map(|(name, value)| (name.to_owned(), value)).into())
    }
}
