//! `adapter_config.json` of Python's `peft`.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::lora_config::LoraConfig;
use crate::error::{Error, Result};

pub(super) const CONFIG: &str = "adapter_config.json";
/// The prefix that `peft` adds to the parameter names of the model that it wraps.
pub(super) const PREFIX: &str = "base_model.model.";

/// Keys that select a variant of LoRA; this crate implements only plain LoRA.
const OTHER_KINDS: [&str; 5] = [
    "use_dora",
    "use_rslora",
    "lora_bias",
    "rank_pattern",
    "alpha_pattern",
];

/// The keys of `adapter_config.json` that matter here; `peft` has defaults for the others.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct AdapterConfig {
    peft_type: String,
    task_type: Option<String>,
    base_model_name_or_path: Option<String>,
    r: usize,
    lora_alpha: f64,
    #[serde(default)]
    lora_dropout: f64,
    target_modules: Value,
    #[serde(default)]
    modules_to_save: Option<Vec<String>>,
    #[serde(default)]
    bias: Option<String>,
    #[serde(default)]
    fan_in_fan_out: bool,
    #[serde(default)]
    inference_mode: bool,
    /// All other keys, including those for other kinds of adapters.
    #[serde(flatten)]
    other: Map<String, Value>,
}

impl AdapterConfig {
    /// Creates the settings for an adapter with tensors of these names.
    pub(super) fn new<'a>(
        config: &LoraConfig,
        base_model: &str,
        names: impl Iterator<Item = &'a String>,
    ) -> Self {
        let mut targets = BTreeSet::new();
        let mut head = BTreeSet::new();
        for name in names {
            let name = name.strip_prefix(PREFIX).unwrap_or(name);
            match name.split_once(".lora_") {
                Some((layer, _)) => targets.insert(within_block(layer)),
                None => head.insert(head_module(name)),
            };
        }
        Self {
            peft_type: "LORA".into(),
            task_type: Some("SEQ_CLS".into()),
            base_model_name_or_path: Some(base_model.to_owned()),
            r: config.rank,
            lora_alpha: config.alpha,
            lora_dropout: 0.0,
            target_modules: json!(targets),
            modules_to_save: Some(head.into_iter().collect()),
            bias: Some("none".into()),
            fan_in_fan_out: false,
            inference_mode: true,
            other: Map::new(),
        }
    }

    /// Returns the LoRA settings of the adapter.
    ///
    /// # Errors
    ///
    /// [`Error::Config`] for a kind of adapter that this crate does not implement.
    pub(super) fn check(&self) -> Result<LoraConfig> {
        let wrong = |field, expected: &str, found: String| Error::Config {
            field,
            expected: expected.to_owned(),
            found: format!("`{found}` in `{CONFIG}`"),
        };
        if self.peft_type != "LORA" {
            return Err(wrong("peft_type", "`LORA`", self.peft_type.clone()));
        }
        if self.r == 0 {
            return Err(wrong("r", "1 or more", "0".into()));
        }
        if let Some(bias) = self.bias.as_deref().filter(|bias| *bias != "none") {
            return Err(wrong("bias", "`none`", bias.into()));
        }
        if self.fan_in_fan_out {
            return Err(wrong("fan_in_fan_out", "`false`", "true".into()));
        }
        for field in OTHER_KINDS {
            if let Some(value) = self.other.get(field).filter(|value| !is_off(value)) {
                return Err(wrong(field, "plain LoRA, without this option", value.to_string()));
            }
        }
        let targets = match &self.target_modules {
            Value::Array(names) => names
                .iter()
                .filter_map(Value::as_str)
                .map(str::to_owned)
                .collect(),
            other => vec![other.as_str().unwrap_or_default().to_owned()],
        };
        Ok(LoraConfig {
            rank: self.r,
            alpha: self.lora_alpha,
            targets,
        })
    }
}

/// Returns whether this value turns its option off.
fn is_off(value: &Value) -> bool {
    match value {
        Value::Object(map) => map.is_empty(),
        other => matches!(other, Value::Null | Value::Bool(false)),
    }
}

/// Returns the part of a name after the block number, such as `attention.self.query`.
fn within_block(layer: &str) -> String {
    let mut steps = layer.split('.').skip_while(|step| step.parse::<usize>().is_err());
    steps.next();
    steps.collect::<Vec<_>>().join(".")
}

/// Returns the module of the head that a parameter belongs to: `classifier` or `pooler`.
fn head_module(name: &str) -> String {
    let name = name.split_once(".pooler.").map_or(name, |_| "pooler");
    name.split('.').next().unwrap_or_default().to_owned()
}
