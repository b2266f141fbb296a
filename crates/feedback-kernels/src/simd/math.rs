//! Mathematical functions of a vector, composed of the operations that all instruction sets share.

use super::vector::Simd;

/// Evaluates a polynomial, given its coefficients with the highest power first.
#[inline(always)]
fn horner<S: Simd, const N: usize>(simd: S, coefficients: [f32; N], x: S::Vector) -> S::Vector {
    let mut sum = simd.splat(coefficients[0]);
    for &coefficient in &coefficients[1..] {
        sum = simd.fma(sum, x, simd.splat(coefficient));
    }
    sum
}

/// Returns e^x with a relative error of at most 2e-7. The result is exactly 0 below -87.3, where it would be
/// subnormal, infinite above 88.7, and NaN for NaN.
///
/// The method is e^x = 2^n e^r with |r| ≤ ln 2 / 2, and the first terms of the Taylor series for e^r.
#[inline(always)]
pub(crate) fn exp<S: Simd>(simd: S, x: S::Vector) -> S::Vector {
    let (lowest, highest) = (simd.splat(-87.336_54), simd.splat(88.722_84));
    // The order of the arguments keeps NaN.
    let bounded = simd.min(highest, simd.max(lowest, x));
    let n = simd.round(simd.mul(bounded, simd.splat(std::f32::consts::LOG2_E)));
    // Half of 2^n, since 2^n itself would overflow for n = 128.
    let half = simd.exp2(simd.sub(n, simd.splat(1.0)));
    // ln 2 in two parts, the first with few bits, so that the product is exact.
    let r = simd.fma(n, simd.splat(-0.693_359_4), bounded);
    let r = simd.fma(n, simd.splat(2.121_944_4e-4), r);
    let taylor = [
        1.0 / 5040.0,
        1.0 / 720.0,
        1.0 / 120.0,
        1.0 / 24.0,
        1.0 / 6.0,
        0.5,
        1.0,
        1.0,
    ];
    let result = simd.mul(simd.mul(horner(simd, taylor, r), simd.splat(2.0)), half);
    let result = simd.select_less(x, lowest, simd.splat(0.0), result);
    simd.select_less(highest, x, simd.splat(f32::INFINITY), result)
}

/// Returns the error function. On [-4, 4] it is the rational approximation of Eigen and XLA, with an error of
/// at most 6e-7. Outside this interval it is ±1, because the exact value rounds to ±1.
#[inline(always)]
fn erf<S: Simd>(simd: S, input: S::Vector) -> S::Vector {
    let (low, high) = (simd.splat(-4.0), simd.splat(4.0));
    let x = simd.min(high, simd.max(low, input));
    let square = simd.mul(x, x);
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
    let inside = simd.div(simd.mul(x, horner(simd, odd, square)), horner(simd, even, square));
    let above = simd.select_less(input, high, inside, simd.splat(1.0));
    let bounded = simd.select_less(low, input, above, simd.splat(-1.0));
    // For NaN both comparisons are false, so `x - x` is added to make the result NaN.
    simd.add(bounded, simd.sub(x, x))
}

/// Returns Φ(x), the cumulative distribution function of the standard normal distribution.
#[inline(always)]
fn normal_cdf<S: Simd>(simd: S, x: S::Vector) -> S::Vector {
    let error = erf(simd, simd.mul(x, simd.splat(std::f32::consts::FRAC_1_SQRT_2)));
    simd.fma(error, simd.splat(0.5), simd.splat(0.5))
}

/// Returns GELU (Hendrycks and Gimpel 2016), x Φ(x), without the tanh approximation.
#[inline(always)]
pub(crate) fn gelu<S: Simd>(simd: S, x: S::Vector) -> S::Vector {
    simd.mul(x, normal_cdf(simd, x))
}

/// Returns the derivative of GELU: Φ(x) + x φ(x).
#[inline(always)]
pub(crate) fn gelu_gradient<S: Simd>(simd: S, x: S::Vector) -> S::Vector {
    let square = simd.mul(x, x);
    let density = simd.mul(
        exp(simd, simd.mul(square, simd.splat(-0.5))),
        simd.splat(0.398_942_3), // 1 / sqrt(2 π)
    );
    // Bounded, so that x φ(x) is 0 for infinite x too.
    let bounded = simd.min(simd.splat(1e18), simd.max(simd.splat(-1e18), x));
    simd.fma(bounded, density, normal_cdf(simd, x))
}
