//! Word, position and segment embeddings.

use burn::module::Module;
use burn::nn::{Dropout, DropoutConfig, Embedding, LayerNorm};
use burn::tensor::{Int, Tensor};

use super::init::ParameterInit;
use crate::config::BertConfig;

/// The normalised sum of three embeddings (Devlin et al. 2019, figure 2).
#[derive(Module, Debug)]
pub(crate) struct BertEmbeddings {
    word_embeddings: Embedding,
    position_embeddings: Embedding,
    /// `None` in DistilBERT.
    token_type_embeddings: Option<Embedding>,
    layer_norm: LayerNorm,
    dropout: Dropout,
    #[module(skip)]
    positions: Positions,
}

/// How positions are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Positions {
    /// From 0, in the order of the tokens.
    Index,
    /// RoBERTa: real tokens are counted from `pad_token_id + 1`; padding has position `pad_token_id`.
    AfterPadding {
        /// Id of the padding token.
        pad_token_id: usize,
    },
}

impl BertEmbeddings {
    pub(crate) fn new(config: &BertConfig, init: &mut ParameterInit) -> Self {
        let width = config.embedding_size();
        let pad = config.pad_token_id;
        let after_padding = config.model_type.positions_follow_padding();
        let has_segments = config.model_type.has_segments();
        Self {
            word_embeddings: init.embedding(config.vocab_size, width, Some(pad)),
            position_embeddings: init.embedding(
                config.max_position_embeddings,
                width,
                after_padding.then_some(pad),
            ),
            token_type_embeddings: has_segments.then(|| init.embedding(config.type_vocab_size, width, None)),
            layer_norm: init.layer_norm(width, config.layer_norm_eps),
            dropout: DropoutConfig::new(config.hidden_dropout_prob).init(),
            positions: if after_padding {
                Positions::AfterPadding { pad_token_id: pad }
            } else {
                Positions::Index
            },
        }
    }

    /// The table of word embeddings, `[vocab, hidden]`.
    pub(crate) fn word_embeddings(&self) -> Tensor<2> {
        self.word_embeddings.weight.val()
    }

    /// Embeds a batch of token ids.
    ///
    /// # Shapes
    ///
    /// - `input_ids`, `token_type_ids`: `[batch, seq]`
    /// - output: `[batch * seq, embedding]`
    pub(crate) fn forward(&self, input_ids: Tensor<2, Int>, token_type_ids: Tensor<2, Int>) -> Tensor<2> {
        let [batch, seq] = input_ids.dims();
        let positions = self.position_vectors(&input_ids); // [batch or 1, seq, embedding]
        let mut sum = self.word_embeddings.forward(input_ids) + positions; // [batch, seq, embedding]
        if let Some(segments) = &self.token_type_embeddings {
            sum = sum + segment_vectors(segments, token_type_ids); // [batch, seq, embedding]
        }
        let [_, _, width] = sum.dims();
        let normalised = self.layer_norm.forward(sum.reshape([batch * seq, width]));
        self.dropout.forward(normalised) // [batch * seq, embedding]
    }

    fn position_vectors(&self, input_ids: &Tensor<2, Int>) -> Tensor<3> {
        let [_, seq] = input_ids.dims();
        match self.positions {
            Positions::Index => {
                let first = self.position_embeddings.weight.val().narrow(0, 0, seq); // [seq, embedding]
                first.unsqueeze()
            }
            Positions::AfterPadding { pad_token_id } => {
                let pad = pad_token_id as i64;
                let real = input_ids.clone().not_equal_elem(pad).int(); // [batch, seq]
                let positions = real.clone().cumsum(1) * real + pad; // [batch, seq]
                self.position_embeddings.forward(positions)
            }
        }
    }
}

/// The segment embeddings. A table with one row has only one segment, whatever the tokenizer returns.
fn segment_vectors(table: &Embedding, token_type_ids: Tensor<2, Int>) -> Tensor<3> {
    let weight = table.weight.val();
    match weight.dims() {
        [1, _] => weight.unsqueeze(),       // [1, 1, embedding]
        _ => table.forward(token_type_ids), // [batch, seq, embedding]
    }
}
