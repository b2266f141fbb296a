//! How much each token matters: gradient × input, attention weights and attention rollout.

use burn::module::Module;
use burn::tensor::{Device, Tensor};

use crate::{Batch, BertForSequenceClassification, Error, Result};

impl BertForSequenceClassification {
    /// Gradient × input: for each token the product of its embedding with the gradient of `label`'s logit, summed over the
    /// features (Shrikumar et al. 2017, section 3.2).
    ///
    /// The embedding is the sum of word, position and segment after normalisation, that is the first of
    /// [`hidden_states`](crate::BertModel::hidden_states). A token above 0 speaks for the label, one below 0 against it.
    /// Dropout is off.
    ///
    /// # Shapes
    ///
    /// - `batch`: `[batch, seq]`, on a device with autodiff (`Device::autodiff`)
    /// - output: `[batch, seq]`, without autodiff; padding has values too, which mean nothing
    ///
    /// # Errors
    ///
    /// [`Error::Input`] if the device of the batch has no autodiff or the model no such label.
    pub fn gradient_times_input(&self, batch: &Batch, label: usize) -> Result<Tensor<2>> {
        let [texts, seq] = batch.dims();
        self.check(&batch.input_ids.device(), label)?;
        // Frozen, so that only the embeddings get a gradient and dropout stays off although there is autodiff.
        let model = self.valid().freeze().train();
        let (embedded, mask) = model.bert.embed(batch);
        let embedded = embedded.detach().require_grad(); // [batch * seq, hidden]
        let hidden = model.bert.forward_embedded(embedded.clone(), &mask, batch);
        let logits = model.head(hidden, batch); // [batch, labels]
        let grads = logits.narrow(1, label, 1).sum().backward();
        let grad = embedded.grad(&grads).ok_or_else(|| no_autodiff("no gradient"))?;
        Ok((grad * embedded.inner()).sum_dim(1).reshape([texts, seq]))
    }

    /// How much the last block looks at each token, averaged over its heads.
    ///
    /// It is the row of the first token that counts, as the head sees no other, or, with mean pooling, the mean of the rows
    /// of all real tokens. The values of a text are at least 0 and sum to 1. They are the same whatever the label.
    ///
    /// # Shapes
    ///
    /// - `batch`: `[batch, seq]`
    /// - output: `[batch, seq]`; padding has exactly 0
    pub fn attention_to_tokens(&self, batch: &Batch) -> Tensor<2> {
        let [texts, seq] = batch.dims();
        let attentions = self.bert.attentions(batch);
        let last = attentions.into_iter().next_back().map(mean_over_heads);
        let last = last.unwrap_or_else(|| identity(seq, batch)); // a model without blocks looks at each token itself
        self.read_out(last.expand([texts, seq, seq]), batch)
    }

    /// Attention rollout (Abnar and Zuidema 2020, section 3): how much of each token reaches the head through all blocks,
    /// where a block passes on half of what it attends to and half of its input.
    ///
    /// Read out as in [`attention_to_tokens`](Self::attention_to_tokens), with the same shapes and sums.
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

    /// From `[batch, seq, seq]` to what the head sees of each token, `[batch, seq]`.
    fn read_out(&self, attention: Tensor<3>, batch: &Batch) -> Tensor<2> {
        let [texts, seq] = batch.dims();
        if self.bert.pooler.is_some() {
            return attention.narrow(1, 0, 1).reshape([texts, seq]);
        }
        crate::mean_pool(attention, batch.mask_pad.clone())
    }

    fn check(&self, device: &Device, label: usize) -> Result<()> {
        if !device.is_autodiff() {
            return Err(no_autodiff("without"));
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

fn no_autodiff(found: &str) -> Error {
    Error::Input {
        what: "autodiff of the batch's device",
        expected: "a batch made on `Device::autodiff`".into(),
        found: found.into(),
    }
}

/// `[batch, heads, seq, seq]` to `[batch, seq, seq]`.
fn mean_over_heads(attention: Tensor<4>) -> Tensor<3> {
    let [texts, _, seq, _] = attention.dims();
    attention.mean_dim(1).reshape([texts, seq, seq])
}

fn identity(seq: usize, batch: &Batch) -> Tensor<3> {
    Tensor::<2>::eye(seq, &batch.input_ids.device()).unsqueeze() // [1, seq, seq]
}
