//! What is worth filtering and counting by: fields, sources, answers and themes.

use std::collections::BTreeMap;

use feedback_metrics::statistics::{Interval, wilson_interval};

use crate::problem::ServiceResult;
use crate::services::theme_sets;
use crate::state::Inner;
use feedback_store::{Fields, Filter};

/// The number of the newest texts whose fields are looked at, for the choices in forms.
const SAMPLE: usize = 2000;
/// Maximum number of different values of a field that divides texts into segments.
const MAX_VALUES: usize = 30;
/// Maximum length, in characters, of a value that is a segment.
const MAX_LENGTH: usize = 60;
/// Maximum number of fields in a form.
const MAX_CHOICES: usize = 10;
/// The confidence of all intervals.
const CONFIDENCE: f64 = 0.95;

/// A field by which texts can be filtered and counted, with its values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Choice {
    pub(crate) name: String,
    /// The values in ascending order.
    pub(crate) values: Vec<String>,
}

/// What filters can choose among.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Choices {
    pub(crate) fields: Vec<Choice>,
    /// The sources in ascending order; empty if there are too many for a form.
    pub(crate) sources: Vec<String>,
    /// The further questions of the serving model, and their labels.
    pub(crate) answers: Vec<Choice>,
    /// The ids and names of the themes, in the order of the page of themes.
    pub(crate) themes: Vec<(u64, String)>,
}

/// Returns the fields, as [`choices`] does, and the sources.
pub(crate) async fn filter_choices(state: &Inner) -> ServiceResult<Choices> {
    let mut sources = state.store.run(|store| store.sources()).await?;
    if sources.len() > MAX_VALUES {
        sources.clear();
    }
    Ok(Choices {
        fields: choices(state).await?,
        sources,
        answers: answers(state),
        themes: theme_sets::names(state).await?,
    })
}

/// Returns the further questions of the serving model.
fn answers(state: &Inner) -> Vec<Choice> {
    let questions = state.models.engine().current().model.questions();
    let choice = |(name, values)| Choice { name, values };
    questions.into_iter().map(choice).collect()
}

/// Returns the fields with few different values, such as plan, country or stars, but not ids, dates or texts. They are in the
/// order of the newest records.
pub(crate) async fn choices(state: &Inner) -> ServiceResult<Vec<Choice>> {
    let newest = state
        .store
        .run(|store| store.newest_fields(&Filter::default(), SAMPLE));
    Ok(choices_of(&newest.await?))
}

fn choices_of(records: &[Fields]) -> Vec<Choice> {
    let mut names: Vec<String> = Vec::new();
    let mut values: BTreeMap<String, BTreeMap<String, usize>> = BTreeMap::new();
    for fields in records {
        for (name, value) in fields.iter() {
            if !values.contains_key(name) {
                names.push(name.to_owned());
            }
            *values
                .entry(name.to_owned())
                .or_default()
                .entry(value)
                .or_default() += 1;
        }
    }
    let choice = |name: String| {
        let mut counts = values.remove(&name).unwrap_or_default();
        counts.remove("");
        let n: usize = counts.values().sum();
        let repeats = counts.len() >= 2 && n >= 2 * counts.len();
        let is_short = counts.keys().all(|value| value.chars().count() <= MAX_LENGTH);
        let mut values: Vec<String> = counts.into_keys().collect();
        sort(&mut values, String::as_str);
        (repeats && is_short && values.len() <= MAX_VALUES).then_some(Choice { name, values })
    };
    names.into_iter().filter_map(choice).take(MAX_CHOICES).collect()
}

/// Sorts numbers by their value, before all other texts.
pub(super) fn sort<T>(items: &mut [T], text: impl Fn(&T) -> &str) {
    let key = |item: &T| {
        let number: f64 = text(item)
            .parse()
            .ok()
            .filter(|n: &f64| n.is_finite())
            .unwrap_or(f64::INFINITY);
        (number, text(item).to_owned())
    };
    items.sort_by(|a, b| {
        let (a, b) = (key(a), key(b));
        a.0.total_cmp(&b.0).then_with(|| a.1.cmp(&b.1))
    });
}

/// Returns a share with its Wilson interval; `None` if there are no texts.
pub(crate) fn share(count: u64, n: u64) -> Option<(f64, Interval)> {
    let interval = wilson_interval(count, n, CONFIDENCE).ok()?;
    (n > 0).then(|| (count as f64 / n as f64, interval))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_with_few_values_are_choices() {
        let record = |row: usize| {
            let json = serde_json::json!({
                "id": row, "plan": (["free", "pro"])[row % 2], "stars": row % 11, "version": "1.0", "note": null,
                "comment": "x".repeat(61 + row % 2), "rare": (row == 3).then_some("once"),
            });
            serde_json::from_value(json).unwrap()
        };
        let records: Vec<Fields> = (0..40).map(record).collect();
        let choices = choices_of(&records);
        let names: Vec<&str> = choices.iter().map(|choice| choice.name.as_str()).collect();
        assert_eq!(
            names,
            ["plan", "stars"],
            "neither ids nor texts nor what is the same everywhere"
        );
        assert_eq!(choices[1].values[9..], ["9", "10"], "numbers are in order");
    }

    #[test]
    fn shares_have_intervals() {
        let (value, interval) = share(34, 120).unwrap();
        assert!((value - 0.28333).abs() < 1e-4);
        assert!(
            (interval.low - 0.2103).abs() < 1e-3 && (interval.high - 0.3697).abs() < 1e-3,
            "{interval:?}"
        );
        assert_eq!(share(0, 0), None);
    }
}
