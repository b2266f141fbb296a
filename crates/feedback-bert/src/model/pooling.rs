//! Computes the vector of a text from the vector of its first token.

use burn::module::Module;
use burn::nn::{Dropout, DropoutConfig, Linear};
use burn::tensor::Tensor;

use super::activation::activate;
use super::dense::dense;
use super::init::ParameterInit;
use crate::config::{BertConfig, HiddenAct};

/// Passes the first token of each text through a dense layer and an activation.
///
/// BERT calls this layer the pooler, DistilBERT `pre_classifier`. In RoBERTa and ELECTRA it is the first layer
/// of the classification head, with dropout before it.
#[derive(Module, Debug)]
pub(crate) struct BertPooler {
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

    /// `first` (the hidden states of the first tokens) and output: `[texts, hidden]`.
    pub(crate) fn forward(&self, first: Tensor<2>) -> Tensor<2> {
        activate(self.activation, dense(&self.dense, self.dropout.forward(first)))
    }
}
