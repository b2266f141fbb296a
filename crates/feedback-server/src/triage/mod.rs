//! Triage: runs every new text through the rules, and adds those that need an answer to the inbox.

mod document;
mod judged;
mod keeper;
mod webhooks;

pub(crate) use document::{KeptRules, Progress, forget, themes_by_text};
pub(crate) use judged::Judged;
pub(crate) use keeper::Keeper;
pub(crate) use webhooks::Webhooks;
