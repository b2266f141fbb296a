//! Trainings that start from a pretrained folder.

use feedback_bert::config::ScratchPreset;
use feedback_pipeline::train::BaseModel;
use feedback_pretrain::DistillationTarget;
use feedback_testkit::recipes::{Notices, Place, QUICK};

use crate::texts::{distilling, options, place_with_texts, pretrained};

fn train_from(place: &Place, model: &str) -> Notices {
    let files = "--train train.jsonl --validation validation.jsonl --test test.jsonl";
    let trained = place.train(&format!("{files} --model {model} {QUICK}"));
    trained.unwrap().notices
}

#[test]
fn train_starts_from_a_pretrained_folder() {
    let place = place_with_texts();
    let (summary, _) = pretrained(&options(&place, "adapted")).unwrap();
    assert_eq!((summary.steps, summary.validation_rows), (4, 30));
    assert!(summary.after["loss"] < summary.before["loss"]);
    assert_eq!(
        place.json("adapted/config.json")["architectures"][0],
        "BertForMaskedLM"
    );
    let notices = train_from(&place, "adapted");
    for name in ["bert.pooler.dense.bias", "classifier.weight"] {
        assert!(
            notices.initialised.iter().any(|found| found == name),
            "{name}: {:?}",
            notices.initialised
        );
    }
    assert!(
        !notices.ignored.is_empty() && notices.ignored.iter().all(|name| name.starts_with("cls.")),
        "{:?}",
        notices.ignored
    );
}

#[test]
fn a_student_learns_from_a_trained_model() {
    let place = place_with_texts();
    let base = BaseModel::Scratch(ScratchPreset::Tiny);
    let target = DistillationTarget::SoftTargets { temperature: 2.0 };
    let (summary, _) = pretrained(&distilling(&place, base, target, "small")).unwrap();
    assert!(summary.after["agreement"].is_finite(), "{summary:?}");
    place.evaluate("small", "test.jsonl").unwrap();
}

/// Hidden states do not train a head: the result is an encoder, and is not accepted as a classifier.
#[test]
fn distilling_embeddings_gives_an_encoder() {
    let place = place_with_texts();
    let base = BaseModel::Folder(place.path("tiny-bert"));
    let target = DistillationTarget::SentenceEmbeddings;
    pretrained(&distilling(&place, base, target, "small")).unwrap();
    assert_eq!(place.json("small/config.json")["architectures"][0], "BertModel");
    assert!(!place.path("small/feedback.json").exists());
    let refusal = place.refusal(|| place.classifier("small"));
    place.check_message(&refusal, &["classifier.weight"]);
    let initialised = train_from(&place, "small").initialised;
    assert!(
        initialised.iter().any(|name| name == "classifier.weight"),
        "{initialised:?}"
    );
}
