//! The random number generator of `metrics_golden.py`, and the inputs that are drawn from it.

use feedback_metrics::ZeroDivision;

const GAMMA: u64 = 0x9E37_79B9_7F4A_7C15;
const N_PARAMETERS: u64 = 32;

pub(super) const BETAS: [f64; 6] = [0.0, 0.5, 1.0, 2.0, 3.7, f64::INFINITY];
pub(super) const ZERO_DIVISIONS: [ZeroDivision; 3] =
    [ZeroDivision::Zero, ZeroDivision::One, ZeroDivision::Nan];
const CAPS: [usize; 6] = [1, 5, 20, 100, 500, 5_000];

/// The draws of one case, in order: first the parameters, then tables.
pub(super) struct Case {
    seed: u64,
    next_parameter: u64,
    position: u64,
}

impl Case {
    pub(super) fn new(family: u64, number: u64) -> Self {
        Self {
            seed: (family << 32) + number,
            next_parameter: 0,
            position: N_PARAMETERS,
        }
    }

    /// Draws the next parameter, a number below `bound`.
    pub(super) fn parameter(&mut self, bound: usize) -> usize {
        assert!(self.next_parameter < N_PARAMETERS, "too many parameters");
        self.next_parameter += 1;
        below(self.mixed(self.next_parameter), bound)
    }

    /// Draws the next number of a table.
    pub(super) fn draw(&mut self) -> u64 {
        self.position += 1;
        self.mixed(self.position)
    }

    pub(super) fn draw_below(&mut self, bound: usize) -> usize {
        below(self.draw(), bound)
    }

    /// Draws a number of rows, from 1 to a cap that is drawn from [`CAPS`].
    pub(super) fn n(&mut self) -> usize {
        1 + self.capped(0)
    }

    /// Draws a number below `more` plus a cap that is drawn from [`CAPS`].
    pub(super) fn capped(&mut self, more: usize) -> usize {
        let cap = CAPS[self.parameter(CAPS.len())];
        self.parameter(more + cap)
    }

    fn mixed(&self, index: u64) -> u64 {
        let z = self.seed.wrapping_add(index.wrapping_mul(GAMMA));
        let z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
}

pub(super) fn below(draw: u64, bound: usize) -> usize {
    (((draw >> 32) * bound as u64) >> 32) as usize
}

/// Labels and predictions of one case.
pub(super) struct Classes {
    pub(super) n_classes: usize,
    pub(super) labels: Vec<usize>,
    pub(super) predictions: Vec<usize>,
}

pub(super) fn draw_classes(case: &mut Case) -> Classes {
    let n_classes = 2 + case.parameter(29);
    let n = case.n();
    let n_true = 1 + case.parameter(n_classes);
    let n_predicted = 1 + case.parameter(n_classes);
    let offset = case.parameter(n_classes);
    let skewed = case.parameter(2) == 1;
    let percent_right = case.parameter(101);
    let (mut labels, mut predictions) = (Vec::new(), Vec::new());
    for _ in 0..n {
        let [first, second, third, fourth] = [(); 4].map(|()| case.draw());
        let mut label = below(first, n_true);
        if skewed {
            label = below(second, label + 1);
        }
        label = (label + offset) % n_classes;
        let wrong = (below(third, n_predicted) + offset) % n_classes;
        let right = below(fourth, 100) < percent_right;
        labels.push(label);
        predictions.push(if right { label } else { wrong });
    }
    Classes {
        n_classes,
        labels,
        predictions,
    }
}

/// Draws a subset of the numbers below `n`: at least one number, in ascending or descending order.
pub(super) fn draw_subset(case: &mut Case, n: usize) -> Vec<usize> {
    let percent = 20 + case.parameter(80);
    let backwards = case.parameter(2) == 1;
    let mut subset: Vec<usize> = (0..n).filter(|_| case.draw_below(100) < percent).collect();
    if subset.is_empty() {
        subset.push(0);
    }
    if backwards {
        subset.reverse();
    }
    subset
}

pub(super) fn names_of(style: usize, n: usize) -> Option<Vec<String>> {
    match style {
        0 => None,
        1 => Some((0..n).map(|i| format!("c{i}")).collect()),
        _ => Some(
            (0..n)
                .map(|i| "größe 漢字 ".repeat(i % 4) + &format!("class {i}"))
                .collect(),
        ),
    }
}

/// The expected values are the first outputs of splitmix64 for seed 0, as published with the algorithm.
#[test]
fn the_generator_is_splitmix64() {
    let case = Case::new(0, 0);
    assert_eq!(case.mixed(1), 0xE220_A839_7B1D_CDAF);
    assert_eq!(case.mixed(2), 0x6E78_9E6A_A1B9_65F4);
}
