//! TF-IDF of token n-grams agrees with scikit-learn; a head that was saved and loaded has the same weights.

use std::collections::BTreeMap;

use feedback_bert::folder::ModelKind;
use feedback_bert::ngrams::{NgramFeatures, NgramHead};
use feedback_bert::{BertTokenizer, Encoding, Error, ModelFolder};
use feedback_testkit::fixture;
use serde::Deserialize;

#[derive(Deserialize)]
struct Golden {
    texts: Vec<String>,
    terms: usize,
    rows: Vec<BTreeMap<String, f64>>,
}

fn golden() -> (Golden, Vec<Encoding>) {
    let text = fs_err::read_to_string(fixture("golden/baseline/ngrams.json")).unwrap();
    let golden: Golden = serde_json::from_str(&text).unwrap();
    let tokenizer = BertTokenizer::from_folder(&fixture("tiny-bert"), 64).unwrap();
    let encodings = tokenizer.encode(&golden.texts).unwrap();
    (golden, encodings)
}

#[test]
fn features_agree_with_scikit_learn() {
    let (golden, encodings) = golden();
    let features = NgramFeatures::fit(&encodings);
    assert_eq!(features.len(), golden.terms);
    for (encoding, expected) in encodings.iter().zip(&golden.rows) {
        let mut found: Vec<f64> = features
            .of(encoding)
            .iter()
            .map(|(_, value)| f64::from(*value))
            .collect();
        let mut expected: Vec<f64> = expected.values().copied().collect();
        found.sort_by(f64::total_cmp);
        expected.sort_by(f64::total_cmp);
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(&expected) {
            assert!((found - expected).abs() < 1e-6, "{found} instead of {expected}");
        }
    }
}

#[test]
fn a_text_without_known_tokens_has_no_features() {
    let (_, encodings) = golden();
    let features = NgramFeatures::fit(&encodings[..1]);
    assert!(features.is_empty(), "each term is in one text only");
    assert_eq!(features.of(&encodings[0]), []);
    let nothing = Encoding {
        input_ids: vec![2],
        token_type_ids: vec![0],
        truncated: false,
        windows: Vec::new(),
    };
    assert_eq!(NgramFeatures::fit(&encodings).of(&nothing), []);
}

#[test]
fn the_weights_come_back_from_a_folder_and_damage_is_found() {
    let (_, encodings) = golden();
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("model");
    let mut model = ModelFolder::load(&fixture("tiny-bert"), &super::cpu()).unwrap();
    let labels = model.config.num_labels();
    let features = NgramFeatures::fit(&encodings);
    let weights: Vec<f32> = (0..features.len() * labels)
        .map(|i| (i % 17) as f32 / 8.0 - 1.0)
        .collect();
    assert!(NgramHead::new(features.clone(), weights[1..].to_vec(), labels).is_none());
    model.ngrams = NgramHead::new(features, weights, labels);
    model.save(&path).unwrap();

    let again = ModelFolder::load(&path, &super::cpu()).unwrap();
    assert_eq!(again.manifest.kind, ModelKind::Head);
    assert_eq!(again.ngrams, model.ngrams);
    let mut logits = vec![0.0; labels];
    again.ngrams.unwrap().add_logits(&encodings[0], &mut logits);
    assert!(logits.iter().any(|&logit| logit != 0.0));

    let file = path.join("ngrams.safetensors");
    let mut bytes = fs_err::read(&file).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs_err::write(&file, bytes).unwrap();
    let error = ModelFolder::load(&path, &super::cpu()).unwrap_err();
    assert!(matches!(error, Error::HashMismatch { .. }), "{error}");
}
