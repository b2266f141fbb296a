//! Weights with Hugging Face's tensor names, in and out.

use std::collections::BTreeMap;
use std::path::Path;

use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::{DType, Device, Shape, Tensor};
use burn_store::burn_pack::Tensor as FileTensor;
use burn_store::{
    BurnToPyTorchAdapter, FloatCastAdapter, ModuleAdapter, ModuleSnapshot, PyTorchToBurnAdapter,
};
use safetensors::{SafeTensorError, tensor::TensorView};

use crate::folder::make_readable;
use crate::names::{Names, Task};
use crate::{
    BertConfig, BertForSequenceClassification, BertForTokenClassification, Error, ParameterInit, Pooling,
    Result, checkpoint,
};

/// What to do about tensors of the head that a file does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum MissingHead {
    /// They are an error: the file is a trained classifier.
    Refuse,
    /// Pooler and classifier are drawn anew from this seed: the file is an encoder to be fine-tuned. A classifier
    /// of another size is drawn anew as well.
    Initialise {
        /// Seed of the generator.
        seed: u64,
    },
    /// As `Initialise`, and the last layer is drawn anew even where it would fit: it was learnt for other labels.
    Replace {
        /// Seed of the generator.
        seed: u64,
    },
}

impl MissingHead {
    /// The seed to draw from, where drawing is allowed.
    fn seed(self) -> Option<u64> {
        match self {
            Self::Refuse => None,
            Self::Initialise { seed } | Self::Replace { seed } => Some(seed),
        }
    }
}

/// What was done with each tensor that did not simply match.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LoadReport {
    /// Tensors of the model that were not in the file (or had another size) and were drawn anew, by HF's name.
    pub initialised: Vec<String>,
    /// Tensors of the file that the model has no use for, by HF's name.
    pub ignored: Vec<String>,
}

/// A model with a head that may be drawn anew. `ours` below are the paths of our modules.
pub(crate) trait Headed: ModuleSnapshot + Sized {
    /// What the head does.
    const TASK: Task;

    /// A new pooler, where the model has one.
    fn draw_pooler(&mut self, config: &BertConfig, init: &mut ParameterInit);

    /// A new last layer.
    fn draw_classifier(&mut self, config: &BertConfig, init: &mut ParameterInit);
}

/// Reads a classifier of texts from a checkpoint: a `.safetensors` file, a PyTorch `.bin`, or the `.index.json` of
/// several of them.
///
/// F16 and BF16 files are read as F32. Heads of pre-training (`cls.`, `lm_head.`, …), buffers and a pooler that the
/// head does not use are ignored and said.
///
/// # Errors
///
/// [`Error::Weights`] if the file is damaged, a tensor is missing, has another shape or holds a value that is not
/// finite, or if the file holds tensors of another architecture.
pub fn load_weights(
    path: &Path,
    config: &BertConfig,
    pooling: Pooling,
    missing_head: MissingHead,
    device: &Device,
) -> Result<(BertForSequenceClassification, LoadReport)> {
    load(path, config, missing_head, device, |init| {
        BertForSequenceClassification::new(config, pooling, init)
    })
}

/// Reads a classifier of tokens, as [`load_weights`] reads one of texts.
///
/// # Errors
///
/// Those of [`load_weights`].
pub fn load_token_weights(
    path: &Path,
    config: &BertConfig,
    missing_head: MissingHead,
    device: &Device,
) -> Result<(BertForTokenClassification, LoadReport)> {
    load(path, config, missing_head, device, |init| {
        BertForTokenClassification::new(config, init)
    })
}

fn load<M: Headed>(
    path: &Path,
    config: &BertConfig,
    missing_head: MissingHead,
    device: &Device,
    new: impl FnOnce(&mut ParameterInit) -> M,
) -> Result<(M, LoadReport)> {
    let weights = |reason: String| Error::Weights {
        path: path.to_owned(),
        reason,
    };
    let names = Names::new(config.model_type, M::TASK);
    let mut file = checkpoint::open(path)?;
    check_sizes(config, &file).map_err(weights)?;
    let mut model = new(&mut ParameterInit::zeros(device));
    let mut plan = Plan::new(names, &expected_shapes(&model), &file, missing_head);
    plan.check(config).map_err(weights)?;
    if let Some(seed) = missing_head.seed() {
        draw_missing(&mut model, config, &plan, seed, device)?;
    }
    let tensors = std::mem::take(&mut plan.load)
        .into_iter()
        .filter_map(|(ours, hf)| {
            let mut tensor = file.remove(&hf)?;
            tensor.name = ours;
            Some(tensor)
        });
    let tensors: Vec<FileTensor> = tensors.collect();
    let planned = tensors.len();
    let adapter = PyTorchToBurnAdapter.chain(FloatCastAdapter::to(DType::F32));
    let result = model.apply(tensors, None, Some(Box::new(adapter)), false);
    if !result.errors.is_empty() || result.applied.len() != planned {
        let problems: Vec<String> = result.errors.iter().map(ToString::to_string).collect();
        return Err(weights(format!(
            "only {} of {planned} tensors could be read: {}",
            result.applied.len(),
            problems.join("; ")
        )));
    }
    if let Some(ours) = first_not_finite(&model) {
        return Err(weights(format!(
            "tensor `{}` holds a value that is not a finite number",
            names.to_hf(&torch_path(&ours))
        )));
    }
    Ok((model, plan.report))
}

/// Writes a classifier of texts as a SafeTensors file with Hugging Face's names for this architecture.
///
/// # Errors
///
/// [`Error::Weights`] if the file cannot be written.
pub fn save_weights(model: &BertForSequenceClassification, config: &BertConfig, path: &Path) -> Result<()> {
    save(model, config, path, |_| true)
}

/// Writes the encoder of a classifier, with the encoder's prefix, and no head.
pub(crate) fn save_encoder_weights(
    model: &BertForSequenceClassification,
    config: &BertConfig,
    path: &Path,
) -> Result<()> {
    save(model, config, path, |ours| ours.starts_with("bert."))
}

/// Writes a classifier of tokens, as [`save_weights`] writes one of texts.
///
/// # Errors
///
/// [`Error::Weights`] if the file cannot be written.
pub fn save_token_weights(
    model: &BertForTokenClassification,
    config: &BertConfig,
    path: &Path,
) -> Result<()> {
    save(model, config, path, |_| true)
}

/// Writes the tensors whose path in our modules is wanted.
fn save<M: Headed>(
    model: &M,
    config: &BertConfig,
    path: &Path,
    is_wanted: impl Fn(&str) -> bool,
) -> Result<()> {
    let weights = |reason: String| Error::Weights {
        path: path.to_owned(),
        reason,
    };
    let names = Names::new(config.model_type, M::TASK);
    let adapter = BurnToPyTorchAdapter.chain(FloatCastAdapter::to(DType::F32));
    let mut tensors = Vec::new();
    let all = model.collect(None, Some(Box::new(adapter)), false).into_iter();
    for tensor in all.filter(|tensor| is_wanted(&tensor.name)) {
        let bytes = tensor.to_bytes().map_err(|error| weights(error.to_string()))?;
        tensors.push((names.to_hf(&tensor.name), tensor.shape, bytes));
    }
    let views = tensors.iter().map(|(name, shape, bytes)| {
        let view = TensorView::new(safetensors::Dtype::F32, shape.to_vec(), bytes)?;
        Ok((name.as_str(), view))
    });
    let metadata = [("format".to_owned(), "pt".to_owned())].into();
    let written = views
        .collect::<std::result::Result<Vec<_>, SafeTensorError>>()
        .and_then(|views| safetensors::serialize_to_file(views, Some(metadata), path));
    written.map_err(|error| weights(error.to_string()))?;
    make_readable(path, 0o644)?; // safetensors goes through a temporary file, which is private
    Ok(fs_err::File::open(path)?.sync_all()?)
}

/// Our paths and their shapes, with PyTorch's parameter names and orientation (a dense layer is `[output, input]`).
fn expected_shapes(model: &impl ModuleSnapshot) -> BTreeMap<String, Shape> {
    let tensors = model.collect(None, Some(Box::new(BurnToPyTorchAdapter)), false);
    tensors
        .into_iter()
        .map(|tensor| (tensor.name.clone(), tensor.shape))
        .collect()
}

/// A path of our modules with PyTorch's names for the two parameters of layer normalisation.
fn torch_path(path: &str) -> String {
    match path.strip_suffix(".layer_norm.gamma") {
        Some(stem) => format!("{stem}.layer_norm.weight"),
        None => match path.strip_suffix(".layer_norm.beta") {
            Some(stem) => format!("{stem}.layer_norm.bias"),
            None => path.to_owned(),
        },
    }
}

/// Which tensors to read, which to draw, which to leave, and what is wrong.
struct Plan {
    names: Names,
    /// Our paths, and the names of their tensors in the file.
    load: BTreeMap<String, String>,
    /// Our paths of what is drawn anew.
    draw: Vec<String>,
    report: LoadReport,
    missing: Vec<String>,
    mis_shaped: Vec<String>,
    foreign: Vec<String>,
}

impl Plan {
    fn new(
        names: Names,
        expected: &BTreeMap<String, Shape>,
        file: &BTreeMap<String, FileTensor>,
        head: MissingHead,
    ) -> Self {
        let mut plan = Self {
            names,
            load: BTreeMap::new(),
            draw: Vec::new(),
            report: LoadReport::default(),
            missing: Vec::new(),
            mis_shaped: Vec::new(),
            foreign: Vec::new(),
        };
        let may_draw = head.seed().is_some();
        let mut found: BTreeMap<String, &String> = BTreeMap::new();
        for hf in file.keys() {
            let ours = names.to_ours(hf);
            if !expected.contains_key(&ours) {
                plan.leave(hf, may_draw);
            } else if let Some(other) = found.insert(ours, hf) {
                plan.foreign.push(format!("`{hf}` (the same as `{other}`)"));
            }
        }
        for (ours, shape) in expected {
            plan.place(
                ours,
                shape,
                found.get(ours).and_then(|hf| file.get_key_value(*hf)),
                head,
            );
        }
        plan
    }

    /// Decides about a tensor of the file that the model has no place for.
    fn leave(&mut self, hf: &str, may_draw: bool) {
        if self.names.is_ignorable(hf) || (may_draw && self.names.is_fine_tuned_head(hf)) {
            self.report.ignored.push(hf.to_owned());
        } else {
            self.foreign.push(format!("`{hf}`"));
        }
    }

    /// Decides about a tensor of the model, given the one of the file that has its name.
    fn place(&mut self, ours: &str, shape: &Shape, found: Option<(&String, &FileTensor)>, head: MissingHead) {
        let may_draw = head.seed().is_some() && is_head(ours);
        let last = may_draw && ours.starts_with("classifier.");
        match found {
            Some(_) if last && matches!(head, MissingHead::Replace { .. }) => self.draw(ours),
            Some((hf, tensor)) if tensor.shape == *shape && tensor.dtype.is_float() => {
                self.load.insert(ours.to_owned(), hf.clone());
            }
            Some(_) if last => self.draw(ours),
            Some((hf, tensor)) => self.mis_shaped.push(format!(
                "`{hf}` is {:?} {:?}, expected F32 {:?}",
                tensor.dtype,
                tensor.shape.as_slice(),
                shape.as_slice(),
            )),
            None if may_draw => self.draw(ours),
            None => self.missing.push(format!("`{}`", self.names.to_hf(ours))),
        }
    }

    fn draw(&mut self, ours: &str) {
        self.report.initialised.push(self.names.to_hf(ours));
        self.draw.push(ours.to_owned());
    }

    fn check(&self, config: &BertConfig) -> std::result::Result<(), String> {
        let few = |names: &[String]| {
            let more = names.len().saturating_sub(5);
            let shown = names[..names.len() - more].join(", ");
            if more == 0 {
                shown
            } else {
                format!("{shown} and {more} more")
            }
        };
        if !self.mis_shaped.is_empty() {
            return Err(format!(
                "{} of another shape than config.json describes: {}\nhint: config.json (hidden_size {}, {} layers, vocab_size {}, \
                 {} labels) and the weights belong to different models",
                tensors(self.mis_shaped.len()),
                few(&self.mis_shaped),
                config.hidden_size,
                config.num_hidden_layers,
                config.vocab_size,
                config.num_labels(),
            ));
        }
        if !self.missing.is_empty() {
            return Err(format!(
                "{} missing: {}\nhint: an encoder without a classifier must be fine-tuned first",
                tensors(self.missing.len()),
                few(&self.missing)
            ));
        }
        if !self.foreign.is_empty() {
            return Err(format!(
                "{} that a `{}` of this configuration does not have: {}",
                tensors(self.foreign.len()),
                config.model_type,
                few(&self.foreign)
            ));
        }
        Ok(())
    }
}

/// Refuses sizes beyond anything in the file before memory is claimed for them: a `config.json` may say anything. What
/// is merely wrong is found, and named tensor by tensor, once the model is there to compare with.
fn check_sizes(config: &BertConfig, file: &BTreeMap<String, FileTensor>) -> std::result::Result<(), String> {
    let elements = |shape: &[usize]| {
        shape
            .iter()
            .fold(1_usize, |product, &size| product.saturating_mul(size))
    };
    let all = file.values().fold(0_usize, |all, tensor| {
        all.saturating_add(elements(tensor.shape.as_slice()))
    });
    let narrow = config.embedding_size();
    let hidden = config.hidden_size;
    let largest = [
        ("vocab_size", config.vocab_size, narrow),
        ("max_position_embeddings", config.max_position_embeddings, narrow),
        ("type_vocab_size", config.type_vocab_size, narrow),
        ("intermediate_size", config.intermediate_size, hidden),
        ("hidden_size", hidden, hidden),
        ("embedding_size", narrow, hidden),
    ];
    let layer = hidden
        .saturating_mul(4 * hidden.min(usize::MAX / 4))
        .saturating_add(config.intermediate_size.saturating_mul(2).saturating_mul(hidden));
    let largest = largest.map(|(field, size, width)| (field, size, width, 16));
    // Of layers there may be many: what is said beyond the file's is claimed as often.
    let layers = ("num_hidden_layers", config.num_hidden_layers, layer, 2);
    for (field, size, width, times) in largest.into_iter().chain([layers]) {
        if size.saturating_mul(width) > all.saturating_mul(times) {
            return Err(format!(
                "config.json says `{field}` {size} (hidden_size {hidden}), but the whole file holds {all} numbers\n\
                 hint: config.json and the weights belong to different models"
            ));
        }
    }
    Ok(())
}

fn tensors(count: usize) -> String {
    if count == 1 {
        "1 tensor".into()
    } else {
        format!("{count} tensors")
    }
}

fn is_head(name: &str) -> bool {
    name.starts_with("classifier.") || name.starts_with("bert.pooler.")
}

fn draw_missing<M: Headed>(
    model: &mut M,
    config: &BertConfig,
    plan: &Plan,
    seed: u64,
    device: &Device,
) -> Result<()> {
    let drawn = |prefix: &str| plan.draw.iter().any(|ours| ours.starts_with(prefix));
    let mut init = ParameterInit::normal(seed, config.initializer_range, device)?;
    if drawn("bert.pooler.") {
        model.draw_pooler(config, &mut init);
    }
    if drawn("classifier.") {
        model.draw_classifier(config, &mut init);
    }
    Ok(())
}

/// Our path of the first tensor with a value that is NaN or infinite.
fn first_not_finite(model: &impl Module) -> Option<String> {
    #[derive(Default)]
    struct Search {
        path: Vec<String>,
        found: Option<String>,
    }
    impl ModuleVisitor for Search {
        fn enter_module(&mut self, name: &str, _container: &str) {
            self.path.push(name.to_owned());
        }
        fn exit_module(&mut self, _name: &str, _container: &str) {
            self.path.pop();
        }
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            let data = param.val().into_data().convert::<f32>();
            let finite = data
                .as_slice::<f32>()
                .is_ok_and(|values| values.iter().all(|value| value.is_finite()));
            if !finite && self.found.is_none() {
                self.found = Some(self.path.join("."));
            }
        }
    }
    let mut search = Search::default();
    model.visit(&mut search);
    search.found
}
