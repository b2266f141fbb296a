//! The stack of transformer blocks.

use burn::module::Module;
use burn::nn::Linear;
use burn::tensor::{Int, Tensor};

use super::attention::{BertAttention, BertResidual};
use super::dense::dense_activated;
use super::init::ParameterInit;
use super::precision::map_weight;
use crate::batch::Batch;
use crate::config::{BertConfig, HiddenAct};

/// The first dense layer of a block's feed-forward network.
#[derive(Module, Debug)]
pub(crate) struct BertIntermediate {
    dense: Linear,
}

/// One transformer block, normalised after each residual connection (post-norm).
#[derive(Module, Debug)]
pub(crate) struct BertLayer {
    attention: BertAttention,
    intermediate: BertIntermediate,
    output: BertResidual,
    #[module(skip)]
    hidden_act: HiddenAct,
}

impl BertLayer {
    fn new(config: &BertConfig, init: &mut ParameterInit) -> Self {
        Self {
            attention: BertAttention::new(config, init),
            intermediate: BertIntermediate {
                dense: init.linear(config.hidden_size, config.intermediate_size),
            },
            output: BertResidual::new(config.intermediate_size, config.hidden_dropout_prob, config, init),
            hidden_act: config.hidden_act,
        }
    }

    /// Returns all dense layers.
    fn dense_layers(&mut self) -> [&mut Linear; 6] {
        let [query, key, value, output] = self.attention.dense_layers();
        [
            query,
            key,
            value,
            output,
            &mut self.intermediate.dense,
            self.output.dense_layer(),
        ]
    }

    fn forward(&self, hidden: Tensor<2>, batch: &Batch) -> Tensor<2> {
        self.feed_forward(self.attention.forward(hidden, batch))
    }

    /// Returns the output of some tokens only, `[rows, hidden]`.
    fn forward_rows(&self, hidden: Tensor<2>, batch: &Batch, rows: Tensor<1, Int>) -> Tensor<2> {
        self.feed_forward(self.attention.forward_rows(hidden, batch, rows))
    }

    /// `attended` and output: `[rows, hidden]`.
    fn feed_forward(&self, attended: Tensor<2>) -> Tensor<2> {
        let wide = dense_activated(&self.intermediate.dense, self.hidden_act, attended.clone()); // [rows, intermediate]
        self.output.forward(wide, attended)
    }
}

/// A stack of transformer blocks.
#[derive(Module, Debug)]
pub(crate) struct BertEncoder {
    layer: Vec<BertLayer>,
}

impl BertEncoder {
    pub(crate) fn new(config: &BertConfig, init: &mut ParameterInit) -> Self {
        let layers = 0..config.num_hidden_layers;
        Self {
            layer: layers.map(|_| BertLayer::new(config, init)).collect(),
        }
    }

    /// Applies `f` to the weight of each dense layer.
    pub(crate) fn map_weights(&mut self, f: impl Fn(Tensor<2>) -> Tensor<2>) {
        for layer in self.layer.iter_mut().flat_map(BertLayer::dense_layers) {
            map_weight(layer, &f);
        }
    }

    /// Returns the hidden states after each block, `num_hidden_layers` tensors of `[tokens, hidden]`.
    pub(crate) fn hidden_states(&self, hidden: Tensor<2>, batch: &Batch) -> Vec<Tensor<2>> {
        let mut states: Vec<Tensor<2>> = Vec::with_capacity(self.layer.len());
        for layer in &self.layer {
            let input = states.last().unwrap_or(&hidden).clone();
            states.push(layer.forward(input, batch));
        }
        states
    }

    /// Returns the attention probabilities of each block, `num_hidden_layers` tensors of `[texts, heads,
    /// longest, longest]`.
    ///
    /// The probabilities are computed twice, here and in the forward pass, so that the forward pass need not
    /// store them.
    pub(crate) fn attentions(&self, hidden: Tensor<2>, batch: &Batch) -> Vec<Tensor<4>> {
        let mut hidden = hidden;
        let mut all = Vec::with_capacity(self.layer.len());
        for layer in &self.layer {
            all.push(layer.attention.probabilities(hidden.clone(), batch));
            hidden = layer.forward(hidden, batch);
        }
        all
    }

    /// Returns the number of blocks.
    pub(crate) fn num_hidden_layers(&self) -> usize {
        self.layer.len()
    }

    /// `hidden` and output: `[tokens, hidden]`.
    pub(crate) fn forward(&self, hidden: Tensor<2>, batch: &Batch) -> Tensor<2> {
        self.layer
            .iter()
            .fold(hidden, |hidden, layer| layer.forward(hidden, batch))
    }

    /// Returns the output of some tokens only, `[rows, hidden]`. The last block does not compute the other tokens.
    pub(crate) fn forward_rows(&self, hidden: Tensor<2>, batch: &Batch, rows: Tensor<1, Int>) -> Tensor<2> {
        let Some((last, before)) = self.layer.split_last() else {
            return hidden.select(0, rows);
        };
        let hidden = before
            .iter()
            .fold(hidden, |hidden, layer| layer.forward(hidden, batch));
        last.forward_rows(hidden, batch, rows)
    }
}
