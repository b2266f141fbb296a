//! What the store keeps about triage: the rules, and how far the texts were looked at.

use std::collections::HashMap;

use feedback_store::Store;
use feedback_triage::{RuleSet, without_values};
use serde::{Deserialize, Serialize};

use crate::clock::rfc3339;
use crate::documents::{read, write};
use crate::error::{Error, Result};
use crate::redaction::ERASED;
use crate::themes::{Edits, ThemesDocument};

/// The names of the documents.
const RULES: &str = "triage-rules";
const PROGRESS: &str = "triage-progress";

/// The rules before anybody saved some.
const DEFAULT: &str = "# The languages that the model knows. Texts in another language are flagged in the inbox.\nlanguages = [\"en\"]\n";

/// The rules in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct KeptRules {
    pub(crate) toml: String,
    /// When they were saved, in milliseconds since 1970, and by whom; `None` if nobody did yet.
    pub(crate) saved: Option<(i64, String)>,
}

impl KeptRules {
    pub(crate) fn read(store: &dyn Store) -> Result<Self> {
        let default = || Self {
            toml: DEFAULT.to_owned(),
            saved: None,
        };
        Ok(read(store, RULES)?.unwrap_or_else(default))
    }

    /// When the rules were saved, as in the API; empty if nobody did yet.
    pub(crate) fn saved_at(&self) -> String {
        self.saved
            .as_ref()
            .map(|(at, _)| rfc3339(*at))
            .unwrap_or_default()
    }

    /// Makes the time of saving later than that of the rules before, by which a page recognises rules that somebody else has changed.
    pub(crate) fn follow(&mut self, before: &Self) {
        if let (Some((at, _)), Some((earlier, _))) = (&mut self.saved, &before.saved) {
            *at = (*at).max(earlier + 1);
        }
    }

    pub(crate) fn write(&self, store: &dyn Store) -> Result<()> {
        write(store, RULES, self)
    }

    /// Reads the rules.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] if another version of the program saved rules that this one cannot read.
    pub(crate) fn rules(&self) -> Result<RuleSet> {
        RuleSet::parse(&self.toml).map_err(|error| Error::Invalid(error.to_string()))
    }
}

/// Removes erased texts from the rules.
///
/// # Errors
///
/// Errors of the store.
pub(crate) fn forget(store: &dyn Store, is_erased: impl Fn(&str) -> bool) -> Result<()> {
    let mut rules = KeptRules::read(store)?;
    if let Some(clean) = without_values(&rules.toml, is_erased, ERASED) {
        rules.toml = clean;
        rules.write(store)?;
        tracing::warn!("the rules had an erased text as a name, phrase or value: look at them");
        store.add_audit(
            "server",
            "rules.erase",
            "",
            "an erased text was replaced in the rules",
        )?;
    }
    Ok(())
}

/// How far the texts were looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Progress {
    /// The highest id of a text that was looked at.
    pub(crate) seen: i64,
    /// The highest id of a text that was looked at with its themes.
    pub(crate) with_themes: i64,
    /// Texts up to this id were stored before the inbox was first used, and nobody had them looked at.
    #[serde(default)]
    pub(crate) since: i64,
}

impl Progress {
    pub(crate) fn read(store: &dyn Store) -> Result<Option<Self>> {
        read(store, PROGRESS)
    }

    pub(crate) fn write(self, store: &dyn Store) -> Result<()> {
        write(store, PROGRESS, &self)
    }
}

/// Returns the numbers of the themes of each text, and the highest id of a text that the themes know. A theme that was merged into
/// another counts as both.
pub(crate) fn themes_by_text(store: &dyn Store) -> Result<(HashMap<i64, Vec<u64>>, i64)> {
    let (kept, edits) = (ThemesDocument::read(store)?, Edits::read(store)?);
    let mut themes: HashMap<i64, Vec<u64>> = HashMap::new();
    for group in &kept.groups {
        let exists = |id: u64| group.themes.iter().any(|theme| theme.id == id);
        for theme in &group.themes {
            let target = edits.target(theme.id, exists);
            for text in &theme.texts {
                let of_text = themes.entry(*text).or_default();
                of_text.push(theme.id);
                if target != theme.id {
                    of_text.push(target);
                }
            }
        }
    }
    Ok((themes, kept.seen))
}
