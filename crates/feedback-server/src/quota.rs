//! Quotas of shared resources, in total and per client.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};

use crate::clock::locked;
use crate::problem::{Code, Problem};

/// Number of seconds after which a refused client may try again.
const RETRY_AFTER_S: u64 = 1;

/// A limit in total and per client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bound {
    /// The limit for all clients together.
    pub total: usize,
    /// The limit for one client.
    pub per_client: usize,
}

impl Bound {
    /// Creates a limit in total and per client.
    pub const fn new(total: usize, per_client: usize) -> Self {
        Self { total, per_client }
    }
}

/// A resource with a limit in total and per client, such as the bytes of request bodies in memory.
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

/// Which limit is exhausted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exhausted {
    /// The limit for one client.
    Client,
    /// The limit for all clients together.
    Total,
}

impl Quota {
    /// Creates a quota. In messages, `what` follows "too many".
    pub(crate) fn new(what: &'static str, bound: Bound) -> Arc<Self> {
        Arc::new(Self {
            what,
            bound,
            held: Mutex::default(),
        })
    }

    /// Takes `amount` for a client, until the permit is dropped.
    pub(crate) fn take(self: &Arc<Self>, client: IpAddr, amount: usize) -> Result<Permit, Exhausted> {
        let mut permit = Permit {
            quota: Arc::clone(self),
            client,
            amount: 0,
        };
        permit.grow(amount)?;
        Ok(permit)
    }

    /// Like [`Quota::take`], but returns the problem for the client if a limit is exhausted.
    pub(crate) fn admit(self: &Arc<Self>, client: IpAddr, amount: usize) -> Result<Permit, Problem> {
        self.take(client, amount).map_err(|whose| self.problem(whose))
    }

    /// Creates the problem for an exhausted limit.
    pub(crate) fn problem(&self, whose: Exhausted) -> Problem {
        let (code, by) = match whose {
            Exhausted::Client => (Code::RateLimited, "for this client"),
            Exhausted::Total => (Code::Busy, "for all clients together"),
        };
        Problem {
            code,
            detail: format!("too many {} at a time {by}", self.what),
            retry_after: Some(RETRY_AFTER_S),
        }
    }
}

/// An amount that a client has taken from a [`Quota`]. Dropping it returns the amount.
#[derive(Debug)]
pub(crate) struct Permit {
    quota: Arc<Quota>,
    client: IpAddr,
    amount: usize,
}

impl Permit {
    /// Takes `amount` more from the quota.
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
    fn clients_are_limited_individually_and_in_total() {
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
    fn the_problem_says_which_limit_is_exhausted() {
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
