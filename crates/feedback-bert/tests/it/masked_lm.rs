//! The masked language modelling head, and its files as the start of training
//! (`fixtures/generate/masked_lm_golden.py`).

use burn::tensor::Tensor;
use feedback_bert::config::Pooling;
use feedback_bert::folder::load_for_fine_tuning;
use feedback_bert::masked_lm::{BertForMaskedLm, MaskedBatch, MaskedEncoding, WholeWordMasking};
use feedback_bert::model::BertModel;
use feedback_bert::{BertTokenizer, Encoding};
use feedback_testkit::{assert_close, fixture, fixture_json, max_difference, shared};
use serde_json::Value;

/// Allows for rounding errors: each logit is a sum of 32 products of numbers around 1.
const TOLERANCE: f32 = 1e-5;

fn cases() -> Vec<(MaskedEncoding, Value)> {
    let golden = fixture_json("golden/bert/masked_lm.json");
    let numbers = |value: &Value| serde_json::from_value::<Vec<u32>>(value.clone()).unwrap();
    let texts = golden["texts"].as_array().unwrap().iter();
    texts
        .map(|text| {
            let input_ids = numbers(&text["input_ids"]);
            let encoding = Encoding {
                token_type_ids: vec![0; input_ids.len()],
                input_ids,
                truncated: false,
                windows: Vec::new(),
            };
            let positions = numbers(&text["positions"]);
            let masked = MaskedEncoding {
                encoding,
                positions: positions.iter().map(|&at| at as usize).collect(),
                labels: numbers(&text["labels"]),
            };
            (masked, text.clone())
        })
        .collect()
}

fn losses(logits: &Tensor<2>, labels: &Tensor<1, burn::tensor::Int>) -> Vec<f32> {
    let [tokens, _] = logits.dims();
    let all = burn::tensor::activation::log_softmax(logits.clone(), 1);
    let own = all.gather(1, labels.clone().reshape([tokens, 1])).neg();
    own.into_data().try_to_vec().unwrap()
}

#[test]
fn logits_and_losses_agree_with_transformers() {
    for device in super::devices() {
        let loaded = BertForMaskedLm::load(&fixture("tiny-bert-mlm"), 64, 0, &device).unwrap();
        assert!(loaded.report.initialised.is_empty(), "{:?}", loaded.report);
        let cases = cases();
        let texts: Vec<&MaskedEncoding> = cases.iter().map(|(masked, _)| masked).collect();
        // All texts are in one batch, which must not change the results.
        let batch = MaskedBatch::new(&texts, loaded.tokenizer.pad_token_id(), &device).unwrap();
        let logits = loaded.model.forward(&batch.batch, batch.positions);
        let losses = losses(&logits, &batch.labels);
        let [_, vocabulary] = logits.dims();
        let logits: Vec<f32> = logits.into_data().try_to_vec().unwrap();
        let mut rows = logits.chunks(vocabulary).zip(losses);
        for (masked, expected) in &cases {
            let rows: Vec<_> = rows.by_ref().take(masked.positions.len()).collect();
            for ((row, loss), at) in rows.iter().zip(0..) {
                let first: Vec<f32> = serde_json::from_value(expected["first"][at].clone()).unwrap();
                assert!(max_difference(&row[..first.len()], &first) <= TOLERANCE);
                let sum: f64 = row.iter().map(|&logit| f64::from(logit).exp()).sum();
                let expected = expected["logsumexp"][at].as_f64().unwrap();
                assert_close(sum.ln(), expected, f64::from(TOLERANCE), "logsumexp");
                let own = row[masked.labels[at] as usize];
                assert!((*loss - (expected as f32 - own)).abs() <= 2.0 * TOLERANCE);
            }
            let mean: f32 = rows.iter().map(|(_, loss)| loss).sum::<f32>() / rows.len() as f32;
            let expected = expected["loss"].as_f64().unwrap();
            assert_close(f64::from(mean), expected, f64::from(TOLERANCE), "loss");
        }
    }
}

#[test]
fn head_only_training_has_gradients_for_the_head_alone() {
    let device = super::cpu().autodiff();
    let loaded = BertForMaskedLm::load(&fixture("tiny-bert-mlm"), 64, 0, &device).unwrap();
    let texts: Vec<MaskedEncoding> = cases().into_iter().map(|(masked, _)| masked).collect();
    let gradients = |head_only: bool| {
        let batch = MaskedBatch::new(&texts, loaded.tokenizer.pad_token_id(), &device).unwrap();
        let eval = burn::module::Module::valid(&loaded.model); // dropout off
        let model = burn::module::Module::train(eval);
        let logits = if head_only {
            model.forward_head_only(&batch.batch, batch.positions)
        } else {
            model.forward(&batch.batch, batch.positions)
        };
        let grads = burn::optim::GradientsParams::from_grads(logits.sum().backward(), &model);
        grads.len()
    };
    assert_eq!(
        gradients(true),
        5,
        "dense, layer normalisation, and the decoder's bias"
    );
    assert!(gradients(false) > 30);
}

#[test]
fn a_saved_folder_loads_again_and_training_can_start_from_it() {
    let device = super::cpu();
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("adapted");
    let first = BertForMaskedLm::load(&fixture("tiny-bert-mlm"), 64, 0, &device).unwrap();
    first.model.save(&first.config, &first.tokenizer, &place).unwrap();

    let names = |path: &std::path::Path| {
        let bytes = fs_err::read(path.join("model.safetensors")).unwrap();
        let file = safetensors::SafeTensors::deserialize(&bytes).unwrap();
        let mut names: Vec<String> = file.names().iter().map(ToString::to_string).collect();
        names.sort();
        names
    };
    assert_eq!(
        names(&place),
        names(&fixture("tiny-bert-mlm")),
        "Transformers' names"
    );

    let again = BertForMaskedLm::load(&place, 64, 0, &device).unwrap();
    let report = &again.report;
    assert!(
        report.initialised.is_empty() && report.ignored.is_empty(),
        "{report:?}"
    );
    let text = [cases().remove(3).0];
    let logits = |model: &BertForMaskedLm| -> Vec<f32> {
        let batch = MaskedBatch::new(&text, first.tokenizer.pad_token_id(), &device).unwrap();
        let logits = model.forward(&batch.batch, batch.positions);
        logits.into_data().try_to_vec().unwrap()
    };
    assert_eq!(logits(&again.model), logits(&first.model));

    let labels = ["a".to_owned(), "b".to_owned()];
    let start = load_for_fine_tuning(&place, &labels, Pooling::Mean, 64, 1, &device).unwrap();
    assert_eq!(start.report.initialised, ["classifier.bias", "classifier.weight"]);
    let batch = MaskedBatch::new(&text, first.tokenizer.pad_token_id(), &device).unwrap();
    let hidden =
        |encoder: &BertModel| -> Vec<f32> { encoder.forward(&batch.batch).into_data().try_to_vec().unwrap() };
    assert_eq!(hidden(start.model.encoder()), hidden(first.model.encoder()));
}

#[test]
fn a_missing_head_is_initialised_and_an_incomplete_one_refused() {
    let device = super::cpu();
    let loaded = BertForMaskedLm::load(&fixture("tiny-bert"), 64, 7, &device).unwrap();
    let mut initialised = loaded.report.initialised;
    initialised.sort();
    assert_eq!(
        initialised,
        [
            "cls.predictions.bias",
            "cls.predictions.transform.LayerNorm.bias",
            "cls.predictions.transform.LayerNorm.weight",
            "cls.predictions.transform.dense.bias",
            "cls.predictions.transform.dense.weight",
        ]
    );

    let folder = tempfile::tempdir().unwrap();
    for file in ["config.json", "tokenizer.json"] {
        fs_err::copy(fixture("tiny-bert-mlm").join(file), folder.path().join(file)).unwrap();
    }
    let bytes = fs_err::read(fixture("tiny-bert-mlm").join("model.safetensors")).unwrap();
    let whole = safetensors::SafeTensors::deserialize(&bytes).unwrap();
    let part = whole
        .tensors()
        .into_iter()
        .filter(|(name, _)| name != "cls.predictions.bias");
    let part = safetensors::serialize(part, None).unwrap();
    fs_err::write(folder.path().join("model.safetensors"), part).unwrap();
    let message = BertForMaskedLm::load(folder.path(), 64, 7, &device)
        .unwrap_err()
        .to_string();
    assert!(
        message.contains("4 of the 5") && message.contains("missing: `cls.predictions.bias`"),
        "{message}"
    );
}

#[test]
fn words_of_a_real_vocabulary_stay_whole() {
    let Some(folder) = shared("weights/all-MiniLM-L6-v2") else {
        return;
    };
    let tokenizer = BertTokenizer::from_folder(&folder, 64).unwrap();
    let text = "Unbelievably sluggish autocompletion, reinstalling didn't help";
    let encoding = tokenizer.encode(&[text]).unwrap().remove(0);
    let pieces: Vec<String> = encoding
        .input_ids
        .iter()
        .map(|&id| tokenizer.id_to_token(id).unwrap())
        .collect();
    assert!(pieces.iter().filter(|piece| piece.starts_with("##")).count() >= 3);
    let masking = WholeWordMasking::new(&tokenizer, 0.3, 5).unwrap();
    for row in 0..100 {
        let chosen = masking.mask(&encoding, 0, row).positions;
        for at in 1..pieces.len() {
            if pieces[at].starts_with("##") {
                assert_eq!(
                    chosen.contains(&at),
                    chosen.contains(&(at - 1)),
                    "{pieces:?} {chosen:?}"
                );
            }
        }
    }
}
