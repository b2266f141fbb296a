//! SafeTensors files with Hugging Face's tensor names, in and out.

use std::collections::BTreeMap;
use std::path::Path;

use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::{DType, Device, Shape, Tensor};
use burn_store::{
    BurnToPyTorchAdapter, FloatCastAdapter, KeyRemapper, ModuleAdapter, ModuleSnapshot, ModuleStore,
    PyTorchToBurnAdapter, SafetensorsStore,
};

use crate::{BertConfig, BertForSequenceClassification, Error, ParameterInit, Pooling, Result};

/// From the names in a file to the paths of our modules: with or without the prefix `bert.`, with the old
/// `gamma`/`beta` or the new `weight`/`bias`.
const HF_TO_OURS: [(&str, &str); 5] = [
    (r"^(embeddings|encoder|pooler)\.", "bert.$1."),
    (r"\.attention\.self\.", ".attention.self_attention."),
    (r"\.LayerNorm\.gamma$", ".LayerNorm.weight"),
    (r"\.LayerNorm\.beta$", ".LayerNorm.bias"),
    (r"\.LayerNorm\.", ".layer_norm."),
];

const OURS_TO_HF: [(&str, &str); 2] = [
    (r"\.attention\.self_attention\.", ".attention.self."),
    (r"\.layer_norm\.", ".LayerNorm."),
];

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
}

/// What was done with each tensor that did not simply match.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LoadReport {
    /// Tensors of the model that were not in the file (or had another size) and were drawn anew, by HF's name.
    pub initialised: Vec<String>,
    /// Tensors of the file that the model has no use for, by HF's name.
    pub ignored: Vec<String>,
}

/// Reads a classifier from a SafeTensors file.
///
/// F16 and BF16 files are read as F32. Pre-training heads (`cls.`) and `position_ids` are ignored and said.
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
    let weights = |reason: String| Error::Weights {
        path: path.to_owned(),
        reason,
    };
    fs_err::metadata(path)?; // for an error that names the path
    let mut store = SafetensorsStore::from_file(path)
        .remap(remapper(&HF_TO_OURS)?)
        .with_from_adapter(PyTorchToBurnAdapter.chain(FloatCastAdapter::to(DType::F32)))
        .validate(false)
        .allow_partial(true);
    let found: BTreeMap<String, (Shape, DType)> = store
        .get_all_tensors()
        .map_err(|error| weights(format!("not a whole SafeTensors file: {error}")))?
        .iter()
        .map(|(name, tensor)| (name.clone(), (tensor.shape.clone(), tensor.dtype)))
        .collect();

    check_sizes(config, &found).map_err(weights)?;
    let mut model = BertForSequenceClassification::new(config, pooling, &mut ParameterInit::zeros(device));
    let plan = Plan::new(&expected_shapes(&model), &found, missing_head);
    plan.check(config).map_err(weights)?;
    if let MissingHead::Initialise { seed } = missing_head {
        draw_missing(&mut model, config, &plan, seed, device)?;
    }
    let keep: Vec<String> = plan.load.iter().cloned().collect();
    let mut store = store.with_full_paths(plan.load.iter().map(|name| module_path(name)));
    let result = model
        .load_from(&mut store)
        .map_err(|error| weights(error.to_string()))?;
    if !result.errors.is_empty() || result.applied.len() != keep.len() {
        let problems: Vec<String> = result.errors.iter().map(ToString::to_string).collect();
        return Err(weights(format!(
            "only {} of {} tensors could be read: {}",
            result.applied.len(),
            keep.len(),
            problems.join("; ")
        )));
    }
    if let Some(name) = first_not_finite(&model) {
        return Err(weights(format!(
            "tensor `{name}` holds a value that is not a finite number"
        )));
    }
    Ok((model, plan.report))
}

/// Writes a classifier as a SafeTensors file with Hugging Face's names.
///
/// # Errors
///
/// [`Error::Weights`] if the file cannot be written.
pub fn save_weights(model: &BertForSequenceClassification, path: &Path) -> Result<()> {
    let mut store = SafetensorsStore::from_file(path)
        .clear_metadata()
        .metadata("format", "pt")
        .remap(remapper(&OURS_TO_HF)?)
        .with_to_adapter(BurnToPyTorchAdapter)
        .overwrite(true);
    model.save_into(&mut store).map_err(|error| Error::Weights {
        path: path.to_owned(),
        reason: error.to_string(),
    })
}

fn remapper(patterns: &[(&str, &str)]) -> Result<KeyRemapper> {
    KeyRemapper::from_patterns(patterns.to_vec()).map_err(|error| Error::Tokenizer(error.to_string()))
}

/// Names and shapes as PyTorch has them (a dense layer is `[output, input]`).
fn expected_shapes(model: &BertForSequenceClassification) -> BTreeMap<String, Shape> {
    let tensors = model.collect(None, Some(Box::new(BurnToPyTorchAdapter)), false);
    tensors
        .into_iter()
        .map(|tensor| (tensor.name.clone(), tensor.shape))
        .collect()
}

/// Our module path of a name whose layer normalisation has PyTorch's parameter names.
fn module_path(name: &str) -> String {
    match name.strip_suffix(".layer_norm.weight") {
        Some(stem) => format!("{stem}.layer_norm.gamma"),
        None => match name.strip_suffix(".layer_norm.bias") {
            Some(stem) => format!("{stem}.layer_norm.beta"),
            None => name.to_owned(),
        },
    }
}

fn hf_name(name: &str) -> String {
    name.replace(".attention.self_attention.", ".attention.self.")
        .replace(".layer_norm.", ".LayerNorm.")
}

/// Which tensors to read, which to draw, which to leave, and what is wrong.
struct Plan {
    load: std::collections::BTreeSet<String>,
    report: LoadReport,
    missing: Vec<String>,
    mis_shaped: Vec<String>,
    foreign: Vec<String>,
}

impl Plan {
    fn new(
        expected: &BTreeMap<String, Shape>,
        found: &BTreeMap<String, (Shape, DType)>,
        head: MissingHead,
    ) -> Self {
        let may_draw = |name: &str| head != MissingHead::Refuse && is_head(name);
        let mut plan = Self {
            load: Default::default(),
            report: LoadReport::default(),
            missing: Vec::new(),
            mis_shaped: Vec::new(),
            foreign: Vec::new(),
        };
        for (name, shape) in expected {
            match found.get(name) {
                Some((there, dtype)) if there == shape && dtype.is_float() => {
                    plan.load.insert(name.clone());
                }
                Some(_) if name.starts_with("classifier.") && may_draw(name) => {
                    plan.report.initialised.push(hf_name(name));
                }
                Some((there, dtype)) => plan.mis_shaped.push(format!(
                    "`{}` is {dtype:?} {:?}, expected F32 {:?}",
                    hf_name(name),
                    there.as_slice(),
                    shape.as_slice(),
                )),
                None if may_draw(name) => plan.report.initialised.push(hf_name(name)),
                None => plan.missing.push(format!("`{}`", hf_name(name))),
            }
        }
        for name in found.keys().filter(|name| !expected.contains_key(*name)) {
            if is_ignorable(name) {
                plan.report.ignored.push(hf_name(name));
            } else {
                plan.foreign.push(format!("`{}`", hf_name(name)));
            }
        }
        plan
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
                "{} that a BERT classifier of this configuration does not have: {}",
                tensors(self.foreign.len()),
                few(&self.foreign)
            ));
        }
        Ok(())
    }
}

/// Refuses sizes beyond anything in the file before memory is claimed for them: a `config.json` may say anything. What
/// is merely wrong is found, and named tensor by tensor, once the model is there to compare with.
fn check_sizes(
    config: &BertConfig,
    found: &BTreeMap<String, (Shape, DType)>,
) -> std::result::Result<(), String> {
    let elements = |shape: &[usize]| {
        shape
            .iter()
            .fold(1_usize, |product, &size| product.saturating_mul(size))
    };
    let all: usize = found.values().map(|(shape, _)| elements(shape.as_slice())).sum();
    let hidden = config.hidden_size;
    let largest = [
        ("vocab_size", config.vocab_size, hidden),
        ("max_position_embeddings", config.max_position_embeddings, hidden),
        ("type_vocab_size", config.type_vocab_size, hidden),
        ("intermediate_size", config.intermediate_size, hidden),
        ("hidden_size", hidden, hidden),
        ("num_hidden_layers", config.num_hidden_layers, 1),
    ];
    for (field, size, width) in largest {
        if size.saturating_mul(width) > all.saturating_mul(16) {
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

/// Buffers, pre-training heads, and a pooler that mean pooling does not use.
fn is_ignorable(name: &str) -> bool {
    name.ends_with(".position_ids") || name.starts_with("cls.") || name.starts_with("bert.pooler.")
}

fn draw_missing(
    model: &mut BertForSequenceClassification,
    config: &BertConfig,
    plan: &Plan,
    seed: u64,
    device: &Device,
) -> Result<()> {
    let drawn = |prefix: &str| {
        plan.report
            .initialised
            .iter()
            .any(|name| name.starts_with(prefix))
    };
    let mut init = ParameterInit::normal(seed, config.initializer_range, device)?;
    if drawn("bert.pooler.") {
        model.bert.pooler = Some(crate::BertPooler::new(config, &mut init));
    }
    if drawn("classifier.") {
        model.classifier = init.linear(config.hidden_size, config.num_labels());
    }
    Ok(())
}

fn first_not_finite(model: &BertForSequenceClassification) -> Option<String> {
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
                self.found = Some(hf_name(&self.path.join(".")));
            }
        }
    }
    let mut search = Search::default();
    model.visit(&mut search);
    search.found
}
