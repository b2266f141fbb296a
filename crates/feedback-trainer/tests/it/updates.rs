//! The effect of one update on the weights.

use burn::tensor::Device;
use feedback_trainer::{LogKind, LrSchedulerType, OptimizerName, TrainOutput, Trainer, TrainingArguments};

use crate::toy::{Judge, Points, Toy, arguments};

fn train(arguments: TrainingArguments, dropout: f64, n: usize) -> TrainOutput<Toy> {
    let data = Points::new(n);
    let device = Device::flex();
    Trainer::new(arguments.check().unwrap(), &device)
        .train(
            Toy::new(dropout, &device),
            &data,
            &mut Judge::script(&[0.1, 0.2, 0.3, 0.4, 0.5, 0.6]),
        )
        .unwrap()
}

fn max_difference(a: &Toy, b: &Toy) -> f32 {
    a.weights()
        .iter()
        .zip(b.weights())
        .map(|(a, b)| (a - b).abs())
        .fold(0.0, f32::max)
}

/// Trains on 44 samples for 10 updates. Each epoch has an update of 32 samples and one of 12, in passes of
/// `batch` samples.
fn accumulated(optim: OptimizerName, batch: usize) -> TrainOutput<Toy> {
    let mut arguments = arguments();
    arguments.num_train_epochs = 5;
    arguments.per_device_train_batch_size = batch;
    arguments.gradient_accumulation_steps = 32 / batch;
    arguments.group_by_length = false;
    arguments.optim = optim;
    let output = train(arguments, 0.0, 44);
    assert_eq!(output.state.global_step, 10);
    output
}

#[test]
fn accumulated_passes_equal_one_large_batch_including_the_tail() {
    let (whole, parts) = (
        accumulated(OptimizerName::Sgd, 32),
        accumulated(OptimizerName::Sgd, 8),
    );
    let worst = max_difference(&whole.model, &parts.model);
    assert!(worst < 1e-5, "{worst:e}");
    assert!(max_difference(&whole.model, &Toy::new(0.0, &Device::flex())) > 1e-2);
}

#[test]
fn accumulated_losses_equal_those_of_one_large_batch_with_adamw() {
    // Adam divides by the root of the second moment, which amplifies rounding errors of tiny gradients, so this
    // test compares losses.
    let losses = |batch| -> Vec<f64> {
        let history = accumulated(OptimizerName::AdamW, batch).state.log_history;
        let train = history.iter().filter(|entry| entry.kind == LogKind::Train);
        train.map(|entry| entry.values["loss"]).collect()
    };
    let (whole, parts) = (losses(32), losses(8));
    assert_eq!(whole.len(), 10);
    for (whole, parts) in whole.iter().zip(&parts) {
        assert!((whole - parts).abs() < 1e-4, "{whole} and {parts}");
    }
}

#[test]
fn gradient_checkpointing_changes_no_weight() {
    let run = |gradient_checkpointing| {
        let mut arguments = arguments();
        arguments.gradient_checkpointing = gradient_checkpointing;
        train(arguments, 0.2, 40).model.weights()
    };
    assert_eq!(run(false), run(true));
}

#[test]
fn the_same_seed_gives_the_same_weights_and_another_seed_different_ones() {
    let run = |seed| {
        let mut arguments = arguments();
        arguments.seed = seed;
        train(arguments, 0.0, 40).model.weights()
    };
    assert_eq!(run(1), run(1));
    assert_ne!(run(1), run(2));
}

#[test]
fn gradients_are_clipped_by_their_global_norm() {
    let start = Toy::new(0.0, &Device::flex()).weights();
    let step = |max_grad_norm| {
        let mut arguments = arguments();
        arguments.max_grad_norm = max_grad_norm;
        arguments.max_steps = Some(1);
        arguments.optim = OptimizerName::Sgd;
        arguments.weight_decay = 0.0;
        arguments.lr_scheduler_type = LrSchedulerType::Constant;
        let learning_rate = arguments.learning_rate;
        let output = train(arguments, 0.0, 8);
        let after = output.model.weights();
        let changes: Vec<f64> = after
            .iter()
            .zip(&start)
            .map(|(after, before)| f64::from(after - before) / learning_rate)
            .collect();
        (output.state.grad_norm, changes)
    };
    let length = |changes: &[f64]| changes.iter().map(|change| change * change).sum::<f64>().sqrt();
    // Without momentum an update is the gradient times the rate. The reported norm is the one before clipping.
    let (norm, whole) = step(0.0);
    assert!(
        norm > 0.1 && (length(&whole) - norm).abs() < 1e-4 * norm,
        "{norm} {}",
        length(&whole)
    );
    let limit = norm / 4.0;
    let (reported, clipped) = step(limit);
    assert_eq!(reported, norm);
    assert!(
        (length(&clipped) - limit).abs() < 1e-3 * limit,
        "{limit} {}",
        length(&clipped)
    );
    for (clipped, whole) in clipped.iter().zip(&whole) {
        assert!(
            (clipped * 4.0 - whole).abs() < 1e-3 * norm,
            "all gradients are scaled by the same factor"
        );
    }
    let (_, loose) = step(norm * 4.0);
    assert_eq!(loose, whole, "a limit that is not reached changes nothing");
}

#[test]
fn weight_decay_shrinks_matrices_but_not_biases() {
    let run = |weight_decay| {
        let mut arguments = arguments();
        arguments.weight_decay = weight_decay;
        arguments.num_train_epochs = 1;
        arguments.max_steps = Some(1);
        arguments.lr_scheduler_type = LrSchedulerType::Constant;
        train(arguments, 0.0, 8).model
    };
    let (without, with) = (run(0.0), run(0.5));
    let bias = |model: &Toy| {
        model
            .second
            .bias
            .as_ref()
            .unwrap()
            .val()
            .into_data()
            .try_to_vec::<f32>()
            .unwrap()
    };
    let weight = |model: &Toy| model.second.weight.val().into_data().try_to_vec::<f32>().unwrap();
    assert_eq!(bias(&without), bias(&with));
    let start = weight(&Toy::new(0.0, &Device::flex()));
    for ((without, with), start) in weight(&without).iter().zip(weight(&with)).zip(start) {
        // Decoupled: exactly learning_rate × weight_decay × the previous weight.
        assert!((without - with - 0.02 * 0.5 * start).abs() < 1e-6);
    }
}

#[test]
fn the_first_update_moves_every_weight_by_about_the_learning_rate() {
    // Adam's first step is learning_rate × gradient / (|gradient| + ε), with bias correction.
    let mut arguments = arguments();
    arguments.weight_decay = 0.0;
    arguments.max_steps = Some(1);
    arguments.lr_scheduler_type = LrSchedulerType::Constant;
    let after = train(arguments, 0.0, 8).model;
    let before = Toy::new(0.0, &Device::flex());
    let moved: Vec<f32> = after
        .weights()
        .iter()
        .zip(before.weights())
        .map(|(a, b)| (a - b).abs())
        .collect();
    let at_rate = moved.iter().filter(|step| (**step - 0.02).abs() < 1e-4).count();
    let still = moved.iter().filter(|step| **step == 0.0).count(); // units whose ReLU is 0 for the whole batch
    assert_eq!(at_rate + still, moved.len(), "{moved:?}");
    assert!(at_rate > moved.len() / 2);
}
