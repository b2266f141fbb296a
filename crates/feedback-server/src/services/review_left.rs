//! How much is left to review, what the next texts are expected to bring, and when to stop.

use feedback_inference::UNFAMILIAR_ABOVE;
use feedback_metrics::prevalence::MIN_AUDITS;
use feedback_store::{Filter, Store};

use crate::error::Result;
use crate::problem::ServiceResult;
use crate::services::review::{Asked, Why, few_labels};
use crate::state::Inner;

/// Number of texts that the forecast covers.
pub(crate) const AHEAD: usize = 20;
/// If the model is expected to be wrong about fewer of the next [`AHEAD`] texts, more labels teach it little.
const FEW: f64 = 2.0;

/// Number of texts that nobody labelled yet, by the reason to ask for them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Left {
    pub(crate) unsure: u64,
    pub(crate) unfamiliar: u64,
    /// Number of themes of which people labelled few texts.
    pub(crate) themes: u64,
}

impl Left {
    /// Returns the number of texts for a reason; `None` if it is not known.
    pub(crate) fn of(&self, why: Why) -> Option<u64> {
        match why {
            Why::Unsure => Some(self.unsure),
            Why::Unfamiliar => Some(self.unfamiliar),
            Why::Diverse => Some(self.themes),
            Why::Random | Why::Second => None,
        }
    }
}

/// Counts what is left among the texts of a filter.
///
/// # Errors
///
/// Errors of the store.
pub(crate) async fn left(state: &Inner, filter: Filter) -> ServiceResult<Left> {
    let count = move |store: &dyn Store| -> Result<Left> {
        let open = Filter {
            corrected: Some(false),
            ..filter.clone()
        };
        let unfamiliar = Filter {
            unfamiliar_above: Some(UNFAMILIAR_ABOVE),
            ..open.clone()
        };
        let doubtful = Filter {
            doubtful: Some(true),
            ..open
        };
        let themes = few_labels(store, &filter)?;
        Ok(Left {
            unsure: store.count(&doubtful)?,
            unfamiliar: store.count(&unfamiliar)?,
            themes: themes.len() as u64,
        })
    };
    Ok(state.store.run(count).await?)
}

/// What the next texts are expected to bring.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Expected {
    /// Number of texts.
    pub(crate) texts: usize,
    /// Of how many the model is probably wrong, by its own confidence.
    pub(crate) wrong: f64,
    /// Number of texts that are unlike those of its training, or about themes with few labels.
    pub(crate) new: usize,
}

impl Expected {
    pub(crate) fn from_items(items: &[Asked]) -> Self {
        let is_new = |item: &&Asked| matches!(item.why, Why::Unfamiliar | Why::Diverse);
        Self {
            texts: items.len(),
            wrong: items
                .iter()
                .map(|item| 1.0 - item.stored.prediction.confidence)
                .sum(),
            new: items.iter().filter(is_new).count(),
        }
    }

    /// Whether more labels would teach the model little: few of the next texts are wrong, and none is new.
    fn is_little(&self) -> bool {
        self.wrong.round() < FEW && self.new == 0
    }
}

/// Says in a sentence or two when to stop. `audits` is the number of labelled random texts, `can_audit` whether there are enough texts for
/// [`MIN_AUDITS`] of them.
pub(crate) fn when_to_stop(expected: &Expected, audits: usize, can_audit: bool) -> String {
    let missing = MIN_AUDITS.saturating_sub(audits);
    match (expected.is_little(), missing) {
        (true, 0) => {
            "You can stop here: few mistakes are left to find. Train with what was labelled.".to_owned()
        }
        (true, _) if !can_audit => {
            "You can stop here: few mistakes are left to find. Train with what was labelled.".to_owned()
        }
        (true, missing) => format!(
            "Few mistakes are left to find among these; {missing} more random texts would say how often the model is right on all."
        ),
        (false, _) => format!(
            "Keep labelling while the model is probably wrong about {FEW} or more of the next {AHEAD}, or there are themes with few labels; then train and check again."
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_stop_when_little_is_left() {
        let expected = |wrong, new| Expected {
            texts: 20,
            wrong,
            new,
        };
        let says = |expected: Expected, audits, part: &str| {
            let said = when_to_stop(&expected, audits, true);
            assert!(said.contains(part), "{said}");
        };
        says(expected(6.0, 0), 60, "Keep labelling");
        says(expected(0.5, 3), 60, "Keep labelling");
        says(expected(0.5, 0), 60, "You can stop");
        says(expected(0.5, 0), 20, "30 more random texts");
        assert!(when_to_stop(&expected(0.5, 0), 3, false).contains("You can stop"));
    }
}
