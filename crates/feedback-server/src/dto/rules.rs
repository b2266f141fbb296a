//! The JSON types of the rules of the inbox.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::clock::rfc3339;
use crate::services::rules::{RuleTrial, Trial};
use crate::triage::KeptRules;

/// The body of `PUT /api/v1/rules`.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RulesRequest {
    /// The rules as TOML; docs/inbox.md describes them.
    pub(crate) toml: String,
    /// Also applies them to the newest texts: those without an entry that need an answer get one. 0 to 10,000; default 0.
    #[serde(default)]
    #[schema(required = false, maximum = 10_000)]
    pub(crate) apply_to: usize,
    /// The `saved_at` of the rules that these replace; empty for the first rules. If other rules are in force, the answer is 409.
    #[serde(default)]
    #[schema(value_type = String, required = false)]
    pub(crate) replaces: Option<String>,
}

/// The body of `POST /api/v1/rules/try`.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TrialRequest {
    /// The rules as TOML. Default: those in force.
    #[serde(default)]
    #[schema(value_type = String, required = false)]
    pub(crate) toml: Option<String>,
    /// Number of the newest texts to try them on, 1 to 10,000; default 1000.
    #[serde(default)]
    #[schema(value_type = usize, required = false, minimum = 1, maximum = 10_000)]
    pub(crate) texts: Option<usize>,
}

/// The rules in force.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Rules)]
pub(crate) struct RulesDto {
    toml: String,
    /// When they were saved (RFC 3339); `null` if nobody did yet.
    #[schema(required)]
    saved_at: Option<String>,
    /// Who saved them.
    #[schema(required)]
    saved_by: Option<String>,
}

/// What rules would do with the newest texts.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Trial)]
pub(crate) struct TrialDto {
    /// Number of texts that they were tried on.
    texts: u64,
    /// Number of texts that would enter the inbox: urgent ones, those that a rule takes, and those in another language.
    entries: u64,
    /// Number of texts that are urgent now.
    now: u64,
    /// Number of texts that are urgent soon.
    soon: u64,
    /// Number of texts in none of `languages`.
    in_other_languages: u64,
    rules: Vec<RuleTrialDto>,
}

/// What a rule would do with the newest texts.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RuleTrial)]
struct RuleTrialDto {
    name: String,
    enabled: bool,
    /// Number of texts that it takes.
    matches: u64,
    /// Number of these texts whose labels a person checked.
    checked: u64,
    /// Number of checked texts that it would not take with the right labels.
    misrouted: u64,
    /// `misrouted` of `checked`, 0 to 1; `null` if no text was checked.
    #[schema(required)]
    misroute_rate: Option<f64>,
    /// Lower end of the 95 % interval of the rate (Wilson).
    #[schema(required)]
    low: Option<f64>,
    /// Upper end of the interval.
    #[schema(required)]
    high: Option<f64>,
    /// Number of texts that it would take only with the right labels.
    missed: u64,
    /// The newest texts that it takes, at most three.
    examples: Vec<ExampleDto>,
}

/// A text that a rule takes.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RuleExample)]
struct ExampleDto {
    /// The id of the prediction.
    id: i64,
    text: String,
}

impl From<KeptRules> for RulesDto {
    fn from(kept: KeptRules) -> Self {
        let (saved_at, saved_by) = kept.saved.unzip();
        Self {
            toml: kept.toml,
            saved_at: saved_at.map(rfc3339),
            saved_by,
        }
    }
}

impl From<Trial> for TrialDto {
    fn from(trial: Trial) -> Self {
        Self {
            texts: trial.texts,
            entries: trial.entries,
            now: trial.now,
            soon: trial.soon,
            in_other_languages: trial.in_other_languages,
            rules: trial.rules.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<RuleTrial> for RuleTrialDto {
    fn from(rule: RuleTrial) -> Self {
        let rate = rule.misroute_rate();
        let example = |item: feedback_store::StoredPrediction| ExampleDto {
            id: item.id,
            text: item.prediction.text,
        };
        Self {
            name: rule.name,
            enabled: rule.is_enabled,
            matches: rule.matches,
            checked: rule.checked,
            misrouted: rule.misrouted,
            misroute_rate: rate.as_ref().map(|(rate, _)| *rate),
            low: rate.as_ref().map(|(_, interval)| interval.low),
            high: rate.as_ref().map(|(_, interval)| interval.high),
            missed: rule.missed,
            examples: rule.examples.into_iter().map(example).collect(),
        }
    }
}
