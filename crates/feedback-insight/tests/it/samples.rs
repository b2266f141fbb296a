//! Vectors for the tests.

use feedback_insight::Vectors;
use feedback_testkit::{fixture, fixture_json, shared};

/// The vectors and intents of real texts.
pub(crate) struct Golden {
    /// The lines of the texts in the training file of banking77, counted from 1.
    lines: Vec<usize>,
    pub(crate) labels: Vec<usize>,
    pub(crate) vectors: Vectors,
    /// Adjusted Rand index and V-measure of BERTopic's defaults.
    pub(crate) bertopic: (f64, f64),
}

impl Golden {
    /// Returns the texts; `None` if the data set is not there.
    pub(crate) fn texts(&self) -> Option<Vec<String>> {
        let file = fs_err::read_to_string(shared("data/banking77/train.jsonl")?).unwrap();
        let lines: Vec<&str> = file.lines().collect();
        let text = |line: &usize| -> String {
            let record: serde_json::Value = serde_json::from_str(lines[line - 1]).unwrap();
            record["text"].as_str().unwrap().to_owned()
        };
        Some(self.lines.iter().map(text).collect())
    }
}

pub(crate) fn golden() -> Golden {
    let json = fixture_json("golden/insight/golden.json");
    let list = |name: &str| json[name].as_array().unwrap().clone();
    let bytes = fs_err::read(fixture("golden/insight/vectors.f16")).unwrap();
    let values: Vec<f32> = bytes
        .chunks_exact(2)
        .map(|pair| half([pair[0], pair[1]]))
        .collect();
    let number = |name: &str| json["bertopic"][name].as_f64().unwrap();
    Golden {
        lines: list("lines")
            .iter()
            .map(|line| line.as_u64().unwrap() as usize)
            .collect(),
        labels: list("labels")
            .iter()
            .map(|label| label.as_u64().unwrap() as usize)
            .collect(),
        vectors: Vectors::new(384, &values).unwrap(),
        bertopic: (number("adjusted_rand_index"), number("v_measure")),
    }
}

/// The value of a 16-bit float that is finite.
fn half(bytes: [u8; 2]) -> f32 {
    let bits = u16::from_le_bytes(bytes);
    let sign = if bits & 0x8000 == 0 { 1.0 } else { -1.0 };
    let (exponent, fraction) = (i32::from(bits >> 10 & 31), f32::from(bits & 1023));
    if exponent == 0 {
        sign * fraction * 2_f32.powi(-24)
    } else {
        sign * (1.0 + fraction / 1024.0) * 2_f32.powi(exponent - 15)
    }
}

/// A small generator of numbers from −1 to 1 (splitmix64).
pub(crate) struct Draws(pub(crate) u64);

impl Draws {
    pub(crate) fn draw(&mut self) -> f32 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 40) as f32 / 8_388_608.0 - 1.0
    }
}

/// Components of rows of 16 columns: row `i` is near direction `i % n_groups`.
pub(crate) fn groups(n_rows: usize, n_groups: usize, noise: f32, seed: u64) -> Vec<f32> {
    let mut draws = Draws(seed);
    let directions: Vec<f32> = (0..n_groups * 16).map(|_| draws.draw()).collect();
    let mut values = Vec::new();
    for row in 0..n_rows {
        let direction = &directions[row % n_groups * 16..][..16];
        values.extend(direction.iter().map(|&value| value + noise * draws.draw()));
    }
    values
}
