//! Vectors for the tests of this crate.

use feedback_testkit::fixture;
use serde_json::Value;

use crate::random::{below, generator};
use crate::vectors::Vectors;

/// The vectors of the golden file: 300 texts, 384 columns.
pub(crate) fn golden_vectors() -> Vectors {
    let bytes = fs_err::read(fixture("golden/insight/vectors.f16")).unwrap();
    let values: Vec<f32> = bytes
        .chunks_exact(2)
        .map(|pair| half(u16::from_le_bytes([pair[0], pair[1]])))
        .collect();
    Vectors::new(384, &values).unwrap()
}

pub(crate) fn golden() -> Value {
    feedback_testkit::fixture_json("golden/insight/golden.json")
}

/// The value of a 16-bit float; the golden file has no infinities and no NaN.
fn half(bits: u16) -> f32 {
    let sign = if bits & 0x8000 == 0 { 1.0 } else { -1.0 };
    let (exponent, fraction) = (i32::from(bits >> 10 & 31), f32::from(bits & 1023));
    if exponent == 0 {
        sign * fraction * 2_f32.powi(-24)
    } else {
        sign * (1.0 + fraction / 1024.0) * 2_f32.powi(exponent - 15)
    }
}

/// Numbers from −1 to 1.
pub(crate) fn draws(n: usize, seed: u64) -> Vec<f32> {
    let mut rng = generator(seed);
    (0..n)
        .map(|_| below(&mut rng, 2_001) as f32 / 1_000.0 - 1.0)
        .collect()
}

/// Rows of 16 columns around a few directions: row `i` belongs to direction `i % n_groups`.
pub(crate) fn groups(n_rows: usize, n_groups: usize, noise: f32, seed: u64) -> Vectors {
    let directions = draws(n_groups * 16, seed);
    let noises = draws(n_rows * 16, seed + 1);
    let values: Vec<f32> = noises
        .iter()
        .enumerate()
        .map(|(place, draw)| directions[(place / 16 % n_groups) * 16 + place % 16] + noise * draw)
        .collect();
    Vectors::new(16, &values).unwrap()
}
