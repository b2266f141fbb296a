//! Webhook deliveries; each is accepted only once.

use crate::clock::DAY_MS;
use crate::error::Result;
use crate::predictions::{NewPrediction, PredictionStore};

/// How long a delivery is remembered. Senders retry for some days at most.
pub(crate) const RETENTION_MS: i64 = 30 * DAY_MS;
/// Number of newest deliveries that are always remembered, however old they look.
pub(crate) const ALWAYS_KEPT: u64 = 10_000;

/// A webhook delivery to be added.
#[derive(Debug, Clone, PartialEq)]
pub struct NewDelivery {
    /// The sender's id of the delivery. A delivery with the same id counts as a repetition.
    pub key: String,
    /// A hash of the body.
    pub digest: String,
    /// The predictions for the texts of the delivery.
    pub predictions: Vec<NewPrediction>,
}

/// A function that creates the answer to a delivery from the ids of its predictions, in order.
pub type AnswerFor = Box<dyn Fn(&[i64]) -> String + Send + Sync>;

/// A webhook delivery that was accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The hash of the body.
    pub digest: String,
    /// The answer to the delivery.
    pub answer: String,
}

/// The webhook deliveries of a store, which add predictions to the same store. A change survives a power failure once the
/// method has returned.
pub trait DeliveryStore: PredictionStore {
    /// Returns the delivery with this key, or `None` if it is unknown. Deliveries older than 30 days may be forgotten, except the
    /// newest 10,000.
    fn delivery(&self, key: &str) -> Result<Option<Delivery>>;
    /// Adds a delivery and its predictions in one atomic step. `answer_for` creates the answer from the ids of the predictions.
    /// If the key was used before, adds nothing and returns the earlier delivery.
    fn add_delivery(&self, delivery: NewDelivery, answer_for: AnswerFor) -> Result<Delivery>;
}
