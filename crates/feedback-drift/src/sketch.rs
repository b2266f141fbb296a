//! Short integer copies of vectors.

use feedback_metrics::statistics::Draws;

/// The projections of a vector, scaled to length 1, onto random directions, in steps of 4/127, cut at ±4.
///
/// On average, squared distances of sketches are proportional to those of the vectors (Johnson and Lindenstrauss 1984,
/// "Extensions of Lipschitz mappings into a Hilbert space"; random signs: Achlioptas 2003, "Database-friendly random
/// projections").
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Sketch(pub(crate) [i8; Sketch::WIDTH]);

impl Sketch {
    pub(crate) const WIDTH: usize = 32;

    /// Steps for each unit of a projection.
    pub(crate) const SCALE: f64 = 31.75;
}

/// Random directions: a sign for each of [`Sketch::WIDTH`] directions and each number of a vector.
pub(crate) struct Projection {
    width: usize,
    signs: Vec<f64>,
}

impl Projection {
    pub(crate) fn new(width: usize) -> Self {
        let mut draws = Draws::new(2, width as u64);
        let sign = |_| if draws.below(2) == 0 { -1.0 } else { 1.0 };
        Self {
            width,
            signs: (0..width * Sketch::WIDTH).map(sign).collect(),
        }
    }

    pub(crate) fn width(&self) -> usize {
        self.width
    }

    /// Returns the sketch; `None` if the vector has another length, is zero, or is not finite.
    pub(crate) fn sketch(&self, vector: &[f32]) -> Option<Sketch> {
        let length = vector.iter().map(|&x| f64::from(x).powi(2)).sum::<f64>().sqrt();
        if vector.len() != self.width || !length.is_finite() || length == 0.0 {
            return None;
        }
        let mut sketch = [0; Sketch::WIDTH];
        for (number, signs) in sketch.iter_mut().zip(self.signs.chunks_exact(self.width)) {
            let sum: f64 = vector
                .iter()
                .zip(signs)
                .map(|(&x, sign)| f64::from(x) * sign)
                .sum();
            *number = (sum / length * Sketch::SCALE).round().clamp(-127.0, 127.0) as i8;
        }
        Some(Sketch(sketch))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_stay_about_the_same() {
        let projection = Projection::new(384);
        let mut draws = Draws::new(1_000, 7);
        let mut vector = || -> Vec<f32> { (0..384).map(|_| draws.below(1_000) as f32 - 499.5).collect() };
        let unit = |vector: &[f32]| {
            let length = vector.iter().map(|x| x * x).sum::<f32>().sqrt();
            vector.iter().map(|x| x / length).collect::<Vec<f32>>()
        };
        let mut ratios = 0.0;
        for _ in 0..100 {
            let (a, b) = (vector(), vector());
            let exact: f32 = unit(&a).iter().zip(unit(&b)).map(|(x, y)| (x - y).powi(2)).sum();
            let (a, b) = (projection.sketch(&a).unwrap().0, projection.sketch(&b).unwrap().0);
            let found: i32 = a
                .iter()
                .zip(b)
                .map(|(&x, y)| (i32::from(x) - i32::from(y)).pow(2))
                .sum();
            ratios += f64::from(found) / Sketch::SCALE.powi(2) / Sketch::WIDTH as f64 / f64::from(exact);
        }
        assert!((ratios / 100.0 - 1.0).abs() < 0.1, "{ratios}");
    }

    #[test]
    fn the_length_of_a_vector_does_not_matter() {
        let projection = Projection::new(3);
        assert_eq!(
            projection.sketch(&[1.0, 2.0, 3.0]),
            projection.sketch(&[2.0, 4.0, 6.0])
        );
        assert_eq!(projection.sketch(&[0.0; 3]), None);
        assert_eq!(projection.sketch(&[1.0; 4]), None);
        assert_eq!(projection.sketch(&[f32::NAN, 1.0, 1.0]), None);
    }
}
