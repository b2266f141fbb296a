//! Multi-head self-attention.

use burn::module::Module;
use burn::nn::{Dropout, DropoutConfig, LayerNorm, Linear};
use burn::tensor::{Bool, Tensor, activation::softmax};

use super::init::ParameterInit;
use crate::config::BertConfig;

/// Added to the scores of padding. Its exponential is exactly 0 in f32: a smaller penalty would give subnormal
/// probabilities, which slow the next matrix product several times.
const MASKED: f64 = -1e9;

/// The mask of a batch, as each block adds it to its attention scores.
#[derive(Debug, Clone)]
pub(crate) struct AttentionBias {
    /// 0 for real tokens, [`MASKED`] for padding, `[batch, 1, 1, seq]`.
    bias: Tensor<4>,
}

impl AttentionBias {
    pub(crate) fn new(mask_pad: Tensor<2, Bool>) -> Self {
        let [batch, seq] = mask_pad.dims();
        let bias = mask_pad.float().mul_scalar(MASKED);
        Self {
            bias: bias.reshape([batch, 1, 1, seq]),
        }
    }
}

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

    /// `hidden`: `[batch * seq, hidden]`, and so the output.
    fn forward(&self, hidden: Tensor<2>, mask: &AttentionBias) -> Tensor<2> {
        let [rows, width] = hidden.dims();
        let probabilities = self.dropout.forward(self.probabilities(hidden.clone(), mask));
        let value = self.split(self.value.forward(hidden), mask);
        let context = probabilities.matmul(value); // [batch, heads, seq, head_size]
        context.swap_dims(1, 2).reshape([rows, width]) // [batch * seq, hidden]
    }

    /// The attention of each token (row) to each token (column), `[batch, heads, seq, seq]`; rows sum to 1.
    fn probabilities(&self, hidden: Tensor<2>, mask: &AttentionBias) -> Tensor<4> {
        let [_, width] = hidden.dims();
        // Scaling the query is cheaper than scaling the scores.
        let scale = 1.0 / ((width / self.num_attention_heads) as f64).sqrt();
        let query = self.split(self.query.forward(hidden.clone()).mul_scalar(scale), mask);
        let key = self.split(self.key.forward(hidden), mask);
        let scores = query.matmul(key.transpose()) + mask.bias.clone(); // [batch, heads, seq, seq]
        softmax(scores, 3)
    }

    /// From `[batch * seq, hidden]` to `[batch, heads, seq, head_size]`.
    fn split(&self, projected: Tensor<2>, mask: &AttentionBias) -> Tensor<4> {
        let [batch, _, _, seq] = mask.bias.dims();
        let [_, width] = projected.dims();
        let heads = self.num_attention_heads;
        projected
            .reshape([batch, seq, heads, width / heads])
            .swap_dims(1, 2)
    }
}

/// A dense layer whose output is added to a residual and normalised.
#[derive(Module, Debug)]
pub(crate) struct BertResidual {
    dense: Linear,
    layer_norm: LayerNorm,
    dropout: Dropout,
}

impl BertResidual {
    pub(crate) fn new(d_input: usize, dropout: f64, config: &BertConfig, init: &mut ParameterInit) -> Self {
        Self {
            dense: init.linear(d_input, config.hidden_size),
            layer_norm: init.layer_norm(config.hidden_size, config.layer_norm_eps),
            dropout: DropoutConfig::new(dropout).init(),
        }
    }

    /// `input`: `[rows, d_input]`, `residual` and output: `[rows, hidden]`.
    pub(crate) fn forward(&self, input: Tensor<2>, residual: Tensor<2>) -> Tensor<2> {
        let output = self.dropout.forward(self.dense.forward(input));
        self.layer_norm.forward(output + residual)
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

    /// See [`BertSelfAttention::probabilities`].
    pub(crate) fn probabilities(&self, hidden: Tensor<2>, mask: &AttentionBias) -> Tensor<4> {
        self.self_attention.probabilities(hidden, mask)
    }

    /// `hidden`: `[batch * seq, hidden]`, and so the output.
    pub(crate) fn forward(&self, hidden: Tensor<2>, mask: &AttentionBias) -> Tensor<2> {
        let context = self.self_attention.forward(hidden.clone(), mask);
        self.output.forward(context, hidden)
    }
}
