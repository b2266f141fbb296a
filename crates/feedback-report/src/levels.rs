//! The two levels of themes, with names: themes, and groups of similar themes.

use std::collections::BTreeSet;

use feedback_dataset::text::normalise;
use feedback_insight::{ThemeSummary, Themes};

use crate::error::Result;
use crate::input::Input;
use crate::quotes::shorten;

/// Minimum share of the texts of a theme or group that must contain the words of its name. If no name reaches this share, the
/// most typical text is the name.
const MIN_COVERAGE: f64 = 0.2;
/// The maximum length of a text that stands for a theme, in characters.
const EXAMPLE_LENGTH: usize = 48;

/// How a name begins that is a typical text.
pub(crate) const LIKE: &str = "like “";

/// The themes or the groups of a report.
#[derive(Default)]
pub(crate) struct Tier {
    /// The theme or group of each row.
    pub(crate) of_rows: Vec<Option<usize>>,
    pub(crate) names: Vec<String>,
    /// Further phrases of each.
    pub(crate) phrases: Vec<Vec<String>>,
}

/// Themes, and the groups of more than one theme. A group of one theme would say the same twice.
#[derive(Default)]
pub(crate) struct Levels {
    pub(crate) themes: Tier,
    pub(crate) groups: Tier,
    /// The group of each theme; `None` if it is alone.
    pub(crate) group_of: Vec<Option<usize>>,
}

impl Levels {
    pub(crate) fn new(input: &Input<'_>, themes: &Themes) -> Result<Self> {
        let (texts, vectors) = (input.texts, input.vectors);
        let (group_of, kept) = without_single(themes.groups());
        let of_rows: Vec<Option<usize>> = themes.of_rows().iter().map(|theme| group_of[(*theme)?]).collect();
        let summaries = themes.describe_groups(texts, vectors)?;
        let kept: Vec<ThemeSummary> = kept.into_iter().map(|group| summaries[group].clone()).collect();
        let of_themes = themes.of_rows().to_vec();
        Ok(Self {
            themes: Tier::new(&themes.describe(texts, vectors)?, texts, of_themes, 1, "theme"),
            // A group is wide: its best phrase is often that of one of its themes, and another describes more of it.
            groups: Tier::new(&kept, texts, of_rows, usize::MAX, "group"),
            group_of,
        })
    }
}

impl Tier {
    /// Chooses names from the first `n_names` phrases. `what` is used for a theme or group that has neither a phrase nor a
    /// quote.
    fn new(
        summaries: &[ThemeSummary],
        texts: &[&str],
        of_rows: Vec<Option<usize>>,
        n_names: usize,
        what: &str,
    ) -> Self {
        let mut tier = Self::default();
        for (number, summary) in summaries.iter().enumerate() {
            let own = texts.iter().zip(&of_rows).filter(|(_, of)| **of == Some(number));
            let own: Vec<String> = own.map(|(text, _)| normalise(text)).collect();
            let mut phrases = summary.phrases.iter().take(n_names);
            let name = phrases.find(|phrase| describes(phrase, &own)).cloned();
            let name = name.unwrap_or_else(|| match summary.quotes.first() {
                Some(&row) => format!("{LIKE}{}”", shorten(texts[row], EXAMPLE_LENGTH)),
                None => format!("{what} {}", number + 1),
            });
            let others = summary.phrases.iter().filter(|phrase| **phrase != name);
            tier.phrases.push(others.cloned().collect());
            tier.names.push(name);
        }
        tier.of_rows = of_rows;
        tier
    }
}

/// Whether a fifth of some texts have the words of a phrase.
fn describes(phrase: &str, texts: &[String]) -> bool {
    let words = |text: &str| -> BTreeSet<String> {
        let words = text.split(|character: char| !character.is_alphanumeric());
        words.filter(|word| !word.is_empty()).map(str::to_owned).collect()
    };
    let phrase = words(&normalise(phrase));
    let n = texts.iter().filter(|text| phrase.is_subset(&words(text))).count() as f64;
    !phrase.is_empty() && n >= MIN_COVERAGE * texts.len() as f64
}

/// The group of each theme, numbered without the groups of one theme, and the old numbers of the others.
fn without_single(groups: &[usize]) -> (Vec<Option<usize>>, Vec<usize>) {
    let n_groups = groups.iter().max().map_or(0, |last| last + 1);
    let has_several = |group: &usize| groups.iter().filter(|other| *other == group).count() > 1;
    let kept: Vec<usize> = (0..n_groups).filter(has_several).collect();
    let number = |group: &usize| kept.iter().position(|other| other == group);
    (groups.iter().map(number).collect(), kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_of_one_theme_are_left_out() {
        let (group_of, kept) = without_single(&[1, 0, 2, 0, 3, 2]);
        assert_eq!(group_of, [None, Some(0), Some(1), Some(0), None, Some(1)]);
        assert_eq!(kept, [0, 2]);
        assert_eq!(without_single(&[]), (Vec::new(), Vec::new()));
    }

    #[test]
    fn a_fifth_of_the_texts_must_have_the_words_of_a_name() {
        let texts = [
            "the pdf is blank.",
            "no pdf!",
            "blank",
            "white",
            "empty",
            "nothing",
            "pdfs",
            "none",
            "a",
            "b",
        ];
        let texts: Vec<String> = texts.map(str::to_owned).to_vec();
        assert!(describes("PDF", &texts) && describes("blank", &texts));
        assert!(!describes("blank PDF", &texts) && !describes("white", &texts) && !describes("", &texts));
    }
}
