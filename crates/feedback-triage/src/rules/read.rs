//! Reads rules from TOML, and checks them.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use super::rule::{Actions, Conditions, Priority, Rule, RuleSet};
use crate::error::{Error, Result, place};
use crate::phrase::Phrase;
use crate::urgency::Urgency;

/// Maximum size of a file.
const MAX_BYTES: usize = 256 << 10;
/// Maximum number of rules.
const MAX_RULES: usize = 200;
/// Maximum number of phrases of all rules together, so that ten thousand texts are tried in seconds.
const MAX_PHRASES: usize = 2000;
/// Maximum number of entries of a list, and of fields.
const MAX_ENTRIES: usize = 200;
/// Maximum length of a name or value, in characters.
const MAX_LENGTH: usize = 80;
/// Maximum number of hours until an answer is due: a year.
const MAX_HOURS: u32 = 8760;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFile {
    languages: Texts,
    #[serde(default)]
    rule: Vec<Spanned<RawRule>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRule {
    name: Spanned<String>,
    #[serde(default = "yes")]
    enabled: bool,
    when: Spanned<RawWhen>,
    #[serde(default)]
    then: RawThen,
}

fn yes() -> bool {
    true
}

type Texts = Option<Spanned<Vec<Spanned<String>>>>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawWhen {
    category: Texts,
    words: Texts,
    sentiment: Texts,
    urgency: Texts,
    language: Texts,
    theme: Option<Spanned<Vec<u64>>>,
    #[serde(default)]
    field: BTreeMap<Spanned<String>, OneOrMore>,
    min_confidence: Option<Spanned<f64>>,
    max_confidence: Option<Spanned<f64>>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMore {
    One(String),
    More(Vec<String>),
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawThen {
    team: Option<Spanned<String>>,
    priority: Option<Spanned<String>>,
    due_hours: Option<Spanned<u32>>,
    tags: Texts,
    webhook: Option<Spanned<String>>,
}

impl RuleSet {
    /// Reads rules from TOML. docs/inbox.md describes the file.
    ///
    /// # Errors
    ///
    /// [`Error::Toml`] or [`Error::Value`] with line and column; [`Error::TooLarge`] beyond 256 KiB.
    pub fn parse(text: &str) -> Result<Self> {
        if text.len() > MAX_BYTES {
            return Err(Error::TooLarge {
                bytes: text.len(),
                max: MAX_BYTES,
            });
        }
        let file: RawFile = toml::from_str(text).map_err(|error| {
            let (line, column) = place(text, error.span().map_or(0, |span| span.start));
            Error::Toml {
                line,
                column,
                message: error.message().trim().replace('\n', "; "),
            }
        })?;
        let check = Check { text };
        if let Some(rule) = file.rule.get(MAX_RULES) {
            let found = file.rule.len().to_string();
            return Err(check.wrong("rule", rule, found, &format!("at most {MAX_RULES} rules")));
        }
        let mut rules: Vec<Rule> = Vec::new();
        let mut n_phrases = 0;
        for raw in file.rule {
            let raw = raw.into_inner();
            let name = check.name("name", &raw.name)?;
            if rules.iter().any(|rule| rule.name == name) {
                let found = format!("`{name}` a second time");
                return Err(check.wrong("name", &raw.name, found, "another name for each rule"));
            }
            let at = Spanned::new(raw.when.span(), ());
            let when = check.conditions(raw.when)?;
            n_phrases += when.words.len();
            if n_phrases > MAX_PHRASES {
                let expected = format!("at most {MAX_PHRASES} in all rules together");
                return Err(check.wrong("words", &at, format!("{n_phrases} phrases"), &expected));
            }
            rules.push(Rule {
                name,
                is_enabled: raw.enabled,
                when,
                then: check.actions(raw.then)?,
            });
        }
        Ok(Self {
            languages: check.names("languages", file.languages)?,
            rules,
        })
    }
}

/// Checks values; errors name their place in the text.
struct Check<'a> {
    text: &'a str,
}

impl Check<'_> {
    fn wrong<T>(&self, key: &'static str, at: &Spanned<T>, found: String, expected: &str) -> Error {
        let (line, column) = place(self.text, at.span().start);
        Error::Value {
            line,
            column,
            key,
            found,
            expected: expected.to_owned(),
        }
    }

    fn name(&self, key: &'static str, given: &Spanned<String>) -> Result<String> {
        let name = given.get_ref().trim();
        let n = name.chars().count();
        if n == 0 || n > MAX_LENGTH || name.chars().any(char::is_control) {
            let expected = format!("1 to {MAX_LENGTH} characters without line breaks");
            return Err(self.wrong(key, given, format!("{n} characters"), &expected));
        }
        Ok(name.to_owned())
    }

    /// Checks the number of entries of a list, then each entry.
    fn list<T>(
        &self,
        key: &'static str,
        given: Texts,
        each: impl Fn(&Spanned<String>, String) -> Result<T>,
    ) -> Result<Vec<T>> {
        let Some(list) = given else { return Ok(Vec::new()) };
        let n = list.get_ref().len();
        if n == 0 || n > MAX_ENTRIES {
            let expected = format!("1 to {MAX_ENTRIES} entries");
            return Err(self.wrong(key, &list, format!("{n} entries"), &expected));
        }
        let entry = |entry: &Spanned<String>| each(entry, self.name(key, entry)?);
        list.get_ref().iter().map(entry).collect()
    }

    fn names(&self, key: &'static str, given: Texts) -> Result<Vec<String>> {
        self.list(key, given, |_, name| Ok(name))
    }

    fn share(&self, key: &'static str, given: Option<&Spanned<f64>>) -> Result<Option<f64>> {
        let Some(given) = given else { return Ok(None) };
        let value = *given.get_ref();
        if !(0.0..=1.0).contains(&value) {
            return Err(self.wrong(key, given, value.to_string(), "a number from 0 to 1"));
        }
        Ok(Some(value))
    }

    fn conditions(&self, raw: Spanned<RawWhen>) -> Result<Conditions> {
        let span = Spanned::new(raw.span(), ());
        let raw = raw.into_inner();
        let phrase = |at: &Spanned<String>, text: String| {
            Phrase::parse(&text).map_err(|expected| self.wrong("words", at, format!("`{text}`"), expected))
        };
        let urgency = |at: &Spanned<String>, text: String| {
            let expected = "`none`, `soon` or `now`";
            Urgency::from_name(&text).ok_or_else(|| self.wrong("urgency", at, format!("`{text}`"), expected))
        };
        let conditions = Conditions {
            categories: self.names("category", raw.category)?,
            words: self.list("words", raw.words, phrase)?,
            sentiments: self.names("sentiment", raw.sentiment)?,
            urgencies: self.list("urgency", raw.urgency, urgency)?,
            languages: self.names("language", raw.language)?,
            themes: self.themes(raw.theme)?,
            fields: self.fields(raw.field)?,
            min_confidence: self.share("min_confidence", raw.min_confidence.as_ref())?,
            max_confidence: self.share("max_confidence", raw.max_confidence.as_ref())?,
        };
        if conditions == Conditions::default() {
            let expected = "at least one condition, because a rule without any would take every text";
            return Err(self.wrong("when", &span, "no condition".to_owned(), expected));
        }
        if let (Some(min), Some(max), Some(at)) = (
            conditions.min_confidence,
            conditions.max_confidence,
            &raw.max_confidence,
        ) && min > max
        {
            let expected = format!("a number not below `min_confidence`, {min}");
            return Err(self.wrong("max_confidence", at, max.to_string(), &expected));
        }
        Ok(conditions)
    }

    fn themes(&self, given: Option<Spanned<Vec<u64>>>) -> Result<Vec<u64>> {
        let Some(given) = given else { return Ok(Vec::new()) };
        let n = given.get_ref().len();
        if n == 0 || n > MAX_ENTRIES {
            let expected = format!("1 to {MAX_ENTRIES} entries");
            return Err(self.wrong("theme", &given, format!("{n} entries"), &expected));
        }
        Ok(given.into_inner())
    }

    fn fields(&self, given: BTreeMap<Spanned<String>, OneOrMore>) -> Result<Vec<(String, Vec<String>)>> {
        let n = given.len();
        let field = |(name, values): (Spanned<String>, OneOrMore)| {
            if n > MAX_ENTRIES {
                let expected = format!("at most {MAX_ENTRIES} fields");
                return Err(self.wrong("field", &name, format!("{n} fields"), &expected));
            }
            let values = match values {
                OneOrMore::One(value) => vec![value],
                OneOrMore::More(values) => values,
            };
            let is_long = |value: &String| value.chars().count() > MAX_LENGTH;
            if values.is_empty() || values.len() > MAX_ENTRIES || values.iter().any(is_long) {
                let expected = format!("1 to {MAX_ENTRIES} values of at most {MAX_LENGTH} characters");
                let found = format!("{} values", values.len());
                return Err(self.wrong("field", &name, found, &expected));
            }
            Ok((self.name("field", &name)?, values))
        };
        given.into_iter().map(field).collect()
    }

    fn actions(&self, raw: RawThen) -> Result<Actions> {
        let team = raw.team.as_ref().map(|team| self.name("team", team));
        let webhook = raw.webhook.as_ref().map(|name| self.name("webhook", name));
        let priority = raw.priority.as_ref().map(|given| {
            let name = given.get_ref();
            let expected = "`low`, `normal` or `high`";
            Priority::from_name(name)
                .ok_or_else(|| self.wrong("priority", given, format!("`{name}`"), expected))
        });
        if let Some(hours) = &raw.due_hours
            && !(1..=MAX_HOURS).contains(hours.get_ref())
        {
            let expected = format!("1 to {MAX_HOURS}");
            return Err(self.wrong("due_hours", hours, hours.get_ref().to_string(), &expected));
        }
        Ok(Actions {
            team: team.transpose()?,
            priority: priority.transpose()?,
            due_hours: raw.due_hours.map(Spanned::into_inner),
            tags: self.names("tags", raw.tags)?,
            webhook: webhook.transpose()?,
        })
    }
}
