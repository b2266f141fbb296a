//! The toy model fulfils the model contract (`feedback_testkit::contract`), except for padding and files.

use burn::tensor::{Device, Tensor};
use feedback_testkit::contract::{
    ModelContract, ensure_batch_equals_single, ensure_gradients, ensure_memorises,
};
use feedback_trainer::{TrainData, cross_entropy_sum};

use crate::toy::{Points, Toy};

struct ToyCase;

fn batch(points: &[&usize], device: &Device) -> <Toy as feedback_trainer::Trainable>::Batch {
    let points: Vec<usize> = points.iter().map(|point| **point).collect();
    Points::new(8).batch(&points, device).unwrap()
}

impl ModelContract for ToyCase {
    type Model = Toy;
    /// The index of a point.
    type Example = usize;

    fn device(&self) -> Device {
        Device::flex()
    }

    fn model(&self) -> Toy {
        Toy::new(0.0, &self.device())
    }

    fn examples(&self) -> Vec<usize> {
        (0..8).collect()
    }

    fn outputs(&self, model: &Toy, examples: &[&usize], _filler: u32) -> Vec<Vec<f32>> {
        let (inputs, _) = batch(examples, &self.device());
        let logits: Vec<f32> = model.logits(inputs).into_data().try_to_vec().unwrap();
        logits.chunks(3).map(<[f32]>::to_vec).collect()
    }

    fn loss(&self, model: &Toy, examples: &[&usize], device: &Device) -> Tensor<1> {
        let (inputs, labels) = batch(examples, device);
        cross_entropy_sum(model.logits(inputs), labels) / examples.len() as f32
    }

    fn learning_rate(&self) -> f64 {
        0.02
    }
}

#[test]
fn the_toy_can_be_trained() {
    ensure_gradients(&ToyCase);
    ensure_batch_equals_single(&ToyCase);
    ensure_memorises(&ToyCase);
}
