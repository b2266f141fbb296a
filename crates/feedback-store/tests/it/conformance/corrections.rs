//! Checks of corrections and their effect on the history.

use std::sync::Arc;

use feedback_store::{Conflict, CorrectionStore, Error, Filter};

use super::fixtures::{correction, prediction};

pub(crate) fn conforms(fresh: &dyn Fn() -> Arc<dyn CorrectionStore>) {
    corrections_apply_until_undone(&*fresh());
    corrections_are_idempotent(&*fresh());
    the_history_shows_corrections(&*fresh());
    review_leaves_out_duplicates_of_corrected_texts(&*fresh());
}

fn corrections_apply_until_undone(store: &dyn CorrectionStore) {
    let id = store.add_predictions(vec![prediction("a", "bug", 0.9)]).unwrap()[0];
    let correct = |label: &str| {
        store.correct(feedback_store::NewCorrection {
            prediction_id: id,
            label: label.into(),
            idempotency_key: None,
        })
    };
    let first = correct("praise").unwrap();
    assert_eq!(
        (first.previous.as_str(), first.label.as_str(), first.text.as_str()),
        ("bug", "praise", "a")
    );
    let second = correct("question").unwrap();
    assert_eq!(second.previous, "praise");
    let standing = store.corrections(0, 10).unwrap();
    assert_eq!(standing, std::slice::from_ref(&second));
    assert!(store.corrections(second.id, 10).unwrap().is_empty());
    let corrected = || store.prediction(id).unwrap().unwrap().corrected;
    assert_eq!(corrected().as_deref(), Some("question"));
    let superseded = store.take_back(first.id).unwrap_err();
    assert!(
        matches!(superseded, Error::Conflict(Conflict::CorrectionNotStanding(_))),
        "{superseded}"
    );
    assert_eq!(store.take_back(second.id).unwrap(), Some(id));
    assert!(store.take_back(second.id).is_err());
    assert_eq!(store.take_back(999).unwrap(), None);
    assert_eq!(corrected().as_deref(), Some("praise"));
    assert_eq!(store.corrections(0, 10).unwrap(), [first]);
    assert!(store.undo_correction(id).unwrap());
    assert_eq!(corrected(), None);
    assert!(!store.undo_correction(id).unwrap());
    let error = store.correct(feedback_store::NewCorrection {
        prediction_id: 999,
        label: "bug".into(),
        idempotency_key: None,
    });
    assert!(matches!(error, Err(Error::NotFound { .. })), "{error:?}");
}

fn corrections_are_idempotent(store: &dyn CorrectionStore) {
    let id = store.add_predictions(vec![prediction("a", "bug", 0.9)]).unwrap()[0];
    let correct = |label: &str| {
        store.correct(feedback_store::NewCorrection {
            prediction_id: id,
            label: label.into(),
            idempotency_key: Some("key".into()),
        })
    };
    let first = correct("praise").unwrap();
    assert_eq!(correct("praise").unwrap(), first);
    assert!(matches!(
        correct("question"),
        Err(Error::Conflict(Conflict::IdempotencyKeyReused))
    ));
    assert_eq!(store.corrections(0, 10).unwrap().len(), 1);
}

fn the_history_shows_corrections(store: &dyn CorrectionStore) {
    let new = vec![prediction("a", "bug", 0.95), prediction("b", "praise", 0.45)];
    let ids = store.add_predictions(new).unwrap();
    store.correct(correction(ids[1], "bug", None)).unwrap();
    let overview = store.overview(&Filter::default()).unwrap();
    assert_eq!(overview.corrected, 1);
    assert_eq!(overview.labels.len(), 1);
    assert_eq!(
        (overview.labels[0].label.as_str(), overview.labels[0].count),
        ("bug", 2)
    );
    let bugs = Filter {
        label: Some("bug".into()),
        ..Filter::default()
    };
    assert_eq!(store.count(&bugs).unwrap(), 2);
    for (corrected, count) in [(true, 1), (false, 1)] {
        let filter = Filter {
            corrected: Some(corrected),
            ..Filter::default()
        };
        assert_eq!(store.count(&filter).unwrap(), count);
    }
}

fn review_leaves_out_duplicates_of_corrected_texts(store: &dyn CorrectionStore) {
    let new = vec![
        prediction("unknown", "bug", 0.7),
        prediction("known", "bug", 0.5),
        prediction("Known.", "bug", 0.5),
    ];
    let ids = store.add_predictions(new).unwrap();
    store.correct(correction(ids[1], "praise", None)).unwrap();
    let found = store.review(10).unwrap();
    let found: Vec<_> = found.iter().map(|one| one.prediction.text.as_str()).collect();
    assert_eq!(found, ["unknown"]);
}
