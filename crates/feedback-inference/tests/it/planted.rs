//! A classifier that is built so that its decision depends only on the word `crash`.

use burn::module::{Module, ModuleMapper, Param};
use burn::tensor::{Tensor, TensorData};
use feedback_bert::config::{Pooling, ScratchPreset};
use feedback_bert::folder::FeedbackManifest;
use feedback_bert::model::ParameterInit;
use feedback_bert::names::parameter_name;
use feedback_bert::{BertForSequenceClassification, BertTokenizer, DeviceChoice, ModelFolder};
use feedback_inference::Classifier;

/// The training texts of the tokenizer. Every word occurs twice, so that it becomes a single token.
const VOCABULARY: [&str; 2] = [
    "the app is fine but when i open the long list of old notes it will crash again every day , and so on !",
    "the app is fine but when i open the long list of old notes it will crash again every day , and so on !",
];

const HIDDEN: usize = 8;

/// Returns a classifier that predicts `bug` if the text contains the word `crash`, otherwise `other`. `max_length` is the
/// maximum number of tokens.
pub(crate) fn classifier(pooling: Pooling, max_length: usize) -> Classifier {
    let (device, _) = DeviceChoice::Cpu.open().unwrap();
    let tokenizer = BertTokenizer::train(&VOCABULARY, 300, max_length).unwrap();
    let labels = ["bug".to_owned(), "other".to_owned()];
    let mut config = ScratchPreset::Tiny.config(tokenizer.vocab_size(), &labels);
    config.hidden_size = HIDDEN;
    config.num_hidden_layers = 2;
    config.num_attention_heads = 1;
    config.intermediate_size = HIDDEN;
    let crash = tokenizer.encode(&["crash"]).unwrap()[0].input_ids.clone();
    assert_eq!(crash.len(), 3, "`crash` is one token between the special tokens");
    let mut init = ParameterInit::normal(7, 0.3, &device).unwrap();
    let model = BertForSequenceClassification::new(&config, pooling, &mut init);
    let mut plant = Plant {
        path: Vec::new(),
        crash: crash[1] as usize,
    };
    let model = model.map(&mut plant);
    let manifest = FeedbackManifest::new(max_length, pooling, "planted", 0);
    let folder = ModelFolder::new(config, tokenizer, model, manifest);
    Classifier::new(folder, &device).unwrap()
}

/// Feature 0 marks `crash`; attention copies it to every token, and the head reads it.
struct Plant {
    path: Vec<String>,
    crash: usize,
}

impl Plant {
    fn plant(&self, name: &str, shape: &[usize], values: &mut [f32]) {
        let step = |end: &str| name.ends_with(end);
        let diagonal = |values: &mut [f32], size: f32| {
            values.fill(0.0);
            (0..HIDDEN).for_each(|feature| values[feature * HIDDEN + feature] = size);
        };
        if step("word_embeddings.weight") {
            values.chunks_mut(HIDDEN).for_each(|row| row[0] = -0.3);
            values[self.crash * HIDDEN] = 6.0;
        } else if step("position_embeddings.weight")
            || step("token_type_embeddings.weight")
            || step("self.query.weight")
        {
            values.fill(0.0);
        } else if step("self.query.bias") {
            values.fill(0.0);
            values[0] = 3.0;
        } else if step("self.key.weight")
            || step("self.value.weight")
            || step("attention.output.dense.weight")
        {
            diagonal(values, 1.0);
        } else if step("pooler.dense.weight") {
            diagonal(values, 0.5);
        } else if step("intermediate.dense.weight") || step("output.dense.weight") {
            values.fill(0.0);
        } else if step("classifier.weight") {
            values.fill(0.0); // [hidden, labels]
            (values[0], values[1]) = (3.0, -3.0);
        } else if step("classifier.bias") {
            assert_eq!(shape, [2]);
            values.copy_from_slice(&[-0.2, 0.2]);
        }
    }
}

impl ModuleMapper for Plant {
    fn enter_module(&mut self, name: &str, _container: &str) {
        self.path.push(name.to_owned());
    }
    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.path.pop();
    }
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let name = parameter_name(&self.path.join("."));
        let shape = param.shape();
        let mut values: Vec<f32> = param.val().into_data().try_to_vec().unwrap();
        self.plant(&name, shape.as_slice(), &mut values);
        let device = param.device();
        param.map(|_| Tensor::from_data(TensorData::new(values, shape), &device))
    }
}
