//! The JSON types of the inbox.

use serde::{Deserialize, Deserializer, Serialize};
use utoipa::openapi::schema::Object;
use utoipa::{IntoParams, ToSchema};

use crate::clock::{parse, rfc3339};
use crate::openapi::one_of;
use crate::problem::{Problem, ServiceResult};
use crate::services::inbox::{Entry, Inbox, Wanted, When, priority_name, urgency};
use feedback_store::{CaseChange, CaseNote, CaseReason, CaseState};
use feedback_triage::Priority;

fn states() -> Object {
    one_of(&["open", "waiting", "done"])
}

fn priorities() -> Object {
    one_of(&["low", "normal", "high"])
}

fn urgencies() -> Object {
    one_of(&["none", "soon", "now"])
}

/// The query parameters of the inbox.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct InboxQuery {
    /// `open`, `waiting`, `done` or `all`. Default: all that are not done.
    #[serde(default)]
    #[param(required = false)]
    pub(crate) state: String,
    /// Only the entries of this team; `-` for those without a team.
    #[serde(default)]
    #[param(required = false)]
    pub(crate) team: String,
    /// Only the entries of this owner; `-` for those without an owner.
    #[serde(default)]
    #[param(required = false)]
    pub(crate) owner: String,
    /// `today` for those that are urgent now or due before the end of the day (UTC); `overdue` for those that were due before now.
    #[serde(default)]
    #[param(required = false)]
    pub(crate) when: String,
    /// Number of entries to skip.
    #[serde(default)]
    #[param(required = false)]
    pub(crate) skip: u64,
    /// Maximum number of entries, 1 to 500; default 50.
    #[param(required = false, minimum = 1, maximum = 500)]
    pub(crate) limit: Option<usize>,
}

impl InboxQuery {
    pub(crate) fn wanted(&self) -> ServiceResult<Wanted> {
        let states = match self.state.as_str() {
            "" => Vec::new(),
            "all" => CaseState::ALL.to_vec(),
            name => vec![
                CaseState::from_name(name)
                    .ok_or_else(|| Problem::invalid("`state` must be `open`, `waiting`, `done` or `all`"))?,
            ],
        };
        let name = |name: &str| match name {
            "" => None,
            "-" => Some(String::new()),
            name => Some(name.to_owned()),
        };
        Ok(Wanted {
            states,
            team: name(&self.team),
            owner: name(&self.owner),
            when: When::from_name(&self.when)
                .ok_or_else(|| Problem::invalid("`when` must be `today` or `overdue`"))?,
        })
    }
}

/// The body of `PATCH /api/v1/inbox/{id}`. What is missing stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EntryRequest {
    /// `open` until somebody has answered, `waiting` while somebody else has to act, `done`.
    #[schema(schema_with = states, required = false)]
    pub(crate) state: Option<String>,
    /// Who answers; empty for nobody.
    #[schema(value_type = String, required = false, max_length = 80)]
    pub(crate) owner: Option<String>,
    /// The team; empty for none.
    #[schema(value_type = String, required = false, max_length = 80)]
    pub(crate) team: Option<String>,
    #[schema(schema_with = priorities, required = false)]
    pub(crate) priority: Option<String>,
    /// When the answer is due (RFC 3339); `null` for no such time.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, required = false)]
    pub(crate) due_at: Option<Option<String>>,
    /// All tags.
    #[schema(value_type = Vec<String>, required = false)]
    pub(crate) tags: Option<Vec<String>>,
    /// A note to add.
    #[schema(value_type = String, required = false, max_length = 2000)]
    pub(crate) note: Option<String>,
}

/// Tells `null` from a field that is missing.
fn given<'de, D: Deserializer<'de>>(value: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(value).map(Some)
}

impl EntryRequest {
    /// Returns the change without the note.
    pub(crate) fn change(&self) -> ServiceResult<CaseChange> {
        let state = self.state.as_deref().map(|name| {
            CaseState::from_name(name)
                .ok_or_else(|| Problem::invalid("`state` must be `open`, `waiting` or `done`"))
        });
        let priority = self.priority.as_deref().map(|name| {
            Priority::from_name(name)
                .map(|priority| priority as u64)
                .ok_or_else(|| Problem::invalid("`priority` must be `low`, `normal` or `high`"))
        });
        let due_at = self.due_at.clone().map(|due| {
            let read = |text: String| {
                parse(&text)
                    .ok_or_else(|| Problem::invalid("`due_at` must be a time such as 2026-03-01T12:00:00Z"))
            };
            due.map(read).transpose()
        });
        Ok(CaseChange {
            state: state.transpose()?,
            owner: self.owner.clone(),
            team: self.team.clone(),
            priority: priority.transpose()?,
            due_at: due_at.transpose()?,
            tags: self.tags.clone(),
            note: None,
        })
    }
}

/// A page of the inbox.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Inbox)]
pub(crate) struct InboxDto {
    /// The most urgent first; of these, those of high priority; of these, those that are due first; then the oldest.
    items: Vec<EntryDto>,
    /// Number of entries that the request selects.
    total: u64,
    /// All teams.
    teams: Vec<String>,
    /// All owners.
    owners: Vec<String>,
}

/// A text that needs an answer.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = InboxEntry)]
pub(crate) struct EntryDto {
    id: i64,
    /// The id of the prediction.
    prediction_id: i64,
    text: String,
    source: String,
    /// The labels of the text, from a person if there are any.
    labels: Vec<String>,
    /// How sure the model was, 0 to 1.
    confidence: f64,
    /// How soon somebody has to act, by the words of the text and the answer of the model.
    #[schema(schema_with = urgencies)]
    urgency: &'static str,
    /// Why it is urgent.
    reasons: Vec<ReasonDto>,
    /// The code of the language, such as `de`, if it is none of `languages` in the rules; else `null`. The labels of such a text mean little.
    #[schema(required)]
    other_language: Option<String>,
    /// The rule that took the text; `null` if none did.
    #[schema(required)]
    rule: Option<String>,
    /// Empty if no team is chosen.
    team: String,
    #[schema(schema_with = priorities)]
    priority: &'static str,
    #[schema(schema_with = states)]
    state: &'static str,
    /// Empty if nobody answers yet.
    owner: String,
    /// When the answer is due (RFC 3339).
    #[schema(required)]
    due_at: Option<String>,
    tags: Vec<String>,
    /// Oldest first.
    notes: Vec<NoteDto>,
    /// When the entry was added (RFC 3339).
    created_at: String,
    /// When it was last changed.
    changed_at: String,
}

/// Why a text is urgent.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UrgencyReason)]
struct ReasonDto {
    /// `safety`, `privacy`, `legal`, `money`, `outage`, `deadline`, `churn` or `repeated`; or `model` for the answer of the model.
    kind: String,
    /// The words of the text, or the model's answer with its probability.
    words: String,
}

/// A note.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Note)]
struct NoteDto {
    at: String,
    by: String,
    text: String,
}

impl From<Inbox> for InboxDto {
    fn from(inbox: Inbox) -> Self {
        Self {
            items: inbox.entries.into_iter().map(Into::into).collect(),
            total: inbox.total,
            teams: inbox.teams,
            owners: inbox.owners,
        }
    }
}

impl From<Entry> for EntryDto {
    fn from(Entry { case, item }: Entry) -> Self {
        let given = |text: String| Some(text).filter(|text| !text.is_empty());
        let labels = item.effective_labels().to_vec();
        let content = case.content;
        Self {
            id: case.id,
            prediction_id: content.prediction_id,
            text: item.prediction.text,
            source: item.prediction.source,
            labels,
            confidence: item.prediction.confidence,
            urgency: urgency(content.urgency).name(),
            reasons: content.reasons.into_iter().map(Into::into).collect(),
            other_language: given(content.language),
            rule: given(content.rule),
            team: content.team,
            priority: priority_name(content.priority),
            state: case.state.name(),
            owner: case.owner,
            due_at: content.due_at.map(rfc3339),
            tags: content.tags,
            notes: case.notes.into_iter().map(Into::into).collect(),
            created_at: rfc3339(case.created_at),
            changed_at: rfc3339(case.changed_at),
        }
    }
}

impl From<CaseReason> for ReasonDto {
    fn from(reason: CaseReason) -> Self {
        Self {
            kind: reason.kind,
            words: reason.words,
        }
    }
}

impl From<CaseNote> for NoteDto {
    fn from(note: CaseNote) -> Self {
        Self {
            at: rfc3339(note.at),
            by: note.by,
            text: note.text,
        }
    }
}
