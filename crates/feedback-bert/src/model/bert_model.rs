//! The encoder as a whole, and the classifiers on top of it.

use burn::module::Module;
use burn::nn::{Dropout, DropoutConfig, Linear};
use burn::tensor::{Bool, Tensor};

use crate::attention::AttentionBias;
use crate::encoder::activate;
use crate::names::Task;
use crate::weights::Headed;
use crate::{Batch, BertConfig, BertEmbeddings, BertEncoder, HiddenAct, ParameterInit, Pooling};

/// The first token through a dense layer and an activation.
///
/// BERT calls this its pooler, DistilBERT `pre_classifier`; in RoBERTa and ELECTRA it is the first layer of the
/// classification head, with dropout before it.
#[derive(Module, Debug)]
pub struct BertPooler {
    dense: Linear,
    dropout: Dropout,
    #[module(skip)]
    activation: HiddenAct,
}

impl BertPooler {
    pub(crate) fn new(config: &BertConfig, init: &mut ParameterInit) -> Self {
        let head = config.model_type.head();
        let dropout = if head.dropout_first {
            config.head_dropout()
        } else {
            0.0
        };
        Self {
            dense: init.linear(config.hidden_size, config.hidden_size),
            dropout: DropoutConfig::new(dropout).init(),
            activation: head.activation,
        }
    }

    fn forward(&self, last_hidden_state: Tensor<3>) -> Tensor<2> {
        let [batch, _, hidden] = last_hidden_state.dims();
        let first = last_hidden_state.narrow(1, 0, 1).reshape([batch, hidden]); // [batch, hidden]
        let dense = self.dense.forward(self.dropout.forward(first));
        activate(self.activation, dense)
    }
}

/// A model of the family without a head: embeddings, encoder and, where the head wants it, the pooler.
#[derive(Module, Debug)]
pub struct BertModel {
    embeddings: BertEmbeddings,
    /// From the width of ELECTRA's embeddings to that of its hidden states, where they differ.
    embeddings_project: Option<Linear>,
    encoder: BertEncoder,
    pub(crate) pooler: Option<BertPooler>,
}

impl BertModel {
    /// A new model with the weights that `init` gives.
    pub fn new(config: &BertConfig, with_pooler: bool, init: &mut ParameterInit) -> Self {
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

/// A model of the family with a classifier of whole texts: Hugging Face's `BertForSequenceClassification`,
/// `RobertaForSequenceClassification` and so on, and their variants with mean pooling.
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
        Self {
            bert: BertModel::new(config, pooling == Pooling::Cls, init),
            dropout: DropoutConfig::new(config.head_dropout()).init(),
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

impl Headed for BertForSequenceClassification {
    const TASK: Task = Task::SequenceClassification;

    fn draw_pooler(&mut self, config: &BertConfig, init: &mut ParameterInit) {
        self.bert.pooler = Some(BertPooler::new(config, init));
    }

    fn draw_classifier(&mut self, config: &BertConfig, init: &mut ParameterInit) {
        self.classifier = init.linear(config.hidden_size, config.num_labels());
    }
}
