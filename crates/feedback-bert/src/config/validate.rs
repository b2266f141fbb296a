//! Checks that a model can be built from a configuration.

use serde_json::Value;

use super::architecture::Architecture;
use super::bert_config::BertConfig;
use super::json::SINGLE_LABEL;
use crate::error::{Error, Result};

impl BertConfig {
    /// Checks that a classifier can be built from these values.
    ///
    /// # Errors
    ///
    /// [`Error::Config`] naming the first key that cannot be used.
    pub fn validate(&self) -> Result<()> {
        self.validate_head(SINGLE_LABEL)
    }

    /// Checks that a classifier for this kind of problem can be built from these values.
    pub(crate) fn validate_head(&self, expected: &str) -> Result<()> {
        self.validate_encoder()?;
        if let Some(kind) = self.problem_type()
            && kind != expected
        {
            return Err(Error::config("problem_type", format!("`{expected}`"), kind));
        }
        self.labels().map(|_| ())
    }

    /// Checks the values that concern the encoder.
    pub(super) fn validate_encoder(&self) -> Result<()> {
        self.validate_kind()?;
        self.validate_sizes()?;
        self.validate_bounds()?;
        self.validate_dropouts()
    }

    /// Returns an error for variants of the architecture that this crate does not implement.
    fn validate_kind(&self) -> Result<()> {
        if let Some(kind) = self.other.get("position_embedding_type")
            && kind != "absolute"
            && !kind.is_null()
        {
            return Err(Error::config("position_embedding_type", "`absolute`", kind));
        }
        if self.other.get("is_decoder") == Some(&Value::Bool(true)) {
            let expected = "`false` (only encoders are supported)";
            return Err(Error::config("is_decoder", expected, true));
        }
        Ok(())
    }

    fn validate_sizes(&self) -> Result<()> {
        let sizes = [
            ("vocab_size", self.vocab_size),
            ("hidden_size", self.hidden_size),
            ("num_hidden_layers", self.num_hidden_layers),
            ("num_attention_heads", self.num_attention_heads),
            ("intermediate_size", self.intermediate_size),
            ("max_position_embeddings", self.max_position_embeddings),
            ("embedding_size", self.embedding_size()),
        ];
        for (field, value) in sizes {
            if value == 0 {
                return Err(Error::config(field, "a number above 0", value));
            }
        }
        if self.type_vocab_size == 0 && self.model_type.has_segments() {
            return Err(Error::config("type_vocab_size", "a number above 0", 0));
        }
        if self.embedding_size() != self.hidden_size && self.model_type != Architecture::Electra {
            let expected = format!(
                "the value of hidden_size, {}, except for `electra`",
                self.hidden_size
            );
            return Err(Error::config("embedding_size", expected, self.embedding_size()));
        }
        if self.max_tokens() == 0 {
            let expected = format!("more than {}", self.position_offset());
            return Err(Error::config(
                "max_position_embeddings",
                expected,
                self.max_position_embeddings,
            ));
        }
        if !self.hidden_size.is_multiple_of(self.num_attention_heads) {
            let expected = format!("a multiple of num_attention_heads, {}", self.num_attention_heads);
            return Err(Error::config("hidden_size", expected, self.hidden_size));
        }
        if self.pad_token_id >= self.vocab_size {
            let expected = format!("an id below vocab_size, {}", self.vocab_size);
            return Err(Error::config("pad_token_id", expected, self.pad_token_id));
        }
        Ok(())
    }

    /// Returns an error for sizes far above those of existing models, before memory is allocated for them.
    fn validate_bounds(&self) -> Result<()> {
        let bounds = [
            ("vocab_size", self.vocab_size, 10_000_000),
            ("hidden_size", self.hidden_size, 65_536),
            ("num_hidden_layers", self.num_hidden_layers, 1_024),
            ("intermediate_size", self.intermediate_size, 1 << 20),
            ("max_position_embeddings", self.max_position_embeddings, 1 << 20),
            ("type_vocab_size", self.type_vocab_size, 1_024),
            ("embedding_size", self.embedding_size(), 65_536),
        ];
        for (field, value, most) in bounds {
            if value > most {
                return Err(Error::config(field, format!("at most {most}"), value));
            }
        }
        let eps = self.layer_norm_eps;
        if !(eps > 0.0 && eps <= 1.0) {
            return Err(Error::config(
                "layer_norm_eps",
                "a number above 0, at most 1",
                eps,
            ));
        }
        Ok(())
    }

    fn validate_dropouts(&self) -> Result<()> {
        let dropouts = [
            ("hidden_dropout_prob", Some(self.hidden_dropout_prob)),
            (
                "attention_probs_dropout_prob",
                Some(self.attention_probs_dropout_prob),
            ),
            ("classifier_dropout", self.classifier_dropout),
        ];
        for (field, value) in dropouts {
            if let Some(value) = value
                && !(0.0..1.0).contains(&value)
            {
                return Err(Error::config(field, "a probability from 0 to below 1", value));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(json: &str) -> BertConfig {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn unusable_values_are_named() {
        for (json, field) in [
            (r#"{"hidden_size": 770}"#, "hidden_size"),
            (r#"{"vocab_size": 0}"#, "vocab_size"),
            (r#"{"hidden_dropout_prob": 1.0}"#, "hidden_dropout_prob"),
            (r#"{"layer_norm_eps": -1.0}"#, "layer_norm_eps"),
            (r#"{"num_hidden_layers": 330000}"#, "num_hidden_layers"),
            (
                r#"{"max_position_embeddings": 9007199254740993}"#,
                "max_position_embeddings",
            ),
            (r#"{"pad_token_id": 40000}"#, "pad_token_id"),
            (
                r#"{"position_embedding_type": "relative_key"}"#,
                "position_embedding_type",
            ),
            (
                r#"{"problem_type": "multi_label_classification"}"#,
                "problem_type",
            ),
            (r#"{"is_decoder": true}"#, "is_decoder"),
            (r#"{"id2label": {"0": "a", "2": "b"}}"#, "id2label"),
            (r#"{"id2label": {"0": "a", "1": "a"}}"#, "id2label"),
        ] {
            let message = parse(json).validate().unwrap_err().to_string();
            assert!(message.contains(field), "{message}");
        }
    }
}
