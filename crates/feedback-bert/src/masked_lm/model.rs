//! BERT with the head that guesses hidden tokens, and its folder.

use std::path::Path;

use burn::module::{Module, Param};
use burn::nn::{LayerNorm, Linear};
use burn::tensor::{DType, Device, Int, Tensor};
use burn_store::{
    BurnToPyTorchAdapter, FloatCastAdapter, KeyRemapper, ModuleAdapter, ModuleSnapshot, PyTorchToBurnAdapter,
    SafetensorsStore,
};
use serde_json::json;

use crate::checkpoint;
use crate::encoder::activate;
use crate::folder::{CONFIG, check_vocabulary, require_model_files, save_plain};
use crate::{
    Architecture, Batch, BertConfig, BertModel, BertTokenizer, Error, HiddenAct, LoadReport, MissingHead,
    ParameterInit, Pooling, Result, check_max_length, load_weights,
};

/// From the paths within [`BertForMaskedLm`] to Hugging Face's names.
const OURS_TO_HF: [(&str, &str); 2] = [
    (r"\.attention\.self_attention\.", ".attention.self."),
    (r"\.layer_norm\.", ".LayerNorm."),
];

/// The tensors of the head. The decoder's weight is that of the word embeddings and stands in no file of its own.
const HEAD_TENSORS: [&str; 5] = [
    "cls.predictions.bias",
    "cls.predictions.transform.LayerNorm.bias",
    "cls.predictions.transform.LayerNorm.weight",
    "cls.predictions.transform.dense.bias",
    "cls.predictions.transform.dense.weight",
];

/// A dense layer, an activation and layer normalisation, before the decoder.
#[derive(Module, Debug)]
pub struct PredictionTransform {
    dense: Linear,
    layer_norm: LayerNorm,
    #[module(skip)]
    hidden_act: HiddenAct,
}

/// The transform, and the bias of the decoder, whose weight is the table of word embeddings.
#[derive(Module, Debug)]
pub struct LmPredictionHead {
    transform: PredictionTransform,
    bias: Param<Tensor<1>>,
}

/// The head of masked language modelling.
#[derive(Module, Debug)]
pub struct MaskedLmHead {
    predictions: LmPredictionHead,
}

impl MaskedLmHead {
    fn new(config: &BertConfig, init: &mut ParameterInit) -> Self {
        let hidden = config.hidden_size;
        let dense = init.linear(hidden, hidden);
        let device = dense.weight.device();
        Self {
            predictions: LmPredictionHead {
                transform: PredictionTransform {
                    dense,
                    layer_norm: init.layer_norm(hidden, config.layer_norm_eps),
                    hidden_act: config.hidden_act,
                },
                bias: Param::from_tensor(Tensor::zeros([config.vocab_size], &device)),
            },
        }
    }

    /// `hidden`: `[tokens, hidden]`, `words`: `[vocab, hidden]`, output: `[tokens, vocab]`.
    fn forward(&self, hidden: Tensor<2>, words: Tensor<2>) -> Tensor<2> {
        let LmPredictionHead { transform, bias } = &self.predictions;
        let hidden = activate(transform.hidden_act, transform.dense.forward(hidden));
        let hidden = transform.layer_norm.forward(hidden); // [tokens, hidden]
        hidden.matmul(words.transpose()) + bias.val().unsqueeze::<2>() // [tokens, vocab]
    }
}

/// Hugging Face's `BertForMaskedLM`: BERT with a decoder that shares its weight with the word embeddings.
///
/// # Examples
///
/// ```
/// use feedback_bert::*;
///
/// # fn main() -> feedback_bert::Result<()> {
/// let (device, _) = DeviceChoice::Cpu.open()?;
/// let texts = ["the app crashes when I open it"];
/// let tokenizer = BertTokenizer::train(&texts, 100, 16)?;
/// let config = ScratchPreset::Tiny.config(tokenizer.vocab_size(), &["any".to_string()]);
/// let mut init = ParameterInit::normal(42, config.initializer_range, &device)?;
/// let model = BertForMaskedLm::new(&config, &mut init);
///
/// let masking = WholeWordMasking::new(&tokenizer, 0.15, 42)?;
/// let masked = masking.mask(&tokenizer.encode(&texts)?[0], 0, 0);
/// let batch = MaskedBatch::new(&[masked.clone()], tokenizer.pad_token_id(), &device)?;
/// let logits = model.forward(&batch.batch, batch.positions); // of the hidden tokens only
/// assert_eq!(logits.dims(), [masked.positions.len(), config.vocab_size]);
/// # Ok(())
/// # }
/// ```
#[derive(Module, Debug)]
pub struct BertForMaskedLm {
    bert: BertModel,
    cls: MaskedLmHead,
}

impl BertForMaskedLm {
    /// A new model with the weights that `init` gives.
    pub fn new(config: &BertConfig, init: &mut ParameterInit) -> Self {
        Self {
            bert: BertModel::new(config, false, init),
            cls: MaskedLmHead::new(config, init),
        }
    }

    /// One score for each entry of the vocabulary, before softmax, at the positions asked for.
    ///
    /// # Shapes
    ///
    /// - `batch`: `[batch, seq]`, `positions`: `[tokens]`, indices into the flattened `batch * seq`
    /// - output: `[tokens, vocab]`
    pub fn forward(&self, batch: &Batch, positions: Tensor<1, Int>) -> Tensor<2> {
        let hidden = self.hidden_at(batch, positions);
        self.cls.forward(hidden, self.bert.word_embeddings())
    }

    /// As [`forward`](Self::forward), with no gradient to the encoder and its embeddings, and no dropout in them: only the head learns.
    pub fn forward_head_only(&self, batch: &Batch, positions: Tensor<1, Int>) -> Tensor<2> {
        // Not recorded at all: what was recorded and then detached would stay in memory, pass after pass, since no backward
        // pass ever comes to it.
        let plain = Batch {
            input_ids: batch.input_ids.clone().without_autodiff(),
            token_type_ids: batch.token_type_ids.clone().without_autodiff(),
            mask_pad: batch.mask_pad.clone().without_autodiff(),
        };
        let encoder = Self {
            bert: self.bert.valid(),
            cls: self.cls.clone(),
        };
        let hidden = encoder.hidden_at(&plain, positions.without_autodiff());
        let words = encoder.bert.word_embeddings();
        self.cls.forward(hidden, words)
    }

    /// The last hidden states of these positions, `[tokens, hidden]`.
    fn hidden_at(&self, batch: &Batch, positions: Tensor<1, Int>) -> Tensor<2> {
        let hidden = self.bert.forward(batch); // [batch, seq, hidden]
        let [texts, seq, width] = hidden.dims();
        hidden.reshape([texts * seq, width]).select(0, positions)
    }

    /// The encoder.
    pub fn encoder(&self) -> &BertModel {
        &self.bert
    }

    /// Reads a folder with a BERT encoder, and its head, where there is one; otherwise the head is drawn from `seed`,
    /// and the report says so.
    ///
    /// # Errors
    ///
    /// What [`load_for_fine_tuning`](crate::load_for_fine_tuning) gives, and [`Error::Weights`] for half a head.
    pub fn load(
        folder: &Path,
        max_length: usize,
        seed: u64,
        device: &Device,
    ) -> Result<(BertConfig, BertTokenizer, Self, LoadReport)> {
        let path = require_model_files(folder)?;
        let config = BertConfig::encoder_from_file(&folder.join(CONFIG))?;
        if config.model_type != Architecture::Bert {
            return Err(Error::Config {
                field: "model_type",
                expected: "`bert`, whose head for masked language modelling is the one that is known here"
                    .into(),
                found: format!("`{}`", config.model_type.name()),
            });
        }
        check_max_length(max_length, &config)?;
        let tokenizer = BertTokenizer::from_folder(folder, max_length)?;
        check_vocabulary(folder, &config, &tokenizer)?;
        let any_head = MissingHead::Initialise { seed };
        let (classifier, mut report) = load_weights(&path, &config, Pooling::Mean, any_head, device)?;
        let mut init = ParameterInit::normal(seed, config.initializer_range, device)?;
        let mut model = Self {
            bert: classifier.bert,
            cls: MaskedLmHead::new(&config, &mut init),
        };
        let read = model.cls.load(&path)?;
        report.initialised = HEAD_TENSORS
            .iter()
            .filter(|_| !read)
            .map(|&name| name.to_owned())
            .collect();
        report
            .ignored
            .retain(|name| !name.starts_with("cls.predictions."));
        Ok((config, tokenizer, model, report))
    }

    /// Writes a folder that `BertForMaskedLM.from_pretrained` of Transformers loads, and that training can start from.
    /// It is written beside its final place and swapped in; one that stood there is kept as `.previous`.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] or [`Error::Weights`]; the old folder then still stands.
    pub fn save(&self, config: &BertConfig, tokenizer: &BertTokenizer, folder: &Path) -> Result<()> {
        let mut config = config.saved_for("ForMaskedLM");
        config.other.insert("tie_word_embeddings".into(), json!(true));
        save_plain(folder, &config, tokenizer, |path| self.save_weights(path))
    }

    fn save_weights(&self, path: &Path) -> Result<()> {
        let mut store = SafetensorsStore::from_file(path)
            .clear_metadata()
            .metadata("format", "pt")
            .remap(remapper(&OURS_TO_HF)?)
            .with_to_adapter(BurnToPyTorchAdapter)
            .overwrite(true);
        self.save_into(&mut store).map_err(|error| Error::Weights {
            path: path.to_owned(),
            reason: error.to_string(),
        })
    }
}

impl MaskedLmHead {
    /// Reads the head, where the file has one; tells whether it had.
    fn load(&mut self, path: &Path) -> Result<bool> {
        let weights = |reason: String| Error::Weights {
            path: path.to_owned(),
            reason,
        };
        let tensors = checkpoint::open(path)?
            .into_iter()
            .filter_map(|(name, mut tensor)| {
                let name = name
                    .replace(".LayerNorm.gamma", ".LayerNorm.weight")
                    .replace(".LayerNorm.beta", ".LayerNorm.bias");
                let ours = name.strip_prefix("cls.")?.replace(".LayerNorm.", ".layer_norm.");
                HEAD_TENSORS.contains(&name.as_str()).then(|| {
                    tensor.name = ours;
                    tensor
                })
            });
        let adapter = PyTorchToBurnAdapter.chain(FloatCastAdapter::to(DType::F32));
        let result = self.apply(tensors.collect(), None, Some(Box::new(adapter)), false);
        let wrong: Vec<String> = result.errors.iter().map(ToString::to_string).collect();
        if !wrong.is_empty() {
            return Err(weights(format!(
                "the head does not fit config.json: {}",
                wrong.join("; ")
            )));
        }
        match result.applied.len() {
            0 => Ok(false),
            number if number == HEAD_TENSORS.len() => Ok(true),
            number => Err(weights(format!(
                "it holds {number} of the {} tensors of a head for masked language modelling, which are {}",
                HEAD_TENSORS.len(),
                HEAD_TENSORS.join(", ")
            ))),
        }
    }
}

fn remapper(patterns: &[(&str, &str)]) -> Result<KeyRemapper> {
    KeyRemapper::from_patterns(patterns.to_vec()).map_err(|error| Error::Tokenizer(error.to_string()))
}

/// Texts with hidden tokens as tensors.
#[derive(Debug, Clone)]
pub struct MaskedBatch {
    /// The texts, as the model sees them.
    pub batch: Batch,
    /// The tokens to guess, as indices into the flattened `batch * seq`, `[tokens]`.
    pub positions: Tensor<1, Int>,
    /// What stood there, `[tokens]`.
    pub labels: Tensor<1, Int>,
}

impl MaskedBatch {
    /// Pads texts to the longest of them.
    ///
    /// # Errors
    ///
    /// [`Error::Input`] if there is no text, or nothing to guess in any of them.
    pub fn new<M: std::borrow::Borrow<crate::MaskedEncoding>>(
        texts: &[M],
        pad_token_id: u32,
        device: &Device,
    ) -> Result<Self> {
        let encodings: Vec<&crate::Encoding> = texts.iter().map(|text| &text.borrow().encoding).collect();
        let batch = Batch::new(&encodings, pad_token_id, device)?;
        let [_, seq] = batch.dims();
        let mut positions = Vec::new();
        let mut labels = Vec::new();
        for (row, text) in texts.iter().enumerate() {
            let text = text.borrow();
            positions.extend(text.positions.iter().map(|&at| (row * seq + at) as i32));
            labels.extend(text.labels.iter().map(|&label| label as i32));
        }
        if positions.is_empty() {
            return Err(Error::Input {
                what: "number of hidden tokens",
                expected: "at least one: texts with words".into(),
                found: "0".into(),
            });
        }
        Ok(Self {
            batch,
            positions: Tensor::from_ints(positions.as_slice(), device),
            labels: Tensor::from_ints(labels.as_slice(), device),
        })
    }
}
