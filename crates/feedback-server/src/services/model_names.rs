//! Gives models names and notes.

use feedback_store::Store;

use crate::error::Result;
use crate::model_names::{ModelNames, Named};
use crate::problem::{Problem, ServiceResult};
use crate::services::models;
use crate::state::Inner;

/// Maximum length of a name and of a note, in characters.
const MAX_NAME: usize = 80;
pub(crate) const MAX_NOTE: usize = 2000;

/// Returns all names and notes.
///
/// # Errors
///
/// Errors of the store.
pub(crate) async fn all(state: &Inner) -> ServiceResult<ModelNames> {
    Ok(state.store.run(ModelNames::read).await?)
}

/// Changes the name or the note of a model; `None` leaves it as it is, an empty text removes it.
///
/// # Errors
///
/// `not_found` if there is no such model; `invalid_request` if a text is too long, or a name has several lines.
pub(crate) async fn change(
    state: &Inner,
    id: String,
    name: Option<&str>,
    note: Option<&str>,
    actor: &str,
) -> ServiceResult<Named> {
    models::find(state, id.clone()).await?;
    let (name, note) = (
        name.map(|name| name.trim().to_owned()),
        note.map(|note| note.trim().replace("\r\n", "\n")),
    );
    let is_name = |name: &String| name.chars().count() <= MAX_NAME && !name.chars().any(char::is_control);
    if !name.as_ref().is_none_or(is_name) {
        let detail = format!("`name` must have at most {MAX_NAME} characters on one line");
        return Err(Problem::invalid(detail));
    }
    if note.as_ref().is_some_and(|note| note.chars().count() > MAX_NOTE) {
        let detail = format!("`note` must have at most {MAX_NOTE} characters");
        return Err(Problem::invalid(detail));
    }
    let actor = actor.to_owned();
    let _one_at_a_time = state.theme_edits.lock().await;
    // An erasure meanwhile would not find what is written after it.
    let _none_erased = state.erasing.read().await;
    let write = move |store: &dyn Store| -> Result<Named> {
        let mut names = ModelNames::read(store)?;
        let before = names.of(&id);
        let named = Named {
            name: name.unwrap_or(before.name),
            note: note.unwrap_or(before.note),
        };
        names.keep(store, &id, named.clone())?;
        // The audit trail never has words of texts, and a name or note may be some.
        store.add_audit(&actor, "model.name", &id, "")?;
        Ok(named)
    };
    Ok(state.store.run(write).await?)
}
