//! Deliveries of webhooks, each taken once.

use crate::clock::DAY_MS;
use crate::error::Result;
use crate::predictions::{NewPrediction, PredictionStore};

/// How long a delivery is remembered. Senders retry for some days at most.
pub(crate) const RETENTION_MS: i64 = 30 * DAY_MS;
/// How many of the newest deliveries are remembered, however old they look.
pub(crate) const ALWAYS_KEPT: u64 = 10_000;

/// A delivery of a webhook to be added.
#[derive(Debug, Clone, PartialEq)]
pub struct NewDelivery {
    /// The sender's id of it, by which a repeated delivery is recognised.
    pub key: String,
    /// A hash of its body.
    pub digest: String,
    /// The predictions of its texts.
    pub predictions: Vec<NewPrediction>,
}

/// Makes the answer to a delivery from the ids of its predictions, in order.
pub type AnswerFor = Box<dyn Fn(&[i64]) -> String + Send + Sync>;

/// A delivery of a webhook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The hash of its body.
    pub digest: String,
    /// The answer it got.
    pub answer: String,
}

/// Deliveries, which add predictions to the same store. What a method reports as done survives a power cut.
pub trait DeliveryStore: PredictionStore {
    /// The delivery with this key, if one was taken in the last 30 days or is among the newest 10,000.
    fn delivery(&self, key: &str) -> Result<Option<Delivery>>;
    /// Adds the predictions of a delivery, and the delivery with the answer that `answer_for` makes of their ids, all or
    /// nothing. If its key was used before, adds nothing and returns the delivery of then.
    fn add_delivery(&self, delivery: NewDelivery, answer_for: AnswerFor) -> Result<Delivery>;
}
