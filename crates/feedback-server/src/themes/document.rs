//! What the store keeps about themes.

use std::collections::BTreeMap;

use feedback_store::Store;
use serde::{Deserialize, Serialize};

use crate::documents::{read, write};
use crate::error::{Error, Result};

/// Stands for a category: the texts that are unlike those of the model's training, and that nobody has labelled.
pub(crate) const UNFAMILIAR: &str = "unlike the training texts";

/// The names of the documents.
const THEMES: &str = "themes";
const EDITS: &str = "theme-edits";

/// All themes.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct ThemesDocument {
    /// When the themes were found; milliseconds since 1970.
    pub(crate) found_at: i64,
    /// What computed the vectors.
    pub(crate) encoder: String,
    /// The id that the next new theme gets.
    pub(crate) next_id: u64,
    /// The highest id of a text that was looked at.
    pub(crate) seen: i64,
    /// Number of texts that the themes were found from, and of texts that were added since.
    pub(crate) texts: usize,
    pub(crate) added: usize,
    /// The themes of all texts, then those of each category.
    pub(crate) groups: Vec<Group>,
    /// The ids of the parts of each theme that was split, which stay apart.
    #[serde(default)]
    pub(crate) apart: Vec<Vec<u64>>,
}

/// The themes of all texts, or of one category.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Group {
    /// The category; `None` for all texts.
    pub(crate) label: Option<String>,
    /// The resolution at which the themes were found, and the number of texts when it was chosen.
    pub(crate) resolution: f64,
    pub(crate) chosen_for: usize,
    /// The largest first.
    pub(crate) themes: Vec<Theme>,
    /// The texts that belong to no theme.
    pub(crate) waiting: Vec<i64>,
    /// What became of the themes when they were found again the last time.
    #[serde(default)]
    pub(crate) changes: Vec<Change>,
}

impl Group {
    /// Number of texts.
    pub(crate) fn n(&self) -> usize {
        self.waiting.len() + self.themes.iter().map(|theme| theme.texts.len()).sum::<usize>()
    }
}

/// A theme.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Theme {
    /// It stays the same when the themes are found again.
    pub(crate) id: u64,
    /// Words of its texts, empty if they share none; `None` after one of its texts was erased, until the themes are found again.
    pub(crate) name: Option<String>,
    /// The ids of typical texts.
    pub(crate) quotes: Vec<i64>,
    /// The ids of its texts, ascending.
    pub(crate) texts: Vec<i64>,
    pub(crate) figures: Figures,
    /// How often it was split, or was found to have no parts.
    #[serde(default)]
    pub(crate) splits: u32,
    /// Whether no parts were found when it was to be split the last time.
    #[serde(default)]
    pub(crate) indivisible: bool,
}

/// Figures of a theme, from the dates of its texts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Figures {
    /// When its first and its last text were written; `None` if none has a date.
    pub(crate) first: Option<i64>,
    pub(crate) last: Option<i64>,
    pub(crate) trend: Option<Trend>,
}

/// A theme in the last period and in the one before. Both end with the newest text of all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Trend {
    /// The length of a period in days.
    pub(crate) days: i64,
    /// The end of the last period; 0 if an earlier version wrote it.
    #[serde(default)]
    pub(crate) end: i64,
    /// Texts of the theme in the last period and in the one before.
    pub(crate) texts: [u64; 2],
    /// All texts of its group in these periods.
    pub(crate) of: [u64; 2],
}

/// What became of a theme. Themes that only gained or lost texts are not listed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Change {
    pub(crate) what: What,
    /// The theme that is new or gone.
    pub(crate) id: u64,
    /// The theme that it came from, or that its texts are in now.
    pub(crate) other: Option<u64>,
    /// Number of texts that it has or had.
    pub(crate) texts: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum What {
    /// New, of texts that are new or were in no theme.
    Born,
    /// New; at least half of its known texts come from a theme that is still there.
    Split,
    /// Gone; at least half of its texts are in another theme.
    Merged,
    /// Gone, and no other theme has half of its texts.
    Died,
}

/// What people did to themes, by the id of the theme.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Edits {
    pub(crate) themes: BTreeMap<u64, Edit>,
}

/// What people did to a theme.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Edit {
    /// The name that a person gave it.
    pub(crate) name: Option<String>,
    #[serde(default)]
    pub(crate) hidden: bool,
    #[serde(default)]
    pub(crate) pinned: bool,
    /// The theme that it is part of.
    pub(crate) merged_into: Option<u64>,
    /// How often it was to be split.
    #[serde(default)]
    pub(crate) splits: u32,
}

impl ThemesDocument {
    /// Returns the kept themes; none if they were never found. Themes that cannot be read, such as those of a newer version, are found
    /// again: an erasure must not fail because of them.
    ///
    /// # Errors
    ///
    /// Errors of the store.
    pub(crate) fn read(store: &dyn Store) -> Result<Self> {
        match read(store, THEMES).map(Option::unwrap_or_default) {
            Err(error @ Error::Invalid(_)) => {
                tracing::warn!(%error, "the themes are found again");
                // What people did to the former themes must not be seen on new ones.
                let last = Edits::read(store)?.themes.keys().next_back().copied();
                Ok(Self {
                    next_id: last.map_or(0, |last| last + 1),
                    ..Self::default()
                })
            }
            read => read,
        }
    }

    pub(crate) fn write(&self, store: &dyn Store) -> Result<()> {
        write(store, THEMES, self)
    }

    /// Removes texts that were erased; the name of a theme may be their words. Returns whether there were any.
    pub(crate) fn forget(&mut self, is_gone: impl Fn(i64) -> bool) -> bool {
        let mut any = false;
        for group in &mut self.groups {
            let n = group.waiting.len();
            group.waiting.retain(|id| !is_gone(*id));
            any |= group.waiting.len() < n;
            for theme in &mut group.themes {
                let n = theme.texts.len();
                theme.texts.retain(|id| !is_gone(*id));
                theme.quotes.retain(|id| !is_gone(*id));
                if theme.texts.len() < n {
                    theme.name = None;
                    any = true;
                }
            }
            group.themes.retain(|theme| !theme.texts.is_empty());
        }
        any
    }
}

impl Edits {
    /// Returns the kept edits.
    ///
    /// # Errors
    ///
    /// Errors of the store, or if the document cannot be read.
    pub(crate) fn read(store: &dyn Store) -> Result<Self> {
        Ok(read(store, EDITS)?.unwrap_or_default())
    }

    pub(crate) fn write(&self, store: &dyn Store) -> Result<()> {
        write(store, EDITS, self)
    }

    /// Removes the names that are erased texts. Returns whether there were any.
    pub(crate) fn forget(&mut self, is_erased: impl Fn(&str) -> bool) -> bool {
        let mut any = false;
        for edit in self.themes.values_mut() {
            if edit.name.take_if(|name| is_erased(name)).is_some() {
                any = true;
            }
        }
        any
    }

    /// The theme that a theme is part of: itself, unless it was merged into another one that still exists.
    pub(crate) fn target(&self, id: u64, exists: impl Fn(u64) -> bool) -> u64 {
        let mut target = id;
        // A merge never closes a circle, so this ends; the limit guards against a damaged document.
        for _ in 0..=self.themes.len() {
            let next = self.themes.get(&target).and_then(|edit| edit.merged_into);
            match next.filter(|next| exists(*next)) {
                Some(next) => target = next,
                None => break,
            }
        }
        target
    }
}
