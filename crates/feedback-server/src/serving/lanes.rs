//! Two queues for one model: people first, without starving files.

use std::collections::VecDeque;

use feedback_inference::batch_by_tokens;

/// After so many interactive batches in a row, a waiting bulk batch is next.
const INTERACTIVE_RUN: u32 = 3;
/// How far from the head of a lane to look for texts of similar length.
const WINDOW: usize = 256;

/// Which queue a text waits in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Lane {
    /// Somebody is waiting for the answer.
    Interactive,
    /// Rows of files, and requests with many texts.
    Bulk,
}

/// What the lanes need to know of a waiting text.
pub(crate) trait Waiting {
    /// Its cost in tokens.
    fn tokens(&self) -> usize;
    /// Texts with different keys cannot share a batch.
    fn key(&self) -> usize;
}

/// The waiting texts.
#[derive(Debug)]
pub(crate) struct Lanes<T> {
    interactive: VecDeque<T>,
    bulk: VecDeque<T>,
    /// Interactive batches since the last bulk one, counted while bulk waits.
    run: u32,
}

impl<T: Waiting> Lanes<T> {
    pub(crate) fn new() -> Self {
        Self {
            interactive: VecDeque::new(),
            bulk: VecDeque::new(),
            run: 0,
        }
    }

    pub(crate) fn push(&mut self, lane: Lane, item: T) {
        self.lane(lane).push_back(item);
    }

    pub(crate) fn len(&self, lane: Lane) -> usize {
        match lane {
            Lane::Interactive => self.interactive.len(),
            Lane::Bulk => self.bulk.len(),
        }
    }

    /// Tokens that wait in a lane.
    pub(crate) fn tokens(&self, lane: Lane) -> usize {
        let queue = match lane {
            Lane::Interactive => &self.interactive,
            Lane::Bulk => &self.bulk,
        };
        queue.iter().map(Waiting::tokens).sum()
    }

    /// Keeps what `keep` accepts; it may change an item that it refuses.
    pub(crate) fn retain(&mut self, mut keep: impl FnMut(&mut T) -> bool) {
        self.interactive.retain_mut(&mut keep);
        self.bulk.retain_mut(&mut keep);
    }

    /// Empties the lanes and returns what was waiting.
    pub(crate) fn drain(&mut self) -> impl Iterator<Item = T> + '_ {
        self.interactive.drain(..).chain(self.bulk.drain(..))
    }

    /// The next batch: the head of the lane whose turn it is, and texts of similar length behind it that fit the
    /// budget. The head is always taken, so nothing waits forever.
    pub(crate) fn next_batch(&mut self, max_texts: usize, max_tokens: usize) -> Vec<T> {
        let Some(lane) = self.turn() else {
            return Vec::new();
        };
        let queue = self.lane(lane);
        let Some(key) = queue.front().map(Waiting::key) else {
            return Vec::new();
        };
        let (places, lengths): (Vec<usize>, Vec<usize>) = queue
            .iter()
            .take(WINDOW)
            .enumerate()
            .filter(|(_, item)| item.key() == key)
            .map(|(place, item)| (place, item.tokens()))
            .unzip();
        let batches = batch_by_tokens(&lengths, max_texts, max_tokens);
        let mut chosen: Vec<usize> = batches
            .into_iter()
            .find(|batch| batch.contains(&0))
            .unwrap_or_default()
            .into_iter()
            .map(|index| places[index])
            .collect();
        chosen.sort_unstable_by(|a, b| b.cmp(a)); // from the back, so that places stay true
        let mut batch: Vec<T> = chosen
            .into_iter()
            .filter_map(|place| queue.remove(place))
            .collect();
        batch.reverse();
        batch
    }

    fn turn(&mut self) -> Option<Lane> {
        match (self.interactive.is_empty(), self.bulk.is_empty()) {
            (true, true) => None,
            (false, true) => {
                self.run = 0;
                Some(Lane::Interactive)
            }
            (false, false) if self.run < INTERACTIVE_RUN => {
                self.run += 1;
                Some(Lane::Interactive)
            }
            _ => {
                self.run = 0;
                Some(Lane::Bulk)
            }
        }
    }

    fn lane(&mut self, lane: Lane) -> &mut VecDeque<T> {
        match lane {
            Lane::Interactive => &mut self.interactive,
            Lane::Bulk => &mut self.bulk,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Waiting for (usize, usize) {
        fn tokens(&self) -> usize {
            self.0
        }
        fn key(&self) -> usize {
            self.1
        }
    }

    #[test]
    fn interactive_goes_first_and_bulk_every_fourth_time() {
        let mut lanes = Lanes::new();
        for _ in 0..8 {
            lanes.push(Lane::Interactive, (1, 0));
            lanes.push(Lane::Bulk, (2, 0));
        }
        let order: Vec<usize> = (0..8).map(|_| lanes.next_batch(1, 100)[0].0).collect();
        assert_eq!(order, [1, 1, 1, 2, 1, 1, 1, 2]);
    }

    #[test]
    fn the_head_goes_with_texts_like_it_within_the_budget() {
        let mut lanes = Lanes::new();
        for tokens in [5, 90, 6, 4, 100] {
            lanes.push(Lane::Interactive, (tokens, 0));
        }
        assert_eq!(lanes.next_batch(64, 20), [(5, 0), (6, 0), (4, 0)]);
        assert_eq!(lanes.next_batch(64, 20), [(90, 0)]);
        assert_eq!(lanes.next_batch(64, 20), [(100, 0)]);
        assert!(lanes.next_batch(64, 20).is_empty());
    }

    #[test]
    fn texts_of_two_models_never_share_a_batch() {
        let mut lanes = Lanes::new();
        for key in [1, 2, 1, 2] {
            lanes.push(Lane::Bulk, (3, key));
        }
        assert_eq!(lanes.next_batch(64, 100), [(3, 1), (3, 1)]);
        assert_eq!(lanes.next_batch(64, 100), [(3, 2), (3, 2)]);
    }
}
