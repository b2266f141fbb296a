//! The words of texts, and which of them carry no meaning.

use std::collections::{BTreeMap, HashSet};
use std::sync::OnceLock;

use feedback_dataset::language::{self, Language};
use feedback_dataset::text::normalise;
use unicode_segmentation::UnicodeSegmentation;

/// One word of a text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Word {
    /// The folded word: its place among all folded words, in alphabetical order.
    pub(super) id: u32,
    /// Where the word is in its text, in bytes.
    pub(super) start: usize,
    pub(super) end: usize,
    /// Whether only spaces, hyphens and slashes separate it from the word before.
    pub(super) follows: bool,
}

/// The words of some texts.
pub(super) struct Words {
    pub(super) of_texts: Vec<Vec<Word>>,
    /// All folded words, sorted.
    folded: Vec<String>,
    /// Whether each folded word is a function word.
    functional: Vec<bool>,
}

impl Words {
    pub(super) fn new(texts: &[&str]) -> Self {
        let spans: Vec<Vec<(usize, usize, String)>> = texts.iter().map(|text| spans(text)).collect();
        let mut numbers: BTreeMap<&str, u32> = BTreeMap::new();
        for (_, _, folded) in spans.iter().flatten() {
            numbers.insert(folded, 0);
        }
        numbers
            .values_mut()
            .zip(0..)
            .for_each(|(number, place)| *number = place);
        let of_texts = texts
            .iter()
            .zip(&spans)
            .map(|(text, spans)| words_of(text, spans, &numbers))
            .collect();
        let languages = languages(texts);
        let folded: Vec<String> = numbers.into_keys().map(str::to_owned).collect();
        let functional = folded
            .iter()
            .map(|word| is_functional(word, &languages))
            .collect();
        Self {
            of_texts,
            folded,
            functional,
        }
    }

    pub(super) fn is_functional(&self, word: u32) -> bool {
        self.functional[word as usize]
    }

    /// Whether a word can end a phrase after a verb, as in "top up", although it is a function word.
    pub(super) fn is_particle(&self, word: u32) -> bool {
        PARTICLES.contains(&self.folded[word as usize].as_str())
    }

    /// Whether a phrase may begin with this word although it is a function word. Such a word reverses the
    /// meaning.
    pub(super) fn is_negation(&self, word: u32) -> bool {
        NEGATIONS.contains(&self.folded[word as usize].as_str())
    }
}

const PARTICLES: [&str; 8] = ["back", "down", "in", "off", "on", "out", "over", "up"];

const NEGATIONS: [&str; 20] = [
    "cannot", "cant", "couldnt", "didnt", "doesnt", "dont", "havent", "isnt", "kann", "kein", "keine",
    "never", "nicht", "no", "not", "nunca", "sans", "wasnt", "without", "wont",
];

/// Words from which a language is recognised, but which say something about a theme.
const MEANINGFUL: &str = "app work works working tomorrow today long good new fungerar fungerer funciona funziona funktioniert \
    marche application werkt virker toimii działa çalışıyor";

/// Languages of at least one text in this many count.
const LANGUAGE_SHARE: usize = 10;

/// Texts from which the languages are guessed.
const GUESSED_TEXTS: usize = 1_000;

fn languages(texts: &[&str]) -> Vec<Language> {
    let step = texts.len().div_ceil(GUESSED_TEXTS).max(1);
    let sample: Vec<Language> = texts
        .iter()
        .step_by(step)
        .map(|text| language::guess(text))
        .collect();
    let mut counts: BTreeMap<Language, usize> = BTreeMap::new();
    for &language in sample.iter().filter(|language| language.is_known()) {
        *counts.entry(language).or_default() += 1;
    }
    counts.retain(|_, count| *count * LANGUAGE_SHARE >= sample.len());
    counts.into_keys().collect()
}

fn is_functional(folded: &str, languages: &[Language]) -> bool {
    static MEANINGFUL_WORDS: OnceLock<HashSet<&str>> = OnceLock::new();
    let meaningful = MEANINGFUL_WORDS.get_or_init(|| MEANINGFUL.split_whitespace().collect());
    let is_number = folded.chars().all(char::is_numeric);
    let is_letter = folded.chars().count() < 2 && folded.is_ascii();
    let of_language = || {
        languages
            .iter()
            .any(|&known| language::is_function_word(folded, known))
    };
    is_number || is_letter || (!meaningful.contains(folded) && of_language())
}

/// Where the words of a text are, and their folded forms.
fn spans(text: &str) -> Vec<(usize, usize, String)> {
    let words = text.unicode_word_indices();
    let folded = words.map(|(start, word)| (start, start + word.len(), normalise(word)));
    folded.filter(|(_, _, folded)| !folded.is_empty()).collect()
}

fn words_of(text: &str, spans: &[(usize, usize, String)], numbers: &BTreeMap<&str, u32>) -> Vec<Word> {
    let mut previous = None;
    spans
        .iter()
        .map(|&(start, end, ref folded)| {
            let gap = previous.map(|end| &text[end..start]);
            previous = Some(end);
            Word {
                id: numbers[folded.as_str()],
                start,
                end,
                follows: gap.is_some_and(|gap| gap.chars().all(|c| c == ' ' || c == '-' || c == '/')),
            }
        })
        .collect()
}
