//! Multi-head self-attention.

use burn::module::Module;
use burn::nn::{Dropout, DropoutConfig, LayerNorm, Linear};
use burn::tensor::{Int, Tensor, activation::softmax};
use feedback_kernels as kernels;

use super::dense::{dense, probability, residual_norm};
use super::init::ParameterInit;
use crate::batch::Batch;
use crate::config::BertConfig;

/// Added to the attention scores of padding when probabilities are returned. After softmax the result is
/// exactly 0 in f32.
const MASKED: f32 = -1e9;

/// Scaled dot-product self-attention (Vaswani et al. 2017, equation 1).
#[derive(Module, Debug)]
pub(crate) struct BertSelfAttention {
    query: Linear,
    key: Linear,
    value: Linear,
    dropout: Dropout,
    num_attention_heads: usize,
}

impl BertSelfAttention {
    fn new(config: &BertConfig, init: &mut ParameterInit) -> Self {
        let hidden = config.hidden_size;
        Self {
            query: init.linear(hidden, hidden),
            key: init.linear(hidden, hidden),
            value: init.linear(hidden, hidden),
            dropout: DropoutConfig::new(config.attention_probs_dropout_prob).init(),
            num_attention_heads: config.num_attention_heads,
        }
    }

    /// `hidden` and output: `[tokens, hidden]`.
    fn forward(&self, hidden: Tensor<2>, batch: &Batch) -> Tensor<2> {
        let projected = self.projections(hidden); // [tokens, 3 * hidden]
        let dropout = probability(&self.dropout);
        kernels::attention(projected, &batch.sequences, self.num_attention_heads, dropout)
    }

    /// Returns query, key and value of each token, `[tokens, 3 * hidden]`.
    fn projections(&self, hidden: Tensor<2>) -> Tensor<2> {
        let layers = [&self.query, &self.key, &self.value];
        let parameters = layers.map(|layer| {
            let bias = layer.bias.as_ref().map(|bias| bias.val());
            bias.map(|bias| (layer.weight.val(), bias))
        });
        match parameters {
            [Some(query), Some(key), Some(value)] => kernels::projections(hidden, [query, key, value]),
            _ => Tensor::cat(layers.map(|layer| dense(layer, hidden.clone())).to_vec(), 1),
        }
    }

    /// Returns the attention of each token (row) to each token (column), `[texts, heads, longest, longest]`.
    /// The rows of tokens sum to 1, and the columns of padding are 0.
    fn probabilities(&self, hidden: Tensor<2>, batch: &Batch) -> Tensor<4> {
        let [texts, longest] = batch.dims();
        let [_, width] = hidden.dims();
        let (heads, size) = (self.num_attention_heads, width / self.num_attention_heads);
        let padded = batch.pad(self.projections(hidden)); // [texts, longest, 3 * hidden]
        let part = |which: usize| {
            let part = padded.clone().narrow(2, which * width, width);
            part.reshape([texts, longest, heads, size]).swap_dims(1, 2)
        };
        let scale = 1.0 / (size as f64).sqrt();
        let scores = part(0).mul_scalar(scale).matmul(part(1).transpose()); // [texts, heads, longest, longest]
        softmax(scores + padding_bias(batch), 3)
    }
}

/// Returns 0 for tokens and [`MASKED`] for padding, `[texts, 1, 1, longest]`.
fn padding_bias(batch: &Batch) -> Tensor<4> {
    let [texts, longest] = batch.dims();
    let lengths = batch.sequences.ranges().map(|range| range.len());
    let bias: Vec<f32> = lengths
        .flat_map(|length| (0..longest).map(move |place| if place < length { 0.0 } else { MASKED }))
        .collect();
    let bias = Tensor::<1>::from_floats(bias.as_slice(), &batch.input_ids.device());
    bias.reshape([texts, 1, 1, longest])
}

/// A dense layer whose output is added to a residual and normalised.
#[derive(Module, Debug)]
pub(crate) struct BertResidual {
    dense: Linear,
    layer_norm: LayerNorm,
    dropout: Dropout,
    #[module(skip)]
    epsilon: f64,
}

impl BertResidual {
    pub(crate) fn new(d_input: usize, dropout: f64, config: &BertConfig, init: &mut ParameterInit) -> Self {
        Self {
            dense: init.linear(d_input, config.hidden_size),
            layer_norm: init.layer_norm(config.hidden_size, config.layer_norm_eps),
            dropout: DropoutConfig::new(dropout).init(),
            epsilon: config.layer_norm_eps,
        }
    }

    pub(crate) fn dense_layer(&mut self) -> &mut Linear {
        &mut self.dense
    }

    /// `input`: `[rows, d_input]`, `residual` and output: `[rows, hidden]`.
    pub(crate) fn forward(&self, input: Tensor<2>, residual: Tensor<2>) -> Tensor<2> {
        let output = dense(&self.dense, input);
        residual_norm(&self.layer_norm, self.epsilon, &self.dropout, output, residual)
    }
}

/// Self-attention with its output projection, residual connection and normalisation.
#[derive(Module, Debug)]
pub(crate) struct BertAttention {
    self_attention: BertSelfAttention,
    output: BertResidual,
}

impl BertAttention {
    pub(crate) fn new(config: &BertConfig, init: &mut ParameterInit) -> Self {
        let dropout = if config.model_type.drops_attention_output() {
            config.hidden_dropout_prob
        } else {
            0.0
        };
        Self {
            self_attention: BertSelfAttention::new(config, init),
            output: BertResidual::new(config.hidden_size, dropout, config, init),
        }
    }

    /// Returns the dense layers of query, key, value and output.
    pub(crate) fn dense_layers(&mut self) -> [&mut Linear; 4] {
        let BertSelfAttention {
            query, key, value, ..
        } = &mut self.self_attention;
        [query, key, value, self.output.dense_layer()]
    }

    /// See [`BertSelfAttention::probabilities`].
    pub(crate) fn probabilities(&self, hidden: Tensor<2>, batch: &Batch) -> Tensor<4> {
        self.self_attention.probabilities(hidden, batch)
    }

    /// `hidden` and output: `[tokens, hidden]`.
    pub(crate) fn forward(&self, hidden: Tensor<2>, batch: &Batch) -> Tensor<2> {
        let context = self.self_attention.forward(hidden.clone(), batch);
        self.output.forward(context, hidden)
    }

    /// Returns the output of some tokens only, `[rows, hidden]`.
    pub(crate) fn forward_rows(&self, hidden: Tensor<2>, batch: &Batch, rows: Tensor<1, Int>) -> Tensor<2> {
        let context = self.self_attention.forward(hidden.clone(), batch);
        self.output
            .forward(context.select(0, rows.clone()), hidden.select(0, rows))
    }
}
