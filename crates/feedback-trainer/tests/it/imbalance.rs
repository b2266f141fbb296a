//! Class weights, sample orders and epoch numbers passed between data and trainer.

use std::cell::{Cell, RefCell};

use burn::module::Module;
use burn::tensor::{Device, Int, Tensor};
use feedback_trainer::losses::ClassificationLoss;
use feedback_trainer::{
    BoxError, Evaluate, Metrics, TrainData, TrainOutput, Trainable, Trainer, TrainingArguments,
};

use crate::toy::{Judge, Points, Toy, arguments};

#[derive(Module, Debug)]
struct WeightedToy {
    toy: Toy,
    #[module(skip)]
    loss: ClassificationLoss,
}

impl Trainable for WeightedToy {
    type Batch = (Tensor<2>, Tensor<1, Int>);

    fn loss(&self, (inputs, labels): Self::Batch) -> Tensor<1> {
        self.loss.sum(self.toy.logits(inputs), labels)
    }
}

struct WeightedPoints {
    points: Points,
    loss: ClassificationLoss,
    /// The order of the samples in every epoch; `None` for the default order.
    order: Option<Vec<usize>>,
    epochs: RefCell<Vec<usize>>,
    seen: RefCell<Vec<usize>>,
    passes: Cell<usize>,
}

impl WeightedPoints {
    fn new(n: usize, loss: &ClassificationLoss) -> Self {
        Self {
            points: Points::new(n),
            loss: loss.clone(),
            order: None,
            epochs: RefCell::default(),
            seen: RefCell::default(),
            passes: Cell::default(),
        }
    }
}

impl TrainData<WeightedToy> for WeightedPoints {
    fn len(&self) -> usize {
        self.points.n
    }
    fn length(&self, index: usize) -> usize {
        TrainData::<Toy>::length(&self.points, index)
    }
    fn weight(&self, index: usize) -> f64 {
        self.loss.weight(index % 3)
    }
    fn set_epoch(&self, epoch: usize) {
        self.epochs.borrow_mut().push(epoch);
    }
    fn order(&self, _seed: u64, _epoch: usize) -> Option<Vec<usize>> {
        self.order.clone()
    }
    fn batch(
        &self,
        indices: &[usize],
        device: &Device,
    ) -> Result<<WeightedToy as Trainable>::Batch, BoxError> {
        self.seen.borrow_mut().extend(indices);
        self.passes.set(self.passes.get() + 1);
        TrainData::<Toy>::batch(&self.points, indices, device)
    }
}

struct Inner(Judge);

impl Evaluate<WeightedToy> for Inner {
    fn evaluate(&mut self, model: &WeightedToy) -> Result<Metrics, BoxError> {
        self.0.evaluate(&model.toy)
    }
}

fn train(arguments: TrainingArguments, data: &WeightedPoints) -> TrainOutput<WeightedToy> {
    let device = Device::flex();
    let model = WeightedToy {
        toy: Toy::new(0.0, &device),
        loss: data.loss.clone(),
    };
    let mut judge = Inner(Judge::script(&[0.1, 0.2, 0.3, 0.4, 0.5]));
    Trainer::new(arguments.check().unwrap(), &device)
        .train(model, data, &mut judge)
        .unwrap()
}

#[test]
fn the_weighted_mean_of_accumulated_passes_equals_that_of_one_large_batch() {
    let weights = ClassificationLoss::focal(1.5)
        .and_then(|loss| loss.with_class_weights(vec![0.2, 1.0, 7.0]))
        .and_then(|loss| loss.with_label_smoothing(0.1))
        .unwrap();
    let run = |batch, passes| {
        let mut arguments = arguments();
        arguments.per_device_train_batch_size = batch;
        arguments.gradient_accumulation_steps = passes;
        arguments.group_by_length = false;
        train(arguments, &WeightedPoints::new(44, &weights))
    };
    let (whole, parts) = (run(32, 1), run(4, 8));
    assert_eq!((whole.state.global_step, parts.state.global_step), (10, 10));
    for (whole, parts) in whole.state.log_history.iter().zip(&parts.state.log_history) {
        if let (Some(whole), Some(parts)) = (whole.values.get("loss"), parts.values.get("loss")) {
            assert!((whole - parts).abs() < 1e-5, "{whole} {parts}");
        }
    }
    let pairs = whole
        .model
        .toy
        .weights()
        .into_iter()
        .zip(parts.model.toy.weights());
    let worst = pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(worst < 1e-4, "{worst:e}");
}

#[test]
fn the_first_loss_is_the_weighted_mean_over_the_update() {
    let loss = ClassificationLoss::cross_entropy()
        .with_class_weights(vec![0.5, 1.0, 4.0])
        .unwrap();
    let data = WeightedPoints::new(20, &loss);
    let mut arguments = arguments();
    arguments.per_device_train_batch_size = 3;
    arguments.gradient_accumulation_steps = 7;
    arguments.max_steps = Some(1);
    let output = train(arguments, &data);
    assert_eq!(data.passes.get(), 7);
    let device = Device::flex();
    let all: Vec<usize> = (0..20).collect();
    let (inputs, labels) = TrainData::<Toy>::batch(&data.points, &all, &device).unwrap();
    let each = loss.per_sample(Toy::new(0.0, &device).logits(inputs), labels);
    let sum: f32 = each.sum().into_scalar();
    let weight: f64 = all.iter().map(|&index| loss.weight(index % 3)).sum();
    let expected = f64::from(sum) / weight;
    let found = output.state.log_history[0].values["loss"];
    assert!((found - expected).abs() < 1e-6, "{found}, expected {expected}");
}

#[test]
fn the_order_of_the_data_is_used_and_epochs_are_announced() {
    let mut data = WeightedPoints::new(8, &ClassificationLoss::cross_entropy());
    data.order = Some(vec![7, 7, 7, 1, 0, 7, 2, 2]);
    let mut arguments = arguments();
    arguments.num_train_epochs = 2;
    arguments.per_device_train_batch_size = 3;
    arguments.group_by_length = false;
    train(arguments, &data);
    let order = data.order.clone().unwrap();
    assert_eq!(*data.seen.borrow(), [order.clone(), order].concat());
    assert_eq!(*data.epochs.borrow(), [0, 1]);
}
