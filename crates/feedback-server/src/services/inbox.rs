//! The inbox: texts that need an answer, and what people do about them.

use feedback_store::{
    Case, CaseChange, CaseFilter, CaseNote, CaseState, Cursor, Filter, Store, StoredPrediction,
};
use feedback_triage::{Priority, Urgency};

use crate::clock::{DAY_MS, now_ms};
use crate::error::Result;
use crate::events::Event;
use crate::problem::{Code, Problem, ServiceResult};
use crate::state::Inner;
use crate::triage::Progress;

/// Maximum length of a team, an owner and a tag, in characters.
pub(crate) const MAX_NAME: usize = 80;
/// Maximum length of a note in characters.
pub(crate) const MAX_NOTE: usize = 2000;
/// Maximum number of tags of an entry.
const MAX_TAGS: usize = 20;

/// An entry of the inbox with its text.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entry {
    pub(crate) case: Case,
    pub(crate) item: StoredPrediction,
}

/// Which entries to return.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// Empty for all that are not done.
    pub(crate) states: Vec<CaseState>,
    pub(crate) team: Option<String>,
    pub(crate) owner: Option<String>,
    pub(crate) when: When,
}

/// When an answer is needed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum When {
    #[default]
    Any,
    /// It is urgent now, or due before the end of the day (UTC).
    Today,
    /// It was due before now.
    Overdue,
}

impl When {
    pub(crate) const ALL: [Self; 3] = [Self::Any, Self::Today, Self::Overdue];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Any => "",
            Self::Today => "today",
            Self::Overdue => "overdue",
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|when| when.name() == name)
    }
}

impl Wanted {
    fn filter(&self, now: i64) -> CaseFilter {
        let not_done = || vec![CaseState::Open, CaseState::Waiting];
        CaseFilter {
            states: if self.states.is_empty() {
                not_done()
            } else {
                self.states.clone()
            },
            team: self.team.clone(),
            owner: self.owner.clone(),
            min_urgency: None,
            due_before: (self.when == When::Overdue).then_some(now),
            urgent_or_due_before: (self.when == When::Today).then(|| (now.div_euclid(DAY_MS) + 1) * DAY_MS),
        }
    }

    /// What Home asks for: who needs an answer today and has none yet.
    pub(crate) fn today() -> Self {
        Self {
            states: vec![CaseState::Open],
            when: When::Today,
            ..Self::default()
        }
    }
}

/// A page of the inbox.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Inbox {
    pub(crate) entries: Vec<Entry>,
    /// Number of entries that the request selects.
    pub(crate) total: u64,
    /// All teams and owners.
    pub(crate) teams: Vec<String>,
    pub(crate) owners: Vec<String>,
}

/// Returns entries, the most urgent first.
pub(crate) async fn list(state: &Inner, wanted: &Wanted, skip: u64, limit: usize) -> ServiceResult<Inbox> {
    let _turn = state.lists.acquire().await;
    let filter = wanted.filter(now_ms());
    let found = state.store.run(move |store| -> Result<_> {
        let (teams, owners) = store.teams_and_owners()?;
        // Counted first: an entry that comes between both is on the page rather than only in the number.
        let total = store.count_cases(&filter)?;
        Ok(Inbox {
            entries: with_texts(store, store.cases(&filter, skip, limit)?)?,
            total,
            teams,
            owners,
        })
    });
    Ok(found.await?)
}

/// Returns the number of entries.
pub(crate) async fn count(state: &Inner, wanted: &Wanted) -> ServiceResult<u64> {
    let filter = wanted.filter(now_ms());
    Ok(state.store.run(move |store| store.count_cases(&filter)).await?)
}

/// Returns the number of texts that were stored before the inbox was first used, and that no rule has looked at.
pub(crate) async fn earlier(state: &Inner) -> ServiceResult<u64> {
    let found = state.store.run(|store| -> Result<u64> {
        let since = Progress::read(store)?.map_or(0, |progress| progress.since);
        match since {
            0 => Ok(0),
            since => Ok(store.count(&Filter {
                max_id: Some(since),
                ..Filter::default()
            })?),
        }
    });
    Ok(found.await?)
}

/// Returns an entry.
///
/// # Errors
///
/// `not_found` if there is no such entry.
pub(crate) async fn one(state: &Inner, id: i64) -> ServiceResult<Entry> {
    let found = state.store.run(move |store| -> Result<_> {
        let case = store.case(id)?.into_iter().collect();
        Ok(with_texts(store, case)?.pop())
    });
    found
        .await?
        .ok_or_else(|| Problem::not_found("entry of the inbox", id))
}

/// An entry whose text was erased meanwhile is left out.
fn with_texts(store: &dyn Store, cases: Vec<Case>) -> Result<Vec<Entry>> {
    let texts = Filter {
        ids: Some(cases.iter().map(|case| case.content.prediction_id).collect()),
        ..Filter::default()
    };
    let mut items = store.history(&texts, Cursor::newest(cases.len()))?;
    let entry = |case: Case| {
        let place = items
            .iter()
            .position(|item| item.id == case.content.prediction_id)?;
        Some(Entry {
            case,
            item: items.swap_remove(place),
        })
    };
    Ok(cases.into_iter().filter_map(entry).collect())
}

/// Changes an entry. Each change is in the audit log, without the words of notes.
///
/// # Errors
///
/// `not_found` if there is no such entry; `invalid_request` if a name, a tag or a note is too long; `conflict` if the entry has 100 notes.
pub(crate) async fn change(
    state: &Inner,
    id: i64,
    mut change: CaseChange,
    note: Option<String>,
    actor: &str,
) -> ServiceResult<Entry> {
    let note = note
        .map(|note| state.masked(note.trim().to_owned()))
        .filter(|note| !note.is_empty());
    check(&mut change, note.as_deref())?;
    change.note = note.map(|text| CaseNote {
        at: now_ms(),
        by: actor.to_owned(),
        text,
    });
    let actor = actor.to_owned();
    let changed = state.store.run(move |store| -> Result<ServiceResult<()>> {
        let detail = detail(&change);
        let Some(before) = store.case(id)? else {
            return Ok(Err(Problem::not_found("entry of the inbox", id)));
        };
        if change.note.is_some() && before.notes.len() >= CaseChange::MAX_NOTES {
            let reason = format!(
                "the entry has {} notes, which is the maximum",
                CaseChange::MAX_NOTES
            );
            return Ok(Err(Problem::new(Code::Conflict, reason)));
        }
        if store.change_case(id, change)?.is_some() {
            store.add_audit(&actor, "inbox.change", &id.to_string(), &detail)?;
        }
        Ok(Ok(()))
    });
    changed.await??;
    state.events.send(Event::Inbox);
    one(state, id).await
}

fn check(change: &mut CaseChange, note: Option<&str>) -> ServiceResult<()> {
    for (key, name) in [("owner", &mut change.owner), ("team", &mut change.team)] {
        let Some(name) = name else { continue };
        *name = name.trim().to_owned();
        require(key, name, MAX_NAME)?;
    }
    for tag in change.tags.iter().flatten() {
        require("tags", tag, MAX_NAME)?;
    }
    if change.tags.as_ref().is_some_and(|tags| tags.len() > MAX_TAGS) {
        return Err(Problem::invalid(format!(
            "`tags` must have at most {MAX_TAGS} entries"
        )));
    }
    let n = note.map_or(0, |note| note.chars().count());
    if n > MAX_NOTE {
        return Err(Problem::invalid(format!(
            "`note` must have at most {MAX_NOTE} characters, found {n}"
        )));
    }
    Ok(())
}

fn require(key: &str, name: &str, max: usize) -> ServiceResult<()> {
    if name.chars().count() > max || name.chars().any(char::is_control) {
        let reason = format!("`{key}` must have at most {max} characters, without line breaks");
        return Err(Problem::invalid(reason));
    }
    Ok(())
}

/// Returns what was changed, for the audit log.
fn detail(change: &CaseChange) -> String {
    let mut parts = Vec::new();
    parts.extend(change.state.map(|state| format!("state {}", state.name())));
    parts.extend(change.owner.as_ref().map(|owner| format!("owner `{owner}`")));
    parts.extend(change.team.as_ref().map(|team| format!("team `{team}`")));
    parts.extend(
        change
            .priority
            .map(|priority| format!("priority {}", priority_name(priority))),
    );
    parts.extend(change.due_at.map(|due| match due {
        Some(at) => format!("due {}", crate::clock::readable(at)),
        None => "no due time".to_owned(),
    }));
    parts.extend(change.tags.as_ref().map(|_| "tags".to_owned()));
    parts.extend(change.note.as_ref().map(|_| "a note".to_owned()));
    parts.join(", ")
}

/// Returns the name of a priority in the store.
pub(crate) fn priority_name(priority: u64) -> &'static str {
    let place = usize::try_from(priority).unwrap_or(usize::MAX);
    Priority::ALL
        .get(place)
        .map_or("normal", |priority| priority.name())
}

/// Returns the urgency that the store keeps as a number.
pub(crate) fn urgency(level: u64) -> Urgency {
    let place = usize::try_from(level).unwrap_or(usize::MAX);
    Urgency::ALL.get(place).copied().unwrap_or_default()
}
