//! Ready-made callbacks in a real run.

use burn::tensor::Device;
use feedback_trainer::callbacks::{CsvLog, GradualUnfreezing, NanGuard, TensorBoard, TimeBudget};
use feedback_trainer::{LearningRateRange, StopReason, TrainOutput, Trainer, find_learning_rate};

use crate::toy::{Judge, Points, Toy, arguments};

fn toy() -> Toy {
    Toy::new(0.0, &Device::flex())
}

fn trainer(epochs: usize) -> Trainer {
    let mut arguments = arguments();
    arguments.num_train_epochs = epochs;
    Trainer::new(arguments.check().unwrap(), &Device::flex())
}

fn train(trainer: Trainer) -> TrainOutput<Toy> {
    let data = Points::new(40);
    trainer
        .train(toy(), &data, &mut Judge::Points(data.clone()))
        .unwrap()
}

fn values(parameter: &burn::module::Param<burn::tensor::Tensor<2>>) -> Vec<f32> {
    parameter.val().into_data().try_to_vec().unwrap()
}

#[test]
fn frozen_parameters_do_not_change_and_the_others_do() {
    let unfreezing = || GradualUnfreezing::new(["second".parse().unwrap()]).unwrap();
    unfreezing().check(&toy()).unwrap();
    let misspelt = GradualUnfreezing::new(["secnd".parse().unwrap()]).unwrap();
    let error = misspelt.check(&toy()).unwrap_err().to_string();
    assert!(error.contains("secnd") && error.contains("second"), "{error}");
    let one = train(trainer(1).with_callback(unfreezing())).model;
    assert_eq!(
        values(&one.first.weight),
        values(&toy().first.weight),
        "frozen weights do not decay either"
    );
    assert_ne!(values(&one.second.weight), values(&toy().second.weight));
    let two = train(trainer(2).with_callback(unfreezing())).model;
    assert_ne!(values(&two.first.weight), values(&toy().first.weight));
}

#[test]
fn the_table_has_every_logged_value() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log.csv");
    let output = train(trainer(2).with_callback(CsvLog::new(fs_err::File::create(&path).unwrap())));
    let text = fs_err::read_to_string(&path).unwrap();
    let figures: usize = output
        .state
        .log_history
        .iter()
        .map(|entry| entry.values.len())
        .sum();
    assert_eq!(text.lines().count(), 1 + figures);
    assert!(text.starts_with("kind,global_step,epoch,metric,value\ntrain,1,0.2,"));
    assert!(text.lines().last().unwrap().starts_with("eval,10,2,loss,"));
}

#[test]
fn the_event_file_consists_of_complete_records() {
    let folder = tempfile::tempdir().unwrap();
    let callback = TensorBoard::create(folder.path()).unwrap();
    let path = callback.path().to_owned();
    let output = train(trainer(1).with_callback(callback));
    let bytes = fs_err::read(path).unwrap();
    let (mut at, mut records) = (0, 0);
    while at < bytes.len() {
        let length = u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap());
        at += 16 + length as usize;
        records += 1;
    }
    assert_eq!(at, bytes.len());
    assert_eq!(records, 1 + output.state.log_history.len());
}

#[test]
fn a_run_without_time_ends_after_one_step_with_a_model() {
    let output = train(trainer(50).with_callback(TimeBudget::new(std::time::Duration::ZERO)));
    assert_eq!(output.stop_reason, StopReason::Callback("time_budget".into()));
    assert_eq!((output.state.global_step, output.state.best_step), (1, Some(1)));
}

#[test]
fn an_evaluation_that_is_not_finite_ends_the_run() {
    struct Broken(Judge);
    impl feedback_trainer::Evaluate<Toy> for Broken {
        fn evaluate(&mut self, model: &Toy) -> Result<feedback_trainer::Metrics, feedback_trainer::BoxError> {
            let mut metrics = self.0.evaluate(model)?;
            metrics.insert("loss".into(), f64::INFINITY);
            Ok(metrics)
        }
    }
    let data = Points::new(40);
    let output = trainer(50)
        .with_callback(NanGuard::new())
        .train(toy(), &data, &mut Broken(Judge::Points(data.clone())))
        .unwrap();
    assert_eq!(output.stop_reason, StopReason::Callback("nan_guard".into()));
    assert_eq!(output.state.global_step, 5);
}

#[test]
fn the_finder_suggests_a_rate_that_trains_and_does_not_change_the_model() {
    let model = toy();
    let data = Points::new(90);
    let checked = arguments().check().unwrap();
    let mut range = LearningRateRange::default();
    range.start = 1e-6;
    range.end = 10.0;
    let find = |stop: &dyn Fn() -> bool| {
        find_learning_rate(&model, &data, &checked, &range, stop, &Device::flex()).unwrap()
    };
    let curve = find(&|| false);
    assert_eq!(curve, find(&|| false), "the same seed gives the same curve");
    let steps = std::cell::Cell::new(0);
    let stopped = find(&|| steps.replace(steps.get() + 1) == 7);
    assert_eq!(stopped.points, curve.points[..7]);
    assert_eq!(model.weights(), toy().weights());
    let suggestion = curve.suggestion.unwrap();
    assert!((1e-4..0.5).contains(&suggestion), "{suggestion:e}");
    let mut arguments = arguments();
    arguments.learning_rate = suggestion;
    arguments.num_train_epochs = 20;
    let output = Trainer::new(arguments.check().unwrap(), &Device::flex())
        .train(toy(), &data, &mut Judge::Points(data.clone()))
        .unwrap();
    assert_eq!(output.metrics["accuracy"], 1.0);
}
