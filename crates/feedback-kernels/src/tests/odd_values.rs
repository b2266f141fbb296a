//! NaN, infinities and subnormal numbers spread as in the compositions, at any place, size and alignment.

use burn::tensor::{Device, Int, Tensor, TensorData};
use proptest::prelude::*;

use super::{numbers, values};
use crate::simd::{at_level, usable_levels};
use crate::{
    AdamWStep, Sequences, adamw, attention, linear, linear_gelu, look_up, mean_pool, plain, projections,
    residual_norm, sum_of_squares,
};

const ODD: [f32; 7] = [
    f32::NAN,
    f32::INFINITY,
    f32::NEG_INFINITY,
    1e-40,
    -1e-40,
    f32::MIN_POSITIVE,
    -0.0,
];

/// Places and kinds of odd values.
fn odd() -> impl Strategy<Value = Vec<(usize, usize)>> {
    prop::collection::vec((0_usize..10_000, 0..ODD.len()), 0..4)
}

/// A matrix with odd values. It is a view that begins `offset` numbers after the start of its memory, which is therefore not aligned.
fn odd_matrix([rows, columns]: [usize; 2], seed: u64, odd: &[(usize, usize)], offset: usize) -> Tensor<2> {
    let mut all = numbers(offset + rows * columns, seed);
    for (place, kind) in odd {
        all[offset + place % (rows * columns)] = ODD[*kind];
    }
    let n = all.len();
    let whole = Tensor::<1>::from_data(TensorData::new(all, [n]), &Device::flex());
    whole.narrow(0, offset, rows * columns).reshape([rows, columns])
}

fn vector(length: usize, seed: u64, odd: &[(usize, usize)]) -> Tensor<1> {
    odd_matrix([1, length], seed, odd, 0).reshape([length])
}

/// Where the composition has a finite number, the kernel has the same, but for rounding; elsewhere, it has none either.
fn assert_same(name: &str, ours: &[f32], expected: &[f32]) -> Result<(), TestCaseError> {
    prop_assert_eq!(ours.len(), expected.len());
    for (place, (ours, expected)) in ours.iter().zip(expected).enumerate() {
        match expected.is_finite() {
            true => prop_assert!(
                (ours - expected).abs() <= 2e-4 * expected.abs().max(1.0),
                "{name}, {place}: {ours} against {expected}"
            ),
            false => prop_assert!(!ours.is_finite(), "{name}, {place}: {ours} against {expected}"),
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn odd_values_spread_as_in_the_compositions(
        (rows, input, output) in (1_usize..20, 1_usize..50, 1_usize..40),
        (in_x, in_weight, in_bias) in (odd(), odd(), odd()),
        offset in 0_usize..5,
    ) {
        let x = || odd_matrix([rows, input], 1, &in_x, offset);
        let weight = || odd_matrix([input, output], 2, &in_weight, offset);
        let bias = || vector(output, 3, &in_bias);
        let narrow = || odd_matrix([rows, 12], 4, &in_x, offset);
        let layer = |seed| (odd_matrix([12, 6], seed, &in_weight, offset), vector(6, seed + 1, &in_bias));
        let sequences = Sequences::new([rows]);
        let wide = || odd_matrix([rows, 36], 5, &in_x, offset);
        let scale = |seed| vector(12, seed, &in_bias);
        for level in usable_levels() {
            at_level(level, || -> Result<(), TestCaseError> {
                assert_same("linear", &values(linear(x(), weight(), bias())), &values(plain::linear(x(), weight(), bias())))?;
                let projected = |plainly: bool| {
                    let layers = || [layer(6), layer(8), layer(10)];
                    values(if plainly { plain::projections(narrow(), layers()) } else { projections(narrow(), layers()) })
                };
                assert_same("projections", &projected(false), &projected(true))?;
                assert_same("attention", &values(attention(wide(), &sequences, 3, 0.0)), &values(plain::attention(wide(), &sequences, 3, 0.0)))?;
                assert_same("mean", &values(mean_pool(x(), &sequences)), &values(plain::mean_pool(x(), &sequences)))?;
                let normed = |plainly: bool| {
                    let (a, b) = (narrow(), odd_matrix([rows, 12], 12, &in_weight, offset));
                    let (gamma, beta) = (scale(13), scale(14));
                    values(if plainly { plain::residual_norm(a, b, gamma, beta, 1e-5, 0.0) } else { residual_norm(a, b, gamma, beta, 1e-5, 0.0) })
                };
                assert_same("norm", &normed(false), &normed(true))?;
                // GELU of minus infinity is 0 in the limit, and NaN as a product of infinity and 0: either will do.
                let [ours, expected] = [linear_gelu(x(), weight(), bias()), plain::linear_gelu(x(), weight(), bias())].map(values);
                let linear = values(plain::linear(x(), weight(), bias()));
                let usual = |found: &[f32]| -> Vec<f32> { found.iter().zip(&linear).filter(|(_, x)| **x != f32::NEG_INFINITY).map(|(y, _)| *y).collect() };
                assert_same("gelu", &usual(&ours), &usual(&expected))
            })?;
        }
    }

    #[test]
    fn odd_values_of_weights_and_gradients_spread_as_in_the_compositions(
        (rows, columns) in (1_usize..30, 1_usize..30),
        (in_weights, in_gradient) in (odd(), odd()),
        offset in 0_usize..5,
    ) {
        let step = AdamWStep { learning_rate: 1e-2, beta_1: 0.9, beta_2: 0.999, epsilon: 1e-8, weight_decay: 0.1, time: 3 };
        let tensor = |seed, odd: &[(usize, usize)]| odd_matrix([rows, columns], seed, odd, offset);
        let moments = || [tensor(3, &[]), tensor(4, &[]).square()];
        for level in usable_levels() {
            at_level(level, || -> Result<(), TestCaseError> {
                let (ours, [m, v]) = adamw(tensor(1, &in_weights), tensor(2, &in_gradient), moments(), step);
                let (expected, [expected_m, expected_v]) = plain::adamw(tensor(1, &in_weights), tensor(2, &in_gradient), moments(), step);
                assert_same("weights", &values(ours), &values(expected))?;
                assert_same("first moment", &values(m), &values(expected_m))?;
                assert_same("second moment", &values(v), &values(expected_v))?;
                let sum = sum_of_squares(tensor(5, &in_gradient)).into_scalar::<f32>();
                let exact: f64 = values(tensor(5, &in_gradient)).iter().map(|value| f64::from(*value).powi(2)).sum();
                assert_same("sum of squares", &[sum], &[exact as f32])?;
                let ids = Tensor::<1, Int>::from_ints([0, rows as i64 - 1, 0].as_slice(), &Device::flex());
                let looked_up = values(look_up(tensor(1, &in_weights), ids.clone()));
                assert_same("look-up", &looked_up, &values(tensor(1, &in_weights).select(0, ids)))
            })?;
        }
    }
}
