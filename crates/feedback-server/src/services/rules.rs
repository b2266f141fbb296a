//! The rules of the inbox: shown, tried on history, and saved.

use std::collections::HashMap;

use feedback_metrics::statistics::Interval;
use feedback_store::{Cursor, Filter, Store, StoredPrediction};
use feedback_triage::{Error as RulesError, RuleSet, Urgency};

use crate::clock::now_ms;
use crate::error::Result;
use crate::problem::{Code, Problem, ServiceResult};
use crate::services::explore::share;
use crate::state::Inner;
use crate::triage::{Judged, KeptRules, Webhooks, themes_by_text};

/// Number of texts on which rules are tried if the request does not say.
pub(crate) const DEFAULT_TEXTS: usize = 1000;
/// Maximum number of texts on which rules are tried.
pub(crate) const MAX_TEXTS: usize = 10_000;
/// Number of texts that are read at a time.
const PAGE: usize = 500;
/// Maximum number of examples of a rule.
const MAX_EXAMPLES: usize = 3;

/// What rules would do with the newest texts.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Trial {
    /// Number of texts.
    pub(crate) texts: u64,
    /// Number of texts that would enter the inbox; those that are urgent now, and soon; those in another language.
    pub(crate) entries: u64,
    pub(crate) now: u64,
    pub(crate) soon: u64,
    pub(crate) in_other_languages: u64,
    pub(crate) rules: Vec<RuleTrial>,
}

/// What a rule would do with the newest texts.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct RuleTrial {
    pub(crate) name: String,
    pub(crate) is_enabled: bool,
    /// Number of texts that it matches.
    pub(crate) matches: u64,
    /// Number of matched texts whose labels a person checked, and of those that it would not match with these labels.
    pub(crate) checked: u64,
    pub(crate) misrouted: u64,
    /// Number of texts that it matches only with the labels that a person gave.
    pub(crate) missed: u64,
    /// The newest matched texts.
    pub(crate) examples: Vec<StoredPrediction>,
}

impl RuleTrial {
    /// The share of misrouted texts among the checked ones; `None` if no text was checked.
    pub(crate) fn misroute_rate(&self) -> Option<(f64, Interval)> {
        share(self.misrouted, self.checked)
    }
}

/// Returns the rules in force.
pub(crate) async fn current(state: &Inner) -> ServiceResult<KeptRules> {
    Ok(state.store.run(KeptRules::read).await?)
}

/// Returns the number of messages that wait for webhooks.
pub(crate) async fn waiting(state: &Inner) -> ServiceResult<usize> {
    Ok(state.store.run(Webhooks::waiting).await?)
}

/// Reads rules.
///
/// # Errors
///
/// `invalid_request` with line and column.
pub(crate) fn parse(toml: &str) -> ServiceResult<RuleSet> {
    RuleSet::parse(toml).map_err(|error| match error {
        RulesError::TooLarge { .. } => Problem::new(Code::TooLarge, error.to_string()),
        other => Problem::invalid(other.to_string()),
    })
}

/// Refuses rules with a webhook that has no address.
fn known_webhooks(state: &Inner, rules: &RuleSet) -> ServiceResult<()> {
    let names: Vec<&str> = state.webhooks.names().collect();
    for (webhook, rule) in rules.webhooks() {
        if !names.contains(&webhook) {
            let known = match names.as_slice() {
                [] => "none".to_owned(),
                names => names.join(", "),
            };
            return Err(Problem::invalid(format!(
                "the rule `{rule}` names the webhook `{webhook}`, which has no address; those with one: {known}. Start the server with \
                 `--rule-webhook {webhook}=URL`"
            )));
        }
    }
    Ok(())
}

/// Tries rules on the newest texts. Nothing is changed.
///
/// # Errors
///
/// `invalid_request` if the rules cannot be read, or if `texts` is 0 or more than 10,000.
pub(crate) async fn trial(state: &Inner, toml: &str, texts: usize) -> ServiceResult<Trial> {
    let rules = parse(toml)?;
    known_webhooks(state, &rules)?;
    if !(1..=MAX_TEXTS).contains(&texts) {
        return Err(Problem::invalid(format!("`texts` must be 1 to {MAX_TEXTS}")));
    }
    let _turn = state.lists.acquire().await;
    Ok(state
        .store
        .run(move |store| try_out(store, &rules, texts))
        .await?)
}

fn try_out(store: &dyn Store, rules: &RuleSet, texts: usize) -> Result<Trial> {
    let (themes, _) = themes_by_text(store)?;
    let mut trial = Trial {
        rules: rules.rules().iter().map(named).collect(),
        ..Trial::default()
    };
    let mut cursor = Cursor::newest(PAGE);
    loop {
        cursor.limit = PAGE.min(texts - trial.texts as usize);
        let page = store.history(&Filter::default(), cursor)?;
        let Some(last) = page.last() else {
            return Ok(trial);
        };
        cursor.before = last.id;
        for item in &page {
            trial.add(rules, item, &themes);
        }
    }
}

impl Trial {
    /// Judges a text by the labels of the model and, if there are any, by those of a person.
    fn add(&mut self, rules: &RuleSet, item: &StoredPrediction, themes: &HashMap<i64, Vec<u64>>) {
        let themes = themes.get(&item.id).map_or(&[][..], Vec::as_slice);
        let by_model = Judged::new(rules, item, &item.prediction.labels, themes);
        self.texts += 1;
        self.entries += u64::from(by_model.needs_answer());
        self.now += u64::from(by_model.urgency == Urgency::Now);
        self.soon += u64::from(by_model.urgency == Urgency::Soon);
        self.in_other_languages += u64::from(!by_model.language.is_empty());
        let by_person = item
            .corrected
            .as_ref()
            .map(|labels| Judged::new(rules, item, labels, themes));
        for (place, rule) in self.rules.iter_mut().enumerate() {
            let is_match = by_model.decision.rules.contains(&place);
            let should = by_person
                .as_ref()
                .map(|judged| judged.decision.rules.contains(&place));
            rule.matches += u64::from(is_match);
            rule.checked += u64::from(is_match && should.is_some());
            rule.misrouted += u64::from(is_match && should == Some(false));
            rule.missed += u64::from(!is_match && should == Some(true));
            if is_match && rule.examples.len() < MAX_EXAMPLES {
                rule.examples.push(item.clone());
            }
        }
    }
}

fn named(rule: &feedback_triage::Rule) -> RuleTrial {
    RuleTrial {
        name: rule.name.clone(),
        is_enabled: rule.is_enabled,
        ..RuleTrial::default()
    }
}

/// Puts rules in force for all texts that come from now on, and for the newest `again` texts that have no entry yet.
///
/// # Errors
///
/// `invalid_request` if the rules cannot be read, or if `again` is more than 10,000; `conflict` if the rules in force are not those that
/// were saved at `replaces`.
pub(crate) async fn save(
    state: &Inner,
    toml: &str,
    again: usize,
    replaces: Option<String>,
    actor: &str,
) -> ServiceResult<KeptRules> {
    let rules = parse(toml)?;
    known_webhooks(state, &rules)?;
    if again > MAX_TEXTS {
        return Err(Problem::invalid(format!(
            "`apply_to` must be at most {MAX_TEXTS}"
        )));
    }
    let kept = KeptRules {
        toml: toml.replace("\r\n", "\n"),
        saved: Some((now_ms(), actor.to_owned())),
    };
    let (mut saved, actor) = (kept, actor.to_owned());
    let triage = std::sync::Arc::clone(&state.triage);
    let written = state.store.run(move |store| -> Result<ServiceResult<KeptRules>> {
        let before = KeptRules::read(store)?;
        if replaces.is_some_and(|replaces| replaces != before.saved_at()) {
            return Ok(Err(changed_meanwhile(&before)));
        }
        saved.follow(&before);
        saved.write(store)?;
        let detail = format!(
            "{} rules, applied to the newest {again} texts",
            rules.rules().len()
        );
        store.add_audit(&actor, "rules.save", "", &detail)?;
        if let Some(oldest) = store.ids(&Filter::default(), again)?.last().filter(|_| again > 0) {
            triage.look_again(oldest - 1)?;
        }
        Ok(Ok(saved))
    });
    written.await?
}

fn changed_meanwhile(now: &KeptRules) -> Problem {
    let by = now.saved.as_ref().map_or("nobody", |(_, by)| by);
    Problem::new(
        Code::Conflict,
        format!(
            "{by} saved other rules at {} in the meantime; look at them and try again",
            now.saved_at()
        ),
    )
}
