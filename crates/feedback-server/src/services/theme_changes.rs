//! What people do to themes: rename, pin, hide, merge and split them.

use super::themes::ThemeChange;
use crate::error::Result;
use crate::problem::{Problem, ServiceResult};
use crate::state::Inner;
use crate::themes::{Edit, Edits, ThemesDocument};

/// Maximum length of a name in characters.
const MAX_NAME: usize = 80;

/// Changes what people see of a theme. Each change is in the audit log.
///
/// # Errors
///
/// `not_found` if there is no such theme; `invalid_request` if the name is too long, or the theme to merge it into is not another one of
/// the same group.
pub(crate) async fn change(state: &Inner, id: u64, request: ThemeChange, actor: &str) -> ServiceResult<()> {
    if let Some(name) = &request.name
        && name.chars().count() > MAX_NAME
    {
        return Err(Problem::invalid(format!(
            "`name` must have at most {MAX_NAME} characters"
        )));
    }
    let (actor, is_split) = (actor.to_owned(), request.split);
    let _one_at_a_time = state.theme_edits.lock().await;
    let done = state.store.run(move |store| -> Result<ServiceResult<()>> {
        let (kept, mut edits) = (ThemesDocument::read(store)?, Edits::read(store)?);
        let group = kept
            .groups
            .iter()
            .find(|group| group.themes.iter().any(|theme| theme.id == id));
        let Some(group) = group else {
            return Ok(Err(Problem::not_found("theme", id)));
        };
        let exists = |id: u64| group.themes.iter().any(|theme| theme.id == id);
        if let Some(Some(into)) = request.merged_into {
            if !exists(into) {
                let reason = "`merged_into` must be a theme of the same category, or of all texts";
                return Ok(Err(Problem::invalid(reason)));
            }
            if edits.target(into, exists) == id {
                return Ok(Err(Problem::invalid(
                    "a theme cannot be merged into itself or a part of itself",
                )));
            }
        }
        let actions = apply(edits.themes.entry(id).or_default(), request);
        edits.themes.retain(|_, edit| *edit != Edit::default());
        edits.write(store)?;
        for (action, detail) in actions {
            store.add_audit(&actor, action, &id.to_string(), &detail)?;
        }
        Ok(Ok(()))
    });
    done.await??;
    if is_split {
        state.themes.find_again();
    }
    Ok(())
}

/// Changes an edit; returns the actions for the audit log.
fn apply(edit: &mut Edit, request: ThemeChange) -> Vec<(&'static str, String)> {
    let mut actions = Vec::new();
    if let Some(name) = request.name {
        let name = name.trim().to_owned();
        // The audit log never has words of texts, and a name may be some.
        actions.push(("theme.rename", String::new()));
        edit.name = (!name.is_empty()).then_some(name);
    }
    if let Some(hidden) = request.hidden {
        actions.push((if hidden { "theme.hide" } else { "theme.show" }, String::new()));
        edit.hidden = hidden;
    }
    if let Some(pinned) = request.pinned {
        actions.push((if pinned { "theme.pin" } else { "theme.unpin" }, String::new()));
        edit.pinned = pinned;
    }
    if let Some(into) = request.merged_into {
        actions.push(match into {
            Some(into) => ("theme.merge", format!("into {into}")),
            None => ("theme.separate", String::new()),
        });
        edit.merged_into = into;
    }
    if request.split {
        actions.push(("theme.split", String::new()));
        edit.splits += 1;
    }
    actions
}
