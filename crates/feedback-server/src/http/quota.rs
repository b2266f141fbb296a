//! What clients share: so much in total, and so much for each of them.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};

use crate::clock::locked;
use crate::problem::{Code, Problem};

/// After how many seconds a refused client may try again.
const RETRY_AFTER_S: u64 = 1;

/// How much there may be of something at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bound {
    /// For all clients together.
    pub total: usize,
    /// For one client.
    pub per_client: usize,
}

impl Bound {
    /// So much in total, and so much for one client.
    pub const fn new(total: usize, per_client: usize) -> Self {
        Self { total, per_client }
    }
}

/// Something of which there may only be so much at a time, such as bytes of bodies in memory.
#[derive(Debug)]
pub(crate) struct Quota {
    what: &'static str,
    bound: Bound,
    held: Mutex<Held>,
}

#[derive(Debug, Default)]
struct Held {
    total: usize,
    clients: HashMap<IpAddr, usize>,
}

/// Whose share is used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exhausted {
    /// The client's own.
    Client,
    /// That of all.
    Total,
}

impl Quota {
    /// `what` completes "too many" in messages.
    pub(crate) fn new(what: &'static str, bound: Bound) -> Arc<Self> {
        Arc::new(Self {
            what,
            bound,
            held: Mutex::default(),
        })
    }

    /// Takes some for a client, until the permit is dropped.
    pub(crate) fn take(self: &Arc<Self>, client: IpAddr, amount: usize) -> Result<Permit, Exhausted> {
        let mut permit = Permit {
            quota: Arc::clone(self),
            client,
            amount: 0,
        };
        permit.grow(amount)?;
        Ok(permit)
    }

    /// As [`Quota::take`], with the answer to a client whose share or the total is used up.
    pub(crate) fn admit(self: &Arc<Self>, client: IpAddr, amount: usize) -> Result<Permit, Problem> {
        self.take(client, amount).map_err(|whose| self.problem(whose))
    }

    /// What a client is told.
    pub(crate) fn problem(&self, whose: Exhausted) -> Problem {
        let (code, by) = match whose {
            Exhausted::Client => (Code::RateLimited, "by this client"),
            Exhausted::Total => (Code::Busy, "by all clients together"),
        };
        Problem {
            code,
            detail: format!("too many {} {by} at a time", self.what),
            retry_after: Some(RETRY_AFTER_S),
        }
    }
}

/// A part of a [`Quota`].
#[derive(Debug)]
pub(crate) struct Permit {
    quota: Arc<Quota>,
    client: IpAddr,
    amount: usize,
}

impl Permit {
    /// Takes more.
    pub(crate) fn grow(&mut self, amount: usize) -> Result<(), Exhausted> {
        let Bound { total, per_client } = self.quota.bound;
        let mut held = locked(&self.quota.held);
        let of_client = held.clients.get(&self.client).copied().unwrap_or(0);
        if of_client.saturating_add(amount) > per_client {
            return Err(Exhausted::Client);
        }
        if held.total.saturating_add(amount) > total {
            return Err(Exhausted::Total);
        }
        held.total += amount;
        if amount > 0 {
            *held.clients.entry(self.client).or_default() += amount;
        }
        self.amount += amount;
        Ok(())
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut held = locked(&self.quota.held);
        held.total -= self.amount;
        if let Some(of_client) = held.clients.get_mut(&self.client) {
            *of_client -= self.amount;
            if *of_client == 0 {
                held.clients.remove(&self.client);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_client_has_its_share_and_all_have_the_total() {
        let quota = Quota::new("things", Bound::new(5, 3));
        let client = |last: u8| IpAddr::from([127, 0, 0, last]);
        let mut first = quota.take(client(1), 2).unwrap();
        assert_eq!(quota.take(client(1), 2).unwrap_err(), Exhausted::Client);
        first.grow(1).unwrap();
        assert_eq!(first.grow(1), Err(Exhausted::Client));
        let second = quota.take(client(2), 2).unwrap();
        assert_eq!(quota.take(client(3), 1).unwrap_err(), Exhausted::Total);
        drop(first);
        assert_eq!(locked(&quota.held).total, 2);
        let third = quota.take(client(1), 3).unwrap();
        drop((second, third));
        assert_eq!(locked(&quota.held).total, 0);
        assert!(locked(&quota.held).clients.is_empty());
    }

    #[test]
    fn a_client_is_told_whose_share_it_was() {
        let quota = Quota::new("streams", Bound::new(1, 1));
        let client = IpAddr::from([10, 0, 0, 1]);
        let _held = quota.take(client, 1).unwrap();
        let own = quota.admit(client, 1).unwrap_err();
        assert_eq!((own.code, own.retry_after), (Code::RateLimited, Some(1)));
        let other = quota.admit([10, 0, 0, 2].into(), 1).unwrap_err();
        assert_eq!(other.code, Code::Busy);
        assert!(other.detail.contains("streams"), "{}", other.detail);
    }
}
