//! What another model says takes the place of what was said before.

use std::sync::Arc;

use feedback_store::{Erase, Filter, ModelAnswer, NewPrediction, Store};

use super::fixtures::{correction, prediction, reclassified};

pub(crate) fn conforms(fresh: &dyn Fn() -> Arc<dyn Store>) {
    all_that_a_model_says_is_replaced(&*fresh());
    labels_of_people_stay(&*fresh());
    erased_texts_stay_erased(&*fresh());
}

fn not_by(model: &str) -> Filter {
    Filter {
        not_by_model: Some(model.into()),
        ..Filter::default()
    }
}

/// A prediction in which everything that a model says differs from [`prediction`].
fn of_another_model() -> NewPrediction {
    let mut new = prediction("broken", "ä\u{0}", 0.4);
    new.labels.push("praise".into());
    new.abstained = Some(true);
    new.truncated = true;
    new.unfamiliarity = Some(0.97);
    new.answers = vec![ModelAnswer {
        question: "sentiment".into(),
        label: "b\u{0}d".into(),
        score: 0.9,
    }];
    new
}

fn all_that_a_model_says_is_replaced(store: &dyn Store) {
    let ids = store
        .add_predictions(vec![
            prediction("broken", "bug", 0.9),
            prediction("great", "praise", 0.8),
        ])
        .unwrap();
    let before = store.prediction(ids[0]).unwrap().unwrap();
    let new = of_another_model();
    assert_eq!(
        store.reclassify(vec![reclassified(ids[0], &new, "m2")]).unwrap(),
        1
    );
    let found = store.prediction(ids[0]).unwrap().unwrap();
    let expected = NewPrediction {
        model: "m2".into(),
        ..new
    };
    assert_eq!(
        found.prediction, expected,
        "text, source, date and fields are those of before"
    );
    assert_eq!(found.prediction.at, before.prediction.at);
    assert_eq!(store.ids(&not_by("m2"), 9).unwrap(), [ids[1]]);
    assert_eq!(store.count(&not_by("m1")).unwrap(), 1);
    assert_eq!(store.count(&not_by("none")).unwrap(), 2);
    // Values that are not known any more.
    let back = reclassified(ids[0], &prediction("broken", "bug", 0.9), "m1");
    store.reclassify(vec![back]).unwrap();
    assert_eq!(store.prediction(ids[0]).unwrap().unwrap(), before);
}

fn labels_of_people_stay(store: &dyn Store) {
    let ids = store
        .add_predictions(vec![prediction("broken", "bug", 0.9)])
        .unwrap();
    store.correct(correction(ids[0], "billing", None)).unwrap();
    let new = prediction("broken", "praise", 0.5);
    store.reclassify(vec![reclassified(ids[0], &new, "m2")]).unwrap();
    let found = store.prediction(ids[0]).unwrap().unwrap();
    assert_eq!(found.effective_labels(), ["billing"]);
    assert_eq!(found.prediction.labels, ["praise"]);
    assert!(store.undo_correction(ids[0]).unwrap());
    let found = store.prediction(ids[0]).unwrap().unwrap();
    assert_eq!(found.effective_labels(), ["praise"]);
}

fn erased_texts_stay_erased(store: &dyn Store) {
    let new = prediction("broken", "bug", 0.9);
    let ids = store.add_predictions(vec![new.clone(), new.clone()]).unwrap();
    store.erase(Erase::Prediction(ids[0]), "Ann").unwrap();
    let all = ids.iter().map(|&id| reclassified(id, &new, "m2")).collect();
    assert_eq!(store.reclassify(all).unwrap(), 1);
    assert!(store.prediction(ids[0]).unwrap().is_none());
}
