//! Results have the same bits for any batch, number of threads and instruction set.

use burn::tensor::Device;
use proptest::prelude::*;

use super::{matrix, numbers, values, vector};
use crate::activation::{gelu_backward, gelu_in_place};
use crate::gemm::{Matrix, Packed, Start, multiply};
use crate::simd::{Level, at_level, usable_levels};
use crate::{Sequences, attention, linear, linear_gelu, projections, residual_norm};

/// Runs the operations of a transformer block, once each.
fn block(lengths: &[usize], x: Vec<f32>) -> Vec<f32> {
    let device = Device::flex();
    let width = 48;
    let x = burn::tensor::Tensor::<1>::from_floats(x.as_slice(), &device).reshape([-1, width as i32]);
    let layer = |seed| {
        (
            matrix([width, width], seed, &device),
            vector(width, seed + 1, &device),
        )
    };
    let projected = projections(x.clone(), [layer(1), layer(3), layer(5)]);
    let context = attention(projected, &Sequences::new(lengths.iter().copied()), 3, 0.0);
    let [gamma, beta] = [vector(width, 7, &device), vector(width, 8, &device)];
    let normed = residual_norm(context, x, gamma, beta, 1e-12, 0.0);
    let (weight, bias) = layer(9);
    values(linear_gelu(normed, weight, bias))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// The vectors of a text do not depend on the other texts in its batch.
    #[test]
    fn a_text_does_not_depend_on_its_batch(lengths in prop::collection::vec(1_usize..60, 1..9)) {
        let width = 48;
        let tokens: usize = lengths.iter().sum();
        let x = numbers(tokens * width, 17);
        let together = block(&lengths, x.clone());
        let mut at = 0;
        for &length in &lengths {
            let range = at * width..(at + length) * width;
            let alone = block(&[length], x[range.clone()].to_vec());
            prop_assert!(alone.iter().zip(&together[range]).all(|(a, b)| a.to_bits() == b.to_bits()));
            at += length;
        }
    }

    #[test]
    fn products_have_the_same_bits_on_all_levels_and_threads(
        m in 1_usize..150, k in 1_usize..600, n in 1_usize..100, transposed in any::<bool>()
    ) {
        let (a, b) = (numbers(m * k, 1), numbers(k * n, 2));
        let product = || {
            let left = if transposed { Matrix::new(&a, k, m).transposed() } else { Matrix::new(&a, m, k) };
            let mut c = vec![0.0; m * n];
            multiply(left, &Packed::new(&[Matrix::new(&b, k, n)]), &mut c, Start::Zero, |_, _| {});
            c
        };
        let expected: Vec<f32> = (0..m * n)
            .map(|at| {
                let (row, column) = (at / n, at % n);
                let left = |j: usize| if transposed { a[j * m + row] } else { a[row * k + j] };
                (0..k).fold(0.0_f32, |sum, j| left(j).mul_add(b[j * n + column], sum))
            })
            .collect();
        for level in usable_levels() {
            for threads in [1, 2, 3] {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
                let found = pool.install(|| at_level(level, product));
                prop_assert!(
                    found.iter().zip(&expected).all(|(a, b)| a.to_bits() == b.to_bits()),
                    "{level:?}, {threads} threads"
                );
            }
        }
    }
}

/// Packed weights are cached, but a different view of the same memory and a changed weight must not use the
/// cached ones.
#[test]
fn cached_weights_are_those_that_were_given() {
    let device = Device::flex();
    let identity = burn::tensor::Tensor::<2>::eye(24, &device);
    let zeros = burn::tensor::Tensor::<1>::zeros([24], &device);
    let mut weight = matrix([24, 24], 31, &device);
    for _ in 0..3 {
        for view in [weight.clone(), weight.clone().transpose()] {
            let product = linear(identity.clone(), view.clone(), zeros.clone());
            assert_eq!(values(product), values(view));
        }
        let narrow = weight.clone().narrow(1, 0, 8);
        let product = linear(identity.clone(), narrow.clone(), zeros.clone().narrow(0, 0, 8));
        assert_eq!(values(product), values(narrow));
        weight = weight.mul_scalar(2.0); // in place, because no other tensor uses the memory
    }
}

#[test]
fn functions_have_the_same_bits_on_all_levels() {
    let special = [
        0.0,
        -0.0,
        f32::NAN,
        f32::INFINITY,
        f32::NEG_INFINITY,
        1e-40,
        -1e-40,
        88.9,
        -87.4,
        4.0,
        -4.0,
    ];
    let mut inputs: Vec<f32> = numbers(1009, 5).iter().map(|value| value * 30.0).collect();
    inputs.extend(special);
    let evaluate = |level: Level| {
        at_level(level, || {
            let (mut output, mut slope) = (inputs.clone(), vec![1.0; inputs.len()]);
            gelu_in_place(&mut output);
            gelu_backward(&mut slope, &inputs);
            output
                .into_iter()
                .chain(slope)
                .map(f32::to_bits)
                .collect::<Vec<u32>>()
        })
    };
    let scalar = evaluate(Level::Scalar);
    for level in usable_levels() {
        let different: Vec<usize> = evaluate(level)
            .into_iter()
            .zip(&scalar)
            .enumerate()
            .filter(|(_, (a, b))| a != *b && !(f32::from_bits(*a).is_nan() && f32::from_bits(**b).is_nan()))
            .map(|(index, _)| index)
            .collect();
        assert!(different.is_empty(), "{level:?}: {different:?}");
    }
}

/// The expected values are from SciPy in double precision: x Φ(x), and Φ(x) + x φ(x).
#[test]
fn gelu_agrees_with_scipy() {
    let known = [
        (0.0_f32, 0.0, 0.5),
        (0.5, 0.345_731_23, 0.867_495_6),
        (1.0, 0.841_344_7, 1.083_315_5),
        (-1.0, -0.158_655_26, -0.083_315_47),
        (3.0, 2.995_950_3, 1.011_945_6),
        (-10.0, 0.0, 0.0),
        (100.0, 100.0, 1.0),
    ];
    for (x, value, slope) in known {
        let (mut output, mut gradient) = ([x], [1.0]);
        gelu_in_place(&mut output);
        gelu_backward(&mut gradient, &[x]);
        assert!((output[0] - value).abs() < 1e-6, "gelu({x}) is {}", output[0]);
        assert!(
            (gradient[0] - slope).abs() < 1e-6,
            "the slope at {x} is {}",
            gradient[0]
        );
    }
}
