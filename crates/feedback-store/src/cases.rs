//! Cases: the texts that somebody has to answer, as an inbox shows them.

use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::predictions::PredictionStore;

/// The state of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CaseState {
    /// Nobody has answered yet.
    Open,
    /// Answered; somebody else has to act.
    Waiting,
    /// Nothing is left to do.
    Done,
}

impl CaseState {
    /// All states.
    pub const ALL: [Self; 3] = [Self::Open, Self::Waiting, Self::Done];

    /// Returns the name of the state in the API and in the store.
    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Waiting => "waiting",
            Self::Done => "done",
        }
    }

    /// Returns the state with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

/// Why a text is urgent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseReason {
    /// The kind, such as `safety`.
    pub kind: String,
    /// The words of the text.
    pub words: String,
}

/// A note that a person wrote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseNote {
    /// When it was written; milliseconds since 1970.
    pub at: i64,
    /// Who wrote it.
    pub by: String,
    /// The note.
    pub text: String,
}

/// A case to be added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCase {
    /// The id of the prediction with the text. A prediction has at most one case.
    pub prediction_id: i64,
    /// The urgency: 0 for none, 1 for soon, 2 for now.
    pub urgency: u64,
    /// Why it is urgent, the most urgent first.
    pub reasons: Vec<CaseReason>,
    /// The code of the language of the text if it is none that the model knows; else empty.
    pub language: String,
    /// The rule that took the text; empty if none did.
    pub rule: String,
    /// The team; empty if none is chosen.
    pub team: String,
    /// The priority: 0 for low, 1 for normal, 2 for high.
    pub priority: u64,
    /// When the answer is due; milliseconds since 1970.
    pub due_at: Option<i64>,
    /// The tags.
    pub tags: Vec<String>,
}

/// A case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// Its id, from 1.
    pub id: i64,
    /// What it is about.
    pub content: NewCase,
    /// Its state.
    pub state: CaseState,
    /// Who answers; empty if nobody does yet.
    pub owner: String,
    /// The notes, oldest first.
    pub notes: Vec<CaseNote>,
    /// When it was added; milliseconds since 1970.
    pub created_at: i64,
    /// When it was last changed; milliseconds since 1970.
    pub changed_at: i64,
    /// When it stopped being open for the last time: the time of the answer, in milliseconds since 1970. `None` while it is open, and if
    /// that was in an earlier version.
    pub answered_at: Option<i64>,
}

/// What to change of a case; `None` for what stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CaseChange {
    /// The state.
    pub state: Option<CaseState>,
    /// The owner; empty for nobody.
    pub owner: Option<String>,
    /// The team; empty for none.
    pub team: Option<String>,
    /// The priority: 0 for low, 1 for normal, 2 for high.
    pub priority: Option<u64>,
    /// When the answer is due; `Some(None)` for no such time.
    pub due_at: Option<Option<i64>>,
    /// The tags.
    pub tags: Option<Vec<String>>,
    /// A note to add. It is dropped if the case has [`CaseChange::MAX_NOTES`] notes.
    pub note: Option<CaseNote>,
}

impl CaseChange {
    /// Maximum number of notes of a case.
    pub const MAX_NOTES: usize = 100;
}

/// Selects cases; a field that is `None` selects all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CaseFilter {
    /// The state is one of these; an empty list selects all.
    pub states: Vec<CaseState>,
    /// The team; empty for the cases without a team.
    pub team: Option<String>,
    /// The owner; empty for the cases without an owner.
    pub owner: Option<String>,
    /// The urgency is at least this one.
    pub min_urgency: Option<u64>,
    /// The answer is due before this time.
    pub due_before: Option<i64>,
    /// The urgency is 2 (now), or the answer is due before this time.
    pub urgent_or_due_before: Option<i64>,
}

/// The cases of a store. A change survives a power failure once the method has returned. An erasure of a prediction removes its case.
pub trait CaseStore: PredictionStore {
    /// Adds cases, except those whose prediction does not exist or has a case. Returns the number of cases that were added.
    fn add_cases(&self, cases: Vec<NewCase>) -> Result<u64>;
    /// Returns a case, or `None` if it does not exist.
    fn case(&self, id: i64) -> Result<Option<Case>>;
    /// Returns up to `limit` cases that pass the filter, after the first `skip`: by urgency, priority, due time and age. The most urgent
    /// come first; of these, those of high priority; of these, those that are due first; then the oldest.
    fn cases(&self, filter: &CaseFilter, skip: u64, limit: usize) -> Result<Vec<Case>>;
    /// Returns the cases of these predictions, in the order of the ids of the predictions.
    fn cases_of(&self, predictions: &[i64]) -> Result<Vec<Case>>;
    /// Returns the number of cases that pass the filter.
    fn count_cases(&self, filter: &CaseFilter) -> Result<u64>;
    /// Changes a case. Returns the case as it is then; `None` if it does not exist.
    fn change_case(&self, id: i64, change: CaseChange) -> Result<Option<Case>>;
    /// Returns the teams and the owners of all cases, sorted, each once.
    fn teams_and_owners(&self) -> Result<(Vec<String>, Vec<String>)>;
}
