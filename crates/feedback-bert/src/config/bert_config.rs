//! The configuration of a BERT, with the keys of Hugging Face's `config.json`.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::architecture::Architecture;
use crate::{Error, Result};

/// The activation between the two linear layers of a transformer block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum HiddenAct {
    /// GELU with the exact Gaussian error function (Hendrycks and Gimpel 2016, equation 1).
    #[serde(alias = "gelu_python")]
    Gelu,
    /// GELU by its tanh approximation.
    #[serde(alias = "gelu_pytorch_tanh", alias = "gelu_fast", alias = "gelu_accurate")]
    GeluNew,
    /// The rectifier, max(0, x).
    Relu,
    /// x times its sigmoid, also called SiLU.
    #[serde(alias = "swish")]
    Silu,
    /// The hyperbolic tangent.
    Tanh,
}

/// How the encoder's output becomes one vector for the classifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Pooling {
    /// The first token through a dense layer and tanh: Hugging Face's head.
    #[default]
    Cls,
    /// The mean over the real tokens, without a further layer.
    Mean,
}

impl std::str::FromStr for Pooling {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        match name {
            "cls" => Ok(Self::Cls),
            "mean" => Ok(Self::Mean),
            _ => Err(Error::Config {
                field: "pooling",
                expected: "`cls` or `mean`".into(),
                found: format!("`{name}`"),
            }),
        }
    }
}

impl std::fmt::Display for Pooling {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Cls => "cls",
            Self::Mean => "mean",
        })
    }
}

/// The shape of a model of the BERT family and of its classification head.
///
/// Field names are those of `transformers.BertConfig`, and defaults those of the architecture's own class
/// (`RobertaConfig`, …). DistilBERT's file has other names (`dim`, `n_layers`, …): they are translated when it is read
/// and when it is written. Keys that this crate does not use are kept in [`BertConfig::other`] and written back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(remote = "Self")] // the traits are implemented below, around what is derived here
pub struct BertConfig {
    /// Which member of the family this is. Default `bert`.
    #[serde(default)]
    pub model_type: Architecture,
    /// Number of entries of the vocabulary. Default 30522.
    #[serde(default = "defaults::vocab_size")]
    pub vocab_size: usize,
    /// Width of the encoder; a multiple of `num_attention_heads`. Default 768.
    #[serde(default = "defaults::hidden_size")]
    pub hidden_size: usize,
    /// Number of transformer blocks. Default 12.
    #[serde(default = "defaults::layers")]
    pub num_hidden_layers: usize,
    /// Number of attention heads in each block. Default 12.
    #[serde(default = "defaults::layers")]
    pub num_attention_heads: usize,
    /// Width between the two linear layers of a block. Default 3072.
    #[serde(default = "defaults::intermediate_size")]
    pub intermediate_size: usize,
    /// Activation between these layers. Default `gelu`.
    #[serde(default = "defaults::hidden_act")]
    pub hidden_act: HiddenAct,
    /// Dropout after embeddings and each block's dense layers, 0 to below 1. Default 0.1.
    #[serde(default = "defaults::dropout")]
    pub hidden_dropout_prob: f64,
    /// Dropout of attention probabilities, 0 to below 1. Default 0.1.
    #[serde(default = "defaults::dropout")]
    pub attention_probs_dropout_prob: f64,
    /// Dropout before the classifier; `hidden_dropout_prob` where absent.
    #[serde(default)]
    pub classifier_dropout: Option<f64>,
    /// Width of the embeddings, where it is not `hidden_size`: ELECTRA has a dense layer between the two.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub embedding_size: Option<usize>,
    /// Number of position embeddings. Default 512. RoBERTa's first `pad_token_id + 1` are never used:
    /// see [`BertConfig::max_tokens`].
    #[serde(default = "defaults::max_position_embeddings")]
    pub max_position_embeddings: usize,
    /// Number of segment ids; 0 for DistilBERT, which has none. Default 2.
    #[serde(default = "defaults::type_vocab_size")]
    pub type_vocab_size: usize,
    /// Standard deviation of initial weights. Default 0.02.
    #[serde(default = "defaults::initializer_range")]
    pub initializer_range: f64,
    /// Added to the variance in layer normalisation. Default 1e-12.
    #[serde(default = "defaults::layer_norm_eps")]
    pub layer_norm_eps: f64,
    /// Id of the padding token. Default 0.
    #[serde(default)]
    pub pad_token_id: usize,
    /// Label names by class id, as decimal strings. Hugging Face assumes two labels where absent.
    #[serde(default = "defaults::id2label")]
    pub id2label: BTreeMap<String, String>,
    /// Class ids by label name.
    #[serde(default)]
    pub label2id: BTreeMap<String, usize>,
    /// Every other key, untouched.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

mod defaults {
    use super::{BTreeMap, HiddenAct};

    pub(super) fn vocab_size() -> usize {
        30522
    }
    pub(super) fn hidden_size() -> usize {
        768
    }
    pub(super) fn layers() -> usize {
        12
    }
    pub(super) fn intermediate_size() -> usize {
        3072
    }
    pub(super) fn hidden_act() -> HiddenAct {
        HiddenAct::Gelu
    }
    pub(super) fn dropout() -> f64 {
        0.1
    }
    pub(super) fn max_position_embeddings() -> usize {
        512
    }
    pub(super) fn type_vocab_size() -> usize {
        2
    }
    pub(super) fn initializer_range() -> f64 {
        0.02
    }
    pub(super) fn layer_norm_eps() -> f64 {
        1e-12
    }
    pub(super) fn id2label() -> BTreeMap<String, String> {
        [("0", "LABEL_0"), ("1", "LABEL_1")]
            .map(|(id, name)| (id.to_owned(), name.to_owned()))
            .into()
    }
}

impl Default for BertConfig {
    /// The shape of `bert-base`, as `transformers.BertConfig()` has it.
    fn default() -> Self {
        Self {
            model_type: Architecture::Bert,
            vocab_size: defaults::vocab_size(),
            hidden_size: defaults::hidden_size(),
            num_hidden_layers: defaults::layers(),
            num_attention_heads: defaults::layers(),
            intermediate_size: defaults::intermediate_size(),
            hidden_act: defaults::hidden_act(),
            hidden_dropout_prob: defaults::dropout(),
            attention_probs_dropout_prob: defaults::dropout(),
            classifier_dropout: None,
            embedding_size: None,
            max_position_embeddings: defaults::max_position_embeddings(),
            type_vocab_size: defaults::type_vocab_size(),
            initializer_range: defaults::initializer_range(),
            layer_norm_eps: defaults::layer_norm_eps(),
            pad_token_id: 0,
            id2label: defaults::id2label(),
            label2id: BTreeMap::new(),
            other: Map::new(),
        }
    }
}

impl<'de> Deserialize<'de> for BertConfig {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let mut keys = Map::deserialize(deserializer)?;
        let architecture = Architecture::of(&keys).map_err(serde::de::Error::custom)?;
        // `null` is how Transformers writes that nothing is said.
        for key in ["pad_token_id", "id2label", "label2id", "num_labels"] {
            if keys.get(key).is_some_and(Value::is_null) {
                keys.remove(key);
            }
        }
        number_labels(&mut keys).map_err(serde::de::Error::custom)?;
        architecture.read_keys(&mut keys);
        // The derived function, not this one.
        BertConfig::deserialize(Value::Object(keys)).map_err(serde::de::Error::custom)
    }
}

/// Most labels that are numbered where they have no names.
const MOST_NUMBERED: u64 = 10_000;

/// Names for so many labels as `num_labels` says, where `id2label` gives none.
fn number_labels(keys: &mut Map<String, Value>) -> Result<()> {
    let Some(count) = keys.get("num_labels").filter(|_| !keys.contains_key("id2label")) else {
        return Ok(());
    };
    let number = count.as_u64().filter(|count| (1..=MOST_NUMBERED).contains(count));
    let number = number.ok_or_else(|| {
        wrong(
            "num_labels",
            &format!("a number from 1 to {MOST_NUMBERED}"),
            count,
        )
    })?;
    let names = (0..number).map(|id| (id.to_string(), Value::from(format!("LABEL_{id}"))));
    let names = names.collect::<Map<_, _>>();
    keys.insert("id2label".into(), names.into());
    Ok(())
}

impl Serialize for BertConfig {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        // The derived function, not this one.
        let value = BertConfig::serialize(self, serde_json::value::Serializer);
        let mut value = value.map_err(serde::ser::Error::custom)?;
        if let Some(keys) = value.as_object_mut() {
            self.model_type.write_keys(keys);
        }
        value.serialize(serializer)
    }
}

impl BertConfig {
    /// Reads and checks a `config.json`.
    ///
    /// # Errors
    ///
    /// [`Error::Io`], [`Error::Json`], or [`Error::Config`] naming the key.
    pub fn from_file(path: &Path) -> Result<Self> {
        let config = Self::encoder_from_file(path)?;
        config.validate()?;
        Ok(config)
    }

    /// Reads a `config.json` of which the encoder alone is wanted: what it says of its head may be anything.
    ///
    /// # Errors
    ///
    /// Those of [`BertConfig::from_file`].
    pub fn encoder_from_file(path: &Path) -> Result<Self> {
        let text = fs_err::read_to_string(path)?;
        let config: Self = serde_json::from_str(&text).map_err(|source| Error::Json {
            path: path.to_owned(),
            source,
        })?;
        config.validate_encoder()?;
        Ok(config)
    }

    /// Checks that a classifier can be built from these values.
    ///
    /// # Errors
    ///
    /// [`Error::Config`] naming the first key that cannot be used.
    pub fn validate(&self) -> Result<()> {
        self.validate_encoder()?;
        if let Some(kind) = self.problem_type()
            && kind != "single_label_classification"
        {
            return Err(wrong("problem_type", "`single_label_classification`", &kind));
        }
        self.labels().map(|_| ())
    }

    fn problem_type(&self) -> Option<&str> {
        self.other.get("problem_type").and_then(Value::as_str)
    }

    /// The class of Transformers that the model was saved by, such as `BertForSequenceClassification`.
    pub(crate) fn saved_as(&self) -> Option<&str> {
        self.other.get("architectures")?.get(0)?.as_str()
    }

    /// As it is written beside weights of ours: with the class that Transformers loads them into, such as `Model` or
    /// `ForSequenceClassification` behind the architecture's name, and in 32 bits, whatever the base model's file had.
    pub(crate) fn saved_for(&self, class: &str) -> Self {
        let mut config = self.clone();
        let class = format!("{}{class}", config.model_type.class_prefix());
        config.other.insert("architectures".into(), json!([class]));
        config.other.shift_remove("problem_type"); // only a classifier of texts has one
        for key in ["torch_dtype", "dtype"] {
            if let Some(dtype) = config.other.get_mut(key) {
                *dtype = "float32".into();
            }
        }
        config
    }

    /// Whether the head tells just these labels apart, of which a text has one.
    pub(crate) fn has_head_for(&self, labels: &[String]) -> bool {
        self.validate().is_ok() && self.labels().is_ok_and(|own| own == labels)
    }

    fn validate_encoder(&self) -> Result<()> {
        if let Some(kind) = self.other.get("position_embedding_type")
            && kind != "absolute"
            && !kind.is_null()
        {
            return Err(wrong("position_embedding_type", "`absolute`", kind));
        }
        if self.other.get("is_decoder") == Some(&Value::Bool(true)) {
            return Err(wrong("is_decoder", "`false`: an encoder", &true));
        }
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
                return Err(wrong(field, "a number above 0", &value));
            }
        }
        if self.type_vocab_size == 0 && self.model_type.has_segments() {
            return Err(wrong("type_vocab_size", "a number above 0", &0));
        }
        if self.embedding_size() != self.hidden_size && self.model_type != Architecture::Electra {
            let expected = format!("hidden_size, {}, except in `electra`", self.hidden_size);
            return Err(wrong("embedding_size", &expected, &self.embedding_size()));
        }
        if self.max_tokens() == 0 {
            let expected = format!("more than {}", self.position_offset());
            return Err(wrong(
                "max_position_embeddings",
                &expected,
                &self.max_position_embeddings,
            ));
        }
        if !self.hidden_size.is_multiple_of(self.num_attention_heads) {
            let expected = format!("a multiple of num_attention_heads, {}", self.num_attention_heads);
            return Err(wrong("hidden_size", &expected, &self.hidden_size));
        }
        if self.pad_token_id >= self.vocab_size {
            let expected = format!("an id below vocab_size, {}", self.vocab_size);
            return Err(wrong("pad_token_id", &expected, &self.pad_token_id));
        }
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
                return Err(wrong(field, "a probability from 0 to below 1", &value));
            }
        }
        Ok(())
    }

    /// The label names in the order of their class ids.
    ///
    /// # Errors
    ///
    /// [`Error::Config`] if the ids of `id2label` are not 0, 1, 2 … without a gap, or a name stands twice.
    pub fn labels(&self) -> Result<Vec<String>> {
        let named: Option<Vec<&String>> = (0..self.id2label.len())
            .map(|id| self.id2label.get(&id.to_string()))
            .collect();
        let Some(named) = named else {
            let ids: Vec<_> = self.id2label.keys().map(String::as_str).collect();
            return Err(wrong(
                "id2label",
                "the ids 0, 1, 2 … without a gap",
                &ids.join(", "),
            ));
        };
        let mut sorted = named.clone();
        sorted.sort();
        if let Some(pair) = sorted.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(wrong(
                "id2label",
                "different names",
                &format!("`{}` twice", pair[0]),
            ));
        }
        Ok(named.into_iter().cloned().collect())
    }

    /// How many labels the head tells apart.
    pub fn num_labels(&self) -> usize {
        self.id2label.len()
    }

    /// The same configuration with these labels, in this order.
    pub fn with_labels(mut self, names: &[String]) -> Self {
        self.id2label = names
            .iter()
            .enumerate()
            .map(|(id, name)| (id.to_string(), name.clone()))
            .collect();
        self.label2id = names
            .iter()
            .enumerate()
            .map(|(id, name)| (name.clone(), id))
            .collect();
        self.other.remove("num_labels"); // derived from id2label by Transformers
        self.other.remove("problem_type"); // of the head before
        self
    }

    /// Longest input in tokens, the special ones included.
    pub fn max_tokens(&self) -> usize {
        self.max_position_embeddings
            .saturating_sub(self.position_offset())
    }

    /// The position of the first token: 0, or with RoBERTa's family the one after the padding token's id.
    pub fn position_offset(&self) -> usize {
        if self.model_type.positions_follow_padding() {
            self.pad_token_id + 1
        } else {
            0
        }
    }

    /// Width of the embeddings before they become hidden states.
    pub fn embedding_size(&self) -> usize {
        self.embedding_size.unwrap_or(self.hidden_size)
    }

    /// Dropout in the head of a sequence classifier.
    pub fn head_dropout(&self) -> f64 {
        self.classifier_dropout.unwrap_or(self.hidden_dropout_prob)
    }

    /// Dropout in the head of a token classifier: DistilBERT's `seq_classif_dropout` is for sequences only.
    pub fn token_head_dropout(&self) -> f64 {
        match self.model_type {
            Architecture::DistilBert => self.hidden_dropout_prob,
            _ => self.head_dropout(),
        }
    }

    /// Width of one attention head.
    pub fn head_size(&self) -> usize {
        self.hidden_size / self.num_attention_heads
    }
}

fn wrong(field: &'static str, expected: &str, found: &dyn std::fmt::Display) -> Error {
    Error::Config {
        field,
        expected: expected.to_owned(),
        found: format!("`{found}`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(json: &str) -> BertConfig {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn defaults_are_bert_base() {
        let config = parse("{}");
        config.validate().unwrap();
        assert_eq!(config, BertConfig::default());
        assert_eq!(
            (config.hidden_size, config.num_hidden_layers, config.head_size()),
            (768, 12, 64)
        );
        assert_eq!(config.labels().unwrap(), ["LABEL_0", "LABEL_1"]);
    }

    #[test]
    fn unusable_values_are_named() {
        for (json, field) in [
            (r#"{"hidden_size": 770}"#, "hidden_size"),
            (r#"{"vocab_size": 0}"#, "vocab_size"),
            (r#"{"hidden_dropout_prob": 1.0}"#, "hidden_dropout_prob"),
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

    #[test]
    fn what_is_null_is_not_said() {
        let config = parse(
            r#"{"pad_token_id": null, "id2label": null, "position_embedding_type": null, "num_labels": 3}"#,
        );
        config.validate().unwrap();
        assert_eq!(config.labels().unwrap(), ["LABEL_0", "LABEL_1", "LABEL_2"]);
        let huge = serde_json::from_str::<BertConfig>(r#"{"num_labels": 1000000000000}"#);
        assert!(huge.unwrap_err().to_string().contains("num_labels"));
    }

    #[test]
    fn a_base_may_have_any_head() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.json");
        for json in [
            r#"{"problem_type": "regression"}"#,
            r#"{"id2label": {"0": "a", "1": "a"}}"#,
        ] {
            fs_err::write(&path, json).unwrap();
            assert!(BertConfig::from_file(&path).is_err());
            let config = BertConfig::encoder_from_file(&path).unwrap();
            let labels = ["x".to_owned(), "y".to_owned()];
            assert!(!config.has_head_for(&labels));
            config.with_labels(&labels).validate().unwrap();
        }
    }

    #[test]
    fn labels_keep_numeric_order_beyond_ten() {
        let names: Vec<String> = (0..12).map(|id| format!("label {id}")).collect();
        let config = parse("{}").with_labels(&names);
        assert_eq!(config.labels().unwrap(), names);
    }

    #[test]
    fn unknown_keys_are_written_back() {
        let config = parse(r#"{"gradient_checkpointing": false, "hidden_size": 12}"#);
        let json = serde_json::to_value(&config).unwrap();
        assert_eq!(json["gradient_checkpointing"], false);
        assert_eq!(json["hidden_size"], 12);
    }
}
