//! Outputs and gradients agree with compositions of Burn's operations, for any sizes.

use burn::tensor::{Device, Int, Tensor};
use proptest::prelude::*;

use super::{matrix, numbers, values, vector};
use crate::{
    AdamWStep, Sequences, adamw, attention, dropout, linear, linear_gelu, look_up, mean_pool, plain,
    projections, residual_norm, sum_of_squares,
};

/// Returns the norm of the difference, relative to the norm of the expected numbers.
fn distance(ours: &[f32], expected: &[f32]) -> f32 {
    assert_eq!(ours.len(), expected.len());
    let norm = |values: &[f32]| values.iter().map(|value| value * value).sum::<f32>().sqrt();
    let difference: Vec<f32> = ours.iter().zip(expected).map(|(a, b)| a - b).collect();
    norm(&difference) / norm(expected).max(1e-3)
}

/// Inputs of an operation: matrices and vectors, with autodiff.
struct Inputs {
    matrices: Vec<Tensor<2>>,
    vectors: Vec<Tensor<1>>,
}

impl Inputs {
    fn new(matrices: &[[usize; 2]], vectors: &[usize]) -> Self {
        let device = Device::flex().autodiff();
        let matrices = matrices.iter().zip(1..);
        let vectors = vectors.iter().zip(100..);
        Self {
            matrices: matrices
                .map(|(&shape, seed)| matrix(shape, seed, &device).require_grad())
                .collect(),
            vectors: vectors
                .map(|(&length, seed)| vector(length, seed, &device).require_grad())
                .collect(),
        }
    }

    /// Returns the output, then the gradient of each input. The loss is the sum of the output times fixed
    /// numbers.
    fn evaluate(&self, operation: impl Fn(&[Tensor<2>], &[Tensor<1>]) -> Tensor<2>) -> Vec<Vec<f32>> {
        let output = operation(&self.matrices, &self.vectors);
        let [rows, columns] = output.dims();
        let weights = Tensor::<1>::from_floats(numbers(rows * columns, 999).as_slice(), &output.device());
        let loss = (output.clone() * weights.reshape([rows, columns])).sum();
        let grads = loss.backward();
        let mut all = vec![values(output)];
        all.extend(
            self.matrices
                .iter()
                .map(|input| values(input.grad(&grads).unwrap())),
        );
        all.extend(
            self.vectors
                .iter()
                .map(|input| values(input.grad(&grads).unwrap())),
        );
        all
    }
}

fn assert_equal(ours: Vec<Vec<f32>>, expected: Vec<Vec<f32>>) {
    for (index, (ours, expected)) in ours.iter().zip(&expected).enumerate() {
        let distance = distance(ours, expected);
        assert!(distance < 2e-5, "output or gradient {index}: {distance:e}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn dense_layers_agree(rows in 1_usize..70, input in 1_usize..300, output in 1_usize..70) {
        let inputs = Inputs::new(&[[rows, input], [input, output]], &[output]);
        assert_equal(
            inputs.evaluate(|m, v| linear(m[0].clone(), m[1].clone(), v[0].clone())),
            inputs.evaluate(|m, v| plain::linear(m[0].clone(), m[1].clone(), v[0].clone())),
        );
        assert_equal(
            inputs.evaluate(|m, v| linear_gelu(m[0].clone(), m[1].clone(), v[0].clone())),
            inputs.evaluate(|m, v| plain::linear_gelu(m[0].clone(), m[1].clone(), v[0].clone())),
        );
    }

    #[test]
    fn attention_agrees(lengths in prop::collection::vec(1_usize..40, 1..6), heads in 1_usize..5, size in 1_usize..40) {
        let sequences = Sequences::new(lengths);
        let inputs = Inputs::new(&[[sequences.tokens(), 3 * heads * size]], &[]);
        assert_equal(
            inputs.evaluate(|m, _| attention(m[0].clone(), &sequences, heads, 0.0)),
            inputs.evaluate(|m, _| plain::attention(m[0].clone(), &sequences, heads, 0.0)),
        );
    }

    #[test]
    fn means_agree(lengths in prop::collection::vec(1_usize..40, 1..6), width in 1_usize..40) {
        let sequences = Sequences::new(lengths);
        let inputs = Inputs::new(&[[sequences.tokens(), width]], &[]);
        assert_equal(
            inputs.evaluate(|m, _| mean_pool(m[0].clone(), &sequences)),
            inputs.evaluate(|m, _| plain::mean_pool(m[0].clone(), &sequences)),
        );
    }

    #[test]
    fn look_ups_agree(rows in 1_usize..30, width in 1_usize..30, ids in prop::collection::vec(0_usize..30, 1..60)) {
        let ids: Vec<i64> = ids.iter().map(|id| (id % rows) as i64).collect();
        let ids = || Tensor::<1, Int>::from_ints(ids.as_slice(), &Device::flex());
        let inputs = Inputs::new(&[[rows, width]], &[]);
        assert_equal(
            inputs.evaluate(|m, _| look_up(m[0].clone(), ids())),
            inputs.evaluate(|m, _| m[0].clone().select(0, ids())),
        );
    }

    #[test]
    fn projections_agree(rows in 1_usize..50, input in 1_usize..50, width in 1_usize..50) {
        let weight = [input, width];
        let inputs = Inputs::new(&[[rows, input], weight, weight, weight], &[width, width, width]);
        let layers = |m: &[Tensor<2>], v: &[Tensor<1>]| [1, 2, 3].map(|index| (m[index].clone(), v[index - 1].clone()));
        assert_equal(
            inputs.evaluate(|m, v| projections(m[0].clone(), layers(m, v))),
            inputs.evaluate(|m, v| plain::projections(m[0].clone(), layers(m, v))),
        );
    }

    #[test]
    fn normalisations_agree(rows in 1_usize..80, width in 2_usize..100) {
        let inputs = Inputs::new(&[[rows, width], [rows, width]], &[width, width]);
        assert_equal(
            inputs.evaluate(|m, v| residual_norm(m[0].clone(), m[1].clone(), v[0].clone(), v[1].clone(), 1e-5, 0.0)),
            inputs.evaluate(|m, v| plain::residual_norm(m[0].clone(), m[1].clone(), v[0].clone(), v[1].clone(), 1e-5, 0.0)),
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn optimizer_steps_agree(rows in 1_usize..200, columns in 1_usize..200, time in 1_usize..50) {
        let device = Device::flex();
        let tensor = |seed| matrix([rows, columns], seed, &device);
        let step = AdamWStep {
            learning_rate: 1e-2, beta_1: 0.9, beta_2: 0.999, epsilon: 1e-8, weight_decay: 0.1, time,
        };
        let moments = || [tensor(3), tensor(4).square()];
        let (ours, [m, v]) = adamw(tensor(1), tensor(2), moments(), step);
        let (expected, [expected_m, expected_v]) = plain::adamw(tensor(1), tensor(2), moments(), step);
        assert_equal(
            vec![values(ours), values(m), values(v)],
            vec![values(expected), values(expected_m), values(expected_v)],
        );
        let sum = sum_of_squares(tensor(5)).into_scalar::<f32>();
        let exact: f64 = numbers(rows * columns, 5).iter().map(|&value| f64::from(value).powi(2)).sum();
        prop_assert!((f64::from(sum) - exact).abs() <= 1e-6 * exact.max(1.0));
    }
}

/// The gradient of each operation is also the slope of its output, without any other implementation.
#[test]
fn gradients_agree_with_finite_differences() {
    let device = Device::flex().autodiff();
    let ids = || Tensor::<1, Int>::from_ints([2, 0, 2, 1].as_slice(), &Device::flex());
    let fixed = |shape, seed| matrix(shape, seed, &device);
    let sequences = Sequences::new([1, 3]);
    type Operation<'a> = Box<dyn Fn(Tensor<2>) -> Tensor<2> + 'a>;
    let layer = |seed| (fixed([5, 3], seed), vector(3, seed + 1, &device));
    let operations: [(&str, [usize; 2], Operation<'_>); 8] = [
        (
            "linear, input",
            [4, 5],
            Box::new(|x| linear(x, fixed([5, 3], 1), vector(3, 2, &device))),
        ),
        (
            "linear, weight",
            [5, 3],
            Box::new(|w| linear(fixed([4, 5], 3), w, vector(3, 2, &device))),
        ),
        (
            "linear, bias",
            [1, 3],
            Box::new(|b| linear(fixed([4, 5], 3), fixed([5, 3], 1), b.reshape([3]))),
        ),
        (
            "gelu, input",
            [4, 5],
            Box::new(|x| linear_gelu(x, fixed([5, 3], 1), vector(3, 2, &device))),
        ),
        (
            "gelu, weight",
            [5, 3],
            Box::new(|w| linear_gelu(fixed([4, 5], 3), w, vector(3, 2, &device))),
        ),
        (
            "projections",
            [4, 5],
            Box::new(|x| projections(x, [layer(4), layer(6), layer(8)])),
        ),
        ("look-up", [3, 5], Box::new(|table| look_up(table, ids()))),
        ("mean", [4, 5], Box::new(|x| mean_pool(x, &sequences))),
    ];
    for (name, [rows, columns], operation) in operations {
        let loss = |x: Tensor<2>| {
            let output = operation(x);
            let [n, width] = output.dims();
            (output * fixed([n, width], 99)).sum()
        };
        let input = fixed([rows, columns], 20).require_grad();
        let gradient = values(input.grad(&loss(input.clone()).backward()).unwrap());
        let start = numbers(rows * columns, 20);
        let at = |values: &[f32]| {
            let x = Tensor::<1>::from_floats(values, &device).reshape([rows, columns]);
            f64::from(loss(x).into_scalar::<f32>())
        };
        slopes_agree(name, &start, &gradient, 2e-3, at);
    }
}

/// Compares a gradient with finite differences of the loss, which `at` computes.
fn slopes_agree(name: &str, start: &[f32], gradient: &[f32], tolerance: f64, at: impl Fn(&[f32]) -> f64) {
    let step = 4e-3_f32;
    for (index, gradient) in gradient.iter().enumerate() {
        let mut moved = start.to_vec();
        moved[index] = start[index] + step;
        let above = at(&moved);
        moved[index] = start[index] - step;
        let slope = (above - at(&moved)) / (2.0 * f64::from(step));
        let difference = (slope - f64::from(*gradient)).abs();
        assert!(
            difference < tolerance * slope.abs().max(1.0),
            "{name}, {index}: {slope} against {gradient}"
        );
    }
}

/// The dropout mask is not the same as Burn's, so the gradient is compared with finite differences of the loss.
#[test]
fn gradients_with_dropout_agree_with_finite_differences() {
    let device = Device::flex().autodiff();
    let sequences = Sequences::new([3, 5]);
    let forward = |x: Tensor<2>| {
        device.seed(11);
        let context = attention(x.clone(), &sequences, 2, 0.3); // [8, 4]
        let gamma = vector(4, 1, &device);
        let beta = vector(4, 2, &device);
        let normed = residual_norm(context, x.narrow(1, 0, 4), gamma, beta, 1e-5, 0.4);
        dropout(normed, 0.2)
    };
    let weights = matrix([8, 4], 3, &device);
    let loss = |x: Tensor<2>| (forward(x) * weights.clone()).sum();
    let start = numbers(8 * 12, 4);
    let input = matrix([8, 12], 4, &device).require_grad();
    let gradient = values(input.grad(&loss(input.clone()).backward()).unwrap());
    let at = |values: &[f32]| {
        let x = Tensor::<1>::from_floats(values, &device).reshape([8, 12]);
        f64::from(loss(x).into_scalar::<f32>())
    };
    slopes_agree("dropout", &start, &gradient, 2e-2, at);
}
