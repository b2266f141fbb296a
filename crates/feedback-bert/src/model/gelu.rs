//! Exact GELU, x Φ(x), with an error function that a compiler can vectorise.
//!
//! Burn's CPU backend calls libm for each value, which takes a fifth of a forward pass (docs/benchmarks.md). Training and
//! GPUs use Burn's own, which has a gradient.

use burn::tensor::{Tensor, activation};

use crate::device::is_cpu;

/// x Φ(x) for each value.
pub(crate) fn gelu(input: Tensor<2>) -> Tensor<2> {
    let device = input.device();
    if device.is_autodiff() || !is_cpu(&device) {
        return activation::gelu(input);
    }
    let mut data = input.into_data(); // not a copy: this is the only reference
    let Ok(values) = data.as_mut_slice::<f32>() else {
        return activation::gelu(Tensor::from_data(data, &device)); // half precision
    };
    for value in values {
        *value = 0.5 * *value * (1.0 + erf(*value * std::f32::consts::FRAC_1_SQRT_2));
    }
    Tensor::from_data(data, &device)
}

/// The rational approximation of Eigen and XLA: an odd polynomial over an even one on [-4, 4], with an error of at most
/// 6e-7. Outside, erf rounds to ±1 in `f32`; returning exactly that makes GELU end at 0.
fn erf(input: f32) -> f32 {
    let x = input.clamp(-4.0, 4.0);
    let square = x * x;
    let odd = [
        -2.726_142_3e-10,
        2.770_681_4e-8,
        -2.101_024e-6,
        -5.692_506_4e-5,
        -7.349_906e-4,
        -2.954_6e-3,
        -1.609_603_3e-2,
    ];
    let even = [
        -1.456_607_2e-5,
        -2.133_740_6e-4,
        -1.682_827e-3,
        -7.373_329e-3,
        -1.426_473_9e-2,
    ];
    let inside = x * horner(&odd, square) / horner(&even, square);
    if input.abs() >= 4.0 {
        input.signum()
    } else {
        inside
    }
}

/// A polynomial by its coefficients, highest power first.
fn horner(coefficients: &[f32], x: f32) -> f32 {
    coefficients
        .iter()
        .fold(0.0, |sum, coefficient| sum * x + coefficient)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::DeviceChoice;

    /// From SciPy's `erf` in double precision.
    #[test]
    fn erf_agrees_with_scipy() {
        let known = [
            (0.0, 0.0),
            (0.1, 0.112_462_92),
            (0.5, 0.520_499_9),
            (1.0, 0.842_700_8),
            (1.5, 0.966_105_16),
            (2.0, 0.995_322_3),
            (3.0, 0.999_977_9),
            (10.0, 1.0),
        ];
        for (x, expected) in known {
            assert!((erf(x) - expected).abs() < 5e-7, "{x}: {}", erf(x));
            assert!((erf(-x) + expected).abs() < 5e-7, "{}: {}", -x, erf(-x));
        }
        assert!(erf(f32::NAN).is_nan());
    }

    #[test]
    fn values_far_below_zero_become_zero() {
        let (device, _) = DeviceChoice::Cpu.open().unwrap();
        let input = Tensor::<2>::from_floats([[-6.0, -50.0, -1e5, 50.0, 1e5]], &device);
        let output: Vec<f32> = gelu(input).into_data().try_to_vec().unwrap();
        assert_eq!(output, [0.0, 0.0, 0.0, 50.0, 1e5]);
    }

    #[test]
    fn gelu_agrees_with_burn() {
        let (device, _) = DeviceChoice::Cpu.open().unwrap();
        let values: Vec<f32> = (-4000..4000).map(|step| step as f32 / 400.0).collect();
        let input = Tensor::<1>::from_floats(values.as_slice(), &device).reshape([80, 100]);
        let ours = gelu(input.clone());
        assert_eq!(ours.dims(), [80, 100]);
        let worst: f32 = (ours - activation::gelu(input)).abs().max().into_scalar();
        assert!(worst < 2e-6, "{worst}");
    }
}
