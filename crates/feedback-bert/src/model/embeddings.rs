//! Word, position and segment embeddings.

use burn::module::Module;
use burn::nn::{Dropout, DropoutConfig, Embedding, LayerNorm};
use burn::tensor::{Int, Tensor};
use feedback_kernels::dropout;

use super::dense::{probability, sum_norm};
use super::init::ParameterInit;
use crate::batch::Batch;
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
    epsilon: f64,
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
            epsilon: config.layer_norm_eps,
            positions: if after_padding {
                Positions::AfterPadding { pad_token_id: pad }
            } else {
                Positions::Index
            },
        }
    }

    /// Returns the table of word embeddings, `[vocab, embedding]`.
    pub(crate) fn word_embeddings(&self) -> Tensor<2> {
        self.word_embeddings.weight.val()
    }

    /// Returns the embeddings of all tokens, `[tokens, embedding]`.
    pub(crate) fn forward(&self, batch: &Batch) -> Tensor<2> {
        let words = look_up(&self.word_embeddings, batch.input_ids.clone());
        let mut rest = self.position_vectors(batch); // [tokens, embedding]
        if let Some(segments) = &self.token_type_embeddings {
            rest = rest + segment_vectors(segments, batch.token_type_ids.clone());
        }
        let normalised = sum_norm(&self.layer_norm, self.epsilon, words, rest);
        dropout(normalised, probability(&self.dropout))
    }

    fn position_vectors(&self, batch: &Batch) -> Tensor<2> {
        let positions = match self.positions {
            Positions::Index => batch.position_ids.clone(),
            Positions::AfterPadding { pad_token_id } => {
                batch.real_position_ids.clone().add_scalar(pad_token_id as i64)
            }
        };
        look_up(&self.position_embeddings, positions)
    }
}

/// Returns one row of a table for each token, `[tokens, embedding]`.
fn look_up(table: &Embedding, ids: Tensor<1, Int>) -> Tensor<2> {
    feedback_kernels::look_up(table.weight.val(), ids)
}

/// Returns the segment embeddings. If the table has one row, all tokens get this row, whatever the tokenizer
/// returns.
fn segment_vectors(table: &Embedding, token_type_ids: Tensor<1, Int>) -> Tensor<2> {
    let weight = table.weight.val();
    match weight.dims() {
        [1, _] => weight, // [1, embedding]
        _ => look_up(table, token_type_ids),
    }
}
