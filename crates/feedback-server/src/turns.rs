//! Limits the concurrent work of each caller, so that no caller occupies all cores.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, Weak};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::clock::locked;

/// At most `each` concurrent turns for every caller.
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

    /// Waits until one of the caller's turns is free, and takes it. The turn ends when the returned permit is dropped.
    pub(crate) async fn wait(&self, caller: K) -> OwnedSemaphorePermit {
        let turns = self.of(caller);
        match turns.acquire_owned().await {
            Ok(permit) => permit,
            // The semaphore is never closed.
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
        assert!(second.await.is_err(), "the first turn has not ended");
        drop(turns.wait(other).await);
        drop(first);
        drop(turns.wait(one).await);
        assert_eq!(
            locked(&turns.callers).len(),
            1,
            "a caller without turns is forgotten"
        );
    }
}
