//! Long texts in windows.

use feedback_bert::config::Pooling;
use feedback_bert::windows::MAX_WINDOWS;
use feedback_inference::{Classifier, ExplainMethod, LongTexts};

use crate::planted::classifier;

/// A text of 20 words; `crash` is the 17th word.
const TEXT: &str = "the app is fine but when i open the long list of old notes it will crash again every day";
/// Its windows of ten words, of which neighbours have four in common.
const WINDOWS: [&str; 3] = [
    "the app is fine but when i open the long",
    "i open the long list of old notes it will",
    "list of old notes it will crash again every day",
];

fn in_windows(pooling: Pooling) -> Classifier {
    let classifier = classifier(pooling, 12); // ten words and two special tokens
    classifier
        .with_long_texts(LongTexts::Windows { overlap: 4 })
        .unwrap()
}

#[test]
fn a_text_that_fits_keeps_every_bit() {
    for pooling in [Pooling::Cls, Pooling::Mean] {
        let texts = [WINDOWS[0], "crash", "!"];
        let (cut, windows) = (classifier(pooling, 12), in_windows(pooling));
        assert_eq!(cut.logits(&texts).unwrap(), windows.logits(&texts).unwrap());
        assert_eq!(
            cut.predict_many(&texts).unwrap(),
            windows.predict_many(&texts).unwrap()
        );
        // Also beside a text that has windows.
        let beside = windows.logits(&[WINDOWS[0], TEXT, "crash", "!"]).unwrap();
        let logits = cut.logits(&texts).unwrap();
        assert_eq!((&beside[..2], &beside[4..]), (&logits[..2], &logits[2..]));
    }
}

#[test]
fn the_logits_and_the_vector_of_a_long_text_are_the_mean_of_its_windows() {
    for pooling in [Pooling::Cls, Pooling::Mean] {
        let (cut, windows) = (classifier(pooling, 12), in_windows(pooling));
        let mean = |rows: Vec<f32>, width: usize| -> Vec<f32> {
            let column = |column| {
                rows.iter()
                    .skip(column)
                    .step_by(width)
                    .map(|&value| f64::from(value))
            };
            (0..width)
                .map(|index| (column(index).sum::<f64>() / 3.0) as f32)
                .collect()
        };
        let logits = windows.logits(&[TEXT]).unwrap();
        assert_eq!(logits, mean(cut.logits(&WINDOWS).unwrap(), 2));
        let vector = windows.vectors(&[TEXT]).unwrap();
        assert_eq!(vector, mean(cut.vectors(&WINDOWS).unwrap(), windows.width()));
    }
}

#[test]
fn the_window_that_decided_is_named() {
    let windows = in_windows(Pooling::Cls);
    let prediction = windows.predict(TEXT).unwrap();
    assert!(!prediction.truncated);
    let found = prediction.windows.unwrap();
    assert_eq!(found.count, 3);
    let logits = classifier(Pooling::Cls, 12).logits(&WINDOWS).unwrap();
    let of_class = |class: usize| logits.iter().skip(class).step_by(2).copied();
    let class = usize::from(of_class(1).sum::<f32>() > of_class(0).sum());
    assert_eq!(prediction.predicted_label, ["bug", "other"][class]);
    let best = of_class(class).fold(f32::MIN, f32::max);
    assert_eq!(
        of_class(class).position(|logit| logit == best),
        Some(found.deciding - 1)
    );
    assert_eq!(&TEXT[found.start..found.end], WINDOWS[found.deciding - 1]);
    // Of several answers in one pass too.
    let (both, _) = windows.predict_with_vectors(&["fine", TEXT]).unwrap();
    assert_eq!((both[0].windows, both[1].windows), (None, Some(found)));
}

#[test]
fn an_explanation_is_about_the_window_that_decided() {
    let windows = in_windows(Pooling::Cls);
    for method in [ExplainMethod::Occlusion, ExplainMethod::Gradient] {
        let explanation = windows.explain_label(TEXT, method, "bug").unwrap();
        let found = explanation.windows.unwrap();
        assert_eq!((found.count, found.deciding), (3, 3));
        let words: Vec<&str> = explanation.words.iter().map(|word| word.word.as_str()).collect();
        assert_eq!(words.join(" "), WINDOWS[2]);
        for word in &explanation.words {
            assert_eq!(
                &TEXT[word.start..word.end],
                word.word,
                "a position in the whole text"
            );
        }
        assert_eq!(explanation.ranked()[0].word, "crash");
        assert!(!explanation.truncated);
    }
    // In the parts that a server computes, the first encoding is the whole text.
    let occlusion = windows.occlusion(TEXT).unwrap();
    let predictions = windows.predict_encoded(occlusion.encodings()).unwrap();
    assert_eq!(predictions[0], windows.predict(TEXT).unwrap());
    let label = predictions[0].predicted_label.clone();
    let direct = windows.explain(TEXT, ExplainMethod::Occlusion).unwrap();
    let scores = predictions.iter().map(|prediction| prediction.scores.as_slice());
    let by_hand = occlusion.explanation(&label, scores);
    assert_eq!((by_hand.label, by_hand.words), (direct.label, direct.words));
}

#[test]
fn a_text_of_too_many_windows_is_cut_and_says_so() {
    let windows = in_windows(Pooling::Cls);
    let step = 6; // ten words without the four in common
    let words = |n: usize| vec!["fine"; n].join(" ");
    let most = step * (MAX_WINDOWS - 1) + 10;
    for (n, truncated) in [(most, false), (most + 1, true), (100_000, true)] {
        let prediction = windows.predict(&words(n)).unwrap();
        assert_eq!(prediction.truncated, truncated, "{n} words");
        assert_eq!(prediction.windows.unwrap().count, MAX_WINDOWS);
    }
}

#[test]
fn an_overlap_of_more_than_half_is_refused() {
    let refused = classifier(Pooling::Cls, 12).with_long_texts(LongTexts::Windows { overlap: 7 });
    assert!(refused.unwrap_err().to_string().contains("at most 6"));
}
