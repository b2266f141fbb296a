//! Texts that are read in windows as samples for training.

use burn::tensor::{Device, Tensor};
use feedback_bert::config::{Pooling, ScratchPreset};
use feedback_bert::model::ParameterInit;
use feedback_bert::{BertForSequenceClassification, BertTokenizer, LongTexts};
use feedback_trainer::losses::ClassificationLoss;
use feedback_trainer::{Evaluate, TrainData, Trainable};

use crate::data::Examples;
use crate::objectives::classification::{
    ClassificationEvaluator, ClassificationObjective, EncodedExamples, logits,
};

/// The second text has three windows of three words; neighbours have one or two in common.
const TEXTS: [&str; 3] = ["open the app", "open the app crash the crash", "crash"];

fn objective(loss: ClassificationLoss) -> (ClassificationObjective, EncodedExamples) {
    let tokenizer = BertTokenizer::train(&TEXTS, 100, 5).unwrap();
    let tokenizer = tokenizer.with_long_texts(LongTexts::windows(5)).unwrap();
    let examples = Examples {
        texts: TEXTS.map(str::to_owned).to_vec(),
        labels: vec![0, 1, 1],
        path: "rows".into(),
        lines: vec![1, 2, 3],
    };
    let labels = ["a".to_owned(), "b".to_owned()];
    let config = ScratchPreset::Tiny.config(tokenizer.vocab_size(), &labels);
    let mut init = ParameterInit::normal(3, 0.3, &Device::flex()).unwrap();
    let model = BertForSequenceClassification::new(&config, Pooling::Cls, &mut init);
    let data = EncodedExamples::new(&examples, &tokenizer).unwrap();
    (
        ClassificationObjective::new(model, loss.clone()),
        data.with_loss(loss),
    )
}

fn loss_of(objective: &ClassificationObjective, data: &EncodedExamples, samples: &[usize]) -> f64 {
    let loss: Tensor<1> = objective.loss(data.batch(samples, &Device::flex()).unwrap());
    f64::from(loss.into_scalar::<f32>())
}

#[test]
fn the_windows_of_a_text_count_as_one_text() {
    let weighted = ClassificationLoss::cross_entropy()
        .with_class_weights(vec![1.0, 3.0])
        .unwrap();
    for (loss, of_text) in [(ClassificationLoss::cross_entropy(), 1.0), (weighted, 3.0)] {
        let (objective, data) = objective(loss);
        assert_eq!((data.len(), data.in_windows()), (5, (1, 3)));
        let weights: Vec<f64> = (0..5).map(|sample| data.weight(sample)).collect();
        assert_eq!((weights[0], weights[4]), (1.0, of_text));
        assert!(
            (weights[1..4].iter().sum::<f64>() - of_text).abs() < 1e-12,
            "{weights:?}"
        );
        // The loss of a text is the mean of the losses that its windows would have as texts.
        let all = loss_of(&objective, &data, &[0, 1, 2, 3, 4]);
        let each: Vec<f64> = (0..5)
            .map(|sample| loss_of(&objective, &data, &[sample]))
            .collect();
        assert!((all - each.iter().sum::<f64>()).abs() < 1e-5, "{all} {each:?}");
        let alone = data.select(&[(1, 1)]);
        assert_eq!((alone.len(), alone.in_windows()), (3, (1, 3)));
        let of_windows = loss_of(&objective, &alone, &[0, 1, 2]);
        assert!((of_windows - each[1..4].iter().sum::<f64>()).abs() < 1e-5);
    }
}

#[test]
fn metrics_are_about_texts() {
    let (objective, data) = objective(ClassificationLoss::cross_entropy());
    let device = Device::flex();
    let of_texts = logits(&objective.model, &data, 2, 8, &device).unwrap();
    assert_eq!(of_texts.rows().count(), TEXTS.len());
    let alone = logits(&objective.model, &data.select(&[(0, 0), (2, 1)]), 2, 8, &device).unwrap();
    let rows: Vec<&[f64]> = of_texts.rows().collect();
    assert_eq!(
        alone.rows().collect::<Vec<_>>(),
        [rows[0], rows[2]],
        "texts that fit keep every bit"
    );
    let metrics = ClassificationEvaluator::new(data, 2, 8, &device)
        .evaluate(&objective)
        .unwrap();
    let thirds = metrics["accuracy"] * 3.0;
    assert!((thirds - thirds.round()).abs() < 1e-12, "{metrics:?}");
}
