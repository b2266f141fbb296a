//! Adapters: their effect, and reading and writing `peft`'s files (`fixtures/generate/peft_golden.py`).

use std::path::Path;

use burn::module::{Module, ModuleMapper, Param};
use burn::optim::GradientsParams;
use burn::tensor::{Tensor, TensorData};
use feedback_bert::lora::{LoraConfig, load_adapter, merge_adapters, save_adapter};
use feedback_bert::{Batch, BertForSequenceClassification, Error, ModelFolder};
use feedback_testkit::{fixture, fixture_json, max_difference};
use safetensors::SafeTensors;

const TEXTS: [&str; 3] = [
    "The export button does nothing since the update",
    "thank you!",
    "Where can I change the language?",
];

fn tiny() -> ModelFolder {
    ModelFolder::load(&fixture("tiny-bert"), &super::cpu()).unwrap()
}

fn logits(model: &BertForSequenceClassification) -> Vec<f32> {
    let encodings = tiny().tokenizer.encode(&TEXTS).unwrap();
    let batch = Batch::new(&encodings, 0, &super::cpu()).unwrap();
    model.forward(&batch).into_data().try_to_vec().unwrap()
}

/// Changes every trainable parameter.
struct Shake(f32);

impl ModuleMapper for Shake {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        if !param.is_require_grad() {
            return param;
        }
        let shape = param.shape();
        let mut next = || {
            self.0 = (self.0 * 7.13 + 0.37).fract();
            self.0 - 0.5
        };
        let values: Vec<f32> = (0..shape.num_elements()).map(|_| next()).collect();
        param.map(|tensor| {
            let device = tensor.device();
            tensor + Tensor::from_data(TensorData::new(values, shape), &device)
        })
    }
}

/// Returns tiny-bert with adapters, with the values of adapters and head changed as if by training.
fn adapted(config: &LoraConfig) -> BertForSequenceClassification {
    let model = config.attach(tiny().model, 1).unwrap().train();
    model.map(&mut Shake(0.1)).valid()
}

#[test]
fn a_new_adapter_changes_no_output_and_only_adapter_and_head_are_trained() {
    let config = LoraConfig::default();
    let model = config.attach(tiny().model, 1).unwrap();
    assert_eq!(logits(&model), logits(&tiny().model), "B is 0");
    assert_eq!(model.num_params() - tiny().model.num_params(), 2 * 2 * 2 * 32 * 8);

    let model = model.train();
    let encodings = tiny().tokenizer.encode(&TEXTS).unwrap();
    let batch = Batch::new(&encodings, 0, &super::cpu().autodiff()).unwrap();
    let loss = model.forward(&batch).powi_scalar(2).sum();
    let grads = GradientsParams::from_grads(loss.backward(), &model);
    // Two factors for query and value of two blocks, weight and bias of pooler and classifier.
    assert_eq!(grads.len(), 2 * 2 * 2 + 4);
}

#[test]
fn the_same_seed_gives_the_same_adapter() {
    let factors = |seed| {
        let model = LoraConfig::default().attach(tiny().model, seed).unwrap();
        let folder = tempfile::tempdir().unwrap();
        save_adapter(
            &model,
            &tiny().config,
            &LoraConfig::default(),
            "base",
            folder.path(),
        )
        .unwrap();
        fs_err::read(folder.path().join("adapter_model.safetensors")).unwrap()
    };
    assert_eq!(factors(1), factors(1));
    assert_ne!(factors(1), factors(2));
}

#[test]
fn merged_weights_give_the_logits_of_the_adapter() {
    let mut config = LoraConfig::default();
    config.targets = [
        "query",
        "key",
        "value",
        "attention.output.dense",
        "intermediate.dense",
    ]
    .map(str::to_owned)
    .into();
    let model = adapted(&config);
    let before = logits(&model);
    let merged = merge_adapters(model);
    assert_eq!(merged.num_params(), tiny().model.num_params());
    assert!(max_difference(&logits(&merged), &before) <= 1e-5);
    assert!(
        max_difference(&before, &logits(&tiny().model)) > 0.1,
        "the adapter changes the logits"
    );

    // The merged model is saved as a model without adapters.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("merged");
    let mut folder_in_memory = tiny();
    folder_in_memory.model = merged;
    folder_in_memory.save(&path).unwrap();
    let again = ModelFolder::load(&path, &super::cpu()).unwrap();
    assert!(max_difference(&logits(&again.model), &before) <= 1e-5);
}

#[test]
fn a_saved_adapter_loads_again() {
    let mut config = LoraConfig::default();
    config.rank = 4;
    let model = adapted(&config);
    let folder = tempfile::tempdir().unwrap();
    save_adapter(
        &model,
        &tiny().config,
        &config,
        "fixtures/tiny-bert",
        folder.path(),
    )
    .unwrap();
    let (again, read) = load_adapter(folder.path(), tiny().model, &tiny().config).unwrap();
    assert_eq!((read.rank, read.alpha), (4, 16.0));
    assert_eq!(read.targets, ["attention.self.query", "attention.self.value"]);
    // The layout in memory, and therefore the order of a sum, may differ.
    assert!(max_difference(&logits(&again), &logits(&model)) <= 1e-5);
    let second = tempfile::tempdir().unwrap();
    save_adapter(
        &again,
        &tiny().config,
        &config,
        "fixtures/tiny-bert",
        second.path(),
    )
    .unwrap();
    for name in ["adapter_config.json", "adapter_model.safetensors"] {
        let bytes = |folder: &Path| fs_err::read(folder.join(name)).unwrap();
        assert!(bytes(folder.path()) == bytes(second.path()), "{name}");
    }
}

#[test]
fn an_adapter_of_peft_agrees_with_peft() {
    let golden = fixture_json("golden/peft/logits.json");
    let (model, config) = load_adapter(&fixture("golden/peft"), tiny().model, &tiny().config).unwrap();
    assert_eq!((config.rank, config.alpha), (3, 12.0));
    let expected: Vec<Vec<f32>> = serde_json::from_value(golden["logits"].clone()).unwrap();
    let expected = expected.concat();
    // The logits have a size of a few units, and sums of f32 are added in a different order.
    assert!(max_difference(&logits(&model), &expected) <= 2e-5);
    assert!(max_difference(&logits(&merge_adapters(model)), &expected) <= 2e-5);
}

#[test]
fn names_and_shapes_are_those_of_peft() {
    let described = |folder: &Path| -> Vec<(String, Vec<usize>)> {
        let bytes = fs_err::read(folder.join("adapter_model.safetensors")).unwrap();
        let tensors = SafeTensors::deserialize(&bytes).unwrap();
        let mut all: Vec<_> = tensors
            .tensors()
            .into_iter()
            .map(|(name, view)| (name, view.shape().to_vec()))
            .collect();
        all.sort();
        all
    };
    let (model, config) = load_adapter(&fixture("golden/peft"), tiny().model, &tiny().config).unwrap();
    let folder = tempfile::tempdir().unwrap();
    save_adapter(
        &model,
        &tiny().config,
        &config,
        "fixtures/tiny-bert",
        folder.path(),
    )
    .unwrap();
    assert_eq!(described(folder.path()), described(&fixture("golden/peft")));
    let text = fs_err::read_to_string(folder.path().join("adapter_config.json")).unwrap();
    let settings: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(
        settings["modules_to_save"],
        serde_json::json!(["classifier", "pooler"])
    );
    assert_eq!(settings["peft_type"], "LORA");
}

#[test]
fn unusable_settings_are_named() {
    let refused = |change: &dyn Fn(&mut LoraConfig)| {
        let mut config = LoraConfig::default();
        change(&mut config);
        match config.attach(tiny().model, 1) {
            Err(Error::Config { field, expected, .. }) => (field, expected),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(refused(&|config| config.rank = 0).0, "lora_rank");
    assert_eq!(refused(&|config| config.alpha = f64::NAN).0, "lora_alpha");
    for target in ["embeddings", "uery", "classifier", ""] {
        let (field, expected) = refused(&|config| config.targets.push(target.into()));
        assert_eq!(field, "lora_targets");
        assert!(expected.contains("attention.self.query"), "{expected}");
    }
    let folder = tempfile::tempdir().unwrap();
    assert!(
        save_adapter(
            &tiny().model,
            &tiny().config,
            &LoraConfig::default(),
            "base",
            folder.path()
        )
        .is_err()
    );
}

#[test]
fn a_wrong_adapter_is_refused() {
    let copy = || {
        let folder = tempfile::tempdir().unwrap();
        for name in ["adapter_config.json", "adapter_model.safetensors"] {
            fs_err::copy(fixture("golden/peft").join(name), folder.path().join(name)).unwrap();
        }
        folder
    };
    let with = |from: &str, to: &str| {
        let folder = copy();
        let path = folder.path().join("adapter_config.json");
        let text = fs_err::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{from}");
        fs_err::write(&path, text.replace(from, to)).unwrap();
        load_adapter(folder.path(), tiny().model, &tiny().config)
            .unwrap_err()
            .to_string()
    };
    assert!(with("\"r\": 3", "\"r\": 4").contains("lora_A` is [3, 32], expected [4, 32]"));
    assert!(with("\"use_dora\": false", "\"use_dora\": true").contains("use_dora"));
    assert!(with("\"bias\": \"none\"", "\"bias\": \"all\"").contains("bias"));
    assert!(with("\"LORA\"", "\"IA3\"").contains("peft_type"));
    let cut = copy();
    let path = cut.path().join("adapter_model.safetensors");
    let bytes = fs_err::read(&path).unwrap();
    fs_err::write(&path, &bytes[..bytes.len() - 4]).unwrap();
    assert!(matches!(
        load_adapter(cut.path(), tiny().model, &tiny().config),
        Err(Error::Weights { .. })
    ));
}
