//! Checks of the history of predictions.

use std::sync::Arc;

use feedback_store::{
    AnswerFilter, Cursor, Dimension, FieldFilter, Filter, ModelAnswer, NewPrediction, PredictionStore,
};
use serde_json::{Value, json};

use super::fixtures::{DAY, prediction};

pub(crate) fn conforms(fresh: &dyn Fn() -> Arc<dyn PredictionStore>) {
    predictions_come_back_in_order(&*fresh());
    filters_and_pages(&*fresh());
    unfamiliar_texts(&*fresh());
    ids_and_texts_are_listed(&*fresh());
    fields_are_kept_and_filtered(&*fresh());
    fields_are_counted(&*fresh());
    answers_are_filtered_and_counted(&*fresh());
    overview_counts(&*fresh());
    sources_are_listed(&*fresh());
    labels_are_counted_and_found_one_by_one(&*fresh());
    a_text_without_a_date_is_in_no_period(&*fresh());
    review_returns_duplicates_once(&*fresh());
    a_failure_adds_nothing(&*fresh());
}

pub(crate) fn texts(store: &dyn PredictionStore, filter: Filter) -> Vec<String> {
    let found = store.history(&filter, Cursor::newest(100)).unwrap();
    assert_eq!(store.count(&filter).unwrap(), found.len() as u64);
    found.into_iter().map(|one| one.prediction.text).collect()
}

fn predictions_come_back_in_order(store: &dyn PredictionStore) {
    let new = vec![
        prediction("one", "bug", 0.9),
        prediction("zwei 🎉 \u{0} drei", "praise", 0.4),
    ];
    let ids = store.add_predictions(new.clone()).unwrap();
    assert!(ids[0] < ids[1]);
    let found = store.prediction(ids[1]).unwrap().unwrap();
    assert_eq!(found.prediction, new[1]);
    assert_eq!(found.corrected, None);
    assert_eq!(store.prediction(999).unwrap(), None);
    assert!(store.add_predictions(Vec::new()).unwrap().is_empty());
}

fn ids_and_texts_are_listed(store: &dyn PredictionStore) {
    let new = ["one", "two", "three", "four"].map(|text| prediction(text, "bug", 0.9));
    let ids = store.add_predictions(new.to_vec()).unwrap();
    let some = |ids: Vec<i64>| Filter {
        ids: Some(ids),
        ..Filter::default()
    };
    let chosen = some(vec![ids[0], ids[2], 999]);
    assert_eq!(texts(store, chosen.clone()), ["three", "one"]);
    assert_eq!(store.ids(&chosen, 10).unwrap(), [ids[2], ids[0]]);
    assert_eq!(
        store.ids(&Filter::default(), 3).unwrap(),
        [ids[3], ids[2], ids[1]]
    );
    assert_eq!(store.count(&some(Vec::new())).unwrap(), 0);
    assert_eq!(store.ids(&some((1..30_000).collect()), 10).unwrap().len(), 4);
    let listed = store.texts(ids[0], 2).unwrap();
    assert_eq!(listed, [(ids[1], "two".to_owned()), (ids[2], "three".to_owned())]);
    assert!(store.texts(ids[3], 2).unwrap().is_empty());
}

fn unfamiliar_texts(store: &dyn PredictionStore) {
    let mut strange = prediction("never seen", "bug", 0.9);
    strange.unfamiliarity = Some(0.99);
    let mut usual = prediction("seen", "bug", 0.9);
    usual.unfamiliarity = Some(0.95);
    let unknown = prediction("of a model that does not say", "bug", 0.9);
    store.add_predictions(vec![strange, usual, unknown]).unwrap();
    let unfamiliar = Filter {
        unfamiliar_above: Some(0.95),
        ..Filter::default()
    };
    let found = store.history(&unfamiliar, Cursor::newest(9)).unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].prediction.unfamiliarity, Some(0.99));
    let all = store.history(&Filter::default(), Cursor::newest(9)).unwrap();
    assert_eq!(all[0].prediction.unfamiliarity, None);
}

fn filters_and_pages(store: &dyn PredictionStore) {
    let mut late = prediction("Late 100%", "bug", 0.2);
    late.at = 20 * DAY;
    late.source = "mail".into();
    let new = vec![
        prediction("an Apple", "bug", 0.9),
        prediction("a pear", "praise", 0.5),
        late,
    ];
    store.add_predictions(new).unwrap();
    let filter = Filter::default;
    assert_eq!(texts(store, filter()), ["Late 100%", "a pear", "an Apple"]);
    let text = |text: &str| Filter {
        text: Some(text.into()),
        ..filter()
    };
    assert_eq!(texts(store, text("apple")), ["an Apple"]);
    assert_eq!(texts(store, text("100%")), ["Late 100%"]);
    assert!(
        texts(store, text("_ pear")).is_empty(),
        "wildcards must be matched literally"
    );
    assert!(texts(store, text("' OR 1=1 --")).is_empty());
    assert_eq!(
        texts(
            store,
            Filter {
                label: Some("praise".into()),
                ..filter()
            }
        ),
        ["a pear"]
    );
    assert_eq!(
        texts(
            store,
            Filter {
                source: Some("mail".into()),
                ..filter()
            }
        ),
        ["Late 100%"]
    );
    assert_eq!(
        texts(
            store,
            Filter {
                from: Some(11 * DAY),
                ..filter()
            }
        ),
        ["Late 100%"]
    );
    assert_eq!(
        texts(
            store,
            Filter {
                to: Some(20 * DAY),
                ..filter()
            }
        )
        .len(),
        2
    );
    assert_eq!(
        texts(
            store,
            Filter {
                min_confidence: Some(0.6),
                ..filter()
            }
        ),
        ["an Apple"]
    );
    assert_eq!(
        texts(
            store,
            Filter {
                max_confidence: Some(0.3),
                ..filter()
            }
        ),
        ["Late 100%"]
    );
    let first = store.history(&filter(), Cursor::newest(2)).unwrap();
    let rest = Cursor {
        before: first[1].id,
        limit: 2,
    };
    let rest = store.history(&filter(), rest).unwrap();
    assert_eq!((first.len(), rest.len()), (2, 1));
    assert_eq!(rest[0].prediction.text, "an Apple");
}

fn with_fields(text: &str, label: &str, fields: Value) -> NewPrediction {
    let mut new = prediction(text, label, 0.9);
    new.fields = serde_json::from_value(fields).unwrap();
    new
}

fn with(name: &str, value: &str) -> Filter {
    Filter {
        fields: vec![FieldFilter {
            name: name.into(),
            values: vec![value.into()],
        }],
        ..Filter::default()
    }
}

fn fields_are_kept_and_filtered(store: &dyn PredictionStore) {
    let mut written = prediction("as written", "praise", 0.9);
    written.fields =
        serde_json::from_str(r#"{"stars": 4.50, "id": 123456789012345678901234567890}"#).unwrap();
    let odd = "a\"b' \\ $.c[0] \u{FDD0} ß";
    let new = vec![
        with_fields(
            "first",
            "bug",
            json!({"zip": "01067", "stars": 5, "paid": true, "at": 1.50, "tags": ["x", "y"], "id": 12345678901234567890_u64}),
        ),
        with_fields(
            "second",
            "bug",
            json!({"stars": "5", "plan": "nul\u{0} \u{FDD0}\n\"pro\"", "note": null}),
        ),
        with_fields(
            "third",
            "praise",
            json!({"plan": "", "2024": "x", odd: odd, "\u{0}": 1}),
        ),
        prediction("none", "praise", 0.9),
        written,
    ];
    store.add_predictions(new.clone()).unwrap();
    let found = store.history(&Filter::default(), Cursor::newest(10)).unwrap();
    for (found, new) in found.iter().rev().zip(&new) {
        assert_eq!(found.prediction, *new);
    }
    for (name, value, expected) in [
        ("zip", "01067", &["first"][..]),
        ("zip", "1067", &[]),
        ("stars", "5", &["second", "first"]),
        ("stars", "\"5\"", &[]),
        ("paid", "true", &["first"]),
        ("paid", "1", &[]),
        ("at", "1.5", &["first"]),
        ("tags", "[\"x\",\"y\"]", &["first"]),
        ("id", "12345678901234567890", &["first"]),
        ("plan", "nul\u{0} \u{FDD0}\n\"pro\"", &["second"]),
        ("plan", "", &["as written", "none", "third", "first"]),
        ("note", "", &["as written", "none", "third", "second", "first"]),
        ("2024", "x", &["third"]),
        (odd, odd, &["third"]),
        ("\u{0}", "1", &["third"]),
        ("missing", "x", &[]),
        ("stars", "4.50", &["as written"]),
        ("id", "123456789012345678901234567890", &["as written"]),
    ] {
        assert_eq!(texts(store, with(name, value)), expected, "{name} = {value}");
    }
    let mut both = with("stars", "5");
    both.fields.extend(with("plan", "").fields);
    let mut either = with("stars", "5");
    either.fields[0]
        .values
        .extend(["none".to_owned(), "4.50".to_owned()]);
    assert_eq!(texts(store, either), ["as written", "second", "first"]);
    both.label = Some("bug".into());
    assert_eq!(texts(store, both), ["first"]);
    let newest = store.newest_fields(&with("stars", "5"), 1).unwrap();
    assert_eq!(newest, [new[1].fields.clone()]);
}

fn answers_are_filtered_and_counted(store: &dyn PredictionStore) {
    let answered = |text: &str, label: &str, answers: &[(&str, &str)]| {
        let mut new = prediction(text, label, 0.9);
        let answer = |(question, label): &(&str, &str)| ModelAnswer {
            question: (*question).to_owned(),
            label: (*label).to_owned(),
            score: 0.75,
        };
        new.answers = answers.iter().map(answer).collect();
        new
    };
    let odd = "a \"b\" \\ \u{0} {\"question\":\"mood\",\"label\":\"bad\",";
    store
        .add_predictions(vec![
            answered("first", "bug", &[("mood", "bad"), ("topic", "app")]),
            answered(
                "second",
                "praise",
                &[("mood", "good"), ("topic", "app"), ("topic", "price")],
            ),
            answered("third", "bug", &[("mood", odd)]),
            answered("fourth", "bug", &[]),
        ])
        .unwrap();
    let with = |question: &str, label: &str| Filter {
        answers: vec![AnswerFilter {
            question: question.into(),
            label: label.into(),
        }],
        ..Filter::default()
    };
    for (question, label, expected) in [
        ("mood", "bad", &["first"][..]),
        ("mood", "Bad", &[]),
        ("mood", odd, &["third"]),
        ("topic", "price", &["second"]),
        ("topic", "app", &["second", "first"]),
        ("topic", "", &["fourth", "third"]),
        ("none", "", &["fourth", "third", "second", "first"]),
        ("bad", "mood", &[]),
    ] {
        assert_eq!(
            texts(store, with(question, label)),
            expected,
            "{question} = {label}"
        );
    }
    let counts = |by: Dimension| {
        let counts = store.breakdown(&Filter::default(), &by, 10).unwrap().unwrap();
        let count =
            |one: feedback_store::FieldCount| format!("{} {} {}", one.value, one.labels.join("+"), one.count);
        counts.into_iter().map(count).collect::<Vec<_>>()
    };
    assert_eq!(
        counts(Dimension::Answer("topic".into())),
        [" bug 2", "app bug 1", "app praise 1", "price praise 1"]
    );
    assert_eq!(counts(Dimension::Source), ["api bug 3", "api praise 1"]);
    let few = store.breakdown(&Filter::default(), &Dimension::Answer("topic".into()), 3);
    assert_eq!(few.unwrap(), None);
}

fn fields_are_counted(store: &dyn PredictionStore) {
    let mut new: Vec<NewPrediction> = (0..20)
        .map(|row| {
            with_fields(
                "text",
                "bug",
                json!({"plan": if row % 2 == 0 { "free" } else { "pro" }, "row": row}),
            )
        })
        .collect();
    new.push(with_fields("text", "praise", json!({"plan": "pro"})));
    new.push(with_fields("text", "praise", json!({"plan": null})));
    new.push(with_fields("text", "praise", json!({"row": "3"})));
    new.push(with_fields("text", "bug", json!({"row": "3"})));
    store.add_predictions(new).unwrap();
    let counts = |filter: Filter, field: &str, limit| {
        let by = Dimension::Field(field.to_owned());
        let counts = store.breakdown(&filter, &by, limit).unwrap()?;
        let count =
            |one: feedback_store::FieldCount| format!("{} {} {}", one.value, one.labels.join("+"), one.count);
        Some(counts.into_iter().map(count).collect::<Vec<_>>())
    };
    let expected = [" bug 1", " praise 2", "free bug 10", "pro bug 10", "pro praise 1"];
    assert_eq!(counts(Filter::default(), "plan", 10).unwrap(), expected);
    let rows = counts(with("plan", ""), "row", 100).unwrap();
    assert_eq!(rows, [" praise 1", "3 bug 1", "3 praise 1"]);
    let rows = counts(Filter::default(), "row", 100).unwrap();
    assert!(
        rows.contains(&"3 bug 2".to_owned()),
        "a number and a string: {rows:?}"
    );
    assert_eq!(counts(Filter::default(), "row", 10), None);
}

fn sources_are_listed(store: &dyn PredictionStore) {
    assert_eq!(store.sources().unwrap(), [""; 0]);
    let from = |source: &str| NewPrediction {
        source: source.to_owned(),
        ..prediction("text", "bug", 0.9)
    };
    let ids = store
        .add_predictions(
            ["web", "Web", "über", "api", "web", "nul\u{0}"]
                .map(from)
                .to_vec(),
        )
        .unwrap();
    assert_eq!(
        store.sources().unwrap(),
        ["Web", "api", "nul\u{0}", "web", "über"]
    );
    assert_eq!(ids.len(), 6);
}

fn overview_counts(store: &dyn PredictionStore) {
    assert_eq!(store.overview(&Filter::default()).unwrap().total, 0);
    let mut abstained = prediction("c", "bug", 0.8);
    abstained.abstained = Some(true);
    abstained.at = 11 * DAY + 5;
    let new = vec![
        prediction("a", "bug", 0.95),
        prediction("b", "praise", 0.45),
        abstained,
    ];
    store.add_predictions(new).unwrap();
    let overview = store.overview(&Filter::default()).unwrap();
    assert_eq!((overview.total, overview.doubtful, overview.corrected), (3, 2, 0));
    assert!((overview.mean_confidence - (0.95 + 0.45 + 0.8) / 3.0).abs() < 1e-12);
    assert_eq!(overview.undated, 0);
    let labels: Vec<_> = overview
        .labels
        .iter()
        .map(|one| (one.label.as_str(), one.count))
        .collect();
    assert_eq!(labels, [("bug", 2), ("praise", 1)]);
    let days: Vec<_> = overview.days.iter().map(|day| (day.day, day.count)).collect();
    assert_eq!(days, [(10, 1), (10, 1), (11, 1)]);
    let mut histogram = [0; 10];
    (histogram[9], histogram[4], histogram[8]) = (1, 1, 1);
    assert_eq!(overview.histogram, histogram);
}

/// Texts with no label, one label and several labels: each text counts once under each of its labels.
fn labels_are_counted_and_found_one_by_one(store: &dyn PredictionStore) {
    let odd = "a \"b\", \u{0}\u{FDD0}\n"; // whatever a label contains, it is found as a whole
    let rows: [(&str, &[&str]); 5] = [
        ("none", &[]),
        ("one", &["bug"]),
        ("two", &["look", "bug"]),
        ("odd", &["bug", odd, ",x"]),
        ("similar", &["big bug", "x,"]),
    ];
    let new = rows.map(|(text, labels)| NewPrediction {
        labels: labels.iter().map(|&label| label.to_owned()).collect(),
        margin: labels.len() as f64 / 10.0,
        fields: serde_json::from_value(json!({"plan": text.len()})).unwrap(),
        ..prediction(text, "bug", 0.9)
    });
    store.add_predictions(new.to_vec()).unwrap();
    let found = store.history(&Filter::default(), Cursor::newest(10)).unwrap();
    for (found, new) in found.iter().rev().zip(&new) {
        assert_eq!(&found.prediction, new);
    }
    let with_label = |label: &str| {
        let label = Some(label.to_owned());
        texts(
            store,
            Filter {
                label,
                ..Filter::default()
            },
        )
    };
    assert_eq!(with_label("bug"), ["odd", "two", "one"]);
    assert_eq!(with_label("look"), ["two"]);
    assert_eq!(with_label(odd), ["odd"]);
    assert_eq!(with_label("x,"), ["similar"]);
    assert_eq!(with_label(""), ["none"]);
    assert!(with_label(",").is_empty() && with_label("b").is_empty());
    let overview = store.overview(&Filter::default()).unwrap();
    assert_eq!((overview.total, overview.unlabelled, overview.several), (5, 1, 3));
    assert_eq!(
        (overview.labels[0].label.as_str(), overview.labels[0].count),
        ("bug", 3)
    );
    assert_eq!(overview.labels.iter().map(|one| one.count).sum::<u64>(), 8);
    assert_eq!(overview.sources[0].count, 5);
    assert_eq!(overview.days.iter().map(|day| day.count).sum::<u64>(), 5);
    let found = store
        .breakdown(&Filter::default(), &Dimension::Field("plan".into()), 10)
        .unwrap()
        .unwrap();
    let three: Vec<_> = found.iter().filter(|one| one.value == "3").collect();
    assert_eq!(three.len(), 3, "{found:?}");
    assert_eq!(
        (three[2].labels.join("+"), three[2].count),
        ("look+bug".to_owned(), 1)
    );
    let review = store.review(&Filter::default(), 2).unwrap();
    assert_eq!(
        review
            .iter()
            .map(|one| one.prediction.text.as_str())
            .collect::<Vec<_>>(),
        ["none", "one"]
    );
}

fn a_text_without_a_date_is_in_no_period(store: &dyn PredictionStore) {
    let mut undated = prediction("undated", "bug", 0.9);
    undated.undated = true;
    store
        .add_predictions(vec![prediction("dated", "bug", 0.9), undated.clone()])
        .unwrap();
    let found = store.history(&Filter::default(), Cursor::newest(1)).unwrap();
    assert_eq!(found[0].prediction, undated);
    for (from, to) in [(Some(0), None), (None, Some(100 * DAY))] {
        let period = Filter {
            from,
            to,
            ..Filter::default()
        };
        assert_eq!(texts(store, period), ["dated"]);
    }
    let old = Filter {
        older_than: Some(11 * DAY),
        ..Filter::default()
    };
    assert_eq!(texts(store, old).len(), 2);
    let overview = store.overview(&Filter::default()).unwrap();
    assert_eq!(
        (overview.total, overview.undated, overview.labels[0].count),
        (2, 1, 2)
    );
    let days: Vec<_> = overview.days.iter().map(|day| (day.day, day.count)).collect();
    assert_eq!(days, [(10, 1)]);
}

fn review_returns_duplicates_once(store: &dyn PredictionStore) {
    let new = vec![
        prediction("sure", "bug", 0.99),
        prediction("close call", "bug", 0.51),
        prediction("CLOSE call!", "bug", 0.52),
        prediction("half sure", "bug", 0.7),
    ];
    store.add_predictions(new).unwrap();
    let found = store.review(&Filter::default(), 10).unwrap();
    let found: Vec<_> = found.iter().map(|one| one.prediction.text.as_str()).collect();
    assert_eq!(found, ["close call", "half sure", "sure"]);
    assert_eq!(store.review(&Filter::default(), 1).unwrap().len(), 1);
}

fn a_failure_adds_nothing(store: &dyn PredictionStore) {
    let mut wrong = prediction("not a number", "bug", 0.9);
    wrong.confidence = f64::NAN;
    store
        .add_predictions(vec![prediction("beside it", "bug", 0.9), wrong])
        .unwrap_err();
    assert_eq!(store.count(&Filter::default()).unwrap(), 0);
}
