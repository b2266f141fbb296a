//! Two queues for one model. Interactive texts go first, without starving files; within each queue, callers take turns.

use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;

use feedback_inference::batch_by_tokens;

/// After this many interactive batches in a row, a waiting bulk batch is next.
const INTERACTIVE_RUN: u32 = 3;
/// The number of texts at the head of a lane from which a batch is formed.
const WINDOW: usize = 256;

/// Which queue a text waits in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Lane {
    /// Requests with few texts: a person or program is waiting for the results.
    Interactive,
    /// Rows of files, and requests with many texts.
    Bulk,
}

/// The sender of a text. Callers take turns, no matter how many texts each of them has waiting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Caller {
    /// The server, for the rows of files.
    Server,
    /// A client, identified by its address.
    Client(IpAddr),
}

/// What the lanes need to know about a waiting text.
pub(crate) trait Waiting {
    /// Returns the cost of the text in tokens.
    fn tokens(&self) -> usize;
    /// Returns a key; texts with different keys cannot share a batch.
    fn key(&self) -> usize;
    /// Returns the sender of the text.
    fn caller(&self) -> Caller;
}

/// The waiting texts.
#[derive(Debug)]
pub(crate) struct Lanes<T> {
    interactive: Line<T>,
    bulk: Line<T>,
    /// Interactive batches since the last bulk batch, counted while bulk texts are waiting.
    run: u32,
}

impl<T: Waiting> Lanes<T> {
    pub(crate) fn new() -> Self {
        Self {
            interactive: Line::new(),
            bulk: Line::new(),
            run: 0,
        }
    }

    pub(crate) fn push(&mut self, lane: Lane, item: T) {
        self.lane(lane).push(item);
    }

    pub(crate) fn len(&self, lane: Lane) -> usize {
        match lane {
            Lane::Interactive => self.interactive.items.len(),
            Lane::Bulk => self.bulk.items.len(),
        }
    }

    /// Returns the waiting items, in no particular order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        let items = self.interactive.items.iter().chain(&self.bulk.items);
        items.map(|(_, item)| item)
    }

    /// Returns how many tokens wait in a lane: for this caller, and for all callers.
    pub(crate) fn tokens(&self, lane: Lane, caller: Caller) -> (usize, usize) {
        let line = match lane {
            Lane::Interactive => &self.interactive,
            Lane::Bulk => &self.bulk,
        };
        line.items.iter().fold((0, 0), |(own, all), (_, item)| {
            let tokens = item.tokens();
            (
                own + if item.caller() == caller { tokens } else { 0 },
                all + tokens,
            )
        })
    }

    /// Removes the items for which `keep` returns false. `keep` may change an item before the item is removed.
    pub(crate) fn retain(&mut self, mut keep: impl FnMut(&mut T) -> bool) {
        self.interactive.items.retain_mut(|(_, item)| keep(item));
        self.bulk.items.retain_mut(|(_, item)| keep(item));
    }

    /// Empties the lanes and returns the waiting items.
    pub(crate) fn drain(&mut self) -> impl Iterator<Item = T> + '_ {
        let items = self.interactive.items.drain(..).chain(self.bulk.items.drain(..));
        items.map(|(_, item)| item)
    }

    /// Takes the next batch from the lane whose turn it is. The batch has the head of the lane and, within the budget, texts of
    /// similar length behind it. The head is always taken, so no text waits forever.
    pub(crate) fn next_batch(&mut self, max_texts: usize, max_tokens: usize) -> Vec<T> {
        let Some(lane) = self.turn() else {
            return Vec::new();
        };
        self.lane(lane).next_batch(max_texts, max_tokens)
    }

    fn turn(&mut self) -> Option<Lane> {
        match (self.interactive.items.is_empty(), self.bulk.items.is_empty()) {
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

    fn lane(&mut self, lane: Lane) -> &mut Line<T> {
        match lane {
            Lane::Interactive => &mut self.interactive,
            Lane::Bulk => &mut self.bulk,
        }
    }
}

/// One queue, ordered by self-clocked fair queueing (Golestani, INFOCOM 1994). The due time of a text is counted in tokens. It is
/// the number of tokens of the text, plus the due time of the caller's previous text or the due time of the last head, whichever
/// is later. So the first text of a caller does not wait behind all texts of another caller, and the texts of one caller keep
/// their order.
#[derive(Debug)]
struct Line<T> {
    /// The waiting texts with their due times, earliest first.
    items: VecDeque<(u64, T)>,
    /// The due time of the last head.
    now: u64,
    /// The due time of the last text of each caller.
    last: HashMap<Caller, u64>,
}

impl<T: Waiting> Line<T> {
    fn new() -> Self {
        Self {
            items: VecDeque::new(),
            now: 0,
            last: HashMap::new(),
        }
    }

    fn push(&mut self, item: T) {
        if self.items.is_empty() {
            self.last.clear();
        }
        let last = self.last.entry(item.caller()).or_default();
        *last = self.now.max(*last) + item.tokens() as u64;
        let due = *last;
        let place = self.items.partition_point(|(other, _)| *other <= due);
        self.items.insert(place, (due, item));
    }

    /// Takes the head, and texts of similar length behind it that fit the budget.
    fn next_batch(&mut self, max_texts: usize, max_tokens: usize) -> Vec<T> {
        let Some((due, head)) = self.items.front() else {
            return Vec::new();
        };
        self.now = *due;
        let key = head.key();
        let (places, lengths): (Vec<usize>, Vec<usize>) = self
            .items
            .iter()
            .take(WINDOW)
            .enumerate()
            .filter(|(_, (_, item))| item.key() == key)
            .map(|(place, (_, item))| (place, item.tokens()))
            .unzip();
        let batches = batch_by_tokens(&lengths, max_texts, max_tokens);
        let mut chosen: Vec<usize> = batches
            .into_iter()
            .find(|batch| batch.contains(&0))
            .unwrap_or_default()
            .into_iter()
            .map(|index| places[index])
            .collect();
        chosen.sort_unstable_by(|a, b| b.cmp(a)); // from the back, so that the other indices stay valid
        let mut batch: Vec<T> = chosen
            .into_iter()
            .filter_map(|place| self.items.remove(place))
            .map(|(_, item)| item)
            .collect();
        batch.reverse();
        batch
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
        fn caller(&self) -> Caller {
            Caller::Server
        }
    }

    /// Tokens, the last byte of the address of the caller, and a name.
    impl Waiting for (usize, u8, &str) {
        fn tokens(&self) -> usize {
            self.0
        }
        fn key(&self) -> usize {
            0
        }
        fn caller(&self) -> Caller {
            Caller::Client([127, 0, 0, self.1].into())
        }
    }

    #[test]
    fn callers_take_turns_no_matter_how_much_each_has_waiting() {
        let mut lanes = Lanes::new();
        for name in ["a1", "a2", "a3", "a4"] {
            lanes.push(Lane::Interactive, (100, 1, name));
        }
        assert_eq!(lanes.next_batch(1, 100)[0].2, "a1");
        lanes.push(Lane::Interactive, (10, 2, "b1"));
        lanes.push(Lane::Interactive, (200, 3, "c1"));
        lanes.push(Lane::Interactive, (10, 2, "b2"));
        let (own, all) = lanes.tokens(Lane::Interactive, Caller::Client([127, 0, 0, 2].into()));
        assert_eq!((own, all), (20, 520));
        let order: Vec<&str> = (0..6).map(|_| lanes.next_batch(1, 100)[0].2).collect();
        assert_eq!(order, ["b1", "b2", "a2", "a3", "c1", "a4"]);
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
    fn a_batch_has_the_head_and_texts_of_similar_length_within_the_budget() {
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
