//! A record of everything that the server has acknowledged.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::AtomicU64;

/// Number of rows in each file that is uploaded during the test.
pub(super) const ROWS: usize = 600;
pub(super) const OWNER: &str = "a-key-that-does-it-all";

/// Everything that the server has acknowledged.
#[derive(Default)]
pub(super) struct Acknowledged {
    /// The corrected label of each prediction, by prediction id.
    pub(super) corrections: Mutex<BTreeMap<i64, &'static str>>,
    /// Texts in the history.
    pub(super) texts: Mutex<Vec<String>>,
    pub(super) batches: Mutex<Vec<i64>>,
    /// Texts that were erased.
    pub(super) erased: Mutex<Vec<String>>,
    /// Cookies of people who logged in, and of people who logged out again.
    pub(super) logged_in: Mutex<Vec<String>>,
    pub(super) logged_out: Mutex<Vec<String>>,
    pub(super) backups: AtomicU64,
    /// Answers that are wrong under any load.
    pub(super) wrong: Mutex<Vec<String>>,
    pub(super) next: AtomicU64,
}
