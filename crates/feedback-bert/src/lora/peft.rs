//! Adapters as folders that Python's `peft` reads and writes.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::Path;

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::{Device, Tensor, TensorData};
use safetensors::{Dtype, SafeTensors, tensor::TensorView};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::lora::is_head;
use crate::names::{Names, Task};
use crate::{BertConfig, BertForSequenceClassification, Error, LoraConfig, Result};

const CONFIG: &str = "adapter_config.json";
const WEIGHTS: &str = "adapter_model.safetensors";
/// What `peft` puts before the names of the model it wraps.
const PREFIX: &str = "base_model.model.";

/// Writes the adapters and the head of a model as a folder of `peft`: `adapter_config.json` and `adapter_model.safetensors`.
///
/// `base_model` is the folder or hub name of the model that the adapters were attached to, as `peft` will look for it.
///
/// # Errors
///
/// [`Error::Weights`] if the model has no adapter, [`Error::Io`] if a file cannot be written.
pub fn save_adapter(
    model: &BertForSequenceClassification,
    config: &BertConfig,
    lora: &LoraConfig,
    base_model: &str,
    folder: &Path,
) -> Result<()> {
    let tensors = Saved::of(model, names(config));
    let path = folder.join(WEIGHTS);
    let wrong = |reason: String| Error::Weights {
        path: path.clone(),
        reason,
    };
    if !tensors.keys().any(|name| name.ends_with(".lora_A.weight")) {
        return Err(wrong("the model has no adapter to save".into()));
    }
    let views = tensors.iter().map(|(name, (shape, bytes))| {
        TensorView::new(Dtype::F32, shape.clone(), bytes).map(|view| (name.as_str(), view))
    });
    let views = views.collect::<std::result::Result<Vec<_>, _>>();
    let metadata = [("format".to_owned(), "pt".to_owned())].into();
    let bytes = views
        .and_then(|views| safetensors::serialize(views, Some(metadata)))
        .map_err(|error| wrong(error.to_string()))?;
    let settings = AdapterConfig::new(lora, base_model, tensors.keys());
    let json = serde_json::to_string_pretty(&settings).map_err(|source| Error::Json {
        path: folder.join(CONFIG),
        source,
    })?;
    fs_err::create_dir_all(folder)?;
    write_beside(&path, &bytes)?;
    write_beside(&folder.join(CONFIG), (json + "\n").as_bytes())
}

/// Attaches the adapters of a folder that [`save_adapter`] or `peft` wrote to the model they were trained on, and gives it
/// the head of the folder. Returns what was attached, too.
///
/// # Errors
///
/// [`Error::Io`], [`Error::Json`], [`Error::Config`] for a kind of adapter that this crate does not have, and
/// [`Error::Weights`] for tensors that are missing, left over, not f32 or of another shape than the model's.
pub fn load_adapter(
    folder: &Path,
    model: BertForSequenceClassification,
    config: &BertConfig,
) -> Result<(BertForSequenceClassification, LoraConfig)> {
    let path = folder.join(CONFIG);
    let settings: AdapterConfig =
        serde_json::from_slice(&fs_err::read(&path)?).map_err(|source| Error::Json { path, source })?;
    let lora = settings.check()?;
    let names = names(config);
    let path = folder.join(WEIGHTS);
    let wrong = |reason: String| Error::Weights {
        path: path.clone(),
        reason,
    };
    let bytes = fs_err::read(&path)?;
    let mut tensors = read_tensors(&bytes).map_err(wrong)?;
    let mut problems = Vec::new();
    let attached = lora.attach_with(model, |path, [d_input, d_output], device| {
        let layer = layer_name(names, path);
        let mut take = |factor: &str, shape: [usize; 2]| {
            tensors
                .remove(&format!("{layer}.{factor}.weight"))
                .map(|(found, values)| {
                    let same = found == shape;
                    if !same {
                        problems.push(format!("`{layer}.{factor}` is {found:?}, expected {shape:?}"));
                    }
                    same.then(|| Tensor::<2>::from_data(TensorData::new(values, shape), device).transpose())
                })
        };
        let a = take("lora_A", [lora.rank, d_input]);
        let b = take("lora_B", [d_output, lora.rank]);
        if a.is_some() != b.is_some() {
            problems.push(format!("`{layer}` has only one of lora_A and lora_B"));
        }
        a.flatten().zip(b.flatten())
    })?;
    let mut head = Head {
        names,
        path: Vec::new(),
        tensors,
        problems,
    };
    let attached = attached.map(&mut head);
    head.problems.extend(
        head.tensors
            .keys()
            .map(|name| format!("`{name}` has no place in the model")),
    );
    if let Some(first) = head.problems.first() {
        let more = match head.problems.len() {
            1 => String::new(),
            n => format!(" and {} more", n - 1),
        };
        return Err(wrong(format!(
            "{first}{more}\nhint: give the base model that the adapter was trained on, with its labels"
        )));
    }
    Ok((attached, lora))
}

/// `adapter_config.json`, as far as it says something here. What `peft` does not find in it has its default there.
#[derive(Debug, Serialize, Deserialize)]
struct AdapterConfig {
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
    /// The rest, to look for kinds of adapters that are something else.
    #[serde(flatten)]
    other: Map<String, Value>,
}

impl AdapterConfig {
    fn new<'a>(config: &LoraConfig, base_model: &str, names: impl Iterator<Item = &'a String>) -> Self {
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

    fn check(&self) -> Result<LoraConfig> {
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
        for field in [
            "use_dora",
            "use_rslora",
            "lora_bias",
            "rank_pattern",
            "alpha_pattern",
        ] {
            let empty = |value: &Value| match value {
                Value::Object(map) => map.is_empty(),
                other => matches!(other, Value::Null | Value::Bool(false)),
            };
            if let Some(value) = self.other.get(field).filter(|value| !empty(value)) {
                return Err(wrong(field, "plain LoRA, without it", value.to_string()));
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

/// What stands behind the number of the block: `attention.self.query`.
fn within_block(layer: &str) -> String {
    let mut steps = layer.split('.').skip_while(|step| step.parse::<usize>().is_err());
    steps.next();
    steps.collect::<Vec<_>>().join(".")
}

fn names(config: &BertConfig) -> Names {
    Names::new(config.model_type, Task::SequenceClassification)
}

/// Transformers' name of the dense layer whose weight is at `path`.
fn layer_name(names: Names, path: &str) -> String {
    let name = names.to_hf(path);
    name.strip_suffix(".weight").unwrap_or(&name).to_owned()
}

/// The module of the head that a parameter belongs to, without the prefix of the encoder: `classifier`, `pooler`.
fn head_module(name: &str) -> String {
    let name = name.split_once(".pooler.").map_or(name, |_| "pooler");
    name.split('.').next().unwrap_or_default().to_owned()
}

/// Tensors by `peft`'s names: shape and little-endian bytes, dense layers as `[output, input]`.
struct Saved {
    names: Names,
    path: Vec<String>,
    tensors: BTreeMap<String, (Vec<usize>, Vec<u8>)>,
}

impl Saved {
    fn of(model: &BertForSequenceClassification, names: Names) -> BTreeMap<String, (Vec<usize>, Vec<u8>)> {
        let mut saved = Self {
            names,
            path: Vec::new(),
            tensors: BTreeMap::new(),
        };
        model.valid().visit(&mut saved);
        saved.tensors
    }
}

impl ModuleVisitor for Saved {
    fn enter_module(&mut self, name: &str, _container: &str) {
        self.path.push(name.to_owned());
    }
    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.path.pop();
    }
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let path = self.path.join(".");
        let name = match (path.strip_suffix(".lora.a"), path.strip_suffix(".lora.b")) {
            (Some(layer), _) => format!("{}.lora_A.weight", layer_name(self.names, layer)),
            (_, Some(layer)) => format!("{}.lora_B.weight", layer_name(self.names, layer)),
            _ if is_head(&path) => self.names.to_hf(&path),
            _ => return,
        };
        let tensor = param.val();
        let tensor = if D == 2 { tensor.transpose() } else { tensor };
        let shape = tensor.dims().to_vec();
        let values = tensor
            .into_data()
            .convert::<f32>()
            .iter::<f32>()
            .flat_map(f32::to_le_bytes)
            .collect();
        self.tensors.insert(format!("{PREFIX}{name}"), (shape, values));
    }
}

type Tensors = BTreeMap<String, (Vec<usize>, Vec<f32>)>;

fn read_tensors(bytes: &[u8]) -> std::result::Result<Tensors, String> {
    let file =
        SafeTensors::deserialize(bytes).map_err(|error| format!("not a whole SafeTensors file: {error}"))?;
    let mut tensors = Tensors::new();
    for (name, view) in file.tensors() {
        if view.dtype() != Dtype::F32 {
            return Err(format!("`{name}` is {:?}, expected F32", view.dtype()));
        }
        let (numbers, _) = view.data().as_chunks::<4>();
        let values: Vec<f32> = numbers.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
        if !values.iter().all(|value| value.is_finite()) {
            return Err(format!("`{name}` holds a value that is not a finite number"));
        }
        let name = name.strip_prefix(PREFIX).unwrap_or(&name).to_owned();
        tensors.insert(name, (view.shape().to_vec(), values));
    }
    Ok(tensors)
}

/// Puts the head of an adapter in the place of the model's.
struct Head {
    names: Names,
    path: Vec<String>,
    tensors: Tensors,
    problems: Vec<String>,
}

impl ModuleMapper for Head {
    fn enter_module(&mut self, name: &str, _container: &str) {
        self.path.push(name.to_owned());
    }
    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.path.pop();
    }
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let path = self.path.join(".");
        if !is_head(&path) {
            return param;
        }
        let Some((found, values)) = self.tensors.remove(&self.names.to_hf(&path)) else {
            return param; // `peft` saves the pooler only where it was asked to
        };
        let mut expected = param.lazy_shape().as_slice().to_vec();
        expected.reverse();
        if found != expected {
            self.problems.push(format!(
                "`{}` is {found:?}, expected {expected:?}",
                self.names.to_hf(&path)
            ));
            return param;
        }
        let device: Device = param.lazy_device();
        param.map(|_| {
            let tensor = Tensor::<D>::from_data(TensorData::new(values, expected), &device);
            if D == 2 { tensor.transpose() } else { tensor }
        })
    }
}

/// Writes a file beside its place and renames it.
fn write_beside(path: &Path, bytes: &[u8]) -> Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    crate::folder::make_readable(path, 0o644)
}
