//! The importance of each token: gradient × input, attention and attention rollout.

use burn::module::Module;
use burn::tensor::{Device, Tensor};

use crate::batch::Batch;
use crate::classification::BertForSequenceClassification;
use crate::error::{Error, Result};

impl BertForSequenceClassification {
    /// Returns gradient × input: for each token, the product of its embedding and the gradient of `label`'s
    /// logit, summed over the features (Shrikumar et al. 2017, section 3.2).
    ///
    /// The embedding is the normalised sum of the word, position and segment embeddings, that is, the first entry of
    /// [`hidden_states`](crate::model::BertModel::hidden_states). Values above 0 support the label, values below 0
    /// speak against it. Dropout is off.
    ///
    /// # Shapes
    ///
    /// - `batch`: on a device with autodiff (`Device::autodiff`)
    /// - output: `[texts, longest]`, without autodiff; padding has 0
    ///
    /// # Errors
    ///
    /// [`Error::Input`] if the device of the batch has no autodiff, or the model does not have the label.
    pub fn gradient_times_input(&self, batch: &Batch, label: usize) -> Result<Tensor<2>> {
        self.check(&batch.input_ids.device(), label)?;
        // Freeze the model so that only the embeddings get a gradient. On a device with autodiff, dropout is normally on:
        // `freeze` switches it off, and `train` does not switch it on again.
        let model = self.valid().dequantize().freeze().train();
        let embedded = model.bert.embed(batch).detach().require_grad(); // [tokens, hidden]
        let hidden = model.bert.forward_embedded(embedded.clone(), batch);
        let logits = model.head(hidden, batch); // [texts, labels]
        let grads = logits.narrow(1, label, 1).sum().backward();
        let grad = embedded.grad(&grads).ok_or_else(no_autodiff)?;
        let products = (grad * embedded.inner()).sum_dim(1); // [tokens, 1]
        let [texts, longest] = batch.dims();
        Ok(batch.without_autodiff().pad(products).reshape([texts, longest]))
    }

    /// Returns the attention of the last block to each token, averaged over the attention heads.
    ///
    /// With `cls` pooling this is the first token's attention, since the head reads only that token; with mean pooling it
    /// is the mean over all real tokens. The values of a text are at least 0 and sum to 1. They do not depend on a label.
    ///
    /// # Shapes
    ///
    /// - output: `[texts, longest]`; padding has exactly 0
    pub fn attention_to_tokens(&self, batch: &Batch) -> Tensor<2> {
        let [texts, seq] = batch.dims();
        let attentions = self.bert.attentions(batch);
        let last = attentions.into_iter().next_back().map(mean_over_heads);
        let last = last.unwrap_or_else(|| identity(seq, batch)); // without blocks, each token attends to itself only
        self.read_out(last.expand([texts, seq, seq]), batch)
    }

    /// Returns the attention rollout (Abnar and Zuidema 2020, section 3): how much of each token reaches the
    /// head through all blocks. Each block's output is assumed to be half attention and half input.
    ///
    /// Shapes, sums and pooling are as in [`attention_to_tokens`](Self::attention_to_tokens).
    pub fn attention_rollout(&self, batch: &Batch) -> Tensor<2> {
        let [texts, seq] = batch.dims();
        let identity = identity(seq, batch).expand([texts, seq, seq]);
        let blocks = self.bert.attentions(batch).into_iter();
        let rollout = blocks.fold(identity.clone(), |rollout, attention| {
            let block = (mean_over_heads(attention) + identity.clone()).mul_scalar(0.5); // [batch, seq, seq]
            block.matmul(rollout)
        });
        self.read_out(rollout, batch)
    }

    /// Converts attention, `[texts, seq, seq]`, to the share of each token in the input of the head, `[texts,
    /// seq]`.
    fn read_out(&self, attention: Tensor<3>, batch: &Batch) -> Tensor<2> {
        let [texts, seq] = batch.dims();
        if self.bert.pooler.is_some() {
            return attention.narrow(1, 0, 1).reshape([texts, seq]);
        }
        // Rows of padding are not read.
        let means = (0..texts).map(|text| {
            let rows = batch
                .sequences
                .ranges()
                .nth(text)
                .map_or(seq, |range| range.len());
            let attention = attention.clone().narrow(0, text, 1).narrow(1, 0, rows); // [1, rows, seq]
            attention.mean_dim(1).reshape([1, seq])
        });
        Tensor::cat(means.collect(), 0)
    }

    fn check(&self, device: &Device, label: usize) -> Result<()> {
        if !device.is_autodiff() {
            return Err(no_autodiff());
        }
        let [_, labels] = self.classifier.weight.dims();
        if label >= labels {
            return Err(Error::Input {
                what: "label",
                expected: format!("a class id below {labels}"),
                found: label.to_string(),
            });
        }
        Ok(())
    }
}

fn no_autodiff() -> Error {
    Error::Input {
        what: "the batch's device",
        expected: "a batch made on `Device::autodiff`".into(),
        found: "without autodiff".into(),
    }
}

/// Averages `[batch, heads, seq, seq]` over the heads: `[batch, seq, seq]`.
fn mean_over_heads(attention: Tensor<4>) -> Tensor<3> {
    let [texts, _, seq, _] = attention.dims();
    attention.mean_dim(1).reshape([texts, seq, seq])
}

fn identity(seq: usize, batch: &Batch) -> Tensor<3> {
    Tensor::<2>::eye(seq, &batch.input_ids.device()).unsqueeze() // [1, seq, seq]
}
