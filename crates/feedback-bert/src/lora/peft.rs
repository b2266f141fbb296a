//! Adapters as folders that Python's `peft` reads and writes.

use std::collections::BTreeMap;
use std::path::Path;

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::{Device, Tensor, TensorData};
use feedback_files::{JsonLayout, write_bytes, write_json};
use safetensors::{Dtype, SafeTensors, tensor::TensorView};

use super::adapter_config::{AdapterConfig, CONFIG, PREFIX};
use super::lora_config::{LoraConfig, is_head};
use crate::classification::BertForSequenceClassification;
use crate::config::BertConfig;
use crate::error::{Error, Problem, Result};
use crate::head::Task;
use crate::names::Names;

const WEIGHTS: &str = "adapter_model.safetensors";

/// Writes the adapters and the head of a model as a folder for `peft`: `adapter_config.json` and
/// `adapter_model.safetensors`.
///
/// `base_model` is the folder or hub name of the base model, by which `peft` finds it.
///
/// # Errors
///
/// [`Error::Weights`] if the model has no adapter, [`Error::Io`] or [`Error::File`] if a file cannot be
/// written.
pub fn save_adapter(
    model: &BertForSequenceClassification,
    config: &BertConfig,
    lora: &LoraConfig,
    base_model: &str,
    folder: &Path,
) -> Result<()> {
    let tensors = Saved::collect(model, names(config));
    let path = folder.join(WEIGHTS);
    let wrong = |reason: String| Error::weights(&path, reason);
    if !tensors.keys().any(|name| name.ends_with(".lora_A.weight")) {
        return Err(wrong("the model has no adapter to save".into()));
    }
    let views = tensors.iter().map(|(name, SavedTensor { shape, bytes })| {
        TensorView::new(Dtype::F32, shape.clone(), bytes).map(|view| (name.as_str(), view))
    });
    let views = views.collect::<std::result::Result<Vec<_>, _>>();
    let metadata = [("format".to_owned(), "pt".to_owned())].into();
    let bytes = views
        .and_then(|views| safetensors::serialize(views, Some(metadata)))
        .map_err(|error| wrong(error.to_string()))?;
    let settings = AdapterConfig::new(lora, base_model, tensors.keys());
    fs_err::create_dir_all(folder)?;
    write_bytes(&path, &bytes)?;
    Ok(write_json(
        folder.join(CONFIG),
        &settings,
        JsonLayout::PrettyWithNewline,
    )?)
}

/// Reads a folder that [`save_adapter`] or `peft` wrote. Attaches its adapters to `model`, which must be
/// their base model, and replaces the head of `model` with the head in the folder. Also returns the settings
/// of the adapters.
///
/// # Errors
///
/// [`Error::Io`]; [`Error::Json`]; [`Error::Config`] for a kind of adapter that this crate does not implement;
/// [`Error::Weights`] for tensors that are missing, unexpected, not f32, or of another shape than the model's.
pub fn load_adapter(
    folder: &Path,
    model: BertForSequenceClassification,
    config: &BertConfig,
) -> Result<(BertForSequenceClassification, LoraConfig)> {
    let path = folder.join(CONFIG);
    let settings: AdapterConfig =
        serde_json::from_slice(&fs_err::read(&path)?).map_err(|source| Error::Json { path, source })?;
    let lora = settings.check()?;
    let path = folder.join(WEIGHTS);
    let mut source = Source {
        names: names(config),
        path: Vec::new(),
        tensors: read_tensors(&fs_err::read(&path)?).map_err(|reason| Error::weights(&path, reason))?,
        problems: Vec::new(),
    };
    let attached = lora.attach_with(model, |path, dims, device| {
        source.factors(path, lora.rank, dims, device)
    });
    let attached = attached.map(&mut source);
    let unused = source.tensors.keys();
    let unused = unused.map(|name| format!("the model does not have `{name}`"));
    source.problems.extend(unused);
    if let Some(first) = source.problems.first() {
        let more = match source.problems.len() {
            1 => String::new(),
            n => format!(" and {} more", n - 1),
        };
        let hint = "use the base model that the adapter was trained on, with the same labels";
        return Err(Error::weights(
            &path,
            Problem::with_hint(format!("{first}{more}"), hint),
        ));
    }
    Ok((attached, lora))
}

/// Returns the conversion of tensor names for the model that adapters belong to.
fn names(config: &BertConfig) -> Names {
    Names::new(config.model_type, Task::SequenceClassification)
}

/// Returns Transformers' name of the dense layer whose weight is at `path`.
fn layer_name(names: Names, path: &str) -> String {
    let name = names.to_hf(path);
    name.strip_suffix(".weight").unwrap_or(&name).to_owned()
}

/// A tensor in the layout of the file: little-endian, dense layers as `[output, input]`.
struct SavedTensor {
    shape: Vec<usize>,
    bytes: Vec<u8>,
}

/// Collects the tensors of an adapter by `peft`'s names.
struct Saved {
    names: Names,
    path: Vec<String>,
    tensors: BTreeMap<String, SavedTensor>,
}

impl Saved {
    fn collect(model: &BertForSequenceClassification, names: Names) -> BTreeMap<String, SavedTensor> {
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
        let bytes = tensor
            .into_data()
            .convert::<f32>()
            .iter::<f32>()
            .flat_map(f32::to_le_bytes)
            .collect();
        self.tensors
            .insert(format!("{PREFIX}{name}"), SavedTensor { shape, bytes });
    }
}

/// Shapes and values of tensors, by their names without the prefix.
type Tensors = BTreeMap<String, (Vec<usize>, Vec<f32>)>;

fn read_tensors(bytes: &[u8]) -> std::result::Result<Tensors, String> {
    let file = SafeTensors::deserialize(bytes)
        .map_err(|error| format!("not a complete SafeTensors file: {error}"))?;
    let mut tensors = Tensors::new();
    for (name, view) in file.tensors() {
        if view.dtype() != Dtype::F32 {
            return Err(format!("`{name}` is {:?}, expected F32", view.dtype()));
        }
        let (numbers, _) = view.data().as_chunks::<4>();
        let values: Vec<f32> = numbers.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
        if !values.iter().all(|value| value.is_finite()) {
            return Err(format!("`{name}` has a value that is not a finite number"));
        }
        let name = name.strip_prefix(PREFIX).unwrap_or(&name).to_owned();
        tensors.insert(name, (view.shape().to_vec(), values));
    }
    Ok(tensors)
}

/// The tensors of an adapter. They are removed one by one while the model is traversed, so that unused ones
/// remain.
struct Source {
    names: Names,
    path: Vec<String>,
    tensors: Tensors,
    problems: Vec<String>,
}

impl Source {
    /// Returns the factors `A`, `[input, rank]`, and `B`, `[rank, output]`, for the weight at `path`, if the
    /// adapter has them.
    fn factors(
        &mut self,
        path: &str,
        rank: usize,
        [d_input, d_output]: [usize; 2],
        device: &Device,
    ) -> Option<(Tensor<2>, Tensor<2>)> {
        let layer = layer_name(self.names, path);
        let a = self.take(&format!("{layer}.lora_A"), [rank, d_input], device);
        let b = self.take(&format!("{layer}.lora_B"), [d_output, rank], device);
        if a.is_some() != b.is_some() {
            self.problems
                .push(format!("`{layer}` has only one of lora_A and lora_B"));
        }
        a.flatten().zip(b.flatten())
    }

    /// Removes a factor and returns it in Burn's orientation: `None` if the adapter lacks it, `Some(None)` if
    /// its shape is wrong.
    fn take(&mut self, factor: &str, shape: [usize; 2], device: &Device) -> Option<Option<Tensor<2>>> {
        let (found, values) = self.tensors.remove(&format!("{factor}.weight"))?;
        if found != shape {
            self.problems
                .push(format!("`{factor}` is {found:?}, expected {shape:?}"));
            return Some(None);
        }
        let tensor = Tensor::<2>::from_data(TensorData::new(values, shape), device);
        Some(Some(tensor.transpose()))
    }
}

/// Replaces the head of a model.
impl ModuleMapper for Source {
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
            return param; // `peft` saves the pooler only on request
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
