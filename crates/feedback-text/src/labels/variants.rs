//! Labels that look alike or are the same number, and probably mean the same.

use std::collections::BTreeMap;

use crate::folded;

/// Different spellings that probably mean the same label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelVariants {
    /// Each spelling with its number of rows, the most frequent first; equally frequent spellings are sorted by their bytes.
    pub spellings: Vec<(String, usize)>,
}

impl LabelVariants {
    /// The most frequent spelling.
    #[must_use]
    pub fn preferred(&self) -> &str {
        self.spellings.first().map_or("", |(name, _)| name)
    }
}

/// Finds labels that differ only in case, surrounding white space, the amount of inner white space, zero-width characters or the
/// Unicode form (NFKC). Also finds labels that are the same number, such as `1`, `1.0` and `01`. The groups are sorted by the
/// label in this form.
///
/// # Examples
///
/// ```
/// use feedback_text::labels::label_variants;
///
/// let found = label_variants(["bug", "Bug ", "praise", "bug"]);
/// assert_eq!(found.len(), 1);
/// assert_eq!(found[0].spellings, [("bug".to_string(), 2), ("Bug ".to_string(), 1)]);
/// assert_eq!(found[0].preferred(), "bug");
/// ```
#[must_use]
pub fn label_variants<'a>(labels: impl IntoIterator<Item = &'a str>) -> Vec<LabelVariants> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    labels
        .into_iter()
        .for_each(|label| *counts.entry(label).or_insert(0) += 1);
    let mut variants: BTreeMap<String, Vec<(String, usize)>> = BTreeMap::new();
    for (label, count) in counts {
        variants
            .entry(folded(label))
            .or_default()
            .push((label.to_string(), count));
    }
    let variants_of = |mut spellings: Vec<(String, usize)>| {
        spellings.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
        (spellings.len() > 1).then_some(LabelVariants { spellings })
    };
    variants.into_values().filter_map(variants_of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_that_look_alike_are_variants() {
        for (a, b) in [
            ("Gr\u{fc}\u{df}e", "Gru\u{308}\u{df}e"),
            ("bug", "\u{200B}bug"),
            ("bug report", "bug\u{A0}report"),
            ("bug", "bu\u{AD}g"),
            ("ｂｕｇ", "BUG"),
            ("Straße", "STRASSE"),
            ("ΛΆΘΟΣ", "λάθος"),
            ("1", "1.0"),
            ("7", "007"),
            ("-0.50", "-0.5"),
            ("0", "-0.0"),
        ] {
            assert_eq!(label_variants([a, b]).len(), 1, "{a:?} {b:?}");
        }
    }

    #[test]
    fn other_labels_are_not_variants() {
        assert!(label_variants(["a b", "ab", "a_b", "ä", "a", "sık", "sik"]).is_empty());
        assert!(label_variants(["1", "10", "1.01", "-1", "1.0.0", "1a", "."]).is_empty());
        let found = label_variants(["a  b", "A b", "Ä", "ä", "c"]);
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].preferred(), found[1].preferred()), ("A b", "Ä"));
    }
}
