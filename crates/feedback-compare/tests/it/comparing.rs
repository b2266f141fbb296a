//! Models and baselines on the same rows, in numbers and as a page.

use feedback_pipeline::evaluate::write_report;
use feedback_testkit::assert_close;
use feedback_testkit::recipes::{Place, as_read, check_evaluation, labelled};

use crate::place::{compare_on_cpu, compared, contender, options};

const BASELINES: [&str; 4] = [
    "majority class",
    "TF-IDF + logistic regression",
    "untrained head",
    "first model's encoder + logistic regression",
];

#[test]
fn models_and_baselines_are_listed_best_first() {
    let place = Place::with_model_and_data();
    let report = compared(&place, "train.jsonl", "test.jsonl").unwrap();
    assert_eq!((report.n, report.leaked, report.dropped), (16, 0, 0));
    assert_eq!(report.contenders.len(), 5);
    for name in BASELINES.iter().chain(&["tiny-bert"]) {
        check_evaluation(&as_read(&contender(&place, &report, name).evaluation));
    }
    let f1: Vec<f64> = report
        .contenders
        .iter()
        .map(|contender| contender.evaluation.figures.weighted.f1)
        .collect();
    assert!(f1.is_sorted_by(|a, b| a >= b), "best first: {f1:?}");
    let majority = as_read(&contender(&place, &report, "majority class").evaluation);
    assert_eq!(majority["accuracy"], 0.125, "one of eight equal classes");

    let model = place.path("tiny-bert").display().to_string();
    assert_eq!(report.verdicts.len(), 4);
    for verdict in &report.verdicts {
        assert_eq!(verdict.a, model);
        let sentence = &verdict.sentence;
        assert!(
            sentence.contains(&format!("`{model}`")) && sentence.contains(&verdict.b),
            "{sentence}"
        );
        assert!(sentence.contains("16 rows"), "{sentence}");
    }
}

#[test]
fn baselines_learn_from_the_training_file() {
    let place = Place::with_model();
    let rows = |texts: [&str; 3], from: usize| -> String {
        (from..from + 8)
            .map(|row| {
                labelled(&[
                    (&format!("{} {row}", texts[0]), "bug"),
                    (&format!("{} {row}", texts[1]), "praise"),
                    (&format!("{} {row}", texts[2]), "praise"),
                ])
            })
            .collect()
    };
    let texts = [
        "crashes when opened",
        "lovely colours everywhere",
        "great work team",
    ];
    place.write("train.jsonl", rows(texts, 0));
    place.write("test.jsonl", rows(texts, 100));
    let report = compared(&place, "train.jsonl", "test.jsonl").unwrap();
    let accuracy = |name: &str| {
        let found = as_read(&contender(&place, &report, name).evaluation);
        found["accuracy"].as_f64().unwrap()
    };
    assert_close(accuracy(BASELINES[1]), 1.0, 0.0, "TF-IDF");
    assert_close(accuracy(BASELINES[0]), 2.0 / 3.0, 1e-12, "the majority class");
    // The model has eight labels, the data two: predictions of other labels count as wrong, as in `evaluate`.
    let order = &as_read(&report.contenders[0].evaluation)["label_order"];
    assert_eq!([&order[0], &order[1]], ["bug", "praise"]);
    let alone = place.evaluate("tiny-bert", "test.jsonl").unwrap();
    assert_close(
        accuracy("tiny-bert"),
        alone["accuracy"].as_f64().unwrap(),
        1e-12,
        "the model itself",
    );
}

#[test]
fn another_frozen_encoder_can_be_given() {
    let place = Place::with_model_and_data();
    place.copy_model("encoder");
    let own = compared(&place, "train.jsonl", "test.jsonl").unwrap();
    let mut options = options(&place, "train.jsonl", "test.jsonl");
    options.encoder = Some(place.path("encoder"));
    let named = compare_on_cpu(&options).unwrap();
    assert_eq!(
        (own.encoder.as_ref(), named.encoder.as_ref()),
        (Some(&place.path("tiny-bert")), Some(&place.path("encoder")))
    );
    let score = |report, whose: &str| {
        let name = format!("{whose} encoder + logistic regression");
        contender(&place, report, &name).evaluation.figures.weighted.f1
    };
    assert_close(
        score(&own, "first model's"),
        score(&named, "frozen"),
        0.0,
        "a copy of the same weights",
    );
    assert!(score(&own, "first model's") > 0.0);
    options.encoder = Some(place.path("nowhere"));
    let refusal = place.refusal(|| compare_on_cpu(&options));
    place.check_message(&refusal, &["nowhere"]);
}

#[test]
fn a_comparison_is_written_as_a_page() {
    let place = Place::with_model_and_data();
    place.copy_model("other-bert");
    let mut options = options(&place, "train.jsonl", "test.jsonl");
    options.models.push(place.path("other-bert"));
    let report = compare_on_cpu(&options).unwrap();
    let inputs = [options.train.as_path(), options.test.as_path()];
    let document = report.page(&options).document();
    write_report(&place.path("out"), &report, &document, &inputs).unwrap();
    let page = place.read("out/report.html");
    assert!(page.starts_with("<!DOCTYPE html><html lang=\"en\">"), "{page}");
    for forbidden in ["<script", "<img", " src=\"", "url(", "href=\"http"] {
        assert!(!page.contains(forbidden), "`{forbidden}` in the page");
    }
    assert_eq!(report.contenders.len(), 6);
    for contender in &report.contenders {
        assert!(page.contains(&contender.name), "{}", contender.name);
    }
    assert_eq!(
        place.json("out/report.json")["contenders"][0]["evaluation"],
        as_read(&report)["contenders"][0]["evaluation"]
    );
    for verdict in &report.verdicts {
        let text = place.read("out/report.txt");
        assert!(text.contains(&verdict.sentence), "{}", verdict.sentence);
    }
    assert_eq!(place.read("out/models.csv").lines().count(), 7);
}
