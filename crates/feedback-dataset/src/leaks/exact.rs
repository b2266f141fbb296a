//! Training texts that are equal to held-out texts.

use std::collections::HashMap;

use feedback_text::comparison_key;

/// Which held-out texts are also in training.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LeakReport {
    /// Pairs (index of the held-out text, index of the first equal training text), in the order of the held-out texts.
    pub exact: Vec<(usize, usize)>,
    /// Pairs of the same form for held-out texts that equal a training text only after normalising.
    pub normalised: Vec<(usize, usize)>,
    /// Indices of all training texts that equal a held-out text after normalising, in ascending order. Removing these texts
    /// from training removes the leak.
    pub train_rows: Vec<usize>,
}

impl LeakReport {
    /// True if no held-out text is in training.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.exact.is_empty() && self.normalised.is_empty()
    }

    /// How many held-out texts are in training.
    #[must_use]
    pub fn len(&self) -> usize {
        self.exact.len() + self.normalised.len()
    }
}

/// Looks up every held-out text among the training texts, exactly and after normalising.
///
/// # Examples
///
/// ```
/// use feedback_dataset::leaks::leaks;
///
/// let report = leaks(&["It crashes", "Great", "GREAT!"], &["great", "It crashes", "New"]);
/// assert_eq!(report.exact, [(1, 0)]);
/// assert_eq!(report.normalised, [(0, 1)]);
/// assert_eq!(report.train_rows, [0, 1, 2]);
/// ```
#[must_use]
pub fn leaks(train: &[&str], held_out: &[&str]) -> LeakReport {
    let mut report = LeakReport::default();
    let mut exact = HashMap::new();
    let mut normalised: HashMap<_, Vec<usize>> = HashMap::new();
    for (row, &text) in train.iter().enumerate() {
        exact.entry(text).or_insert(row);
        normalised.entry(comparison_key(text)).or_default().push(row);
    }
    let mut leaked = vec![false; train.len()];
    for (row, &text) in held_out.iter().enumerate() {
        let Some(twins) = normalised.get(&comparison_key(text)) else {
            continue;
        };
        twins.iter().for_each(|&twin| leaked[twin] = true);
        match exact.get(text) {
            Some(&twin) => report.exact.push((row, twin)),
            None => report.normalised.extend(twins.first().map(|&twin| (row, twin))),
        }
    }
    report.train_rows = (0..train.len()).filter(|&row| leaked[row]).collect();
    report
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_planted_leaks_are_found() {
        let train: Vec<String> = (0..1000)
            .map(|index| format!("Training text number {index}"))
            .collect();
        let mut held_out: Vec<String> = (0..400)
            .map(|index| format!("Held-out text number {index}"))
            .collect();
        held_out.extend((0..50).map(|index| train[index * 7].clone()));
        held_out.extend((0..50).map(|index| format!("  {}!", train[index * 11].to_uppercase())));
        let train: Vec<&str> = train.iter().map(String::as_str).collect();
        let held_out: Vec<&str> = held_out.iter().map(String::as_str).collect();
        let report = leaks(&train, &held_out);
        assert_eq!(
            report.exact,
            (0..50).map(|index| (400 + index, index * 7)).collect::<Vec<_>>()
        );
        assert_eq!(
            report.normalised,
            (0..50).map(|index| (450 + index, index * 11)).collect::<Vec<_>>()
        );
    }

    #[test]
    fn texts_of_punctuation_leak_only_if_equal() {
        assert!(leaks(&["!!"], &["??"]).is_empty());
        assert_eq!(leaks(&["!!"], &["!!"]).exact, [(0, 0)]);
        assert!(leaks(&[], &["a"]).is_empty());
    }
}
