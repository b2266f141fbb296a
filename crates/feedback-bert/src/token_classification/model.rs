//! The token classification network.

use burn::module::Module;
use burn::nn::{Dropout, DropoutConfig, Linear};
use burn::tensor::Tensor;

use crate::batch::Batch;
use crate::config::BertConfig;
use crate::head::{Head, Task};
use crate::model::{BertModel, ParameterInit, dense};

/// A model of the BERT family that assigns a label to each token: Hugging Face's `BertForTokenClassification`,
/// `DistilBertForTokenClassification` and so on.
#[derive(Module, Debug)]
pub struct BertForTokenClassification {
    bert: BertModel,
    dropout: Dropout,
    classifier: Linear,
}

impl BertForTokenClassification {
    /// Creates a classifier with weights from `init`.
    pub fn new(config: &BertConfig, init: &mut ParameterInit) -> Self {
        Self {
            bert: BertModel::new(config, false, init),
            dropout: DropoutConfig::new(config.token_head_dropout()).init(),
            classifier: init.linear(config.hidden_size, config.num_labels()),
        }
    }

    /// Returns the logits: one score per label for each token, before softmax.
    ///
    /// # Shapes
    ///
    /// - output: `[tokens, num_labels]`
    pub fn forward(&self, batch: &Batch) -> Tensor<2> {
        let hidden = self.bert.forward(batch); // [tokens, hidden]
        dense(&self.classifier, self.dropout.forward(hidden))
    }

    /// Returns the encoder.
    pub fn encoder(&self) -> &BertModel {
        &self.bert
    }
}

impl Head for BertForTokenClassification {
    const TASK: Task = Task::TokenClassification;

    /// Does nothing: there is no pooler.
    fn init_pooler(&mut self, _config: &BertConfig, _init: &mut ParameterInit) {}

    fn init_output(&mut self, config: &BertConfig, init: &mut ParameterInit) {
        self.classifier = init.linear(config.hidden_size, config.num_labels());
    }
}
