//! A model with each head fulfils the model contract (`feedback_testkit::contract`).

use std::path::Path;

use burn::tensor::activation::{log_softmax, relu};
use burn::tensor::{Device, Int, Tensor, TensorData};
use feedback_bert::config::{BertConfig, Pooling};
use feedback_bert::folder::FeedbackManifest;
use feedback_bert::masked_lm::{BertForMaskedLm, MaskedBatch, MaskedEncoding, WholeWordMasking};
use feedback_bert::model::ParameterInit;
use feedback_bert::token_classification::{
    BertForTokenClassification, LabelledSpan, TokenClassifier, token_labels,
};
use feedback_bert::{Batch, BertForSequenceClassification, BertTokenizer, Encoding, ModelFolder};
use feedback_testkit::contract::{ModelContract, SavedModel, ensure_can_train_save_load};
use feedback_testkit::fixture;

const TEXTS: [&str; 8] = [
    "The app crashes when I open the settings",
    "thank you!",
    "Where can I change the language of the menus?",
    "please add a dark theme",
    "The export button does nothing since the update, and I have lost two hours of work over it.",
    "I love it",
    "how do I cancel?",
    "could you support more than one account?",
];

fn tokenizer() -> BertTokenizer {
    BertTokenizer::from_folder(&fixture("tiny-bert"), 64).unwrap()
}

fn encodings(tokenizer: &BertTokenizer) -> Vec<Encoding> {
    tokenizer.encode(&TEXTS).unwrap()
}

/// Returns the configuration of a small BERT. The initial weights are larger than usual, so that an error in a
/// mask changes the outputs noticeably.
fn config(labels: &[&str]) -> BertConfig {
    let labels: Vec<String> = labels.iter().map(ToString::to_string).collect();
    let mut config = BertConfig::default();
    config.vocab_size = tokenizer().vocab_size();
    config.hidden_size = 32;
    config.num_hidden_layers = 2;
    config.num_attention_heads = 4;
    config.intermediate_size = 64;
    config.max_position_embeddings = 64;
    config.hidden_dropout_prob = 0.0;
    config.attention_probs_dropout_prob = 0.0;
    config.initializer_range = 0.1;
    config.with_labels(&labels)
}

fn init(config: &BertConfig) -> ParameterInit {
    ParameterInit::normal(42, config.initializer_range, &super::cpu()).unwrap()
}

fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_to_vec().unwrap()
}

/// Returns the values of each row.
fn rows(logits: Tensor<2>) -> Vec<Vec<f32>> {
    let [_, width] = logits.dims();
    values(logits).chunks(width).map(<[f32]>::to_vec).collect()
}

/// Returns the mean cross-entropy of these classes.
fn cross_entropy(logits: Tensor<2>, classes: &[i32]) -> Tensor<1> {
    let classes: Tensor<1, Int> = Tensor::from_ints(classes, &logits.device());
    let count = classes.dims()[0];
    let own = log_softmax(logits, 1).gather(1, classes.reshape([count, 1]));
    own.mean().neg()
}

/// A text classifier and its targets: one class per text, or several independent labels.
struct Classification<T> {
    config: BertConfig,
    tokenizer: BertTokenizer,
    pooling: Pooling,
    targets: Vec<T>,
    loss: fn(Tensor<2>, &[&T]) -> Tensor<1>,
}

impl<T: Clone> ModelContract for Classification<T> {
    type Model = BertForSequenceClassification;
    type Example = (Encoding, T);

    fn device(&self) -> Device {
        super::cpu()
    }

    fn model(&self) -> Self::Model {
        BertForSequenceClassification::new(&self.config, self.pooling, &mut init(&self.config))
    }

    fn examples(&self) -> Vec<Self::Example> {
        let targets = self.targets.iter().cloned();
        encodings(&self.tokenizer).into_iter().zip(targets).collect()
    }

    fn outputs(&self, model: &Self::Model, examples: &[&Self::Example], filler: u32) -> Vec<Vec<f32>> {
        rows(model.forward(&batch(examples, filler, &super::cpu())))
    }

    fn loss(&self, model: &Self::Model, examples: &[&Self::Example], device: &Device) -> Tensor<1> {
        let targets: Vec<&T> = examples.iter().map(|(_, target)| target).collect();
        (self.loss)(model.forward(&batch(examples, 0, device)), &targets)
    }
}

fn batch<T>(examples: &[&(Encoding, T)], filler: u32, device: &Device) -> Batch {
    let encodings: Vec<&Encoding> = examples.iter().map(|(encoding, _)| encoding).collect();
    Batch::new(&encodings, filler, device).unwrap()
}

impl<T: Clone> SavedModel for Classification<T> {
    fn save(&self, model: &Self::Model, folder: &Path) {
        let manifest = FeedbackManifest::new(64, self.pooling, "scratch", 42);
        let (config, tokenizer) = (self.config.clone(), self.tokenizer.clone());
        let folder_in_memory = ModelFolder::new(config, tokenizer, model.clone(), manifest);
        folder_in_memory.save(folder).unwrap();
    }

    fn load(&self, folder: &Path) -> Self::Model {
        ModelFolder::load(folder, &super::cpu()).unwrap().model
    }
}

#[test]
fn sequence_classification() {
    for pooling in [Pooling::Cls, Pooling::Mean] {
        ensure_can_train_save_load(&Classification {
            config: config(&["bug", "praise", "question", "wish"]),
            tokenizer: tokenizer(),
            pooling,
            targets: vec![0, 1, 2, 3, 0, 1, 2, 3],
            loss: |logits, classes| {
                let classes: Vec<i32> = classes.iter().map(|class| **class).collect();
                cross_entropy(logits, &classes)
            },
        });
    }
}

#[test]
fn multi_label_classification() {
    ensure_can_train_save_load(&Classification {
        config: config(&["bug", "praise", "question"]),
        tokenizer: tokenizer(),
        pooling: Pooling::Cls,
        // Every combination of three labels.
        targets: (0..8)
            .map(|bits| [0, 1, 2].map(|bit| (bits >> bit & 1) as f32))
            .collect(),
        loss: |logits, targets| {
            let targets: Vec<f32> = targets.iter().flat_map(|labels| **labels).collect();
            let targets = Tensor::from_data(TensorData::new(targets, logits.dims()), &logits.device());
            // Binary cross entropy: log(1 + exp(x)) − x·t, without overflow.
            let softplus = relu(logits.clone()) + (logits.clone().abs().neg().exp() + 1.0).log();
            (softplus - logits * targets).mean()
        },
    });
}

/// A token classifier; the longest word of each text is a span.
struct TokenClassification {
    config: BertConfig,
    tokenizer: BertTokenizer,
}

impl ModelContract for TokenClassification {
    type Model = BertForTokenClassification;
    /// The tokens of a text and the label of each token; tokens without a label are not trained.
    type Example = (Encoding, Vec<Option<usize>>);

    fn device(&self) -> Device {
        super::cpu()
    }

    fn model(&self) -> Self::Model {
        BertForTokenClassification::new(&self.config, &mut init(&self.config))
    }

    fn examples(&self) -> Vec<Self::Example> {
        let labels = self.config.labels().unwrap();
        let example = |text: &str| {
            let (encoding, tokens) = self.tokenizer.encode_with_spans(text).unwrap();
            let word = text.split(' ').max_by_key(|word| word.len()).unwrap();
            let start = text.find(word).unwrap();
            let span = LabelledSpan {
                label: "longest".into(),
                start,
                end: start + word.len(),
                score: 1.0,
            };
            (encoding, token_labels(&labels, &tokens, &[span]).unwrap())
        };
        TEXTS.map(example).into()
    }

    fn outputs(&self, model: &Self::Model, examples: &[&Self::Example], filler: u32) -> Vec<Vec<f32>> {
        let batch = batch(examples, filler, &super::cpu());
        let rows = rows(model.forward(&batch));
        batch
            .sequences
            .ranges()
            .map(|range| rows[range].concat())
            .collect()
    }

    fn loss(&self, model: &Self::Model, examples: &[&Self::Example], device: &Device) -> Tensor<1> {
        let batch = batch(examples, 0, device);
        let texts = examples.iter().zip(batch.sequences.first_rows());
        let trained = texts.flat_map(|((_, labels), &first)| {
            let labels = labels.iter().enumerate();
            labels.filter_map(move |(token, label)| Some(((first + token) as i32, (*label)? as i32)))
        });
        let (rows, classes): (Vec<i32>, Vec<i32>) = trained.unzip();
        let rows: Tensor<1, Int> = Tensor::from_ints(rows.as_slice(), device);
        cross_entropy(model.forward(&batch).select(0, rows), &classes)
    }
}

impl SavedModel for TokenClassification {
    fn save(&self, model: &Self::Model, folder: &Path) {
        let classifier = TokenClassifier {
            config: self.config.clone(),
            tokenizer: self.tokenizer.clone(),
            model: model.clone(),
        };
        classifier.save(folder).unwrap();
    }

    fn load(&self, folder: &Path) -> Self::Model {
        TokenClassifier::load(folder, &super::cpu()).unwrap().model
    }
}

#[test]
fn token_classification() {
    ensure_can_train_save_load(&TokenClassification {
        config: config(&["O", "B-longest", "I-longest"]),
        tokenizer: tokenizer(),
    });
}

struct MaskedLm {
    config: BertConfig,
    tokenizer: BertTokenizer,
}

impl ModelContract for MaskedLm {
    type Model = BertForMaskedLm;
    type Example = MaskedEncoding;

    fn device(&self) -> Device {
        super::cpu()
    }

    fn model(&self) -> Self::Model {
        BertForMaskedLm::new(&self.config, &mut init(&self.config))
    }

    fn examples(&self) -> Vec<Self::Example> {
        let masking = WholeWordMasking::new(&self.tokenizer, 0.15, 42).unwrap();
        let texts = encodings(&self.tokenizer).into_iter().enumerate();
        texts.map(|(row, text)| masking.mask(&text, 0, row)).collect()
    }

    fn outputs(&self, model: &Self::Model, examples: &[&Self::Example], filler: u32) -> Vec<Vec<f32>> {
        let batch = MaskedBatch::new(examples, filler, &super::cpu()).unwrap();
        let mut rows = rows(model.forward(&batch.batch, batch.positions)).into_iter();
        let of_text = |text: &&MaskedEncoding| rows.by_ref().take(text.positions.len()).flatten().collect();
        examples.iter().map(of_text).collect()
    }

    fn loss(&self, model: &Self::Model, examples: &[&Self::Example], device: &Device) -> Tensor<1> {
        let batch = MaskedBatch::new(examples, 0, device).unwrap();
        let labels = examples.iter().flat_map(|text| &text.labels);
        let labels: Vec<i32> = labels.map(|&label| label as i32).collect();
        cross_entropy(model.forward(&batch.batch, batch.positions), &labels)
    }
}

impl SavedModel for MaskedLm {
    fn save(&self, model: &Self::Model, folder: &Path) {
        model.save(&self.config, &self.tokenizer, folder).unwrap();
    }

    fn load(&self, folder: &Path) -> Self::Model {
        let loaded = BertForMaskedLm::load(folder, 64, 0, &super::cpu()).unwrap();
        assert!(loaded.report.initialised.is_empty(), "{:?}", loaded.report);
        loaded.model
    }
}

#[test]
fn masked_language_modelling() {
    ensure_can_train_save_load(&MaskedLm {
        config: config(&["any"]),
        tokenizer: tokenizer(),
    });
}
