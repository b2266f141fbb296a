//! Reads and writes `config.json`, with the names and defaults of each architecture.

use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::architecture::Architecture;
use super::bert_config::BertConfig;
use crate::error::{Error, Result};

/// The value of `problem_type` for a classifier that gives each text one label.
pub(crate) const SINGLE_LABEL: &str = "single_label_classification";
/// The value of `problem_type` for a classifier that gives each text any number of labels.
pub(crate) const MULTI_LABEL: &str = "multi_label_classification";

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

    /// Reads a `config.json` and checks only what concerns the encoder, not the head.
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

    /// Returns the Transformers class that saved the model, such as `BertForSequenceClassification`, if the
    /// file names it.
    pub(crate) fn saved_as(&self) -> Option<&str> {
        self.other.get("architectures")?.get(0)?.as_str()
    }

    /// Returns the configuration to write beside weights that this crate saves. Its `architectures` names the
    /// Transformers class that can load them, and its data type, if it has one, becomes `float32`. `class` is
    /// the part of the class name after the architecture: `Model`, `ForSequenceClassification`.
    pub(crate) fn saved_for(&self, class: &str) -> Self {
        let mut config = self.clone();
        let class = format!("{}{class}", config.model_type.class_prefix());
        config.other.insert("architectures".into(), json!([class]));
        config.other.shift_remove("problem_type"); // describes the old head; `write_files` sets it again for a sequence classifier
        for key in ["torch_dtype", "dtype"] {
            if let Some(dtype) = config.other.get_mut(key) {
                *dtype = "float32".into();
            }
        }
        config
    }

    /// Returns whether the head gives each text any number of labels.
    pub fn is_multi_label(&self) -> bool {
        self.problem_type() == Some(MULTI_LABEL)
    }

    /// Returns the kind of classification that the head was trained for.
    pub(super) fn problem_type(&self) -> Option<&str> {
        self.other.get("problem_type").and_then(Value::as_str)
    }
}

impl<'de> Deserialize<'de> for BertConfig {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let mut keys = Map::deserialize(deserializer)?;
        let architecture = Architecture::from_keys(&keys).map_err(serde::de::Error::custom)?;
        // Transformers writes `null` for a missing value.
        for key in ["pad_token_id", "id2label", "label2id", "num_labels"] {
            if keys.get(key).is_some_and(Value::is_null) {
                keys.remove(key);
            }
        }
        name_labels(&mut keys).map_err(serde::de::Error::custom)?;
        architecture.read_keys(&mut keys);
        // Calls the derived function, not this one.
        BertConfig::deserialize(Value::Object(keys)).map_err(serde::de::Error::custom)
    }
}

/// Maximum number of labels in a file that does not name them.
const MAX_UNNAMED_LABELS: u64 = 10_000;

/// Adds an `id2label` with numbered names if the file has `num_labels` but no `id2label`.
fn name_labels(keys: &mut Map<String, Value>) -> Result<()> {
    let Some(count) = keys.get("num_labels").filter(|_| !keys.contains_key("id2label")) else {
        return Ok(());
    };
    let number = count
        .as_u64()
        .filter(|count| (1..=MAX_UNNAMED_LABELS).contains(count));
    let number = number.ok_or_else(|| {
        let expected = format!("a number from 1 to {MAX_UNNAMED_LABELS}");
        Error::config("num_labels", expected, count)
    })?;
    let names = (0..number).map(|id| (id.to_string(), Value::from(format!("LABEL_{id}"))));
    let names = names.collect::<Map<_, _>>();
    keys.insert("id2label".into(), names.into());
    Ok(())
}

impl Serialize for BertConfig {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        // Calls the derived function, not this one.
        let value = BertConfig::serialize(self, serde_json::value::Serializer);
        let mut value = value.map_err(serde::ser::Error::custom)?;
        if let Some(keys) = value.as_object_mut() {
            self.model_type.write_keys(keys);
        }
        value.serialize(serializer)
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
        assert_eq!((config.hidden_size, config.num_hidden_layers), (768, 12));
        assert_eq!(config.labels().unwrap(), ["LABEL_0", "LABEL_1"]);
    }

    #[test]
    fn null_is_a_missing_value() {
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
    fn unknown_keys_are_written_back() {
        let config = parse(r#"{"gradient_checkpointing": false, "hidden_size": 12}"#);
        let json = serde_json::to_value(&config).unwrap();
        assert_eq!(json["gradient_checkpointing"], false);
        assert_eq!(json["hidden_size"], 12);
    }
}
