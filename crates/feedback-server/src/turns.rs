//! Work that each caller may have under way at a time, so that nobody takes all cores.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, Weak};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::clock::locked;

/// So many turns for each caller.
#[derive(Debug)]
pub(crate) struct Turns<K> {
    each: usize,
    callers: Mutex<HashMap<K, Weak<Semaphore>>>,
}

impl<K: Copy + Eq + Hash> Turns<K> {
    pub(crate) fn new(each: usize) -> Self {
        Self {
            each: each.max(1),
            callers: Mutex::default(),
        }
    }

    /// Waits for one of the caller's turns, which ends when the permit is dropped.
    pub(crate) async fn wait(&self, caller: K) -> OwnedSemaphorePermit {
        let turns = self.of(caller);
        match turns.acquire_owned().await {
            Ok(permit) => permit,
            // It is never closed.
            Err(_) => std::future::pending().await,
        }
    }

    fn of(&self, caller: K) -> Arc<Semaphore> {
        let mut callers = locked(&self.callers);
        if let Some(turns) = callers.get(&caller).and_then(Weak::upgrade) {
            return turns;
        }
        callers.retain(|_, turns| turns.strong_count() > 0);
        let turns = Arc::new(Semaphore::new(self.each));
        callers.insert(caller, Arc::downgrade(&turns));
        turns
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn each_caller_has_its_own_turns() {
        let turns = Turns::new(1);
        let (one, other) = (1, 2);
        let first = turns.wait(one).await;
        let second =
            async { tokio::time::timeout(std::time::Duration::from_millis(20), turns.wait(one)).await };
        assert!(second.await.is_err(), "the first is not done");
        drop(turns.wait(other).await);
        drop(first);
        drop(turns.wait(one).await);
        assert_eq!(
            locked(&turns.callers).len(),
            1,
            "who has none under way is forgotten"
        );
    }
}
