//! From the vectors of a text's tokens to one vector.

use burn::module::Module;
use burn::nn::{Dropout, DropoutConfig, Linear};
use burn::tensor::{Bool, Tensor};

use super::activation::activate;
use super::init::ParameterInit;
use crate::config::{BertConfig, HiddenAct};

/// The first token through a dense layer and an activation.
///
/// BERT calls it pooler, DistilBERT `pre_classifier`; in RoBERTa and ELECTRA it is the first layer of the classification
/// head, with dropout before it.
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

    pub(crate) fn forward(&self, last_hidden_state: Tensor<3>) -> Tensor<2> {
        let [batch, _, hidden] = last_hidden_state.dims();
        let first = last_hidden_state.narrow(1, 0, 1).reshape([batch, hidden]); // [batch, hidden]
        let dense = self.dense.forward(self.dropout.forward(first));
        activate(self.activation, dense)
    }
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
