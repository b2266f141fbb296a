//! Limits on request-body memory, event streams, uploads and downloads, shared by the API and the web pages.

use std::net::IpAddr;
use std::sync::{Arc, Mutex};

use crate::clock::locked;
use crate::limits::Limits;
use crate::problem::Problem;
use crate::quota::{Exhausted, Permit, Quota};

/// The quotas of the server.
#[derive(Debug)]
pub(crate) struct Admission {
    bodies: Arc<Quota>,
    pub(crate) streams: Arc<Quota>,
    pub(crate) uploads: Arc<Quota>,
    pub(crate) exports: Arc<Quota>,
}

impl Admission {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            bodies: Quota::new("bytes of request bodies", limits.body_bytes),
            streams: Quota::new("event streams", limits.streams),
            uploads: Quota::new("uploads", limits.uploads),
            exports: Quota::new("downloads", limits.exports),
        }
    }

    /// Returns the body-memory allowance for one request of this client.
    pub(crate) fn allowance(&self, client: IpAddr) -> Allowance {
        Allowance {
            bodies: Arc::clone(&self.bodies),
            client,
            permit: Arc::default(),
        }
    }
}

/// The memory that the body of one request takes from the quota, until the request is answered. Clones share one allowance.
#[derive(Debug, Clone)]
pub(crate) struct Allowance {
    bodies: Arc<Quota>,
    client: IpAddr,
    permit: Arc<Mutex<Option<Permit>>>,
}

impl Allowance {
    /// Takes `bytes` more from the quota. Fails with the problem for the client if a limit is exhausted.
    pub(crate) fn grow(&self, bytes: usize) -> Result<(), Problem> {
        let mut permit = locked(&self.permit);
        let taken: Result<(), Exhausted> = match permit.as_mut() {
            Some(permit) => permit.grow(bytes),
            None => self
                .bodies
                .take(self.client, bytes)
                .map(|new| *permit = Some(new)),
        };
        taken.map_err(|whose| self.bodies.problem(whose))
    }
}
