//! Embeddings and encoder: a model without a head.

use burn::module::Module;
use burn::nn::Linear;
use burn::tensor::Tensor;

use super::attention::AttentionBias;
use super::embeddings::BertEmbeddings;
use super::encoder::BertEncoder;
use super::init::ParameterInit;
use super::pooling::BertPooler;
use crate::batch::Batch;
use crate::config::BertConfig;

/// A model of the family without a head: embeddings, encoder and, if the head needs it, the pooler.
#[derive(Module, Debug)]
pub struct BertModel {
    embeddings: BertEmbeddings,
    /// From the width of ELECTRA's embeddings to that of its hidden states, if they differ.
    embeddings_project: Option<Linear>,
    encoder: BertEncoder,
    pub(crate) pooler: Option<BertPooler>,
}

impl BertModel {
    /// A new model with weights from `init`.
    pub(crate) fn new(config: &BertConfig, with_pooler: bool, init: &mut ParameterInit) -> Self {
        let (narrow, hidden) = (config.embedding_size(), config.hidden_size);
        Self {
            embeddings: BertEmbeddings::new(config, init),
            embeddings_project: (narrow != hidden).then(|| init.linear(narrow, hidden)),
            encoder: BertEncoder::new(config, init),
            pooler: with_pooler.then(|| BertPooler::new(config, init)),
        }
    }

    /// The hidden states of the last block.
    ///
    /// # Shapes
    ///
    /// - `batch`: `[batch, seq]`
    /// - output: `[batch, seq, hidden]`
    pub fn forward(&self, batch: &Batch) -> Tensor<3> {
        let (embedded, mask) = self.embed(batch);
        unflatten(self.encoder.forward(embedded, &mask), batch)
    }

    /// The table of word embeddings, `[vocab, hidden]`.
    pub(crate) fn word_embeddings(&self) -> Tensor<2> {
        self.embeddings.word_embeddings()
    }

    /// All hidden states: the embeddings, then the output of each block, `num_hidden_layers + 1` of `[batch, seq, hidden]`.
    pub fn hidden_states(&self, batch: &Batch) -> Vec<Tensor<3>> {
        let (embedded, mask) = self.embed(batch);
        let blocks = self.encoder.hidden_states(embedded.clone(), &mask);
        let states = std::iter::once(embedded).chain(blocks);
        states.map(|state| unflatten(state, batch)).collect()
    }

    /// The attention probabilities of each block, `num_hidden_layers` of `[batch, heads, seq, seq]`. A row has the attention
    /// of one token to each token; it sums to 1, and padding has exactly 0.
    pub(crate) fn attentions(&self, batch: &Batch) -> Vec<Tensor<4>> {
        let (embedded, mask) = self.embed(batch);
        self.encoder.attentions(embedded, &mask)
    }

    /// Number of transformer blocks.
    pub fn num_hidden_layers(&self) -> usize {
        self.encoder.num_hidden_layers()
    }

    /// [`BertModel::forward`] from the embeddings on, `[batch * seq, hidden]`.
    pub(crate) fn forward_embedded(
        &self,
        embedded: Tensor<2>,
        mask: &AttentionBias,
        batch: &Batch,
    ) -> Tensor<3> {
        unflatten(self.encoder.forward(embedded, mask), batch)
    }

    /// The embeddings, `[batch * seq, hidden]`, and the attention mask.
    pub(crate) fn embed(&self, batch: &Batch) -> (Tensor<2>, AttentionBias) {
        let mut embedded = self
            .embeddings
            .forward(batch.input_ids.clone(), batch.token_type_ids.clone()); // [batch * seq, embedding]
        if let Some(project) = &self.embeddings_project {
            embedded = project.forward(embedded); // [batch * seq, hidden]
        }
        (embedded, AttentionBias::new(batch.mask_pad.clone()))
    }
}

fn unflatten(hidden: Tensor<2>, batch: &Batch) -> Tensor<3> {
    let [texts, seq] = batch.dims();
    let [_, width] = hidden.dims();
    hidden.reshape([texts, seq, width]) // [batch, seq, hidden]
}
