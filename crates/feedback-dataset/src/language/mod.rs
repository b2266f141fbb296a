//! The language of a text, by its script, its small words and its letter sequences: a guess.
//!
//! Short texts are hard: [`guess`] says [`Language::UNKNOWN`] rather than name one of several that
//! are as likely.

mod words;

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::OnceLock;

use whatlang::{Detector, Lang, Script};

use crate::parallel::map_chunks;

use words::SMALL_WORDS;

/// A language by its code: two letters of ISO 639-1, three of ISO 639-3 where there is no shorter
/// one, or `unknown`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Language(&'static str);

impl Language {
    /// No language, or too little text to say which.
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
/// A script that only one language uses decides. Otherwise small words (articles, pronouns,
/// auxiliaries) of 13 languages in the Latin script count, each by the share of languages that have
/// it, and the frequent three-letter sequences of 70 languages (the crate `whatlang`) count for the
/// language they are nearest to. The first must be clearly ahead of the second. A text without a
/// letter, or with nothing decisive in it, is [`Language::UNKNOWN`].
///
/// # Examples
///
/// ```
/// use feedback_dataset::language::{Language, guess};
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
        _ => other(text),
    }
}

/// How many texts there are of each language, by code.
///
/// # Examples
///
/// ```
/// use feedback_dataset::language::count;
///
/// let counts = count(&["It is slow", "Das ist zu langsam", "This is the best", "12"]);
/// assert_eq!(counts.into_iter().collect::<Vec<_>>(), [("de", 1), ("en", 2), ("unknown", 1)]);
/// ```
#[must_use]
pub fn count<S: AsRef<str> + Sync>(texts: &[S]) -> BTreeMap<&'static str, usize> {
    let mut counts = BTreeMap::new();
    for language in map_chunks(texts, |text| guess(text.as_ref())) {
        *counts.entry(language.code()).or_insert(0) += 1;
    }
    counts
}

/// Bytes of a text that are looked at; more of it says nothing new.
const MOST_BYTES: usize = 600;

/// What the small words and letters of a language must add up to.
const LEAST_SCORE: f64 = 0.75;

/// By how much the first language must be ahead of the second.
const LEAST_LEAD: f64 = 0.25;

/// Three-letter sequences alone must be as sure as this, and found in so many letters.
const LEAST_CONFIDENCE: f64 = 0.9;
const LEAST_LETTERS: usize = 20;

fn head(text: &str) -> &str {
    &text[..text.floor_char_boundary(MOST_BYTES)]
}

fn latin(text: &str) -> Language {
    let mut scores = small_word_scores(text);
    let letters = text.chars().filter(|character| character.is_alphabetic()).count();
    if let Some(info) = latin_detector().detect(text) {
        let sure = info.confidence() >= LEAST_CONFIDENCE && letters >= LEAST_LETTERS;
        // A sure guess suffices by itself; an unsure one can still tip the scales.
        let weight = if sure { 0.9 } else { 0.5 * info.confidence() };
        *scores.entry(code(info.lang())).or_insert(0.0) += weight;
    }
    let mut ranked: Vec<(f64, &'static str)> =
        scores.into_iter().map(|(code, score)| (score, code)).collect();
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
    let second = ranked.get(1).map_or(0.0, |(score, _)| *score);
    match ranked.first() {
        Some(&(score, code)) if score >= LEAST_SCORE && score - second >= LEAST_LEAD => Language(code),
        _ => Language::UNKNOWN,
    }
}

/// Other scripts belong to few languages each, which their letters tell apart.
fn other(text: &str) -> Language {
    match whatlang::detect(text) {
        Some(info) if info.confidence() >= 0.5 || only_language(info.script()) => Language(code(info.lang())),
        _ => Language::UNKNOWN,
    }
}

/// True for a script in which one language only is told.
fn only_language(script: Script) -> bool {
    script.langs().len() == 1
}

/// For each language that has small words in the text, how many, each by its share.
fn small_word_scores(text: &str) -> HashMap<&'static str, f64> {
    let lower = text.to_lowercase();
    let lower: Cow<'_, str> = if lower.contains('\u{2019}') {
        lower.replace('\u{2019}', "'").into()
    } else {
        lower.into()
    };
    let mut scores = HashMap::new();
    let is_part = |character: char| character.is_alphabetic() || character == '\'';
    for word in lower.split(|character| !is_part(character)) {
        let languages = small_words()
            .get(word.trim_matches('\''))
            .map_or(&[][..], Vec::as_slice);
        for language in languages {
            *scores.entry(*language).or_insert(0.0) += 1.0 / languages.len() as f64;
        }
    }
    scores
}

/// The languages of each small word.
fn small_words() -> &'static HashMap<&'static str, Vec<&'static str>> {
    static WORDS: OnceLock<HashMap<&'static str, Vec<&'static str>>> = OnceLock::new();
    WORDS.get_or_init(|| {
        let mut languages: HashMap<&'static str, Vec<&'static str>> = HashMap::new();
        for (language, words) in SMALL_WORDS {
            for word in words.split_whitespace() {
                let of_word = languages.entry(word).or_default();
                if !of_word.contains(&language) {
                    of_word.push(language);
                }
            }
        }
        languages
    })
}

/// Knows the languages in the Latin script but a few that short texts of other languages are taken for.
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

/// The code of ISO 639-1, or of ISO 639-3 where it has none.
fn code(language: Lang) -> &'static str {
    const SHORT: [(&str, &str); 70] = [
        ("epo", "eo"),
        ("eng", "en"),
        ("rus", "ru"),
        ("cmn", "zh"),
        ("spa", "es"),
        ("por", "pt"),
        ("ita", "it"),
        ("ben", "bn"),
        ("fra", "fr"),
        ("deu", "de"),
        ("ukr", "uk"),
        ("kat", "ka"),
        ("ara", "ar"),
        ("hin", "hi"),
        ("jpn", "ja"),
        ("heb", "he"),
        ("yid", "yi"),
        ("pol", "pl"),
        ("amh", "am"),
        ("jav", "jv"),
        ("kor", "ko"),
        ("nob", "no"),
        ("dan", "da"),
        ("swe", "sv"),
        ("fin", "fi"),
        ("tur", "tr"),
        ("nld", "nl"),
        ("hun", "hu"),
        ("ces", "cs"),
        ("ell", "el"),
        ("bul", "bg"),
        ("bel", "be"),
        ("mar", "mr"),
        ("kan", "kn"),
        ("ron", "ro"),
        ("slv", "sl"),
        ("hrv", "hr"),
        ("srp", "sr"),
        ("mkd", "mk"),
        ("lit", "lt"),
        ("lav", "lv"),
        ("est", "et"),
        ("tam", "ta"),
        ("vie", "vi"),
        ("urd", "ur"),
        ("tha", "th"),
        ("guj", "gu"),
        ("uzb", "uz"),
        ("pan", "pa"),
        ("aze", "az"),
        ("ind", "id"),
        ("tel", "te"),
        ("pes", "fa"),
        ("mal", "ml"),
        ("ori", "or"),
        ("mya", "my"),
        ("nep", "ne"),
        ("sin", "si"),
        ("khm", "km"),
        ("tuk", "tk"),
        ("aka", "ak"),
        ("zul", "zu"),
        ("sna", "sn"),
        ("afr", "af"),
        ("lat", "la"),
        ("slk", "sk"),
        ("cat", "ca"),
        ("hye", "hy"),
        ("tgl", "tl"),
        ("cym", "cy"),
    ];
    let long = language.code();
    SHORT
        .iter()
        .find(|(from, _)| *from == long)
        .map_or(long, |(_, short)| *short)
}
