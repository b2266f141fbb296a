//! Text classification.

use burn::module::Module;
use burn::nn::{Dropout, DropoutConfig, Linear};
use burn::tensor::Tensor;

use crate::batch::Batch;
use crate::config::{BertConfig, Pooling};
use crate::head::{Head, Task};
use crate::model::{BertModel, BertPooler, ParameterInit, dense, mean_pool};

/// A text classifier of the BERT family: Hugging Face's `BertForSequenceClassification`,
/// `RobertaForSequenceClassification` and so on, or a variant of these with mean pooling.
#[derive(Module, Debug)]
pub struct BertForSequenceClassification {
    pub(crate) bert: BertModel,
    dropout: Dropout,
    pub(crate) classifier: Linear,
    #[module(skip)]
    pooling: Pooling,
}

impl BertForSequenceClassification {
    /// Creates a classifier with weights from `init`.
    pub fn new(config: &BertConfig, pooling: Pooling, init: &mut ParameterInit) -> Self {
        Self {
            bert: BertModel::new(config, pooling == Pooling::Cls, init),
            dropout: DropoutConfig::new(config.head_dropout()).init(),
            classifier: init.linear(config.hidden_size, config.num_labels()),
            pooling,
        }
    }

    /// Returns the logits: one score per label, before softmax.
    ///
    /// # Shapes
    ///
    /// - output: `[texts, num_labels]`
    pub fn forward(&self, batch: &Batch) -> Tensor<2> {
        self.head(self.bert.forward(batch), batch)
    }

    /// Returns the logits for the hidden states of the last block, `[tokens, hidden]`.
    pub(crate) fn head(&self, hidden: Tensor<2>, batch: &Batch) -> Tensor<2> {
        let pooled = self.pool_hidden(hidden, batch); // [texts, hidden]
        dense(&self.classifier, self.dropout.forward(pooled))
    }

    /// Returns the pooled vector of each text, which is the input of the classifier, `[texts, hidden]`.
    pub fn pool(&self, batch: &Batch) -> Tensor<2> {
        self.pool_hidden(self.bert.forward(batch), batch)
    }

    fn pool_hidden(&self, hidden: Tensor<2>, batch: &Batch) -> Tensor<2> {
        match &self.bert.pooler {
            Some(pooler) => pooler.forward(hidden, batch),
            None => mean_pool(hidden, &batch.sequences),
        }
    }

    /// Returns the model with the same encoder and a new head (classifier and, if there is one, pooler) from
    /// `init`.
    pub fn with_new_head(mut self, config: &BertConfig, init: &mut ParameterInit) -> Self {
        if self.bert.pooler.is_some() {
            self.bert.pooler = Some(BertPooler::new(config, init));
        }
        self.classifier = init.linear(config.hidden_size, config.num_labels());
        self
    }

    /// The same model with the dense layers of its blocks in 8 bits, for inference: see [`feedback_kernels::quantize`].
    /// Embeddings and head stay in `f32`. A model to train needs `f32`.
    pub fn quantize(mut self) -> Self {
        self.bert.map_weights(feedback_kernels::quantize);
        self
    }

    /// The same model with all weights in `f32`.
    pub(crate) fn dequantize(mut self) -> Self {
        self.bert.map_weights(Tensor::dequantize);
        self
    }

    /// Returns how the model pools the vectors of the tokens.
    pub fn pooling(&self) -> Pooling {
        self.pooling
    }

    /// Returns the encoder.
    pub fn encoder(&self) -> &BertModel {
        &self.bert
    }
}

impl Head for BertForSequenceClassification {
    const TASK: Task = Task::SequenceClassification;

    fn init_pooler(&mut self, config: &BertConfig, init: &mut ParameterInit) {
        self.bert.pooler = Some(BertPooler::new(config, init));
    }

    fn init_output(&mut self, config: &BertConfig, init: &mut ParameterInit) {
        self.classifier = init.linear(config.hidden_size, config.num_labels());
    }
}
