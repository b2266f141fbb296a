//! Two linear layers that learn which of three rays is closest to a point.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use burn::module::{Module, Param};
use burn::nn::{Dropout, DropoutConfig, Linear};
use burn::tensor::{Device, Int, Tensor, TensorData, activation::relu};
use feedback_trainer::{
    BoxError, Callback, CallbackResult, Control, Evaluate, LogEntry, Metrics, TrainData, TrainState,
    Trainable, TrainingArguments, cross_entropy_sum,
};

#[derive(Module, Debug)]
pub(crate) struct Toy {
    pub(crate) first: Linear,
    pub(crate) second: Linear,
    dropout: Dropout,
}

impl Toy {
    /// Creates a model with the same weights every time.
    pub(crate) fn new(dropout: f64, device: &Device) -> Self {
        let linear = |input: usize, output: usize| {
            let values: Vec<f32> = (0..input * output)
                .map(|i| ((i * 37 % 19) as f32 - 9.0) / 12.0)
                .collect();
            Linear {
                weight: Param::from_tensor(Tensor::from_data(
                    TensorData::new(values, [input, output]),
                    device,
                )),
                bias: Some(Param::from_tensor(Tensor::zeros([output], device))),
            }
        };
        Self {
            first: linear(2, 16),
            second: linear(16, 3),
            dropout: DropoutConfig::new(dropout).init(),
        }
    }

    pub(crate) fn logits(&self, inputs: Tensor<2>) -> Tensor<2> {
        let hidden = self.dropout.forward(relu(self.first.forward(inputs)));
        self.second.forward(hidden)
    }

    /// Returns all weights, for comparing models.
    pub(crate) fn weights(&self) -> Vec<f32> {
        let mut all = Vec::new();
        for layer in [&self.first, &self.second] {
            all.extend(layer.weight.val().into_data().try_to_vec::<f32>().unwrap());
            all.extend(
                layer
                    .bias
                    .as_ref()
                    .unwrap()
                    .val()
                    .into_data()
                    .try_to_vec::<f32>()
                    .unwrap(),
            );
        }
        all
    }
}

impl Trainable for Toy {
    type Batch = (Tensor<2>, Tensor<1, Int>);

    fn loss(&self, (inputs, labels): Self::Batch) -> Tensor<1> {
        cross_entropy_sum(self.logits(inputs), labels)
    }

    fn layer_depth(&self, name: &str) -> usize {
        usize::from(name.starts_with("first."))
    }
}

#[derive(Clone)]
pub(crate) struct Points {
    pub(crate) n: usize,
    /// The inputs of this and all later samples are NaN, and so is their loss.
    pub(crate) broken_from: Option<usize>,
}

impl Points {
    pub(crate) fn new(n: usize) -> Self {
        Self { n, broken_from: None }
    }
}

impl TrainData<Toy> for Points {
    fn len(&self) -> usize {
        self.n
    }
    fn length(&self, index: usize) -> usize {
        1 + index % 5
    }
    fn batch(&self, indices: &[usize], device: &Device) -> Result<<Toy as Trainable>::Batch, BoxError> {
        let mut inputs = Vec::new();
        let mut labels = Vec::new();
        for &index in indices {
            let label = index % 3;
            let angle = label as f32 * 2.1 + (index * 13 % 11) as f32 / 12.0;
            let radius = if self.broken_from.is_some_and(|from| index >= from) {
                f32::NAN
            } else {
                1.5
            };
            inputs.extend([radius * angle.cos(), radius * angle.sin()]);
            labels.push(label as i32);
        }
        let inputs = Tensor::from_data(TensorData::new(inputs, [indices.len(), 2]), device);
        Ok((inputs, Tensor::from_ints(labels.as_slice(), device)))
    }
}

/// An evaluator that measures accuracy and mean loss on points or, for tests of decisions, returns scripted
/// accuracies.
pub(crate) enum Judge {
    Points(Points),
    Script(VecDeque<f64>),
}

impl Judge {
    pub(crate) fn script(values: &[f64]) -> Self {
        Self::Script(values.iter().copied().collect())
    }
}

impl Evaluate<Toy> for Judge {
    fn evaluate(&mut self, model: &Toy) -> Result<Metrics, BoxError> {
        let points = match self {
            Self::Script(values) => {
                let value = values.pop_front().ok_or("the script has no more values")?;
                return Ok([("accuracy".to_owned(), value)].into());
            }
            Self::Points(points) => points,
        };
        let all: Vec<usize> = (0..points.n).collect();
        let (inputs, labels) = points.batch(&all, &Device::flex())?;
        let logits = model.logits(inputs);
        let hits = logits.clone().argmax(1).reshape([points.n]).equal(labels.clone());
        let right: f32 = hits.float().sum().into_scalar();
        let loss: f32 = cross_entropy_sum(logits, labels).into_scalar();
        let n = points.n as f64;
        Ok([
            ("accuracy".to_owned(), f64::from(right) / n),
            ("loss".to_owned(), f64::from(loss) / n),
        ]
        .into())
    }
}

pub(crate) fn arguments() -> TrainingArguments {
    let mut arguments = TrainingArguments::default();
    arguments.num_train_epochs = 5;
    arguments.per_device_train_batch_size = 8;
    arguments.learning_rate = 0.02;
    arguments.warmup_ratio = 0.0;
    arguments.metric_for_best_model = "accuracy".into();
    arguments.logging_steps = 1;
    arguments
}

/// Records every event and returns scripted requests.
#[derive(Default, Clone)]
pub(crate) struct Recorder {
    pub(crate) events: Rc<RefCell<Vec<String>>>,
    pub(crate) stop_at_step: Option<usize>,
}

impl Recorder {
    fn note(&self, event: &str) -> CallbackResult {
        self.events.borrow_mut().push(event.to_owned());
        Ok(Control::CONTINUE)
    }
}

impl Callback for Recorder {
    fn name(&self) -> &str {
        "recorder"
    }
    fn on_init_end(&mut self, _: &TrainState) -> CallbackResult {
        self.note("init_end")
    }
    fn on_train_begin(&mut self, _: &TrainState) -> CallbackResult {
        self.note("train_begin")
    }
    fn on_train_end(&mut self, _: &TrainState) -> CallbackResult {
        self.note("train_end")
    }
    fn on_epoch_begin(&mut self, _: &TrainState) -> CallbackResult {
        self.note("epoch_begin")
    }
    fn on_epoch_end(&mut self, _: &TrainState) -> CallbackResult {
        self.note("epoch_end")
    }
    fn on_step_begin(&mut self, _: &TrainState) -> CallbackResult {
        self.note("step_begin")
    }
    fn on_substep_end(&mut self, _: &TrainState) -> CallbackResult {
        self.note("substep_end")
    }
    fn on_pre_optimizer_step(&mut self, _: &TrainState) -> CallbackResult {
        self.note("pre_optimizer_step")
    }
    fn on_optimizer_step(&mut self, _: &TrainState) -> CallbackResult {
        self.note("optimizer_step")
    }
    fn on_step_end(&mut self, state: &TrainState) -> CallbackResult {
        self.note("step_end")?;
        let stop = self.stop_at_step == Some(state.global_step);
        Ok(if stop { Control::STOP } else { Control::CONTINUE })
    }
    fn on_evaluate(&mut self, _: &TrainState, _: &Metrics) -> CallbackResult {
        self.note("evaluate")
    }
    fn on_save(&mut self, _: &TrainState) -> CallbackResult {
        self.note("save")
    }
    fn on_log(&mut self, _: &TrainState, _: &LogEntry) -> CallbackResult {
        self.note("log")
    }
}
