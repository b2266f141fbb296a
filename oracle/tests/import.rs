//! Compares the imported model with the hand-written one on the same texts.

use burn::tensor::{Int, Tensor};
use feedback_bert::config::{BertConfig, Pooling};
use feedback_bert::weights::{MissingHead, load_weights};
use feedback_bert::{Batch, BertTokenizer, DeviceChoice, Encoding};
use feedback_oracle::tiny_bert::Model;
use feedback_testkit::{fixture, fixture_json, max_difference};

/// The two models add f32 values in a different order; the project promises differences of at most 1e-4.
const TOLERANCE: f32 = 1e-5;

fn values(logits: Tensor<2>) -> Vec<f32> {
    logits.into_data().try_to_vec().unwrap()
}

#[test]
fn the_imported_model_gives_the_same_logits() {
    let folder = fixture("tiny-bert");
    let (device, _) = DeviceChoice::Cpu.open().unwrap();
    let config = BertConfig::from_file(&folder.join("config.json")).unwrap();
    let weights = folder.join("model.safetensors");
    let (ours, _) = load_weights(&weights, &config, Pooling::Cls, MissingHead::Refuse, &device).unwrap();
    let imported = Model::from_embedded(&device);
    let tokenizer = BertTokenizer::from_folder(&folder, 64).unwrap();
    let texts: Vec<String> = serde_json::from_value(fixture_json("golden/bert/texts.json")).unwrap();
    let encodings = tokenizer.encode(&texts).unwrap();
    assert_eq!(encodings.len(), 50);

    let mut worst = 0.0_f32;
    let single = encodings.iter().map(std::slice::from_ref);
    for encodings in single.chain(encodings.chunks(10)) {
        worst = worst.max(difference(&ours, &imported, encodings, &tokenizer));
    }
    println!("maximum difference between the imported and the hand-written model, 50 texts, one by one and in batches of ten: {worst:e}");
    assert!(worst <= TOLERANCE, "{worst:e}");
}

fn difference(
    ours: &feedback_bert::BertForSequenceClassification,
    imported: &Model,
    encodings: &[Encoding],
    tokenizer: &BertTokenizer,
) -> f32 {
    let (device, _) = DeviceChoice::Cpu.open().unwrap();
    let batch = Batch::new(encodings, tokenizer.pad_token_id(), &device).unwrap();
    // The imported model needs padding: token 0 with mask 0.
    let padded = |values: Tensor<1, Int>| -> Tensor<2, Int> {
        let [tokens] = values.dims();
        let [texts, longest] = batch.dims();
        batch.pad(values.float().reshape([tokens, 1])).int().reshape([texts, longest])
    };
    let theirs = imported.forward(
        padded(batch.input_ids.clone()),
        padded(batch.input_ids.ones_like()),
        padded(batch.token_type_ids.clone()),
    );
    max_difference(&values(ours.forward(&batch)), &values(theirs))
}
