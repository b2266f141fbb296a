//! Tests with data that change between epochs: epochs are complete, the schedule is adjusted, and runs can be
//! resumed.

use std::cell::Cell;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use burn::tensor::Device;
use feedback_trainer::{
    BoxError, Callback, CallbackResult, CheckpointFolder, Control, Evaluate, IntervalStrategy, Metrics,
    StopReason, TrainData, TrainOutput, TrainState, Trainable, Trainer,
};

use crate::toy::{Judge, Points, Toy, arguments};

/// Number of samples in each epoch. With batches of 8 the epochs have 2, 2, 4, 3 and 3 updates.
const SIZES: [usize; 5] = [16, 16, 32, 20, 20];

struct Growing(Cell<usize>);

impl Growing {
    fn new() -> Self {
        Self(Cell::new(SIZES[0]))
    }
    fn points(&self) -> Points {
        Points::new(self.0.get())
    }
}

impl TrainData<Toy> for Growing {
    fn len(&self) -> usize {
        self.0.get()
    }
    fn length(&self, index: usize) -> usize {
        self.points().length(index)
    }
    fn batch(&self, indices: &[usize], device: &Device) -> Result<<Toy as Trainable>::Batch, BoxError> {
        self.points().batch(indices, device)
    }
    fn refresh(&self, epoch: usize) -> Result<bool, BoxError> {
        Ok(self.0.replace(SIZES[epoch]) != SIZES[epoch])
    }
}

/// Evaluates on 40 points, and from the third epoch on only on the first 10.
struct Shrinking(usize);

impl Evaluate<Toy> for Shrinking {
    fn evaluate(&mut self, model: &Toy) -> Result<Metrics, BoxError> {
        Judge::Points(Points::new(self.0)).evaluate(model)
    }
    fn refresh(&mut self, epoch: usize) -> Result<bool, BoxError> {
        let n = if epoch < 2 { 40 } else { 10 };
        Ok(std::mem::replace(&mut self.0, n) != n)
    }
}

/// Ends the run after a step, as a signal would.
struct Interrupt {
    at: usize,
    flag: Arc<AtomicBool>,
}

impl Callback for Interrupt {
    fn name(&self) -> &str {
        "interrupt"
    }
    fn on_step_end(&mut self, state: &TrainState) -> CallbackResult {
        if state.global_step == self.at {
            self.flag.store(true, Ordering::SeqCst);
        }
        Ok(Control::CONTINUE)
    }
}

fn train(folder: &Path, interrupt_at: usize) -> TrainOutput<Toy> {
    let mut arguments = arguments();
    arguments.save_strategy = IntervalStrategy::Epoch;
    arguments.metric_for_best_model = "loss".into();
    arguments.greater_is_better = Some(false);
    let flag = Arc::new(AtomicBool::new(false));
    let checkpoints = CheckpointFolder::new(folder);
    let newest = checkpoints.newest().unwrap();
    Trainer::new(arguments.check().unwrap(), &Device::flex())
        .with_checkpoints(checkpoints)
        .resume_from(newest.checkpoint)
        .with_interrupt(Arc::clone(&flag))
        .with_callback(Interrupt {
            at: interrupt_at,
            flag,
        })
        .train(
            Toy::new(0.2, &Device::flex()),
            &Growing::new(),
            &mut Shrinking(40),
        )
        .unwrap()
}

#[test]
fn every_epoch_is_complete_and_the_schedule_ends_with_the_last() {
    let folder = tempfile::tempdir().unwrap();
    let output = train(folder.path(), 0);
    assert_eq!(output.stop_reason, StopReason::Completed);
    assert_eq!((output.state.global_step, output.state.max_steps), (14, 14));
    assert_eq!(output.state.epoch, 5.0);
    let rates: Vec<f64> = output
        .state
        .log_history
        .iter()
        .filter_map(|entry| entry.values.get("learning_rate").copied())
        .collect();
    // Linear over 10 updates for two epochs, over 4 + 3 × 4 for the third, over 8 + 2 × 3 for the last two.
    let expected = |done: usize, of: usize| 0.02 * (1.0 - done as f64 / of as f64);
    for (done, of) in [(0, 10), (3, 10), (4, 16), (7, 16), (8, 14), (13, 14)] {
        assert!(
            (rates[done] - expected(done, of)).abs() < 1e-15,
            "{done}: {}",
            rates[done]
        );
    }
}

#[test]
fn the_best_model_is_reevaluated_when_the_evaluation_data_change() {
    let folder = tempfile::tempdir().unwrap();
    let output = train(folder.path(), 0);
    let found = Shrinking(10).evaluate(&output.model).unwrap();
    assert_eq!(output.metrics["loss"], found["loss"]);
    assert_eq!(output.state.best_metric, Some(found["loss"]));
}

#[test]
fn a_resumed_run_sees_the_same_data() {
    let whole = tempfile::tempdir().unwrap();
    let expected = train(whole.path(), 0);
    // In the middle of an epoch, at its end, and right after the data or the evaluation changed.
    for step in [1, 4, 5, 7, 8, 9, 11, 13] {
        let folder = tempfile::tempdir().unwrap();
        let first = train(folder.path(), step);
        assert_eq!(
            (first.stop_reason, first.state.global_step),
            (StopReason::Interrupted, step)
        );
        let second = train(folder.path(), 0);
        assert_eq!(second.model.weights(), expected.model.weights(), "step {step}");
        assert_eq!(second.state, expected.state, "step {step}");
        assert_eq!(second.metrics, expected.metrics, "step {step}");
    }
}
