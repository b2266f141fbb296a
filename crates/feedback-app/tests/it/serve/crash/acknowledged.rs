//! What the server said it has done.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::AtomicU64;

/// Number of rows of the file that is classified meanwhile.
pub(super) const ROWS: usize = 600;
pub(super) const OWNER: &str = "a-key-that-does-it-all";

/// What the server has acknowledged.
#[derive(Default)]
pub(super) struct Acknowledged {
    /// Labels by prediction.
    pub(super) corrections: Mutex<BTreeMap<i64, &'static str>>,
    /// Texts in the history.
    pub(super) texts: Mutex<Vec<String>>,
    pub(super) batches: Mutex<Vec<i64>>,
    /// Texts that are gone for good.
    pub(super) erased: Mutex<Vec<String>>,
    /// Cookies of people who logged in, and of people who logged out again.
    pub(super) logged_in: Mutex<Vec<String>>,
    pub(super) logged_out: Mutex<Vec<String>>,
    pub(super) backups: AtomicU64,
    /// Answers that no server may give, however it is used.
    pub(super) wrong: Mutex<Vec<String>>,
    pub(super) next: AtomicU64,
}
