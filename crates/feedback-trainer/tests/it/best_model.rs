//! A run returns the best model, however it ends.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use burn::tensor::Device;
use feedback_trainer::callbacks::{EarlyStopping, TimeBudget};
use feedback_trainer::{
    Callback, CallbackResult, Control, LrSchedulerType, StopReason, TrainData, TrainOutput, TrainState,
    Trainable, Trainer,
};

use crate::toy::{Judge, Points, Toy, arguments};

/// The score of the evaluation after each epoch of 3 updates. The second score is the best.
const SCORES: [f64; 6] = [0.1, 0.9, 0.3, 0.4, 0.2, 0.1];

fn trainer(epochs: usize) -> Trainer {
    let mut arguments = arguments();
    arguments.num_train_epochs = epochs;
    arguments.lr_scheduler_type = LrSchedulerType::Constant; // so that the first updates are the same in all runs
    Trainer::new(arguments.check().unwrap(), &Device::flex())
}

fn train(trainer: Trainer, data: &Points) -> TrainOutput<Toy> {
    trainer
        .train(Toy::new(0.0, &Device::flex()), data, &mut Judge::script(&SCORES))
        .unwrap()
}

/// Checks that `output` has the weights after the second epoch, by comparing it with a run that ends there.
fn assert_best(output: &TrainOutput<Toy>) {
    let until_then = train(trainer(2), &Points::new(24));
    assert_eq!(until_then.state.global_step, 6);
    assert_eq!(
        (output.state.best_step, output.metrics["accuracy"]),
        (Some(6), 0.9)
    );
    assert_eq!(output.model.weights(), until_then.model.weights());
    assert!(output.state.global_step > 6);
}

#[test]
fn when_it_runs_to_the_end() {
    let output = train(trainer(6), &Points::new(24));
    assert_eq!(output.stop_reason, StopReason::Completed);
    assert_best(&output);
}

#[test]
fn when_it_stops_early() {
    let stopping = EarlyStopping::new("accuracy", 2, 0.0, true).unwrap();
    let output = train(trainer(6).with_callback(stopping), &Points::new(24));
    assert_eq!(output.stop_reason, StopReason::Callback("early_stopping".into()));
    assert_best(&output);
}

/// Sleeps at step 10 until the time is up.
struct Slow;

const BUDGET: Duration = Duration::from_secs(2);

impl Callback for Slow {
    fn name(&self) -> &str {
        "slow"
    }
    fn on_step_end(&mut self, state: &TrainState) -> CallbackResult {
        if state.global_step == 10 {
            std::thread::sleep(BUDGET);
        }
        Ok(Control::CONTINUE)
    }
}

#[test]
fn when_its_time_is_up() {
    let trainer = trainer(6)
        .with_callback(Slow)
        .with_callback(TimeBudget::new(BUDGET));
    let output = train(trainer, &Points::new(24));
    assert_eq!(output.stop_reason, StopReason::Callback("time_budget".into()));
    assert_eq!(output.state.global_step, 10);
    assert_best(&output);
}

/// Patience runs out after the fourth evaluation; with a minimum of five epochs training continues to the fifth.
#[test]
fn early_stopping_waits_for_the_minimum_number_of_epochs() {
    let steps = |min_epochs| {
        let stopping = EarlyStopping::new("accuracy", 2, 0.0, true).unwrap();
        let stopping = stopping.with_min_epochs(min_epochs);
        train(trainer(6).with_callback(stopping), &Points::new(24))
            .state
            .global_step
    };
    assert_eq!([steps(0), steps(4), steps(5)], [4 * 3, 4 * 3, 5 * 3]);
}

/// Points that become NaN in the fourth epoch.
struct Failing(std::cell::Cell<usize>);

impl TrainData<Toy> for Failing {
    fn len(&self) -> usize {
        24
    }
    fn length(&self, index: usize) -> usize {
        Points::new(24).length(index)
    }
    fn batch(
        &self,
        indices: &[usize],
        device: &Device,
    ) -> Result<<Toy as Trainable>::Batch, feedback_trainer::BoxError> {
        self.0.set(self.0.get() + 1);
        let broken_from = (self.0.get() > 10).then_some(0);
        Points { n: 24, broken_from }.batch(indices, device)
    }
}

#[test]
fn when_it_meets_nan() {
    let data = Failing(std::cell::Cell::new(0));
    let output = trainer(6)
        .train(Toy::new(0.0, &Device::flex()), &data, &mut Judge::script(&SCORES))
        .unwrap();
    assert_eq!(output.stop_reason, StopReason::LossNotFinite);
    assert_eq!(output.state.global_step, 10);
    assert_best(&output);
}

/// Sets the flag at step 8.
struct Interrupt(Arc<AtomicBool>);

impl Callback for Interrupt {
    fn name(&self) -> &str {
        "interrupt"
    }
    fn on_step_begin(&mut self, state: &TrainState) -> CallbackResult {
        if state.global_step == 7 {
            self.0.store(true, std::sync::atomic::Ordering::SeqCst);
        }
        Ok(Control::CONTINUE)
    }
}

#[test]
fn when_it_is_interrupted() {
    let flag = Arc::new(AtomicBool::new(false));
    let trainer = trainer(6)
        .with_callback(Interrupt(flag.clone()))
        .with_interrupt(flag);
    let output = train(trainer, &Points::new(24));
    assert_eq!(output.stop_reason, StopReason::Interrupted);
    assert_eq!(output.state.global_step, 8);
    assert_best(&output);
}

/// Skips updates that are not finite.
struct Skip;

impl Callback for Skip {
    fn name(&self) -> &str {
        "skip"
    }
    fn on_not_finite(&mut self, _state: &TrainState) -> CallbackResult {
        Ok(Control::SKIP_UPDATE)
    }
}

#[test]
fn an_update_that_is_not_finite_can_be_skipped() {
    let one_bad = Points {
        n: 24,
        broken_from: Some(23),
    };
    let output = train(trainer(6).with_callback(Skip), &one_bad);
    assert_eq!(output.stop_reason, StopReason::Completed);
    assert_eq!(
        output.state.global_step, 12,
        "two of three updates in each of 6 epochs"
    );
    assert!(output.model.weights().iter().all(|weight| weight.is_finite()));
}

#[test]
fn the_last_model_is_returned_on_request() {
    let mut arguments = arguments();
    arguments.num_train_epochs = 3;
    arguments.load_best_model_at_end = false;
    arguments.lr_scheduler_type = LrSchedulerType::Constant;
    let last = train(
        Trainer::new(arguments.check().unwrap(), &Device::flex()),
        &Points::new(24),
    );
    assert_eq!(last.metrics["accuracy"], 0.3);
    let best = train(trainer(3), &Points::new(24));
    assert_ne!(last.model.weights(), best.model.weights());
}
