//! Explanations find the decisive word, and the range of every word is correct.

use feedback_bert::config::Pooling;
use feedback_inference::{BatchLimits, Classifier, Error, ExplainMethod, Explanation};
use proptest::prelude::*;

use crate::planted::classifier;

/// A text of 20 words; `crash` is the 17th word.
const TEXT: &str = "the app is fine but when i open the long list of old notes it will crash again every day";

fn ranges_hold(text: &str, explanation: &Explanation) {
    let chars: Vec<char> = text.chars().collect();
    let mut end = 0;
    for word in &explanation.words {
        assert_eq!(&text[word.byte_start..word.byte_end], word.word);
        assert_eq!(chars[word.start..word.end].iter().collect::<String>(), word.word);
        assert!(
            word.byte_start >= end && word.byte_end > word.byte_start,
            "in order, without overlap"
        );
        assert!(word.score.is_finite());
        end = word.byte_end;
    }
}

#[test]
fn every_method_finds_the_planted_word() {
    for pooling in [Pooling::Cls, Pooling::Mean] {
        let classifier = classifier(pooling, 64);
        assert_eq!(classifier.predict(TEXT).unwrap().predicted_label, "bug");
        assert_eq!(
            classifier
                .predict(&TEXT.replace("crash", "open"))
                .unwrap()
                .predicted_label,
            "other"
        );
        for method in ExplainMethod::ALL {
            let explanation = classifier.explain(TEXT, method).unwrap();
            assert_eq!((explanation.label.as_str(), explanation.words.len()), ("bug", 20));
            let top = explanation.ranked()[0];
            assert_eq!(top.word, "crash", "{pooling} {method}: {:?}", explanation.words);
            assert!(top.score > 0.0, "{pooling} {method}");
            ranges_hold(TEXT, &explanation);
        }
    }
}

#[test]
fn occlusion_is_the_difference_of_two_predictions() {
    let classifier = classifier(Pooling::Cls, 64);
    let bug = |text: &str| {
        let scores = classifier.predict(text).unwrap().scores;
        scores
            .into_iter()
            .find(|score| score.label == "bug")
            .unwrap()
            .score
    };
    let explanation = classifier.explain(TEXT, ExplainMethod::Occlusion).unwrap();
    let without = TEXT.replace("crash ", "");
    let expected = bug(TEXT) - bug(&without);
    assert!((explanation.words[16].score - expected).abs() < 1e-6);
    assert!(expected > 0.5);
}

#[test]
fn occlusion_computes_its_variants_in_batches() {
    let passes = |limits: BatchLimits, text: &str| {
        let classifier = classifier(Pooling::Cls, 512).with_limits(limits);
        let explanation = classifier.explain(text, ExplainMethod::Occlusion).unwrap();
        explanation.forward_passes
    };
    // A text of 20 words gives 21 rows of at most 22 tokens, a text of 100 words gives 101 rows of at most 102 tokens.
    let hundred = [TEXT; 5].join(" ");
    assert_eq!(passes(BatchLimits::gpu(), TEXT), 1);
    assert_eq!(passes(BatchLimits::gpu(), &hundred), 1);
    // A pass of at most 256 tokens has 11 or 12 rows of the short text, or two rows of the long text.
    assert_eq!(passes(BatchLimits::cpu(), TEXT), 2);
    assert_eq!(passes(BatchLimits::cpu(), "crash"), 1);
    assert_eq!(passes(BatchLimits::cpu(), &hundred), 51);
}

#[test]
fn any_known_label_is_explained_and_an_unknown_label_is_refused() {
    let classifier = classifier(Pooling::Cls, 64);
    for method in [ExplainMethod::Occlusion, ExplainMethod::Gradient] {
        let other = classifier.explain_label(TEXT, method, "other").unwrap();
        assert_eq!(other.label, "other");
        let top = other.ranked()[0];
        assert!(
            top.word == "crash" && top.score < 0.0,
            "`crash` counts against the other label: {top:?}"
        );
    }
    let wrong = classifier.explain_label(TEXT, ExplainMethod::Gradient, "spam");
    assert!(
        matches!(wrong, Err(Error::UnknownLabel { found, known }) if found == "spam" && known.len() == 2)
    );
    let empty = classifier.explain(" \n", ExplainMethod::Gradient);
    assert!(matches!(empty, Err(Error::EmptyText { .. })));
    assert!(
        "magic"
            .parse::<ExplainMethod>()
            .unwrap_err()
            .to_string()
            .contains("occlusion")
    );
}

#[test]
fn words_that_are_cut_off_are_not_explained() {
    let classifier = classifier(Pooling::Cls, 12); // 10 words and two special tokens
    for method in ExplainMethod::ALL {
        let explanation = classifier.explain(TEXT, method).unwrap();
        assert!(explanation.truncated);
        assert_eq!(explanation.words.len(), 10);
        assert_eq!(explanation.words[9].word, "long");
        assert_eq!(explanation.label, "other", "`crash` is cut off");
    }
}

#[test]
fn the_output_has_the_documented_fields() {
    let explanation = classifier(Pooling::Cls, 64)
        .explain("é crash!", ExplainMethod::Attention)
        .unwrap();
    let json = serde_json::to_value(&explanation).unwrap();
    let keys: Vec<&String> = json.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["method", "label", "words", "truncated"]);
    assert_eq!(
        (&json["method"], &json["label"]),
        (&"attention".into(), &"bug".into())
    );
    let mut word = json["words"][1].clone();
    word.as_object_mut().unwrap().remove("score");
    let expected = serde_json::json!({"word": "crash", "start": 2, "end": 7, "byte_start": 3, "byte_end": 8});
    assert_eq!(word, expected);
}

fn built() -> &'static Classifier {
    static MODEL: std::sync::OnceLock<Classifier> = std::sync::OnceLock::new();
    MODEL.get_or_init(|| classifier(Pooling::Mean, 24))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn word_ranges_are_correct_for_any_text(
        pieces in proptest::collection::vec(prop_oneof![
            Just("crash".to_owned()), Just("jäh".to_owned()), Just("cafe\u{301}".to_owned()), Just("崩溃了".to_owned()),
            Just("👩‍👩‍👧".to_owned()), Just("🇩🇪😡😡".to_owned()), Just("!!! ".to_owned()), Just("\u{200b}".to_owned()),
            Just("ไม่ดี".to_owned()), Just("مشكلة".to_owned()), Just("\t".to_owned()), Just("don't".to_owned()), ".{0,6}",
        ], 1..14),
        spaced in any::<bool>(),
    ) {
        let text = pieces.join(if spaced { " " } else { "" });
        prop_assume!(!text.trim().is_empty());
        for method in ExplainMethod::ALL {
            let explanation = built().explain(&text, method).unwrap();
            ranges_hold(&text, &explanation);
        }
    }
}
