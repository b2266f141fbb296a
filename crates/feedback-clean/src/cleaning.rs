//! The switches, and the order of the steps.

use std::borrow::Cow;

use feedback_text::has_visible_character;
use serde::{Deserialize, Serialize};

use crate::masking::Masking;
use crate::steps::{entities, html, quotes, signatures, urls};

/// Maximum number of times that the steps are repeated. What one step uncovers, such as a tag written as `&lt;b&gt;`, is cleaned by
/// the next repetition. No text that people or programs write needs more than three.
const MAX_ROUNDS: usize = 64;

/// One step of [`Cleaning`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Step {
    /// Remove HTML tags, comments, scripts and styles.
    StripHtml,
    /// Replace HTML entities by their characters.
    DecodeEntities,
    /// Remove quoted replies.
    DropQuotes,
    /// Remove signatures.
    DropSignatures,
    /// Replace URLs by `[url]`.
    ReplaceUrls,
    /// Replace personal data by `[email]`, `[phone]`, `[card]` or `[iban]`.
    MaskPersonalData,
}

impl Step {
    /// All steps, in the order in which they are applied.
    pub const ALL: [Self; 6] = [
        Self::StripHtml,
        Self::DecodeEntities,
        Self::DropQuotes,
        Self::DropSignatures,
        Self::ReplaceUrls,
        Self::MaskPersonalData,
    ];

    /// Returns the name of the step's switch, as a settings file has it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::StripHtml => "strip_html",
            Self::DecodeEntities => "decode_entities",
            Self::DropQuotes => "drop_quotes",
            Self::DropSignatures => "drop_signatures",
            Self::ReplaceUrls => "replace_urls",
            Self::MaskPersonalData => "mask_personal_data",
        }
    }

    fn apply<'a>(self, text: &'a str, masking: &Masking) -> Cow<'a, str> {
        match self {
            Self::StripHtml => html::strip(text),
            Self::DecodeEntities => entities::decode(text),
            Self::DropQuotes => quotes::drop(text),
            Self::DropSignatures => signatures::drop(text),
            Self::ReplaceUrls => urls::replace(text),
            Self::MaskPersonalData => masking.mask(text),
        }
    }
}

/// Which parts of a text are removed or replaced before a model reads it; nothing by default.
///
/// Cleaning a text that is already clean returns it unchanged. A step that would leave no visible character is not applied, so no text
/// becomes empty.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(
    feature = "clap",
    derive(clap::Args),
    command(next_help_heading = "Cleaning texts")
)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Cleaning {
    /// Remove HTML tags, comments, scripts and styles
    ///
    /// Paragraphs, list entries and rows of tables become lines. Only elements of HTML are removed, so `<name>` or `a < b` stay. Off by
    /// default.
    #[cfg_attr(feature = "clap", arg(long))]
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub strip_html: bool,
    /// Replace HTML entities such as &amp; by their characters
    ///
    /// Entities that are escaped several times (`&amp;amp;`) are decoded completely. Off by default.
    #[cfg_attr(feature = "clap", arg(long))]
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub decode_entities: bool,
    /// Remove quoted replies: lines that start with >, what follows "On … wrote:", and Outlook's headers
    ///
    /// In English, German, French, Spanish, Italian, Dutch and Portuguese. Forwarded messages stay. Off by default.
    #[cfg_attr(feature = "clap", arg(long))]
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub drop_quotes: bool,
    /// Remove signatures: what follows a line "-- ", and lines such as "Sent from my iPhone"
    ///
    /// Greetings with a name stay. Off by default.
    #[cfg_attr(feature = "clap", arg(long))]
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub drop_signatures: bool,
    /// Replace URLs by `[url]`
    ///
    /// URLs that start with http, https or ftp, or with www. Off by default.
    #[cfg_attr(feature = "clap", arg(long))]
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub replace_urls: bool,
    /// Replace personal data by `[email]`, `[phone]`, `[card]` or `[iban]`
    ///
    /// Card numbers and IBANs must have valid check digits. Names and addresses are not found. Off by default.
    #[cfg_attr(feature = "clap", arg(long))]
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub mask_personal_data: bool,
}

impl Cleaning {
    /// Returns a cleaning with only this step.
    #[must_use]
    pub fn only(step: Step) -> Self {
        let mut cleaning = Self::default();
        *cleaning.switch(step) = true;
        cleaning
    }

    /// Returns a cleaning with all steps.
    #[must_use]
    pub fn all() -> Self {
        let steps = Step::ALL.into_iter().map(Self::only);
        steps.fold(Self::default(), Self::union)
    }

    /// Returns a cleaning with the steps of both.
    #[must_use]
    pub fn union(mut self, other: Self) -> Self {
        other.steps().for_each(|step| *self.switch(step) = true);
        self
    }

    /// Returns the steps that are on, in the order in which they are applied.
    pub fn steps(self) -> impl Iterator<Item = Step> {
        Step::ALL.into_iter().filter(move |&step| self.is_on(step))
    }

    /// True if no step is on.
    #[must_use]
    pub fn is_off(&self) -> bool {
        *self == Self::default()
    }

    /// Returns the text after all steps that are on.
    #[must_use]
    pub fn clean<'a>(&self, text: &'a str) -> Cow<'a, str> {
        self.clean_with(text, &Masking::default())
    }

    /// Like [`Cleaning::clean`], with this replacement for personal data.
    #[must_use]
    pub fn clean_with<'a>(&self, text: &'a str, masking: &Masking) -> Cow<'a, str> {
        let mut cleaned = Cow::Borrowed(text);
        for _ in 0..MAX_ROUNDS {
            let mut changed = false;
            for step in self.steps() {
                let applied = match step.apply(&cleaned, masking) {
                    Cow::Owned(applied) if has_visible_character(&applied) => applied,
                    _ => continue,
                };
                if *applied != *cleaned {
                    cleaned = Cow::Owned(applied);
                    changed = true;
                }
            }
            if !changed {
                break;
            }
        }
        cleaned
    }

    /// Returns the cleaned text if it differs from the text.
    #[must_use]
    pub fn changed(&self, text: &str) -> Option<String> {
        match self.clean(text) {
            Cow::Borrowed(_) => None,
            Cow::Owned(cleaned) => Some(cleaned),
        }
    }

    /// Cleans texts in place, and returns how many changed.
    pub fn clean_all(&self, texts: &mut [String]) -> usize {
        let mut n_changed = 0;
        for text in texts {
            if let Some(cleaned) = self.changed(text) {
                *text = cleaned;
                n_changed += 1;
            }
        }
        n_changed
    }

    fn is_on(mut self, step: Step) -> bool {
        *self.switch(step)
    }

    fn switch(&mut self, step: Step) -> &mut bool {
        match step {
            Step::StripHtml => &mut self.strip_html,
            Step::DecodeEntities => &mut self.decode_entities,
            Step::DropQuotes => &mut self.drop_quotes,
            Step::DropSignatures => &mut self.drop_signatures,
            Step::ReplaceUrls => &mut self.replace_urls,
            Step::MaskPersonalData => &mut self.mask_personal_data,
        }
    }
}
