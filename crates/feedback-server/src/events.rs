//! What happens, told to whoever listens.

use serde_json::{Value, json};
use tokio::sync::broadcast;

/// Events that a slow listener may lag behind before it misses some.
const CAPACITY: usize = 256;

/// Something that happened. Events carry numbers and names, never feedback text.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Event {
    /// Texts were classified outside a batch.
    Classified {
        /// How many.
        count: usize,
    },
    /// A batch moved or changed its state.
    Batch {
        /// Its number.
        id: i64,
    },
    /// A label was corrected, or a correction taken back.
    Corrected {
        /// The prediction.
        prediction_id: i64,
    },
    /// Texts were erased.
    Erased,
    /// Another model serves.
    Model {
        /// Its id.
        id: String,
    },
    /// A training moved or changed its state.
    Training {
        /// Its name.
        id: String,
    },
}

impl Event {
    /// The event's name on the wire.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Classified { .. } => "classified",
            Self::Batch { .. } => "batch",
            Self::Corrected { .. } => "corrected",
            Self::Erased => "erased",
            Self::Model { .. } => "model",
            Self::Training { .. } => "training",
        }
    }

    /// The event's data on the wire.
    pub(crate) fn data(&self) -> Value {
        match self {
            Self::Classified { count } => json!({ "count": count }),
            Self::Batch { id } => json!({ "id": id }),
            Self::Erased => json!({}),
            Self::Corrected { prediction_id } => json!({ "prediction_id": prediction_id }),
            Self::Model { id } | Self::Training { id } => json!({ "id": id }),
        }
    }
}

/// Where events go out.
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
    /// Tells all listeners.
    pub(crate) fn send(&self, event: Event) {
        // Without listeners there is nobody to tell.
        let _ = self.sender.send(event);
    }

    /// Listens from now on.
    pub(crate) fn subscribe(&self) -> broadcast::Receiver<Event> {
        self.sender.subscribe()
    }
}
