//! Embeddings and encoder: a model without a head.

use burn::module::Module;
use burn::nn::Linear;
use burn::tensor::Tensor;

use super::dense::dense;
use super::embeddings::BertEmbeddings;
use super::encoder::BertEncoder;
use super::init::ParameterInit;
use super::pooling::BertPooler;
use crate::batch::Batch;
use crate::config::BertConfig;

/// A model of the BERT family without a head: embeddings, encoder and, if the head needs it, the pooler.
#[derive(Module, Debug)]
pub struct BertModel {
    embeddings: BertEmbeddings,
    /// Projects ELECTRA's embeddings to the width of its hidden states, if the widths differ.
    embeddings_project: Option<Linear>,
    encoder: BertEncoder,
    pub(crate) pooler: Option<BertPooler>,
}

impl BertModel {
    /// Creates a model with weights from `init`.
    pub(crate) fn new(config: &BertConfig, with_pooler: bool, init: &mut ParameterInit) -> Self {
        let (narrow, hidden) = (config.embedding_size(), config.hidden_size);
        Self {
            embeddings: BertEmbeddings::new(config, init),
            embeddings_project: (narrow != hidden).then(|| init.linear(narrow, hidden)),
            encoder: BertEncoder::new(config, init),
            pooler: with_pooler.then(|| BertPooler::new(config, init)),
        }
    }

    /// Applies `f` to the weight of each dense layer of the blocks.
    pub(crate) fn map_weights(&mut self, f: impl Fn(Tensor<2>) -> Tensor<2>) {
        self.encoder.map_weights(f);
    }

    /// Returns the hidden states of the last block.
    ///
    /// # Shapes
    ///
    /// - output: `[tokens, hidden]`; [`Batch::pad`] converts it to `[texts, longest, hidden]`
    pub fn forward(&self, batch: &Batch) -> Tensor<2> {
        self.encoder.forward(self.embed(batch), batch)
    }

    /// Returns the hidden state of the first token of each text, `[texts, hidden]`.
    ///
    /// Without autodiff, the last block computes only these tokens, which saves about an eighth of the time
    /// with six blocks. In training it computes all tokens, so that dropout draws the same number of random
    /// values as with the other heads.
    pub(crate) fn first_hidden_states(&self, batch: &Batch) -> Tensor<2> {
        let embedded = self.embed(batch);
        let device = embedded.device();
        let rows = batch.first_tokens(&device);
        if device.is_autodiff() {
            self.encoder.forward(embedded, batch).select(0, rows)
        } else {
            self.encoder.forward_rows(embedded, batch, rows)
        }
    }

    /// Returns the table of word embeddings, `[vocab, hidden]`.
    pub(crate) fn word_embeddings(&self) -> Tensor<2> {
        self.embeddings.word_embeddings()
    }

    /// Returns all hidden states: the embeddings, then the output of each block, `num_hidden_layers + 1`
    /// tensors of `[tokens, hidden]`.
    pub fn hidden_states(&self, batch: &Batch) -> Vec<Tensor<2>> {
        let embedded = self.embed(batch);
        let blocks = self.encoder.hidden_states(embedded.clone(), batch);
        std::iter::once(embedded).chain(blocks).collect()
    }

    /// Returns the attention probabilities of each block, `num_hidden_layers` tensors of `[texts, heads,
    /// longest, longest]`. A row contains the attention of one token to each token and sums to 1; padding gets
    /// exactly 0.
    pub(crate) fn attentions(&self, batch: &Batch) -> Vec<Tensor<4>> {
        self.encoder.attentions(self.embed(batch), batch)
    }

    /// Returns the number of transformer blocks.
    pub fn num_hidden_layers(&self) -> usize {
        self.encoder.num_hidden_layers()
    }

    /// Like [`BertModel::forward`], but starts from the embeddings, `[tokens, hidden]`.
    pub(crate) fn forward_embedded(&self, embedded: Tensor<2>, batch: &Batch) -> Tensor<2> {
        self.encoder.forward(embedded, batch)
    }

    /// Returns the embeddings, `[tokens, hidden]`.
    pub(crate) fn embed(&self, batch: &Batch) -> Tensor<2> {
        let embedded = self.embeddings.forward(batch); // [tokens, embedding]
        match &self.embeddings_project {
            Some(project) => dense(project, embedded), // [tokens, hidden]
            None => embedded,
        }
    }
}
