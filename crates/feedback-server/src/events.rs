//! Events, and sending them to subscribers.

use serde_json::{Value, json};
use tokio::sync::broadcast;

/// Number of events that a slow subscriber may lag behind before it misses some.
const CAPACITY: usize = 256;

/// Something that happened. Events carry numbers and names, never feedback text.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Event {
    /// Texts were classified outside a batch.
    Classified {
        /// Number of texts.
        count: usize,
    },
    /// A batch made progress or changed its state.
    Batch {
        /// The batch's id.
        id: i64,
    },
    /// A label was corrected, or a correction was undone.
    Corrected {
        /// The prediction's id.
        prediction_id: i64,
    },
    /// Texts were erased.
    Erased,
    /// Entries were added to the inbox, or one was changed.
    Inbox,
    /// The serving model changed.
    Model {
        /// The new model's id.
        id: String,
    },
    /// A report was finished, or failed.
    Report {
        /// The report's id.
        id: String,
    },
    /// The themes changed.
    Themes,
    /// A training made progress or changed its state.
    Training {
        /// The training's id.
        id: String,
    },
}

impl Event {
    /// Returns the event's name in the event stream.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Classified { .. } => "classified",
            Self::Batch { .. } => "batch",
            Self::Corrected { .. } => "corrected",
            Self::Erased => "erased",
            Self::Inbox => "inbox",
            Self::Model { .. } => "model",
            Self::Report { .. } => "report",
            Self::Themes => "themes",
            Self::Training { .. } => "training",
        }
    }

    /// Returns the event's data in the event stream, as JSON.
    pub(crate) fn data(&self) -> Value {
        match self {
            Self::Classified { count } => json!({ "count": count }),
            Self::Batch { id } => json!({ "id": id }),
            Self::Erased | Self::Inbox | Self::Themes => json!({}),
            Self::Corrected { prediction_id } => json!({ "prediction_id": prediction_id }),
            Self::Model { id } | Self::Report { id } | Self::Training { id } => json!({ "id": id }),
        }
    }
}

/// Sends events to all subscribers.
#[derive(Debug, Clone)]
pub(crate) struct Events {
    sender: broadcast::Sender<Event>,
}

impl Default for Events {
    fn default() -> Self {
        Self {
            sender: broadcast::Sender::new(CAPACITY),
        }
    }
}

impl Events {
    /// Sends an event to all subscribers.
    pub(crate) fn send(&self, event: Event) {
        // Sending fails if there is no subscriber.
        let _ = self.sender.send(event);
    }

    /// Returns a receiver for all events from now on.
    pub(crate) fn subscribe(&self) -> broadcast::Receiver<Event> {
        self.sender.subscribe()
    }
}
