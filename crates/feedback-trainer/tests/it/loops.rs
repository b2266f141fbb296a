//! The order of events, the choice of the best model, and how a run ends.

use burn::tensor::Device;
use feedback_trainer::callbacks::{EarlyStopping, EventLog};
use feedback_trainer::{Error, StopReason, Trainer, TrainingArguments};

use crate::toy::{Judge, Points, Recorder, Toy, arguments};

fn trainer(arguments: TrainingArguments) -> Trainer {
    Trainer::new(arguments.check().unwrap(), &Device::flex())
}

fn toy() -> Toy {
    Toy::new(0.0, &Device::flex())
}

#[test]
fn it_learns() {
    let data = Points::new(90);
    let mut arguments = arguments();
    arguments.num_train_epochs = 20;
    let output = trainer(arguments)
        .train(toy(), &data, &mut Judge::Points(data.clone()))
        .unwrap();
    assert_eq!(output.metrics["accuracy"], 1.0);
    assert_eq!(output.stop_reason, StopReason::Completed);
    assert_eq!(output.state.global_step, output.state.max_steps);
    let losses: Vec<f64> = output
        .state
        .log_history
        .iter()
        .filter_map(|entry| entry.values.get("grad_norm").map(|_| entry.values["loss"]))
        .collect();
    assert!(
        losses.last().unwrap() * 4.0 < losses[0],
        "from {} to {:?}",
        losses[0],
        losses.last()
    );
}

#[test]
fn events_come_in_hugging_faces_order() {
    let recorder = Recorder::default();
    let mut arguments = arguments();
    arguments.num_train_epochs = 1;
    arguments.gradient_accumulation_steps = 2;
    arguments.logging_steps = 2;
    // 4 batches of 8 are 2 updates of 2 passes.
    let data = Points::new(32);
    let trainer = trainer(arguments).with_callback(recorder.clone());
    trainer
        .train(toy(), &data, &mut Judge::Points(data.clone()))
        .unwrap();
    let step = [
        "step_begin",
        "substep_end",
        "pre_optimizer_step",
        "optimizer_step",
        "step_end",
    ];
    let expected: Vec<&str> = [
        &["init_end", "train_begin", "epoch_begin"][..],
        &step,
        &step,
        &["log", "epoch_end", "log", "evaluate", "train_end"],
    ]
    .concat();
    assert_eq!(*recorder.events.borrow(), expected);
}

#[test]
fn the_first_update_is_logged_if_asked_for() {
    let logs = |logging_first_step| {
        let recorder = Recorder::default();
        let mut arguments = arguments();
        arguments.num_train_epochs = 1;
        arguments.logging_steps = 3;
        arguments.logging_first_step = logging_first_step;
        let data = Points::new(32); // 4 updates
        let trainer = trainer(arguments).with_callback(recorder.clone());
        trainer
            .train(toy(), &data, &mut Judge::Points(data.clone()))
            .unwrap();
        let events = recorder.events.borrow();
        let until_log = events.iter().take_while(|event| **event != "log");
        until_log.filter(|event| **event == "step_end").count()
    };
    assert_eq!((logs(false), logs(true)), (3, 1));
}

#[test]
fn the_best_model_is_returned_not_the_last() {
    let data = Points::new(24);
    let run = |scores: &[f64], epochs| {
        let mut arguments = arguments();
        arguments.num_train_epochs = epochs;
        arguments.lr_scheduler_type = feedback_trainer::LrSchedulerType::Constant;
        trainer(arguments)
            .train(toy(), &data, &mut Judge::script(scores))
            .unwrap()
    };
    let best_second = run(&[0.1, 0.9, 0.3, 0.9, 0.2], 5);
    assert_eq!(
        (best_second.state.best_step, best_second.metrics["accuracy"]),
        (Some(6), 0.9)
    );
    let only_two = run(&[0.1, 0.9], 2);
    assert_eq!(
        best_second.model.weights(),
        only_two.model.weights(),
        "the model as it was after the second epoch"
    );
    assert_ne!(
        best_second.model.weights(),
        run(&[0.1, 0.2, 0.3], 3).model.weights()
    );
}

#[test]
fn an_undefined_first_score_does_not_stay_the_best() {
    let data = Points::new(24);
    let mut arguments = arguments();
    arguments.num_train_epochs = 3;
    let output = trainer(arguments)
        .train(toy(), &data, &mut Judge::script(&[f64::NAN, 0.5, f64::NAN]))
        .unwrap();
    assert_eq!(output.state.best_metric, Some(0.5));
}

#[test]
fn early_stopping_ends_the_run_and_keeps_the_best() {
    let data = Points::new(24);
    let mut arguments = arguments();
    arguments.num_train_epochs = 10;
    let output = trainer(arguments)
        .with_callback(EarlyStopping::new("accuracy", 2, 0.0, true).unwrap())
        .train(toy(), &data, &mut Judge::script(&[0.5, 0.8, 0.7, 0.6]))
        .unwrap();
    assert_eq!(output.stop_reason, StopReason::Callback("early_stopping".into()));
    assert_eq!((output.state.best_step, output.state.global_step), (Some(6), 12));
}

#[test]
fn a_callback_stops_at_the_step_boundary_and_the_model_is_evaluated() {
    let data = Points::new(80);
    let recorder = Recorder {
        stop_at_step: Some(3),
        ..Recorder::default()
    };
    let output = trainer(arguments())
        .with_callback(recorder)
        .train(toy(), &data, &mut Judge::Points(data.clone()))
        .unwrap();
    assert_eq!(output.state.global_step, 3);
    assert_eq!(output.state.best_step, Some(3));
    assert_eq!(output.stop_reason, StopReason::Callback("recorder".into()));
}

#[test]
fn a_loss_that_is_not_finite_returns_the_best_so_far_or_an_error() {
    let good = Points::new(24);
    let broken = Points {
        n: 24,
        broken_from: Some(0),
    };
    let error = trainer(arguments())
        .train(toy(), &broken, &mut Judge::Points(good.clone()))
        .unwrap_err();
    assert!(
        matches!(error, Error::LossNotFinite { global_step: 1, .. }),
        "{error}"
    );

    // One sample is NaN. Because the model is evaluated after every step, there is a model from before this
    // sample.
    let one_bad = Points {
        n: 24,
        broken_from: Some(23),
    };
    let mut arguments = arguments();
    arguments.eval_strategy = feedback_trainer::IntervalStrategy::Steps;
    arguments.eval_steps = 1;
    arguments.per_device_train_batch_size = 4;
    arguments.seed = 3;
    let output = trainer(arguments)
        .train(toy(), &one_bad, &mut Judge::Points(good))
        .unwrap();
    assert_eq!(output.stop_reason, StopReason::LossNotFinite);
    assert!(output.model.weights().iter().all(|weight| weight.is_finite()));
}

#[test]
fn a_missing_metric_lists_the_available_ones() {
    let data = Points::new(8);
    let mut arguments = arguments();
    arguments.metric_for_best_model = "f1".into();
    let error = trainer(arguments)
        .train(toy(), &data, &mut Judge::Points(data.clone()))
        .unwrap_err();
    let message = error.to_string();
    assert!(
        message.contains("`f1`") && message.contains("accuracy, loss"),
        "{message}"
    );
}

#[test]
fn no_data_is_an_error() {
    let error = trainer(arguments())
        .train(toy(), &Points::new(0), &mut Judge::script(&[]))
        .unwrap_err();
    assert!(matches!(error, Error::NoData));
}

#[test]
fn the_event_log_has_one_json_line_per_entry() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events.jsonl");
    let data = Points::new(16);
    let mut arguments = arguments();
    arguments.num_train_epochs = 1;
    trainer(arguments)
        .with_callback(EventLog::new(fs_err::File::create(&path).unwrap()))
        .train(toy(), &data, &mut Judge::Points(data.clone()))
        .unwrap();
    let text = fs_err::read_to_string(&path).unwrap();
    let lines: Vec<serde_json::Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let kinds: Vec<&str> = lines.iter().map(|line| line["event"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["train_begin", "log", "log", "log", "best", "train_end"]);
    assert_eq!(lines[3]["kind"], "eval");
    assert!(lines.iter().all(|line| line["time"].is_f64()));
}
