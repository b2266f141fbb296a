//! The training rows a model finds hardest.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::error::BoxError;
use crate::model::{Evaluate, Metrics};

/// The rows with the greatest losses, at most so many, kept without holding the others.
///
/// # Examples
///
/// ```
/// use feedback_trainer::callbacks::TopLosses;
///
/// let mut hardest = TopLosses::new(2);
/// [0.1, 3.0, 0.7, 2.0].iter().enumerate().for_each(|(row, &loss)| hardest.observe(row, loss));
/// assert_eq!(hardest.rows(), [(1, 3.0), (3, 2.0)]);
/// ```
#[derive(Debug, Clone, Default)]
pub struct TopLosses {
    capacity: usize,
    rows: BinaryHeap<Reverse<Entry>>,
}

impl TopLosses {
    /// Keeps at most `capacity` rows.
    pub fn new(capacity: usize) -> Self {
        Self {
            capacity,
            rows: BinaryHeap::new(),
        }
    }

    /// Takes the loss of one row. A loss that is not a number counts as the greatest of all.
    pub fn observe(&mut self, row: usize, loss: f64) {
        self.rows.push(Reverse(Entry { row, loss }));
        if self.rows.len() > self.capacity {
            self.rows.pop();
        }
    }

    /// Row and loss, the greatest loss first; rows of equal loss in their order.
    pub fn rows(&self) -> Vec<(usize, f64)> {
        let mut rows: Vec<Entry> = self.rows.iter().map(|Reverse(entry)| *entry).collect();
        rows.sort_by(|a, b| b.cmp(a));
        rows.into_iter().map(|entry| (entry.row, entry.loss)).collect()
    }
}

/// Ordered by loss; of two equal ones the earlier row is the greater, so that it is the one that stays.
#[derive(Debug, Clone, Copy)]
struct Entry {
    row: usize,
    loss: f64,
}

impl Ord for Entry {
    fn cmp(&self, other: &Self) -> Ordering {
        let by_loss = match (self.loss.is_nan(), other.loss.is_nan()) {
            (false, false) => self.loss.total_cmp(&other.loss),
            (this, that) => this.cmp(&that),
        };
        by_loss.then(other.row.cmp(&self.row))
    }
}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Entry {}

/// An evaluation that also looks at the training rows, and keeps the hardest of each time.
///
/// The list behind [`handle`](Self::handle) is always that of the latest evaluation; it can be read at any time, also
/// from another thread.
#[derive(Debug)]
pub struct WithTopLosses<E, F> {
    evaluator: E,
    losses: F,
    capacity: usize,
    latest: Arc<Mutex<TopLosses>>,
}

impl<E, F> WithTopLosses<E, F> {
    /// Evaluates with `evaluator`, then asks `losses` for the loss of each training row under the same model, and keeps
    /// the `capacity` greatest.
    pub fn new(evaluator: E, losses: F, capacity: usize) -> Self {
        Self {
            evaluator,
            losses,
            capacity,
            latest: Arc::default(),
        }
    }

    /// The hardest rows at the latest evaluation.
    pub fn handle(&self) -> Arc<Mutex<TopLosses>> {
        Arc::clone(&self.latest)
    }
}

impl<M, E, F> Evaluate<M> for WithTopLosses<E, F>
where
    E: Evaluate<M>,
    F: FnMut(&M) -> Result<Vec<f64>, BoxError>,
{
    fn evaluate(&mut self, model: &M) -> Result<Metrics, BoxError> {
        let metrics = self.evaluator.evaluate(model)?;
        let mut hardest = TopLosses::new(self.capacity);
        for (row, loss) in (self.losses)(model)?.into_iter().enumerate() {
            hardest.observe(row, loss);
        }
        // Whoever panicked with the lock held left a whole list behind.
        *self.latest.lock().unwrap_or_else(PoisonError::into_inner) = hardest;
        Ok(metrics)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_greatest_are_kept_and_equal_ones_by_their_order() {
        let mut hardest = TopLosses::new(3);
        let losses = [1.0, 2.0, 1.0, f64::NAN, 1.0];
        losses
            .iter()
            .enumerate()
            .for_each(|(row, &loss)| hardest.observe(row, loss));
        let rows: Vec<usize> = hardest.rows().iter().map(|&(row, _)| row).collect();
        assert_eq!(rows, [3, 1, 0]);
        let mut none = TopLosses::new(0);
        none.observe(0, 1.0);
        assert!(none.rows().is_empty());
    }

    #[test]
    fn each_evaluation_makes_the_list_anew() {
        struct Plain;
        impl Evaluate<f64> for Plain {
            fn evaluate(&mut self, _: &f64) -> Result<Metrics, BoxError> {
                Ok([("loss".to_owned(), 0.5)].into())
            }
        }
        let losses = |model: &f64| Ok(vec![1.0, *model, 2.0]);
        let mut evaluator = WithTopLosses::new(Plain, losses, 1);
        let latest = evaluator.handle();
        let hardest = || latest.lock().unwrap().rows();
        assert_eq!(evaluator.evaluate(&9.0).unwrap()["loss"], 0.5);
        assert_eq!(hardest(), [(1, 9.0)]);
        evaluator.evaluate(&0.0).unwrap();
        assert_eq!(hardest(), [(2, 2.0)]);
    }
}
