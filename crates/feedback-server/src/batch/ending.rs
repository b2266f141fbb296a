//! What is to be known about a batch when it has ended.

use super::rows::Good;
use feedback_store::BadRowEntry;
use feedback_text::stands_for_nothing;

/// Maximum length of a label in a message, in characters.
const MAX_SHOWN: usize = 60;

/// Counts of the rows of a batch, since its start or since it was resumed.
#[derive(Debug, Default)]
pub(super) struct Counts {
    /// Whether a row was classified.
    pub(super) used: bool,
    /// Number of texts of which the model knows no token.
    pub(super) unknown: u64,
    /// Number of texts without a date that can be read, if the file has dates.
    undated: u64,
    /// Number of texts that only say that there is no text, such as `N/A`.
    for_nothing: u64,
    /// Number of rows whose labels cannot be given, and line and cell of the first.
    unknown_labels: u64,
    first_unknown: Option<(u64, String)>,
    /// Line and reason of the first row that was set aside.
    first_bad: Option<(u64, String)>,
}

impl Counts {
    /// Counts the rows of a chunk. `has_dates` says whether a column has the dates of the texts.
    pub(super) fn add(&mut self, good: &[Good], bad: &[BadRowEntry], has_dates: bool) {
        self.used |= !good.is_empty();
        if has_dates {
            self.undated += good.iter().filter(|row| row.at.is_none()).count() as u64;
        }
        self.for_nothing += good.iter().filter(|row| stands_for_nothing(&row.text)).count() as u64;
        if let (None, Some(first)) = (&self.first_bad, bad.first()) {
            self.first_bad = Some((first.line, first.reason.clone()));
        }
    }

    /// Counts a row whose labels cannot be given.
    pub(super) fn add_unknown_label(&mut self, line: u64, cell: String) {
        self.unknown_labels += 1;
        self.first_unknown.get_or_insert((line, cell));
    }

    /// Returns what is to be known, in sentences; `None` if there is nothing. `was_resumed` is true if earlier rows were not counted.
    pub(super) fn message(&self, was_resumed: bool) -> Option<String> {
        let at_least = if was_resumed { "at least " } else { "" };
        let mut parts = Vec::new();
        if let (false, Some((line, reason))) = (self.used, &self.first_bad) {
            parts.push(format!("no row could be used; line {line}: {reason}"));
        }
        if self.unknown > 0 {
            parts.push(format!(
                "{at_least}{} rows have no token that the model knows, such as those in a foreign script; predictions for them abstain",
                self.unknown
            ));
        }
        if let Some((line, cell)) = &self.first_unknown {
            parts.push(format!(
                "{at_least}{} rows have unusable labels, such as `{}` in line {line}; expected one label or, if the model gives several, some; these \
                 labels were ignored",
                self.unknown_labels,
                cell.chars().take(MAX_SHOWN).collect::<String>()
            ));
        }
        if self.undated > 0 {
            parts.push(format!(
                "{at_least}{} texts have no date that can be read, so they are in no period and no chart over time",
                self.undated
            ));
        }
        if self.for_nothing > 0 {
            parts.push(format!(
                "{at_least}{} texts are only a word for nothing, such as N/A",
                self.for_nothing
            ));
        }
        (!parts.is_empty()).then(|| parts.join("; "))
    }
}
