//! Frozen parts, and layers with different learning rates.

use burn::module::Module;
use burn::tensor::Device;
use feedback_trainer::{Error, Parts, Trainable, Trainer, TrainingArguments, trainable_parameters};

use crate::toy::{Judge, Points, Toy, arguments};

fn parts(text: &str) -> Parts {
    text.parse().unwrap()
}

fn layer(model: &Toy, first: bool) -> Vec<f32> {
    let weights = model.weights();
    let (low, high) = weights.split_at(2 * 16 + 16);
    if first { low.to_vec() } else { high.to_vec() }
}

/// Returns the model after the last epoch: each scripted score is better than the one before, so the last model
/// is the best.
fn train(model: Toy, arguments: TrainingArguments) -> Toy {
    let device = Device::flex();
    let script: Vec<f64> = (0..arguments.num_train_epochs)
        .map(|epoch| epoch as f64)
        .collect();
    Trainer::new(arguments.check().unwrap(), &device)
        .train(model, &Points::new(40), &mut Judge::script(&script))
        .unwrap()
        .model
}

#[test]
fn a_frozen_part_keeps_every_bit_and_the_rest_learns() {
    let before = Toy::new(0.1, &Device::flex());
    let mut arguments = arguments();
    arguments.weight_decay = 0.1;
    arguments.gradient_accumulation_steps = 2;
    let after = train(before.clone().freeze_parts(&parts("first")).unwrap(), arguments);
    let bits = |model: &Toy| {
        layer(model, true)
            .iter()
            .map(|value| value.to_bits())
            .collect::<Vec<_>>()
    };
    assert_eq!(bits(&before), bits(&after));
    assert_ne!(layer(&before, false), layer(&after, false));
}

#[test]
fn trainable_parameters_are_counted_with_and_without_autodiff() {
    let model = Toy::new(0.0, &Device::flex());
    assert_eq!(trainable_parameters(&model), 2 * 16 + 16 + 16 * 3 + 3);
    let frozen = model.freeze_parts(&parts("first.weight")).unwrap();
    assert_eq!(trainable_parameters(&frozen), 16 + 16 * 3 + 3);
    assert_eq!(trainable_parameters(&frozen.train().valid()), 16 + 16 * 3 + 3);
}

#[test]
fn unknown_parts_and_freezing_everything_are_errors() {
    let model = Toy::new(0.0, &Device::flex());
    match model.clone().freeze_parts(&parts("first,third")) {
        Err(Error::UnknownPart { part, available }) => {
            assert_eq!(
                (part.as_str(), available),
                ("third", vec!["first".to_owned(), "second".to_owned()])
            );
        }
        other => panic!("{other:?}"),
    }
    assert!(matches!(
        model.freeze_parts(&parts("first,second")),
        Err(Error::AllFrozen { .. })
    ));
}

#[test]
fn a_deeper_layer_takes_smaller_steps() {
    // The first step of AdamW without decay has the size of the learning rate, for any gradient.
    let before = Toy::new(0.0, &Device::flex());
    let mut arguments = arguments();
    arguments.num_train_epochs = 1;
    arguments.max_steps = Some(1);
    arguments.weight_decay = 0.0;
    arguments.layerwise_lr_decay = 0.5;
    let after = train(before.clone(), arguments);
    let step = |first| {
        let (before, after) = (layer(&before, first), layer(&after, first));
        before
            .iter()
            .zip(after)
            .map(|(a, b)| (a - b).abs())
            .fold(0.0, f32::max)
    };
    assert!((step(false) - 0.02).abs() < 1e-5, "{}", step(false));
    assert!((step(true) - 0.01).abs() < 1e-5, "{}", step(true));
}
