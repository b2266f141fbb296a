//! Predictions and vectors in one pass.

use feedback_bert::config::Pooling;

use crate::planted::classifier;

#[test]
fn one_pass_gives_the_predictions_and_the_vectors_of_two() {
    let classifier = classifier(Pooling::Mean, 64);
    let texts = [
        "the app will crash",
        "fine",
        "i open the long list of old notes every day",
    ];
    let (predictions, vectors) = classifier.predict_with_vectors(&texts).unwrap();
    assert_eq!(vectors, classifier.vectors(&texts).unwrap());
    let alone = classifier.predict_many(&texts).unwrap();
    for (one, other) in predictions.iter().zip(&alone) {
        assert_eq!(one.predicted_label, other.predicted_label);
        assert!((one.confidence - other.confidence).abs() < 1e-6);
    }
    assert!(classifier.predict_with_vectors(&["fine", " "]).is_err());
}
