//! Losses and their gradients compared with PyTorch (`fixtures/generate/losses_golden.py`).

use burn::module::Param;
use burn::tensor::{Device, Int, Tensor, TensorData};
use feedback_testkit::fixture_json;
use feedback_trainer::losses::{
    ClassificationLoss, MultiLabelLoss, cosine_distance_sum, hidden_state_distance_sum, soft_target_sum,
};
use serde_json::Value;

/// The reference is computed in f64. The most certain sample has logits of ±60, where neighbouring f32 values
/// are 4e-6 apart.
const TOLERANCE: f32 = 2e-6;

struct Golden {
    file: Value,
    device: Device,
}

impl Golden {
    fn floats(value: &Value) -> Vec<f32> {
        let numbers = value.as_array().unwrap().iter();
        numbers.map(|number| number.as_f64().unwrap() as f32).collect()
    }

    fn weights(&self) -> Vec<f64> {
        serde_json::from_value(self.file["weights"].clone()).unwrap()
    }

    fn labels(&self) -> Vec<usize> {
        serde_json::from_value(self.file["labels"].clone()).unwrap()
    }

    fn label_tensor(&self) -> Tensor<1, Int> {
        let labels: Vec<i32> = self.labels().iter().map(|&label| label as i32).collect();
        Tensor::from_ints(labels.as_slice(), &self.device)
    }

    fn table(&self, name: &str) -> Tensor<2> {
        let values = Self::floats(&self.file[name]);
        let classes = self.file["classes"].as_u64().unwrap() as usize;
        let samples = values.len() / classes;
        Tensor::from_data(TensorData::new(values, [samples, classes]), &self.device)
    }

    /// Compares loss and gradient, both divided by `divisor`, with the expected values of the case.
    fn check(&self, case: &Value, divisor: f64, sum: impl Fn(Tensor<2>) -> Tensor<1>) {
        let logits = Param::from_tensor(self.table("logits"));
        let mean = sum(logits.val()) / divisor;
        let loss: f32 = mean.clone().into_scalar();
        let gradient = logits.val().grad(&mean.backward()).unwrap();
        let gradient: Vec<f32> = gradient.into_data().try_to_vec().unwrap();
        let expected = case["loss"].as_f64().unwrap() as f32;
        let shown = format!("{} {}", case["kind"], case["weighted"]);
        assert!(
            (loss - expected).abs() <= TOLERANCE * expected.max(1.0),
            "{shown}: loss {loss}, expected {expected}"
        );
        let worst = feedback_testkit::max_difference(&gradient, &Self::floats(&case["gradient"]));
        assert!(worst <= TOLERANCE, "{shown}: gradient off by {worst:e}");
    }
}

#[test]
fn losses_and_gradients_match_pytorch() {
    let golden = Golden {
        file: fixture_json("golden/trainer/losses.json"),
        device: Device::flex().autodiff(),
    };
    let cases = golden.file["cases"].as_array().unwrap();
    let mut seen = 0;
    for case in cases {
        let number = |name: &str| case[name].as_f64().unwrap();
        let weighted = case["weighted"] == true;
        let samples = golden.labels().len() as f64;
        match case["kind"].as_str().unwrap() {
            kind @ ("cross_entropy" | "focal") => {
                let mut loss = if kind == "focal" {
                    ClassificationLoss::focal(number("gamma")).unwrap()
                } else {
                    ClassificationLoss::cross_entropy()
                        .with_label_smoothing(number("label_smoothing"))
                        .unwrap()
                };
                if weighted {
                    loss = loss.with_class_weights(golden.weights()).unwrap();
                }
                let weight = golden.labels().iter().map(|&label| loss.weight(label)).sum();
                golden.check(case, weight, |logits| loss.sum(logits, golden.label_tensor()));
            }
            "multi_label" => {
                let loss = if weighted {
                    MultiLabelLoss::with_positive_weights(golden.weights()).unwrap()
                } else {
                    MultiLabelLoss::new()
                };
                golden.check(case, samples, |logits| loss.sum(logits, golden.table("targets")));
            }
            "soft_target" => golden.check(case, samples, |logits| {
                soft_target_sum(logits, golden.table("teacher"), number("temperature"))
            }),
            "hidden_state" => {
                let mask = Golden::floats(&golden.file["mask"]);
                let real = f64::from(mask.iter().sum::<f32>());
                let mask = Tensor::<1>::from_floats(mask.as_slice(), &golden.device);
                golden.check(case, real, |states| {
                    hidden_state_distance_sum(states, golden.table("teacher"), mask.clone())
                });
            }
            "cosine" => golden.check(case, samples, |vectors| {
                cosine_distance_sum(vectors, golden.table("teacher"))
            }),
            other => panic!("unknown case {other}"),
        }
        seen += 1;
    }
    assert_eq!(seen, 19);
}
