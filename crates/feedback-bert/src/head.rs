//! What the code that reads and writes weights needs to know about a model's head.

use burn_store::ModuleSnapshot;

use crate::config::BertConfig;
use crate::model::ParameterInit;

/// What a model's head predicts; the names of the head's tensors depend on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Task {
    /// Labels for each text.
    SequenceClassification,
    /// A label for each token.
    TokenClassification,
    /// The masked tokens of each text.
    MaskedLm,
}

impl Task {
    /// Returns whether the parameter at `path` in this crate's modules belongs to the head. A pretrained
    /// encoder has no head.
    pub(crate) fn is_head(self, path: &str) -> bool {
        match self {
            Self::MaskedLm => path.starts_with("cls."),
            _ => path.starts_with("classifier.") || path.starts_with("bert.pooler."),
        }
    }

    /// Returns whether the parameter at `path` in this crate's modules belongs to the layer with one output
    /// per label.
    pub(crate) fn is_label_layer(self, path: &str) -> bool {
        self != Self::MaskedLm && path.starts_with("classifier.")
    }
}

/// A model with a head that can be initialised separately from its encoder.
pub(crate) trait Head: ModuleSnapshot + Sized {
    /// What the head predicts.
    const TASK: Task;

    /// Initialises the pooler, if the model has one.
    fn init_pooler(&mut self, config: &BertConfig, init: &mut ParameterInit);

    /// Initialises the rest of the head.
    fn init_output(&mut self, config: &BertConfig, init: &mut ParameterInit);
}
