//! The encoder as a whole, and the classifier on top of it.

use burn::module::Module;
use burn::nn::{Dropout, DropoutConfig, Linear};
use burn::tensor::{Bool, Tensor};

use crate::attention::AttentionBias;
use crate::{Batch, BertConfig, BertEmbeddings, BertEncoder, ParameterInit, Pooling};

/// The first token through a dense layer and tanh.
#[derive(Module, Debug)]
pub struct BertPooler {
    dense: Linear,
}

impl BertPooler {
    pub(crate) fn new(config: &BertConfig, init: &mut ParameterInit) -> Self {
        Self {
            dense: init.linear(config.hidden_size, config.hidden_size),
        }
    }

    fn forward(&self, last_hidden_state: Tensor<3>) -> Tensor<2> {
        let [batch, _, hidden] = last_hidden_state.dims();
        let first = last_hidden_state.narrow(1, 0, 1).reshape([batch, hidden]); // [batch, hidden]
        self.dense.forward(first).tanh()
    }
}

/// BERT without a head: embeddings, encoder and, where the head wants it, the pooler.
#[derive(Module, Debug)]
pub struct BertModel {
    embeddings: BertEmbeddings,
    encoder: BertEncoder,
    pub(crate) pooler: Option<BertPooler>,
}

impl BertModel {
    /// A new model with the weights that `init` gives.
    pub fn new(config: &BertConfig, with_pooler: bool, init: &mut ParameterInit) -> Self {
        Self {
            embeddings: BertEmbeddings::new(config, init),
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

    /// All hidden states: the embeddings first, then each block, `num_hidden_layers + 1` of
    /// `[batch, seq, hidden]`.
    pub fn hidden_states(&self, batch: &Batch) -> Vec<Tensor<3>> {
        let (embedded, mask) = self.embed(batch);
        let blocks = self.encoder.hidden_states(embedded.clone(), &mask);
        let states = std::iter::once(embedded).chain(blocks);
        states.map(|state| unflatten(state, batch)).collect()
    }

    /// The attention probabilities of each block, `num_hidden_layers` of `[batch, heads, seq, seq]`: row by row how much
    /// a token looks at each other one. A row sums to 1, and padding gets exactly 0.
    pub fn attentions(&self, batch: &Batch) -> Vec<Tensor<4>> {
        let (embedded, mask) = self.embed(batch);
        self.encoder.attentions(embedded, &mask)
    }

    /// Number of transformer blocks.
    pub fn num_hidden_layers(&self) -> usize {
        self.encoder.num_hidden_layers()
    }

    /// What [`BertModel::forward`] does with its embeddings, `[batch * seq, hidden]`.
    pub(crate) fn forward_embedded(
        &self,
        embedded: Tensor<2>,
        mask: &AttentionBias,
        batch: &Batch,
    ) -> Tensor<3> {
        unflatten(self.encoder.forward(embedded, mask), batch)
    }

    pub(crate) fn embed(&self, batch: &Batch) -> (Tensor<2>, AttentionBias) {
        let embedded = self
            .embeddings
            .forward(batch.input_ids.clone(), batch.token_type_ids.clone());
        (embedded, AttentionBias::new(batch.mask_pad.clone()))
    }
}

fn unflatten(hidden: Tensor<2>, batch: &Batch) -> Tensor<3> {
    let [texts, seq] = batch.dims();
    let [_, width] = hidden.dims();
    hidden.reshape([texts, seq, width]) // [batch, seq, hidden]
}

/// The mean of the hidden states over the real tokens.
///
/// # Shapes
///
/// - `hidden`: `[batch, seq, hidden]`, `mask_pad`: `[batch, seq]`, output: `[batch, hidden]`
pub fn mean_pool(hidden: Tensor<3>, mask_pad: Tensor<2, Bool>) -> Tensor<2> {
    let [batch, seq, width] = hidden.dims();
    let real = mask_pad.bool_not().float(); // [batch, seq]
    let lengths = real.clone().sum_dim(1); // [batch, 1]
    let sum = (hidden * real.reshape([batch, seq, 1])).sum_dim(1); // [batch, 1, hidden]
    sum.reshape([batch, width]) / lengths
}

/// BERT with a classifier: Hugging Face's `BertForSequenceClassification`, and its variant with mean pooling.
#[derive(Module, Debug)]
pub struct BertForSequenceClassification {
    pub(crate) bert: BertModel,
    dropout: Dropout,
    pub(crate) classifier: Linear,
    #[module(skip)]
    pooling: Pooling,
}

impl BertForSequenceClassification {
    /// A new classifier with the weights that `init` gives.
    pub fn new(config: &BertConfig, pooling: Pooling, init: &mut ParameterInit) -> Self {
        let dropout = config.classifier_dropout.unwrap_or(config.hidden_dropout_prob);
        Self {
            bert: BertModel::new(config, pooling == Pooling::Cls, init),
            dropout: DropoutConfig::new(dropout).init(),
            classifier: init.linear(config.hidden_size, config.num_labels()),
            pooling,
        }
    }

    /// One score for each label, before softmax.
    ///
    /// # Shapes
    ///
    /// - `batch`: `[batch, seq]`
    /// - output: `[batch, num_labels]`
    pub fn forward(&self, batch: &Batch) -> Tensor<2> {
        self.head(self.bert.forward(batch), batch)
    }

    /// From the hidden states of the last block, `[batch, seq, hidden]`, to the logits.
    pub(crate) fn head(&self, hidden: Tensor<3>, batch: &Batch) -> Tensor<2> {
        let pooled = self.pool_hidden(hidden, batch); // [batch, hidden]
        self.classifier.forward(self.dropout.forward(pooled))
    }

    /// The vector that the classifier sees, `[batch, hidden]`.
    pub fn pool(&self, batch: &Batch) -> Tensor<2> {
        self.pool_hidden(self.bert.forward(batch), batch)
    }

    fn pool_hidden(&self, hidden: Tensor<3>, batch: &Batch) -> Tensor<2> {
        match &self.bert.pooler {
            Some(pooler) => pooler.forward(hidden),
            None => mean_pool(hidden, batch.mask_pad.clone()),
        }
    }

    /// The same encoder with a head (pooler, where there is one, and classifier) that `init` gives.
    pub fn with_new_head(mut self, config: &BertConfig, init: &mut ParameterInit) -> Self {
        if self.bert.pooler.is_some() {
            self.bert.pooler = Some(BertPooler::new(config, init));
        }
        self.classifier = init.linear(config.hidden_size, config.num_labels());
        self
    }

    /// How this model turns tokens into one vector.
    pub fn pooling(&self) -> Pooling {
        self.pooling
    }

    /// The encoder.
    pub fn encoder(&self) -> &BertModel {
        &self.bert
    }
}
