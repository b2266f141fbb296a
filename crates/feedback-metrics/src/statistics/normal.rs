//! Quantiles and tails of the standard normal distribution.

/// The `p`-quantile of the standard normal distribution, for `p` in (0, 1).
///
/// Its relative error is about 1e-16.
///
/// # References
///
/// Wichura 1988, "Algorithm AS 241: The Percentage Points of the Normal Distribution", PPND16.
pub(crate) fn normal_quantile(p: f64) -> f64 {
    let q = p - 0.5;
    if q.abs() <= 0.425 {
        let r = 0.180_625 - q * q;
        return q * ratio(r, &CENTRE);
    }
    let tail = if q < 0.0 { p } else { 1.0 - p };
    let r = (-tail.ln()).sqrt();
    let quantile = if r <= 5.0 {
        ratio(r - 1.6, &MIDDLE)
    } else {
        ratio(r - 5.0, &FAR)
    };
    quantile.copysign(q)
}

/// The probability that a standard normal number is above `z`, for `z` of at least 0; 0.5 for a lower `z`.
///
/// Its relative error is below 1e-12.
///
/// # References
///
/// Abramowitz and Stegun 1964, "Handbook of Mathematical Functions", 26.2.11 (series) and 26.2.14 (continued fraction).
pub fn normal_tail(z: f64) -> f64 {
    let z = z.max(0.0);
    let density = (-0.5 * z * z).exp() / (2.0 * std::f64::consts::PI).sqrt();
    if z < 2.5 {
        let (mut term, mut sum, mut odd) = (z, z, 3.0);
        while term > 1e-18 * sum {
            term *= z * z / odd;
            sum += term;
            odd += 2.0;
        }
        return 0.5 - density * sum;
    }
    let fraction = (1..=120).rev().fold(z, |below, k| z + f64::from(k) / below);
    density / fraction
}

/// Coefficients of a ratio of two polynomials, constant term first.
type Ratio = [[f64; 8]; 2];

fn ratio(x: f64, [numerator, denominator]: &Ratio) -> f64 {
    let polynomial = |c: &[f64; 8]| c.iter().rev().fold(0.0, |sum, c| sum * x + c);
    polynomial(numerator) / polynomial(denominator)
}

const CENTRE: Ratio = [
    [
        3.387_132_872_796_366_5,
        1.331_416_678_917_843_8e2,
        1.971_590_950_306_551_3e3,
        1.373_169_376_550_946e4,
        4.592_195_393_154_987e4,
        6.726_577_092_700_87e4,
        3.343_057_558_358_813e4,
        2.509_080_928_730_122_7e3,
    ],
    [
        1.0,
        4.231_333_070_160_091e1,
        6.871_870_074_920_579e2,
        5.394_196_021_424_751e3,
        2.121_379_430_158_659_7e4,
        3.930_789_580_009_271e4,
        2.872_908_573_572_194_3e4,
        5.226_495_278_852_854e3,
    ],
];

const MIDDLE: Ratio = [
    [
        1.423_437_110_749_683_5,
        4.630_337_846_156_546,
        5.769_497_221_460_691,
        3.647_848_324_763_204_5,
        1.270_458_252_452_368_4,
        2.417_807_251_774_506e-1,
        2.272_384_498_926_918_4e-2,
        7.745_450_142_783_414e-4,
    ],
    [
        1.0,
        2.053_191_626_637_759,
        1.676_384_830_183_803_8,
        6.897_673_349_851e-1,
        1.481_039_764_274_800_8e-1,
        1.519_866_656_361_645_7e-2,
        5.475_938_084_995_345e-4,
        1.050_750_071_644_416_9e-9,
    ],
];

const FAR: Ratio = [
    [
        6.657_904_643_501_103,
        5.463_784_911_164_114,
        1.784_826_539_917_291_3,
        2.965_605_718_285_048_7e-1,
        2.653_218_952_657_612_4e-2,
        1.242_660_947_388_078_4e-3,
        2.711_555_568_743_487_6e-5,
        2.010_334_399_292_288_1e-7,
    ],
    [
        1.0,
        5.998_322_065_558_88e-1,
        1.369_298_809_227_358e-1,
        1.487_536_129_085_061_5e-2,
        7.868_691_311_456_133e-4,
        1.846_318_317_510_054_8e-5,
        1.421_511_758_316_446e-7,
        2.044_263_103_389_939_8e-15,
    ],
];

#[cfg(test)]
mod tests {
    use super::{normal_quantile, normal_tail};

    /// Expected values from SciPy 1.17.1, `scipy.stats.norm.sf`.
    #[test]
    fn known_tails() {
        let cases = [
            (0.0, 0.5),
            (0.5, 0.3085375387259869),
            (1.0, 0.15865525393145707),
            (1.959963984540054, 0.025),
            (2.9, 0.0018658133003840375),
            (3.0, 0.0013498980316300933),
            (3.1, 0.0009676032132183563),
            (5.0, 2.866515718791933e-07),
            (8.0, 6.22096057427174e-16),
            (20.0, 2.7536241186061556e-89),
        ];
        for (z, expected) in cases {
            let found = normal_tail(z);
            assert!(
                (found / expected - 1.0).abs() < 1e-12,
                "z = {z}: {found}, expected {expected}"
            );
        }
    }

    /// Expected values from SciPy 1.17.1, `scipy.stats.norm.ppf`.
    #[test]
    fn known_quantiles() {
        let cases = [
            (0.5, 0.0),
            (0.6, 0.2533471031357997),
            (0.975, 1.959963984540054),
            (0.995, 2.5758293035489004),
            (0.9999, 3.719016485455709),
            (1e-10, -6.361340902404056),
            (1e-15, -7.941345326170998),
            (1e-300, -37.0470962993612),
        ];
        for (p, expected) in cases {
            let found = normal_quantile(p);
            assert!(
                (found - expected).abs() < 1e-13 * expected.abs().max(1.0),
                "p = {p}: {found}, expected {expected}"
            );
        }
    }
}
