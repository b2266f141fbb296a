//! Checks of corrections and their effect on the history.

use std::sync::Arc;

use feedback_store::{Conflict, CorrectionStore, Error, Filter};

use super::fixtures::{correction, prediction};

pub(crate) fn conforms(fresh: &dyn Fn() -> Arc<dyn CorrectionStore>) {
    many_are_made_and_retracted_as_one(&*fresh());
    corrections_apply_until_undone(&*fresh());
    corrections_are_idempotent(&*fresh());
    the_history_shows_corrections(&*fresh());
    review_leaves_out_duplicates_of_corrected_texts(&*fresh());
    any_number_of_labels_can_be_corrected(&*fresh());
    the_model_and_people_are_told_apart(&*fresh());
    opinions_of_several_people_are_kept(&*fresh());
}

fn opinions_of_several_people_are_kept(store: &dyn CorrectionStore) {
    let new = ["one", "two", "three"].map(|text| prediction(text, "bug", 0.9));
    let ids = store.add_predictions(new.to_vec()).unwrap();
    let say = |id: i64, actor: &str, label: &str, settles: bool| {
        let said = feedback_store::NewCorrection {
            actor: actor.into(),
            settles,
            ..correction(id, label, None)
        };
        store.correct(said).unwrap()
    };
    assert_eq!(say(ids[0], "Ann", "bug", false).actor, "Ann");
    say(ids[1], "Ann", "praise", false);
    assert!(
        store.opinions(10).unwrap().is_empty(),
        "nobody else labelled these"
    );
    assert_eq!(store.labelled_by_others("Ben", 10).unwrap(), [ids[1], ids[0]]);
    assert!(store.labelled_by_others("Ann", 10).unwrap().is_empty());
    let second = say(ids[0], "Ben", "praise", false);
    say(ids[0], "Cy", "question", true);
    let opinions = store.opinions(10).unwrap();
    let shown: Vec<(&str, &str, bool)> = opinions
        .iter()
        .map(|one| (one.actor.as_str(), one.labels[0].as_str(), one.settles))
        .collect();
    assert_eq!(
        shown,
        [
            ("Ann", "bug", false),
            ("Ben", "praise", false),
            ("Cy", "question", true)
        ]
    );
    assert_eq!(
        (opinions[1].correction_id, opinions[1].prediction_id),
        (second.id, ids[0])
    );
    assert_eq!(
        store.labelled_by_others("Ben", 10).unwrap(),
        [ids[1]],
        "Ben labelled the other one"
    );
    // What was undone is no opinion.
    assert!(store.undo_correction(ids[0]).unwrap() && store.undo_correction(ids[0]).unwrap());
    assert!(store.opinions(10).unwrap().is_empty());
    say(ids[1], "Ben", "bug", false);
    say(ids[2], "Ben", "bug", false);
    say(ids[2], "Ann", "bug", false);
    let newest: Vec<i64> = store
        .opinions(1)
        .unwrap()
        .iter()
        .map(|one| one.prediction_id)
        .collect();
    assert_eq!(newest, [ids[2], ids[2]], "of the newest text");
    assert_eq!(store.corrections(0, 10).unwrap().last().unwrap().actor, "Ann");
}

fn the_model_and_people_are_told_apart(store: &dyn CorrectionStore) {
    let new = [
        prediction("Slow.", "bug", 0.9),
        prediction("slow", "praise", 0.9),
        prediction("fine", "praise", 0.9),
        prediction("both", "bug", 0.9),
    ];
    let mut new = new.to_vec();
    new[3].labels = vec!["bug".into(), "praise".into()];
    let ids = store.add_predictions(new).unwrap();
    store.correct(correction(ids[1], "question", None)).unwrap();
    let counts = store.predicted(&Filter::default()).unwrap();
    let shown: Vec<(String, u64)> = counts
        .iter()
        .map(|one| (one.labels.join("+"), one.count))
        .collect();
    let expected = [("bug", 1), ("bug+praise", 1), ("praise", 2)];
    assert_eq!(shown, expected.map(|(label, count)| (label.to_owned(), count)));
    let judged = store.judged(&Filter::default()).unwrap();
    let given: Vec<Option<String>> = judged
        .iter()
        .map(|one| one.given.as_ref().map(|labels| labels.join("+")))
        .collect();
    let question = Some("question".to_owned());
    assert_eq!(
        given,
        [question.clone(), question, None, None],
        "an equal text counts, too"
    );
    assert_eq!(judged[0].fingerprint, judged[1].fingerprint);
    assert_ne!(judged[1].fingerprint, judged[2].fingerprint);
    assert_eq!(judged[1].predicted, ["praise"], "what the model said");
    // An equal text counts even if the filter leaves it out.
    let filter = Filter {
        label: Some("bug".into()),
        ..Filter::default()
    };
    let judged = store.judged(&filter).unwrap();
    assert_eq!(
        judged.iter().map(|one| one.id).collect::<Vec<_>>(),
        [ids[0], ids[3]]
    );
    assert!(judged[0].given.is_some());
    assert_eq!(store.predicted(&filter).unwrap().len(), 2);
}

fn corrections_apply_until_undone(store: &dyn CorrectionStore) {
    let id = store.add_predictions(vec![prediction("a", "bug", 0.9)]).unwrap()[0];
    let correct = |label: &str| {
        store.correct(feedback_store::NewCorrection {
            prediction_id: id,
            labels: vec![label.into()],
            actor: "Ann".into(),
            settles: false,
            idempotency_key: None,
        })
    };
    let first = correct("praise").unwrap();
    assert_eq!(
        (&first.previous[..], &first.labels[..], first.text.as_str()),
        (&["bug".to_owned()][..], &["praise".to_owned()][..], "a")
    );
    let second = correct("question").unwrap();
    assert_eq!(second.previous, ["praise"]);
    let current = store.corrections(0, 10).unwrap();
    assert_eq!(current, std::slice::from_ref(&second));
    assert!(store.corrections(second.id, 10).unwrap().is_empty());
    let corrected = || store.prediction(id).unwrap().unwrap().corrected;
    assert_eq!(corrected().unwrap(), ["question"]);
    let superseded = store.undo_correction_by_id(first.id).unwrap_err();
    assert!(
        matches!(superseded, Error::Conflict(Conflict::CorrectionNotCurrent(_))),
        "{superseded}"
    );
    assert_eq!(store.undo_correction_by_id(second.id).unwrap(), Some(id));
    assert!(store.undo_correction_by_id(second.id).is_err());
    assert_eq!(store.undo_correction_by_id(999).unwrap(), None);
    assert_eq!(corrected().unwrap(), ["praise"]);
    assert_eq!(store.corrections(0, 10).unwrap(), [first]);
    assert!(store.undo_correction(id).unwrap());
    assert_eq!(corrected(), None);
    assert!(!store.undo_correction(id).unwrap());
    let error = store.correct(feedback_store::NewCorrection {
        prediction_id: 999,
        labels: vec!["bug".into()],
        actor: "Ann".into(),
        settles: false,
        idempotency_key: None,
    });
    assert!(matches!(error, Err(Error::NotFound { .. })), "{error:?}");
}

fn corrections_are_idempotent(store: &dyn CorrectionStore) {
    let id = store.add_predictions(vec![prediction("a", "bug", 0.9)]).unwrap()[0];
    let correct = |label: &str| {
        store.correct(feedback_store::NewCorrection {
            prediction_id: id,
            labels: vec![label.into()],
            actor: "Ann".into(),
            settles: false,
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
    let found = store.review(&Filter::default(), 10).unwrap();
    let found: Vec<_> = found.iter().map(|one| one.prediction.text.as_str()).collect();
    assert_eq!(found, ["unknown"]);
}

fn any_number_of_labels_can_be_corrected(store: &dyn CorrectionStore) {
    let mut new = prediction("slow and ugly", "bug", 0.9);
    new.labels = owned(&["speed", "look"]);
    let id = store.add_predictions(vec![new]).unwrap()[0];
    let correct = |labels: &[&str], key: &str| {
        store.correct(feedback_store::NewCorrection {
            prediction_id: id,
            labels: owned(labels),
            actor: "Ann".into(),
            settles: false,
            idempotency_key: Some(key.to_owned()),
        })
    };
    let corrected = || store.prediction(id).unwrap().unwrap().corrected;
    let count = |label: &str| {
        let label = Some(label.to_owned());
        let filter = Filter {
            label,
            ..Filter::default()
        };
        store.count(&filter).unwrap()
    };
    let first = correct(&["speed", "price", "look"], "1").unwrap();
    assert_eq!(first.previous, ["speed", "look"]);
    assert_eq!(first.labels, ["speed", "price", "look"]);
    assert_eq!(corrected().unwrap(), ["speed", "price", "look"]);
    assert_eq!([count("price"), count("look"), count("")], [1, 1, 0]);
    assert_eq!(correct(&["speed", "price", "look"], "1").unwrap(), first);
    let reused = correct(&["speed", "price"], "1");
    assert!(matches!(
        reused,
        Err(Error::Conflict(Conflict::IdempotencyKeyReused))
    ));
    let none = correct(&[], "2").unwrap();
    assert_eq!(
        (none.previous.len(), none.labels.len(), corrected()),
        (3, 0, Some(Vec::new()))
    );
    assert_eq!([count("speed"), count("")], [0, 1]);
    let overview = store.overview(&Filter::default()).unwrap();
    assert_eq!((overview.corrected, overview.unlabelled), (1, 1));
    let one = correct(&["look"], "3").unwrap();
    assert_eq!((one.previous.len(), corrected()), (0, Some(owned(&["look"]))));
    assert_eq!([count("speed"), count("look"), count("")], [0, 1, 0]);
    assert_eq!(store.corrections(0, 10).unwrap(), [one]);
    for expected in [Some(Vec::new()), Some(first.labels), None] {
        assert!(store.undo_correction(id).unwrap());
        assert_eq!(corrected(), expected);
    }
    assert_eq!([count("speed"), count("look"), count("price")], [1, 1, 0]);
}

fn owned(labels: &[&str]) -> Vec<String> {
    labels.iter().map(|&label| label.to_owned()).collect()
}

fn many_are_made_and_retracted_as_one(store: &dyn CorrectionStore) {
    let new = ["a", "b", "c"].map(|text| prediction(text, "bug", 0.9));
    let ids = store.add_predictions(new.to_vec()).unwrap();
    store.correct(correction(ids[1], "praise", None)).unwrap();
    let all = |label: &str| {
        ids.iter()
            .map(|&id| correction(id, label, None))
            .collect::<Vec<_>>()
    };
    let mut unknown = all("billing");
    unknown.push(correction(999, "billing", None));
    assert!(store.correct_all(unknown).is_err(), "all or none");
    let labels = |place: usize| {
        let found = store.prediction(ids[place]).unwrap().unwrap();
        found.effective_labels()[0].clone()
    };
    assert_eq!([labels(0), labels(1), labels(2)], ["bug", "praise", "bug"]);
    let made = store.correct_all(all("billing")).unwrap();
    assert_eq!(made.iter().map(|one| one.prediction_id).collect::<Vec<_>>(), ids);
    store.correct(correction(ids[2], "question", None)).unwrap();
    let given: Vec<i64> = made.iter().map(|one| one.id).chain([999]).collect();
    assert_eq!(
        store.retract_corrections(&given).unwrap(),
        ids[..2],
        "the third was changed since"
    );
    assert_eq!([labels(0), labels(1), labels(2)], ["bug", "praise", "question"]);
    assert!(store.undo_correction(ids[2]).unwrap());
    assert_eq!(labels(2), "bug", "what was retracted does not come back");
    assert!(store.retract_corrections(&given).unwrap().is_empty());
    assert!(store.undo_correction(ids[1]).unwrap());
    assert_eq!(labels(1), "bug");
}
