//! Word, position and segment embeddings.

use burn::module::Module;
use burn::nn::{Dropout, DropoutConfig, Embedding, LayerNorm};
use burn::tensor::{Int, Tensor};

use crate::{BertConfig, ParameterInit};

/// The sum of three embeddings, normalised (Devlin et al. 2019, figure 2).
#[derive(Module, Debug)]
pub struct BertEmbeddings {
    word_embeddings: Embedding,
    position_embeddings: Embedding,
    token_type_embeddings: Embedding,
    layer_norm: LayerNorm,
    dropout: Dropout,
}

impl BertEmbeddings {
    pub(crate) fn new(config: &BertConfig, init: &mut ParameterInit) -> Self {
        let hidden = config.hidden_size;
        Self {
            word_embeddings: init.embedding(config.vocab_size, hidden, Some(config.pad_token_id)),
            position_embeddings: init.embedding(config.max_position_embeddings, hidden, None),
            token_type_embeddings: init.embedding(config.type_vocab_size, hidden, None),
            layer_norm: init.layer_norm(hidden, config.layer_norm_eps),
            dropout: DropoutConfig::new(config.hidden_dropout_prob).init(),
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
    /// - output: `[batch * seq, hidden]`
    pub fn forward(&self, input_ids: Tensor<2, Int>, token_type_ids: Tensor<2, Int>) -> Tensor<2> {
        let [batch, seq] = input_ids.dims();
        let words = self.word_embeddings.forward(input_ids); // [batch, seq, hidden]
        let segments = self.token_type_embeddings.forward(token_type_ids); // [batch, seq, hidden]
        let [_, _, hidden] = words.dims();
        let positions = self.position_embeddings.weight.val().narrow(0, 0, seq); // [seq, hidden]
        let sum = words + segments + positions.unsqueeze::<3>(); // [batch, seq, hidden]
        let normalised = self.layer_norm.forward(sum.reshape([batch * seq, hidden]));
        self.dropout.forward(normalised) // [batch * seq, hidden]
    }
}
