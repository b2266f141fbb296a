//! The labels that people can give: those of the serving model, those that themes became, and those that people added.

use feedback_store::Store;

use crate::error::Result;
use crate::labels::same_name;
use crate::problem::{Code, Problem, ServiceResult};
use crate::state::Inner;
use crate::themes::{AddedLabels, given};

/// Maximum length of the name of a label, in characters.
const MAX_NAME: usize = 80;
/// Maximum number of labels that people can add by name.
const MAX_NAMED: usize = 100;

/// Where a label comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// The serving model predicts it.
    Model,
    /// A theme became this label.
    Theme,
    /// A person added it by name.
    Person,
}

/// Returns the labels that a person can give a text, with their origins: those of the serving model come first.
///
/// # Errors
///
/// Errors of the store.
pub(crate) async fn all(state: &Inner) -> ServiceResult<Vec<(String, Origin)>> {
    let served = state.models.engine().current();
    let known = served.model.labels();
    let added = state.store.run(AddedLabels::read).await?;
    let origin = |label: &String| match added.labels.iter().any(|one| one.label == *label) {
        true => Origin::Theme,
        false => Origin::Person,
    };
    let new = added.names().filter(|label| !known.contains(label));
    let new = new.map(|label| (label.clone(), origin(label)));
    Ok(known
        .iter()
        .map(|label| (label.clone(), Origin::Model))
        .chain(new)
        .collect())
}

/// Returns the labels that a person can give a text.
///
/// # Errors
///
/// Errors of the store.
pub(crate) async fn choosable(state: &Inner) -> ServiceResult<Vec<String>> {
    Ok(all(state).await?.into_iter().map(|(label, _)| label).collect())
}

/// Adds a label. It can be given from now on, and the next training learns it.
///
/// # Errors
///
/// `invalid_request` if the name is not usable; `conflict` if there is such a label, or there are too many.
pub(crate) async fn add(state: &Inner, name: &str, actor: &str) -> ServiceResult<String> {
    let name = checked(name)?;
    // Before the names are compared: of two people who add the same label at once, the second is told.
    let _one_at_a_time = state.theme_edits.lock().await;
    if let Some(known) = choosable(state)
        .await?
        .into_iter()
        .find(|label| same_name(label, &name))
    {
        return Err(Problem::new(
            Code::Conflict,
            format!("there is a label `{known}` already"),
        ));
    }
    let actor = actor.to_owned();
    let done = state.store.run(move |store| -> Result<ServiceResult<String>> {
        let mut added = AddedLabels::read(store)?;
        if added.named.len() >= MAX_NAMED {
            let detail = format!("{MAX_NAMED} labels were added by name, which is the maximum");
            return Ok(Err(Problem::new(Code::Conflict, detail)));
        }
        added.named.push(name.clone());
        added.write(store)?;
        store.add_audit(&actor, "label.add", &name, "")?;
        Ok(Ok(name))
    });
    done.await?
}

/// Adds those of these labels that cannot be given yet, all of them or none. Names that cannot be labels are left out.
///
/// # Errors
///
/// `invalid_request` if there would be too many labels.
pub(crate) async fn add_all(
    state: &Inner,
    names: impl IntoIterator<Item = String>,
    actor: &str,
) -> ServiceResult<()> {
    let _one_at_a_time = state.theme_edits.lock().await;
    let mut known = choosable(state).await?;
    let mut new = Vec::new();
    for name in names.into_iter().filter_map(|name| checked(&name).ok()) {
        if !known.iter().any(|label| same_name(label, &name)) {
            known.push(name.clone());
            new.push(name);
        }
    }
    let actor = actor.to_owned();
    let done = state.store.run(move |store| -> Result<ServiceResult<()>> {
        let mut added = AddedLabels::read(store)?;
        let room = MAX_NAMED.saturating_sub(added.named.len());
        if new.len() > room {
            return Ok(Err(Problem::invalid(format!(
                "the file has {} new labels; {room} more can be added, {MAX_NAMED} in all",
                new.len()
            ))));
        }
        for name in &new {
            store.add_audit(&actor, "label.add", name, "")?;
        }
        added.named.extend(new);
        added.write(store)?;
        Ok(Ok(()))
    });
    done.await?
}

/// Removes a label that a person added.
///
/// # Errors
///
/// `not_found` if nobody added it; `conflict` if texts have it.
pub(crate) async fn remove(state: &Inner, name: &str, actor: &str) -> ServiceResult<()> {
    let (name, actor) = (name.to_owned(), actor.to_owned());
    let _one_at_a_time = state.theme_edits.lock().await;
    let remove = move |store: &dyn Store| -> Result<ServiceResult<()>> {
        let mut added = AddedLabels::read(store)?;
        let Some(place) = added.named.iter().position(|label| *label == name) else {
            return Ok(Err(Problem::not_found("added label", name)));
        };
        let n = given(store, &name)?;
        if n > 0 {
            let detail = format!("{n} texts have the label `{name}`; give them another one first");
            return Ok(Err(Problem::new(Code::Conflict, detail)));
        }
        added.named.remove(place);
        added.write(store)?;
        store.add_audit(&actor, "label.remove", &name, "")?;
        Ok(Ok(()))
    };
    state.store.run(remove).await?
}

/// Checks the name of a label and returns it without spaces at its ends.
///
/// # Errors
///
/// `invalid_request` if the name is not usable.
pub(crate) fn checked(name: &str) -> ServiceResult<String> {
    let name = name.trim();
    let n = name.chars().count();
    // `; ` separates several labels in tables, and `∅` stands for none in filters.
    let is_usable = (1..=MAX_NAME).contains(&n)
        && !name.chars().any(char::is_control)
        && !name.contains("; ")
        && name != "∅";
    if !is_usable {
        return Err(Problem::invalid(format!(
            "`label` must have 1 to {MAX_NAME} characters on one line, without `; `, and not be `∅`"
        )));
    }
    Ok(name.to_owned())
}
