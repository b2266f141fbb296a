//! The training rows with the highest loss.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::error::BoxError;
use crate::model::{Evaluate, Metrics};

/// The rows with the highest losses, up to a capacity; other rows are not stored.
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

    /// Records the loss of one row. NaN counts as the highest loss.
    pub fn observe(&mut self, row: usize, loss: f64) {
        self.rows.push(Reverse(Entry { row, loss }));
        if self.rows.len() > self.capacity {
            self.rows.pop();
        }
    }

    /// Returns row and loss, highest loss first; rows with equal losses are in ascending order.
    pub fn rows(&self) -> Vec<(usize, f64)> {
        let mut rows: Vec<Entry> = self.rows.iter().map(|Reverse(entry)| *entry).collect();
        rows.sort_by(|a, b| b.cmp(a));
        rows.into_iter().map(|entry| (entry.row, entry.loss)).collect()
    }
}

/// Ordered by loss; for equal losses the earlier row is greater, so that it is kept.
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

/// An evaluator that also keeps the training rows with the highest loss.
///
/// Any thread can read the rows of the latest evaluation at any time, through [`handle`](Self::handle).
#[derive(Debug)]
pub struct WithTopLosses<E, F> {
    evaluator: E,
    losses: F,
    capacity: usize,
    latest: Arc<Mutex<TopLosses>>,
}

impl<E, F> WithTopLosses<E, F> {
    /// Evaluates with `evaluator`, then calls `losses` for the loss of each training row under the same model, and
    /// keeps the `capacity` highest.
    pub fn new(evaluator: E, losses: F, capacity: usize) -> Self {
        Self {
            evaluator,
            losses,
            capacity,
            latest: Arc::default(),
        }
    }

    /// Returns a handle to the rows with the highest loss at the latest evaluation.
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
        // The list is valid even if a thread panicked while it held the lock.
        *self.latest.lock().unwrap_or_else(PoisonError::into_inner) = hardest;
        Ok(metrics)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_losses_are_kept_and_ties_by_row() {
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
    fn each_evaluation_replaces_the_list() {
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
