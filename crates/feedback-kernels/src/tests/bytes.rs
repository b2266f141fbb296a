//! Weights of 8 bits.

use burn::tensor::{DType, Device, Tensor};
use proptest::prelude::*;

use super::{matrix, numbers, values, vector};
use crate::byte_scheme::MAX_WEIGHT;
use crate::simd::{at_level, usable_levels};
use crate::{linear, linear_gelu, projections, quantize};

/// Returns `x W + b` in f64, with the rows of `x` and the columns of W rounded as documented.
fn expected(x: &[f32], weight: &[f32], bias: &[f32], input: usize) -> Vec<f64> {
    let output = bias.len();
    let columns: Vec<(f32, Vec<f64>)> = (0..output)
        .map(|column| {
            let column: Vec<f32> = (0..input).map(|row| weight[row * output + column]).collect();
            let largest = column
                .iter()
                .fold(0.0_f32, |largest, weight| largest.max(weight.abs()));
            let steps = f32::from(MAX_WEIGHT) / largest;
            let rounded = column.iter().map(|weight| f64::from((weight * steps).round()));
            (largest / f32::from(MAX_WEIGHT), rounded.collect())
        })
        .collect();
    x.chunks_exact(input)
        .flat_map(|row| {
            let low = row.iter().copied().fold(0.0, f32::min);
            let high = row.iter().copied().fold(0.0, f32::max);
            let scale = (high - low) / 255.0;
            let zero = (-low / scale).round_ties_even();
            let bytes: Vec<f64> = row
                .iter()
                .map(|x| {
                    f64::from((x / scale + zero).round_ties_even().clamp(0.0, 255.0) - zero)
                        * f64::from(scale)
                })
                .collect();
            columns
                .iter()
                .zip(bias)
                .map(|((scale, weights), bias)| {
                    let sum: f64 = bytes.iter().zip(weights).map(|(x, weight)| x * weight).sum();
                    sum * f64::from(*scale) + f64::from(*bias)
                })
                .collect::<Vec<f64>>()
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// The results are near the exact product of the rounded numbers, and their bits are the same for all
    /// instruction sets and numbers of threads.
    #[test]
    fn products_of_bytes(rows in 1_usize..70, input in 1_usize..200, output in 1_usize..150) {
        let device = Device::flex();
        let x = matrix([rows, input], 1, &device);
        let weight = matrix([input, output], 2, &device);
        let bias = vector(output, 3, &device);
        let exact = expected(&values(x.clone()), &values(weight.clone()), &values(bias.clone()), input);
        let product = || values(linear(x.clone(), quantize(weight.clone()), bias.clone()));
        let found = product();
        for (found, exact) in found.iter().zip(&exact) {
            // A number half way between two bytes may be rounded to the other one in f32.
            let tolerance = 2.0 / 255.0 + 1e-5 * input as f64;
            prop_assert!((f64::from(*found) - exact).abs() < tolerance, "{found} instead of {exact}");
        }
        for level in usable_levels() {
            for threads in [1, 3] {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
                let other = pool.install(|| at_level(level, product));
                prop_assert!(
                    found.iter().zip(&other).all(|(a, b)| a.to_bits() == b.to_bits()),
                    "{level:?}, {threads} threads"
                );
            }
        }
    }
}

/// The worst case of two products in 16 bits: all bytes are 255, all weights 63 or all -63.
#[test]
fn the_largest_products_do_not_overflow() {
    let device = Device::flex();
    let (rows, input, output) = (5, 3072, 17);
    let x = Tensor::<2>::ones([rows, input], &device);
    let bias = Tensor::<1>::zeros([output], &device);
    for sign in [1.0, -1.0] {
        let weight = Tensor::<2>::ones([input, output], &device) * sign;
        for level in usable_levels() {
            let found = at_level(level, || {
                values(linear(x.clone(), quantize(weight.clone()), bias.clone()))
            });
            assert!(
                found
                    .iter()
                    .all(|value| (value - sign * input as f32).abs() < 0.01),
                "{level:?}: {}",
                found[0]
            );
        }
    }
}

#[test]
fn a_row_that_is_not_finite_becomes_nan_and_others_do_not() {
    let device = Device::flex();
    let mut x = numbers(3 * 20, 1);
    x[25] = f32::INFINITY;
    let x = Tensor::<1>::from_floats(x.as_slice(), &device).reshape([3, 20]);
    let weight = quantize(matrix([20, 5], 2, &device));
    let found = values(linear(x, weight, vector(5, 3, &device)));
    assert!(found[5..10].iter().all(|value| value.is_nan()));
    assert!(
        found[..5]
            .iter()
            .chain(&found[10..])
            .all(|value| value.is_finite())
    );
}

#[test]
fn a_quantized_weight_is_near_and_can_be_turned_back() {
    let device = Device::flex();
    for shape in [[384, 40], [37, 3], [257, 4], [1, 1]] {
        let weight = matrix(shape, 5, &device);
        let quantized = quantize(weight.clone());
        assert!(matches!(quantized.dtype(), DType::QFloat(_)));
        let (before, after) = (values(weight), values(quantized.dequantize()));
        for (before, after) in before.iter().zip(&after) {
            assert!((before - after).abs() <= 0.5001 / 63.0, "{before} became {after}");
        }
    }
}

/// Weights that Burn quantised in another way, with values beyond 63.
#[test]
fn other_quantized_weights_are_rounded_again() {
    use burn::tensor::quantization::{QuantScheme, QuantStore, QuantValue, ScaleDtype};
    let device = Device::flex();
    let (x, weight) = (matrix([4, 64], 1, &device), matrix([64, 6], 2, &device));
    let bias = vector(6, 3, &device);
    let scheme = QuantScheme::default()
        .with_value(QuantValue::Q8S)
        .with_store(QuantStore::Native);
    let plain = values(linear(x.clone(), weight.clone(), bias.clone()));
    for scheme in [
        scheme.per_tensor(ScaleDtype::F32),
        scheme.per_block([32, 1], ScaleDtype::F32),
    ] {
        let found = values(linear(
            x.clone(),
            weight.clone().quantize_dynamic(&scheme),
            bias.clone(),
        ));
        for (found, plain) in found.iter().zip(&plain) {
            assert!((found - plain).abs() < 0.1, "{found} instead of {plain}");
        }
    }
}

#[test]
fn all_dense_layers_take_bytes_and_autodiff_takes_the_same_weights() {
    let device = Device::flex();
    let x = matrix([9, 32], 1, &device);
    let layer = |seed| (matrix([32, 16], seed, &device), vector(16, seed + 1, &device));
    let bytes = |(weight, bias)| (quantize(weight), bias);
    let near = |a: Tensor<2>, b: Tensor<2>| {
        let (a, b) = (values(a), values(b));
        a.iter().zip(&b).all(|(a, b)| (a - b).abs() < 0.15)
    };
    let (weight, bias) = layer(4);
    let quantized = quantize(weight.clone());
    let with_gelu = linear_gelu(x.clone(), quantized.clone(), bias.clone());
    assert!(near(linear_gelu(x.clone(), weight, bias.clone()), with_gelu));
    let joined = projections(x.clone(), [layer(4), layer(6), layer(8)].map(bytes));
    assert!(near(
        projections(x.clone(), [layer(4), layer(6), layer(8)]),
        joined.clone()
    ));
    // Side by side or alone, a layer has the same bits.
    let alone = values(linear(x.clone(), quantized.clone(), bias.clone()));
    let first: Vec<f32> = values(joined)
        .chunks(48)
        .flat_map(|row| row[..16].to_vec())
        .collect();
    assert_eq!(first, alone);
    let tracked = x.autodiff().require_grad();
    let output = linear(tracked.clone(), quantized.clone(), bias);
    let gradient = tracked.grad(&output.sum().backward()).unwrap();
    let sums = values(quantized.dequantize().sum_dim(1));
    let gradient = values(gradient);
    assert!(
        gradient
            .chunks(32)
            .all(|row| row.iter().zip(&sums).all(|(a, b)| (a - b).abs() < 1e-4))
    );
}

#[test]
fn a_weight_that_is_not_finite_is_not_hidden() {
    let device = Device::flex();
    for bad in [f32::NAN, f32::INFINITY] {
        let mut weight = numbers(20 * 5, 2);
        weight[3 * 5 + 1] = bad;
        let weight = Tensor::<1>::from_floats(weight.as_slice(), &device).reshape([20, 5]);
        let found = values(linear(
            matrix([3, 20], 1, &device),
            quantize(weight),
            vector(5, 3, &device),
        ));
        let is_nan = |place: usize| found[place].is_nan();
        assert!(
            (0..15).all(|place| is_nan(place) == (place % 5 == 1)),
            "{found:?}"
        );
    }
}
