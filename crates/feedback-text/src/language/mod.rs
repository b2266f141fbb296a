//! Guesses the language of a text by its script, function words and letter sequences.
//!
//! Short texts are hard: [`guess`] returns [`Language::UNKNOWN`] if several languages are about equally likely.

mod codes;
mod words;

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::OnceLock;

use whatlang::{Detector, Lang, Script};

use crate::normalise::normalise;
use crate::parallel::map_items;

use codes::code;
use words::FUNCTION_WORDS;

/// A language, given by its code: two letters (ISO 639-1), or three letters (ISO 639-3) if there is no shorter code, or
/// `unknown`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Language(&'static str);

impl Language {
    /// The code if the text has no language, or if the language is not clear.
    pub const UNKNOWN: Self = Self("unknown");

    /// The code, such as `en`, or `unknown`.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.0
    }

    /// False for [`Self::UNKNOWN`].
    #[must_use]
    pub fn is_known(self) -> bool {
        self != Self::UNKNOWN
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// Guesses the language of a text.
///
/// If only one language uses the script, that language is returned. For the Latin script, languages get points for function
/// words such as articles, pronouns and auxiliaries (13 languages), and for frequent three-letter sequences. The latter come
/// from the crate `whatlang`, which knows 70 languages in all scripts. A function word that occurs in n languages gives each of
/// them 1/n points. The language with the most points must be clearly ahead of the second. A text without letters or without a
/// clear result is [`Language::UNKNOWN`].
///
/// # Examples
///
/// ```
/// use feedback_text::language::{Language, guess};
///
/// assert_eq!(guess("The export does not work since the update").code(), "en");
/// assert_eq!(guess("Der Export geht seit dem Update nicht mehr").code(), "de");
/// assert_eq!(guess("更新してからエクスポートできません").code(), "ja");
/// assert_eq!(guess("ok 123"), Language::UNKNOWN);
/// ```
#[must_use]
pub fn guess(text: &str) -> Language {
    let text = head(text);
    let Some(script) = whatlang::detect_script(text) else {
        return Language::UNKNOWN;
    };
    match script {
        Script::Latin => latin(text),
        _ => other_script(text),
    }
}

/// Returns the number of texts in each language, by language code.
///
/// # Examples
///
/// ```
/// use feedback_text::language::count;
///
/// let counts = count(&["It is slow", "Das ist zu langsam", "This is the best", "12"]);
/// assert_eq!(counts.into_iter().collect::<Vec<_>>(), [("de", 1), ("en", 2), ("unknown", 1)]);
/// ```
#[must_use]
pub fn count<S: AsRef<str> + Sync>(texts: &[S]) -> BTreeMap<&'static str, usize> {
    let mut counts = BTreeMap::new();
    for language in map_items(texts, |text| guess(text.as_ref())) {
        *counts.entry(language.code()).or_insert(0) += 1;
    }
    counts
}

/// Returns whether a word is a function word of a language: an article, a pronoun, a preposition, an auxiliary or a polite word.
///
/// Case, accents and apostrophes do not count. Languages without a list (all but 13) have none.
///
/// # Examples
///
/// ```
/// use feedback_text::language::{guess, is_function_word};
///
/// let english = guess("The export does not work since the update");
/// assert!(is_function_word("the", english) && is_function_word("doesnt", english));
/// assert!(!is_function_word("export", english) && !is_function_word("und", english));
/// ```
#[must_use]
pub fn is_function_word(word: &str, language: Language) -> bool {
    folded_function_words()
        .get(&normalise(word))
        .is_some_and(|languages| languages.contains(&language.code()))
}

/// Number of bytes at the start of a text that are used; the rest is ignored.
const MAX_BYTES: usize = 600;

/// Minimum score of the first language.
const MIN_SCORE: f64 = 0.75;

/// Minimum lead of the first language over the second.
const MIN_LEAD: f64 = 0.25;

/// Minimum confidence of a guess from three-letter sequences that is accepted without function words, if the text has at least
/// [`MIN_LETTERS`] letters.
const MIN_CONFIDENCE: f64 = 0.9;
const MIN_LETTERS: usize = 20;

fn head(text: &str) -> &str {
    &text[..text.floor_char_boundary(MAX_BYTES)]
}

fn latin(text: &str) -> Language {
    let mut scores = function_word_scores(text);
    let letters = text.chars().filter(|character| character.is_alphabetic()).count();
    if let Some(info) = latin_detector().detect(text) {
        let confident = info.confidence() >= MIN_CONFIDENCE && letters >= MIN_LETTERS;
        // A confident guess is enough on its own; other guesses can still decide between languages with similar scores.
        let weight = if confident { 0.9 } else { 0.5 * info.confidence() };
        *scores.entry(code(info.lang())).or_insert(0.0) += weight;
    }
    let mut ranked: Vec<(f64, &'static str)> =
        scores.into_iter().map(|(code, score)| (score, code)).collect();
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
    let second = ranked.get(1).map_or(0.0, |(score, _)| *score);
    match ranked.first() {
        Some(&(score, code)) if score >= MIN_SCORE && score - second >= MIN_LEAD => Language(code),
        _ => Language::UNKNOWN,
    }
}

/// Guesses the language of a text that is not in the Latin script. Few languages use each of these scripts, and they differ in
/// their letters.
fn other_script(text: &str) -> Language {
    match whatlang::detect(text) {
        Some(info) if info.confidence() >= 0.5 || has_one_language(info.script()) => {
            Language(code(info.lang()))
        }
        _ => Language::UNKNOWN,
    }
}

/// True if only one of the known languages uses the script.
fn has_one_language(script: Script) -> bool {
    script.langs().len() == 1
}

/// Returns the points of each language for its function words in the text. A word of n languages gives each of them 1/n points.
fn function_word_scores(text: &str) -> HashMap<&'static str, f64> {
    let lower = text.to_lowercase();
    let lower: Cow<'_, str> = if lower.contains('\u{2019}') {
        lower.replace('\u{2019}', "'").into()
    } else {
        lower.into()
    };
    let mut scores = HashMap::new();
    let is_part = |character: char| character.is_alphabetic() || character == '\'';
    for word in lower.split(|character| !is_part(character)) {
        let languages = function_words()
            .get(word.trim_matches('\''))
            .map_or(&[][..], Vec::as_slice);
        for language in languages {
            *scores.entry(*language).or_insert(0.0) += 1.0 / languages.len() as f64;
        }
    }
    scores
}

/// Returns a map from each function word to its languages.
fn function_words() -> &'static HashMap<&'static str, Vec<&'static str>> {
    static WORDS: OnceLock<HashMap<&'static str, Vec<&'static str>>> = OnceLock::new();
    WORDS.get_or_init(|| {
        let mut languages: HashMap<&'static str, Vec<&'static str>> = HashMap::new();
        for (language, words) in FUNCTION_WORDS {
            for word in words.split_whitespace() {
                let word_languages = languages.entry(word).or_default();
                if !word_languages.contains(&language) {
                    word_languages.push(language);
                }
            }
        }
        languages
    })
}

/// Returns a map from each function word, without apostrophes and accents, to its languages.
fn folded_function_words() -> &'static HashMap<String, Vec<&'static str>> {
    static WORDS: OnceLock<HashMap<String, Vec<&'static str>>> = OnceLock::new();
    WORDS.get_or_init(|| {
        let mut folded: HashMap<String, Vec<&'static str>> = HashMap::new();
        for (word, languages) in function_words() {
            folded.entry(normalise(word)).or_default().extend(languages);
        }
        folded
    })
}

/// Returns the detector for the Latin script. It excludes a few languages that it would often report for short texts in other
/// languages.
fn latin_detector() -> &'static Detector {
    static DETECTOR: OnceLock<Detector> = OnceLock::new();
    DETECTOR.get_or_init(|| {
        Detector::with_denylist(vec![
            Lang::Epo,
            Lang::Lat,
            Lang::Aka,
            Lang::Zul,
            Lang::Sna,
            Lang::Jav,
            Lang::Tuk,
            Lang::Uzb,
            Lang::Afr,
            Lang::Tgl,
            Lang::Cym,
        ])
    })
}
