//! The masked language model, and how its folder is read and written.

use std::path::Path;

use burn::module::{Module, Param};
use burn::nn::{LayerNorm, Linear};
use burn::tensor::{Device, Int, Tensor};

use crate::batch::Batch;
use crate::config::{Architecture, BertConfig, HiddenAct};
use crate::error::{Error, Result};
use crate::folder::{
    CONFIG, Pretrained, check_max_length, check_vocabulary, require_model_files, save_plain,
};
use crate::head::{Head, Task};
use crate::model::{BertModel, ParameterInit, dense_activated};
use crate::tokenizer::BertTokenizer;
use crate::weights::{self, MissingHead};

/// Number of tensors of the head. The decoder shares its weight with the word embeddings, so the weight is not
/// saved again.
const HEAD_TENSORS: usize = 5;

/// A dense layer, an activation and layer normalisation, before the decoder.
#[derive(Module, Debug)]
pub(crate) struct PredictionTransform {
    dense: Linear,
    layer_norm: LayerNorm,
    #[module(skip)]
    hidden_act: HiddenAct,
}

/// The transform, and the bias of the decoder. The decoder's weight is the table of word embeddings.
#[derive(Module, Debug)]
pub(crate) struct LmPredictionHead {
    transform: PredictionTransform,
    bias: Param<Tensor<1>>,
}

/// The head of masked language modelling.
#[derive(Module, Debug)]
pub(crate) struct MaskedLmHead {
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

    /// Returns the logits, `[tokens, vocab]`. `hidden` is `[tokens, width]`, `words` is `[vocab, width]`.
    fn forward(&self, hidden: Tensor<2>, words: Tensor<2>) -> Tensor<2> {
        let LmPredictionHead { transform, bias } = &self.predictions;
        let hidden = dense_activated(&transform.dense, transform.hidden_act, hidden);
        let hidden = transform.layer_norm.forward(hidden); // [tokens, hidden]
        feedback_kernels::linear(hidden, words.transpose(), bias.val()) // [tokens, vocab]
    }
}

/// Hugging Face's `BertForMaskedLM`: BERT with a decoder that shares its weight with the word embeddings.
///
/// # Examples
///
/// ```
/// use feedback_bert::config::ScratchPreset;
/// use feedback_bert::masked_lm::{BertForMaskedLm, MaskedBatch, WholeWordMasking};
/// use feedback_bert::model::ParameterInit;
/// use feedback_bert::{BertTokenizer, DeviceChoice};
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
/// let logits = model.forward(&batch.batch, batch.positions); // at the masked tokens only
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
    /// Creates a model with weights from `init`.
    pub fn new(config: &BertConfig, init: &mut ParameterInit) -> Self {
        Self {
            bert: BertModel::new(config, false, init),
            cls: MaskedLmHead::new(config, init),
        }
    }

    /// Returns the logits at the given positions: one score per entry of the vocabulary, before softmax.
    ///
    /// # Shapes
    ///
    /// - `positions`: `[masked]`, rows of the batch's tokens
    /// - output: `[masked, vocab]`
    pub fn forward(&self, batch: &Batch, positions: Tensor<1, Int>) -> Tensor<2> {
        let hidden = self.hidden_at(batch, positions);
        self.cls.forward(hidden, self.bert.word_embeddings())
    }

    /// Like [`forward`](Self::forward), but without gradients for the encoder and its embeddings, and without dropout in them:
    /// only the head is trained.
    pub fn forward_head_only(&self, batch: &Batch, positions: Tensor<1, Int>) -> Tensor<2> {
        // The encoder runs without autodiff from the start: operations that were recorded and then detached
        // would stay in memory, since no backward pass reaches them.
        let plain = batch.without_autodiff();
        let encoder = Self {
            bert: self.bert.valid(),
            cls: self.cls.clone(),
        };
        let hidden = encoder.hidden_at(&plain, positions.without_autodiff());
        let words = encoder.bert.word_embeddings();
        self.cls.forward(hidden, words)
    }

    /// Returns the last hidden states at these positions, `[positions, hidden]`.
    fn hidden_at(&self, batch: &Batch, positions: Tensor<1, Int>) -> Tensor<2> {
        self.bert.forward(batch).select(0, positions)
    }

    /// Returns the encoder.
    pub fn encoder(&self) -> &BertModel {
        &self.bert
    }

    /// Reads a folder with a BERT encoder and its head. If the folder has no head, a new one is initialised
    /// from `seed`, and the report lists the tensors of the new head.
    ///
    /// # Errors
    ///
    /// Those of [`load_for_fine_tuning`](crate::folder::load_for_fine_tuning), [`Error::Config`] for another architecture,
    /// and [`Error::Weights`] for an incomplete head.
    pub fn load(folder: &Path, max_length: usize, seed: u64, device: &Device) -> Result<Pretrained<Self>> {
        let file = require_model_files(folder)?;
        let config = BertConfig::encoder_from_file(&folder.join(CONFIG))?;
        if config.model_type != Architecture::Bert {
            let expected = "`bert`, the only architecture with a masked language modelling head here";
            return Err(Error::config("model_type", expected, config.model_type));
        }
        check_max_length(max_length, &config)?;
        let tokenizer = BertTokenizer::from_folder(folder, max_length)?;
        check_vocabulary(folder, &config, &tokenizer)?;
        let head = MissingHead::Initialise { seed };
        let (model, mut report) =
            weights::load(&file, &config, head, device, |init| Self::new(&config, init))?;
        let missing = report.initialised.len();
        if missing > 0 && missing < HEAD_TENSORS {
            let found = HEAD_TENSORS - missing;
            let missing = report.initialised.join("`, `");
            let reason = format!(
                "it has {found} of the {HEAD_TENSORS} tensors of a masked language modelling head; missing: `{missing}`"
            );
            return Err(Error::weights(&file, reason));
        }
        // The decoder's weight in the file is not reported, because it repeats the word embeddings.
        report
            .ignored
            .retain(|name| !name.starts_with("cls.predictions."));
        Ok(Pretrained {
            config,
            tokenizer,
            model,
            report,
        })
    }

    /// Writes a folder under a temporary name, then renames it. Transformers' `BertForMaskedLM` can load the
    /// folder, and training can start from it. An existing folder is kept under its name with `.previous`
    /// appended.
    ///
    /// # Errors
    ///
    /// [`Error::Io`], [`Error::File`] or [`Error::Weights`]; an existing folder is then unchanged.
    pub fn save(&self, config: &BertConfig, tokenizer: &BertTokenizer, folder: &Path) -> Result<()> {
        let mut saved = config.saved_for("ForMaskedLM");
        saved.other.insert("tie_word_embeddings".into(), true.into());
        save_plain(folder, &saved, tokenizer, |path| {
            weights::save(self, config, path)
        })
    }
}

impl Head for BertForMaskedLm {
    const TASK: Task = Task::MaskedLm;

    /// Does nothing: there is no pooler.
    fn init_pooler(&mut self, _config: &BertConfig, _init: &mut ParameterInit) {}

    fn init_output(&mut self, config: &BertConfig, init: &mut ParameterInit) {
        self.cls = MaskedLmHead::new(config, init);
    }
}
