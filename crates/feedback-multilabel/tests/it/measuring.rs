//! Trained models: measured, compared, explained, with cleaned texts.

use feedback_inference::ExplainMethod;
use feedback_multilabel::compare;
use feedback_multilabel::train::MultiLabelNotice;
use feedback_pipeline::data::LabelLayout;
use feedback_testkit::recipes::{Place, as_read};

use crate::rows::{
    TRAIN, classifier, evaluated, lists, refusal, separated, trained, trained_with, write_rows,
};

fn with_rows() -> Place {
    let place = Place::with_model();
    write_rows(&place);
    place
}

/// Trains with the output `name` instead of `model`.
fn train_as(place: &Place, name: &str, line: &str) {
    let output = format!("--output {name} --run-dir {name}-run");
    trained(place, &line.replace("--output model --run-dir run", &output)).unwrap();
}

#[test]
fn models_are_compared_on_the_same_texts() {
    let place = with_rows();
    trained(&place, TRAIN).unwrap();
    train_as(&place, "other", &format!("{TRAIN} --seed 7"));
    let test = lists(&place, "run/data/test.jsonl", &LabelLayout::default());
    let model = |name: &str| (name.to_owned(), classifier(&place, name));
    let found = compare(&[model("other"), model("model")], &test).unwrap();
    assert_eq!(found.n, 24);
    let evaluations: Vec<_> = found
        .contenders
        .iter()
        .map(|contender| as_read(&contender.evaluation))
        .collect();
    let micro = |index: usize| evaluations[index]["micro"]["f1"].as_f64().unwrap();
    assert!(evaluations.len() == 2 && micro(0) >= micro(1), "{found:?}");
    let own = found.contenders.iter().find(|one| one.name == "model").unwrap();
    let (evaluated, _) = evaluated(&classifier(&place, "model"), test.clone());
    assert_eq!(own.evaluation, evaluated);
    let differences = &found.pairs[0].differences;
    for score in [
        "micro_f1",
        "macro_f1",
        "weighted_f1",
        "samples_f1",
        "subset_accuracy",
        "hamming_loss",
    ] {
        let found = &differences[score];
        assert!((found.difference - (found.a - found.b)).abs() < 1e-12, "{score}");
    }
    assert!((differences["micro_f1"].a - micro(0)).abs() < 1e-12);
    let again = compare(&[model("other"), model("model")], &test).unwrap();
    assert_eq!(
        as_read(&again),
        as_read(&found),
        "the same models, the same figures"
    );

    // Models with other labels are not comparable.
    let bugs = place
        .read("rows.csv")
        .replace("; praise", "")
        .replace(",praise", ",");
    place.write("bugs.csv", bugs);
    train_as(&place, "third", &TRAIN.replace("rows.csv", "bugs.csv"));
    place.refused(
        || compare(&[model("other"), model("model"), model("third")], &test).map_err(refusal),
        &["different labels", "`third` has bug"],
    );
}

#[test]
fn any_label_is_explained() {
    let place = with_rows();
    trained(&place, TRAIN).unwrap();
    let model = classifier(&place, "model");
    let text = "page 7 crashes and love it";
    let found = model
        .explain_label(text, ExplainMethod::Occlusion, "praise")
        .unwrap();
    assert_eq!(as_read(&found)["label"], "praise");
    assert_eq!(as_read(&found)["method"], "occlusion");
    let words = &as_read(&found)["words"];
    assert_eq!(words.as_array().unwrap().len(), 6);
    let score = |word: &str| {
        let words = words.as_array().unwrap();
        let found = words.iter().find(|one| one["word"] == word).unwrap();
        found["score"].as_f64().unwrap()
    };
    // The probability of praise changes by leaving out a word of praise, and not by much without a word of the other label.
    assert!(
        score("love").abs() > 0.01 && score("love") > score("crashes"),
        "{words}"
    );
    let praise = |text: &str| {
        let found = model.predict_many(&[text]).unwrap().remove(0);
        let scores = found.scores.into_iter();
        scores
            .filter(|one| one.label == "praise")
            .map(|one| one.score)
            .next()
            .unwrap()
    };
    let without = praise("page 7 crashes and it");
    assert!((score("love") - (praise(text) - without)).abs() < 1e-5);
    let top = model.explain(text, ExplainMethod::Occlusion).unwrap();
    let first = &model.predict_many(&[text]).unwrap()[0].scores[0];
    assert_eq!(as_read(&top)["label"], first.label);
    let unknown = model
        .explain_label("it crashes", ExplainMethod::Occlusion, "wish")
        .unwrap_err()
        .to_string();
    assert!(
        unknown.contains("`wish`") && unknown.contains("bug, praise"),
        "{unknown}"
    );
}

/// The model folder carries what was cleaned, so everything that uses it cleans the same.
#[test]
fn texts_are_cleaned_as_in_training() {
    let place = with_rows();
    let rows = place
        .read("rows.csv")
        .replace("page ", "Ask ann@example.com about page ");
    place.write("rows.csv", rows);
    let mut cleaned = 0;
    trained_with(&place, &format!("{TRAIN} --mask-personal-data"), &mut |notice| {
        if let MultiLabelNotice::Data(data) = notice {
            cleaned = data.cleaned;
        }
    })
    .unwrap();
    assert_eq!(cleaned, 120);
    assert_eq!(
        place.json("model/feedback.json")["cleaning"],
        serde_json::json!({ "mask_personal_data": true })
    );
    for part in ["train", "validation", "test"] {
        let rows = place.read(&format!("run/data/{part}.jsonl"));
        assert!(
            rows.contains("[email]") && !rows.contains("ann@example.com"),
            "{part}: {rows}"
        );
    }
    // Training texts are recognised in the file with the addresses.
    let model = classifier(&place, "model");
    let (found, cleaned) = evaluated(&model, lists(&place, "rows.csv", &separated()));
    assert_eq!((cleaned, found.leakage.in_train), (120, 84));
    let texts = [
        "Mail ann@example.com, it crashes",
        "Mail bob@example.org, it crashes",
    ];
    let predicted = model.predict_many(&texts).unwrap();
    assert_eq!(predicted[0].scores, predicted[1].scores);
}
