//! The phrases that set a theme apart from the others.

use std::collections::BTreeMap;

use super::words::{Word, Words};

/// Words of the longest phrase.
const MAX_WORDS: usize = 4;

/// Marks the places of a [`Key`] after the last word.
const NO_WORD: u32 = u32::MAX;

/// The words of a phrase.
type Key = [u32; MAX_WORDS];

/// A phrase and its weight in a theme.
#[derive(Debug, Clone, Copy)]
struct Candidate {
    key: Key,
    /// The score by which phrases are chosen.
    score: f64,
    n_words: usize,
}

/// Counts of a phrase in one theme.
#[derive(Debug, Clone, Copy)]
struct Count {
    key: Key,
    theme: usize,
    n_texts: usize,
}

/// The most distinctive phrases of each theme, the best first, at most `n` per theme. No phrase shares a word with a better
/// phrase.
///
/// The weight of a phrase is its class-based TF-IDF, with texts instead of words as units: the share of the theme's texts with
/// the phrase, times ln(1 + m / n), where m is the mean number of texts of a theme and n the number of all texts with the
/// phrase. It is multiplied by √(words), since a phrase says more than its parts. `representatives` marks the texts that
/// count: one of each group of duplicates.
///
/// # References
///
/// Grootendorst 2022, "BERTopic: Neural topic modeling with a class-based TF-IDF procedure", equation 2.
pub(super) fn distinctive(
    texts: &[&str],
    words: &Words,
    themes: &[Option<usize>],
    n_themes: usize,
    representatives: &[bool],
    n: usize,
) -> Vec<Vec<String>> {
    let mut n_texts = vec![0; n_themes];
    for (theme, _) in themes.iter().zip(representatives).filter(|(_, counts)| **counts) {
        if let Some(theme) = *theme {
            n_texts[theme] += 1;
        }
    }
    let mean = n_texts.iter().sum::<usize>() as f64 / n_themes.max(1) as f64;
    let mut candidates: Vec<Vec<Candidate>> = vec![Vec::new(); n_themes];
    for (counts, total) in counts(words, themes, n_themes, representatives) {
        for count in counts {
            let share = count.n_texts as f64 / n_texts[count.theme] as f64;
            let n_words = count.key.iter().filter(|&&word| word != NO_WORD).count();
            candidates[count.theme].push(Candidate {
                key: count.key,
                score: share * (mean / total as f64).ln_1p() * (n_words as f64).sqrt(),
                n_words,
            });
        }
    }
    let chosen = choose(candidates, words, n);
    let mut members: Vec<Vec<usize>> = vec![Vec::new(); n_themes];
    for (row, theme) in themes.iter().enumerate() {
        if let Some(theme) = *theme {
            members[theme].push(row);
        }
    }
    let spelled = chosen.iter().zip(&members).map(|(keys, rows)| {
        let surface = |key: &Key| surface(key, rows, texts, words);
        keys.iter().map(surface).collect()
    });
    spelled.collect()
}

/// For each phrase: how many texts of each theme have it, and how many texts in all. Phrases of one text are left out.
fn counts(
    words: &Words,
    themes: &[Option<usize>],
    n_themes: usize,
    representatives: &[bool],
) -> Vec<(Vec<Count>, usize)> {
    let mut found: Vec<(Key, u32, u32)> = Vec::new();
    for (row, text) in words
        .of_texts
        .iter()
        .enumerate()
        .filter(|(row, _)| representatives[*row])
    {
        let theme = themes[row].unwrap_or(n_themes) as u32;
        for_each_phrase(text, words, |key| found.push((key, theme, row as u32)));
    }
    found.sort_unstable();
    found.dedup();
    let phrases = found.chunk_by(|a, b| a.0 == b.0).filter(|texts| texts.len() > 1);
    let counts = phrases.map(|texts| {
        let by_theme = texts.chunk_by(|a, b| a.1 == b.1);
        let counts = by_theme
            .filter(|texts| (texts[0].1 as usize) < n_themes)
            .map(|texts| Count {
                key: texts[0].0,
                theme: texts[0].1 as usize,
                n_texts: texts.len(),
            });
        (counts.collect(), texts.len())
    });
    counts.collect()
}

/// Calls `take` with each phrase of a text: words that follow each other, with no function word at either end.
fn for_each_phrase(text: &[Word], words: &Words, mut take: impl FnMut(Key)) {
    for first in 0..text.len() {
        let begins = !words.is_functional(text[first].id) || words.is_negation(text[first].id);
        if !begins {
            continue;
        }
        let mut key = [NO_WORD; MAX_WORDS];
        for (place, word) in text[first..].iter().take(MAX_WORDS).enumerate() {
            if place > 0 && !word.follows {
                break;
            }
            key[place] = word.id;
            let functional = words.is_functional(word.id);
            let ends = if functional {
                place == 1 && words.is_particle(word.id) && !words.is_negation(text[first].id)
            } else {
                true
            };
            if ends {
                take(key);
            }
        }
    }
}

/// Chooses phrases: for each theme in turn, the best phrase that shares no word with a better phrase of the theme. Two themes
/// have the same first phrase only if one of them has no other phrase.
fn choose(mut candidates: Vec<Vec<Candidate>>, words: &Words, n: usize) -> Vec<Vec<Key>> {
    let mut names: BTreeMap<Key, ()> = BTreeMap::new();
    candidates
        .iter_mut()
        .map(|candidates| {
            // A single word becomes the name only where there is no phrase.
            candidates.sort_by(|a, b| {
                (a.n_words == 1)
                    .cmp(&(b.n_words == 1))
                    .then(b.score.total_cmp(&a.score))
                    .then(a.key.cmp(&b.key))
            });
            let first = candidates
                .iter()
                .position(|candidate| !names.contains_key(&candidate.key));
            if let Some(first) = first {
                candidates[..=first].rotate_right(1);
                names.insert(candidates[0].key, ());
            }
            let mut chosen: Vec<Key> = Vec::new();
            for candidate in candidates.iter() {
                let is_new = |word: &u32| chosen.iter().all(|key| !key.contains(word));
                let content = candidate
                    .key
                    .iter()
                    .filter(|&&word| word != NO_WORD && !words.is_functional(word));
                if chosen.len() < n && content.clone().all(is_new) {
                    chosen.push(candidate.key);
                }
            }
            chosen
        })
        .collect()
}

/// Returns the most frequent spelling of a phrase in the texts of the theme. If several are equally frequent, it is the first
/// in order of code points.
fn surface(key: &Key, rows: &[usize], texts: &[&str], words: &Words) -> String {
    let ids: Vec<u32> = key.iter().copied().filter(|&word| word != NO_WORD).collect();
    let mut spellings: BTreeMap<&str, usize> = BTreeMap::new();
    for &row in rows {
        for window in words.of_texts[row].windows(ids.len()) {
            let same = window.iter().map(|word| word.id).eq(ids.iter().copied());
            if same && window[1..].iter().all(|word| word.follows) {
                let spelling = &texts[row][window[0].start..window[ids.len() - 1].end];
                *spellings.entry(spelling).or_default() += 1;
            }
        }
    }
    let most = spellings
        .iter()
        .max_by_key(|(spelling, count)| (**count, std::cmp::Reverse(**spelling)));
    most.map_or_else(String::new, |(spelling, _)| (*spelling).to_owned())
}
