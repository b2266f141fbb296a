//! A period compared with the one before: which categories changed, and in which segment.

use std::collections::BTreeMap;

use feedback_metrics::statistics::{
    Interval, benjamini_hochberg, mix_and_rate_effects, newcombe_interval, two_shares_p_value,
};
use feedback_store::{Dimension, Filter, Overview};

use crate::clock::{DAY_MS, day_name};
use crate::problem::{Code, Problem, ServiceResult};
use crate::services::breakdown::{Breakdown, By, Group, full_breakdown};
use crate::services::explore::Choices;
use crate::services::history::overview;
use crate::services::periods::take_future;
use crate::state::Inner;

/// The length of the periods, in days, if the filter has no dates.
const DAYS: i64 = 30;
/// The confidence of intervals, and the level of the tests: the false discovery rate within each table.
const CONFIDENCE: f64 = 0.95;
const LEVEL: f64 = 0.05;
/// Maximum number of segments that are returned.
const MAX_SEGMENTS: usize = 6;

/// Texts with a property, and all texts, of one period.
type Counts = (u64, u64);

/// A period against the one before, which is as long.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Comparison {
    /// The first days of both periods and the day after the last one, in days since 1970.
    pub(crate) days: [i64; 3],
    /// Number of texts before and now.
    pub(crate) n: [u64; 2],
    /// The changes of all categories, the largest first.
    pub(crate) changes: Vec<Change>,
    /// The category whose change is broken down, and where it comes from.
    pub(crate) drivers: Option<Drivers>,
}

/// How the share of a category changed.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Change {
    /// Empty for the texts without a category.
    pub(crate) label: String,
    pub(crate) before: Counts,
    pub(crate) now: Counts,
    /// The difference of the shares.
    pub(crate) interval: Interval,
    /// Whether the change is more than chance explains, with all categories tested together.
    pub(crate) is_beyond_chance: bool,
}

impl Change {
    /// The change of the share.
    pub(crate) fn value(&self) -> f64 {
        share_of(self.now) - share_of(self.before)
    }
}

/// Where the change of a category comes from.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Drivers {
    pub(crate) label: String,
    /// What texts were counted by.
    pub(crate) by: Vec<By>,
    /// The segments that contribute most; those beyond chance come first.
    pub(crate) segments: Vec<Segment>,
}

/// The texts with one value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Segment {
    pub(crate) by: By,
    pub(crate) value: String,
    pub(crate) before: Counts,
    pub(crate) now: Counts,
    /// What it contributes to the change of the share by its size, and by its own share.
    pub(crate) effects: [f64; 2],
    /// Whether the change within the segment is more than chance explains, with all segments tested together.
    pub(crate) is_beyond_chance: bool,
}

/// Returns a share; 0 without texts.
pub(crate) fn share_of((count, n): Counts) -> f64 {
    if n == 0 { 0.0 } else { count as f64 / n as f64 }
}

/// Compares the period of a filter with the one before. Without dates in the filter, it is the 30 days that end with the newest text or, if
/// these or the 30 days before have no texts, the later half of the time. `label` is the category whose change is broken down; if it is
/// `None`, the one with the largest change beyond chance.
///
/// # Errors
///
/// `invalid_request` if a period has no texts; the message names it.
pub(crate) async fn compare(
    state: &Inner,
    filter: &Filter,
    label: Option<String>,
    choices: &Choices,
) -> ServiceResult<Comparison> {
    let _turn = state.lists.acquire().await;
    let days = periods(state, filter).await?;
    let [before, now] = [0, 1].map(|period| within(filter, days, period));
    let (of_before, of_now) = (
        overview(state, before.clone()).await?,
        overview(state, now.clone()).await?,
    );
    for (period, found) in [(0, &of_before), (1, &of_now)] {
        if found.total == 0 {
            return Err(Problem::invalid(format!(
                "no text has a date from {} to {}; choose other dates",
                day_name(days[period]),
                day_name(days[period + 1] - 1)
            )));
        }
    }
    let changes = changes(&of_before, &of_now)?;
    let largest = || {
        let beyond = changes.iter().find(|change| change.is_beyond_chance);
        beyond.map(|change| change.label.clone())
    };
    let drivers = match label.or_else(largest) {
        Some(label) => Some(drivers(state, [before, now], label, choices).await?),
        None => None,
    };
    Ok(Comparison {
        days,
        n: [of_before.total, of_now.total],
        changes,
        drivers,
    })
}

/// Selects the texts of one of both periods.
fn within(filter: &Filter, days: [i64; 3], period: usize) -> Filter {
    Filter {
        from: Some(days[period] * DAY_MS),
        to: Some(days[period + 1] * DAY_MS),
        ..filter.clone()
    }
}

/// The first days of both periods, and the day after the last one.
///
/// # Errors
///
/// `invalid_request` if no text has a date.
async fn periods(state: &Inner, filter: &Filter) -> ServiceResult<[i64; 3]> {
    let first_day = |time: i64| time.div_euclid(DAY_MS);
    let back = |start: i64, end: i64| [start - (end - start), start, end];
    let given_end = filter.to.map(|to| (to + DAY_MS - 1).div_euclid(DAY_MS));
    if let (Some(from), Some(end)) = (filter.from, given_end) {
        return Ok(back(first_day(from).min(end - 1), end));
    }
    let mut days = overview(state, filter.clone()).await?.days;
    take_future(&mut days);
    let (Some(first), Some(last)) = (days.first(), days.last()) else {
        return Err(Problem::invalid("no text has a date"));
    };
    let end = given_end.unwrap_or(last.day + 1);
    if let Some(from) = filter.from {
        return Ok(back(first_day(from).min(end - 1), end));
    }
    let usual = back(end - DAYS, end);
    let has = |[start, end]: [i64; 2]| days.iter().any(|day| (start..end).contains(&day.day));
    if has([usual[0], usual[1]]) && has([usual[1], usual[2]]) {
        return Ok(usual);
    }
    Ok(back(end - ((end - first.day) / 2).max(1), end))
}

fn changes(before: &Overview, now: &Overview) -> ServiceResult<Vec<Change>> {
    let counts = |found: &Overview| {
        let none = (found.unlabelled > 0).then_some((String::new(), found.unlabelled));
        let labels = found.labels.iter().map(|one| (one.label.clone(), one.count));
        labels.chain(none).collect::<BTreeMap<String, u64>>()
    };
    let (counts_before, counts_now) = (counts(before), counts(now));
    let mut labels: Vec<&String> = counts_before.keys().chain(counts_now.keys()).collect();
    labels.sort_unstable();
    labels.dedup();
    let count = |counts: &BTreeMap<String, u64>, label: &String| counts.get(label).copied().unwrap_or(0);
    let pairs: Vec<(Counts, Counts)> = labels
        .iter()
        .map(|label| {
            let before = (count(&counts_before, label), before.total);
            (before, (count(&counts_now, label), now.total))
        })
        .collect();
    let adjusted = adjusted(&pairs)?;
    let change = |((label, (before, now)), adjusted): ((&String, (Counts, Counts)), f64)| {
        Ok(Change {
            label: label.clone(),
            before,
            now,
            interval: newcombe_interval(before, now, CONFIDENCE)?,
            is_beyond_chance: adjusted <= LEVEL,
        })
    };
    let all = labels.into_iter().zip(pairs).zip(adjusted).map(change);
    let mut changes: Vec<Change> = all.collect::<feedback_metrics::Result<_>>().map_err(internal)?;
    changes.sort_by(|a, b| b.value().abs().total_cmp(&a.value().abs())); // stable: equal changes stay in order of name
    Ok(changes)
}

/// The p-values of the differences, adjusted for their number.
fn adjusted(pairs: &[(Counts, Counts)]) -> ServiceResult<Vec<f64>> {
    let p_value = |(before, now): &(Counts, Counts)| two_shares_p_value(*before, *now);
    let p_values: feedback_metrics::Result<Vec<f64>> = pairs.iter().map(p_value).collect();
    let adjusted = p_values.and_then(|values| benjamini_hochberg(&values));
    adjusted.map_err(internal)
}

/// Counts of texts always fit together.
fn internal(error: feedback_metrics::Error) -> Problem {
    Problem::new(Code::Internal, error.to_string())
}

async fn drivers(
    state: &Inner,
    periods: [Filter; 2],
    label: String,
    choices: &Choices,
) -> ServiceResult<Drivers> {
    let fields = choices
        .fields
        .iter()
        .map(|choice| Dimension::Field(choice.name.clone()));
    let answers = choices
        .answers
        .iter()
        .map(|choice| Dimension::Answer(choice.name.clone()));
    let source = (choices.sources.len() > 1).then_some(Dimension::Source);
    let mut by: Vec<By> = fields.chain(answers).chain(source).map(By::Of).collect();
    if !choices.themes.is_empty() {
        by.push(By::Theme);
    }
    let [before, now] = &periods;
    let (mut segments, mut compared) = (Vec::new(), Vec::new());
    for by in by {
        let found = counted(state, before, &by).await?;
        if let Some((before, now)) = found.zip(counted(state, now, &by).await?) {
            segments.extend(segments_of(&by, &label, &before, &now));
            compared.push(by);
        }
    }
    mark(&mut segments)?;
    let contribution = |segment: &Segment| segment.effects.iter().sum::<f64>().abs();
    segments.sort_by(|a, b| {
        let beyond = b.is_beyond_chance.cmp(&a.is_beyond_chance);
        beyond.then_with(|| contribution(b).total_cmp(&contribution(a)))
    });
    segments.truncate(MAX_SEGMENTS);
    Ok(Drivers {
        label,
        by: compared,
        segments,
    })
}

/// Counts the texts; `None` for what divides no text of the period, such as a field that none has, and for a field with too many values.
async fn counted(state: &Inner, filter: &Filter, by: &By) -> ServiceResult<Option<Breakdown>> {
    match full_breakdown(state, filter.clone(), by.clone()).await {
        Ok(found) => Ok(Some(found).filter(|found| !found.groups.is_empty())),
        Err(problem) if problem.code == Code::InvalidRequest => Ok(None),
        Err(problem) => Err(problem),
    }
}

/// The segments of one field.
fn segments_of(by: &By, label: &str, before: &Breakdown, now: &Breakdown) -> Vec<Segment> {
    let counts = |found: &Breakdown| -> BTreeMap<String, (Counts, String)> {
        let one = |group: &Group| {
            let count = group.labels.get(label).copied().unwrap_or_default();
            let name = group.name.clone().unwrap_or_else(|| group.value.clone());
            (group.value.clone(), ((count, group.n), name))
        };
        found.groups.iter().map(one).collect()
    };
    let (counts_before, counts_now) = (counts(before), counts(now));
    let mut values: Vec<&String> = counts_before.keys().chain(counts_now.keys()).collect();
    values.sort_unstable();
    values.dedup();
    let count = |counts: &BTreeMap<String, (Counts, String)>, value: &String| {
        counts.get(value).map_or((0, 0), |(counts, _)| *counts)
    };
    let pairs = values
        .iter()
        .map(|value| [count(&counts_before, value), count(&counts_now, value)]);
    let pairs: Vec<[Counts; 2]> = pairs.collect();
    let column = |period: usize, part: fn(Counts) -> u64| -> Vec<f64> {
        pairs.iter().map(|pair| part(pair[period]) as f64).collect()
    };
    let effects = mix_and_rate_effects(
        [&column(0, |(_, n)| n), &column(1, |(_, n)| n)],
        [&column(0, |(k, _)| k), &column(1, |(k, _)| k)],
    );
    let segment = |((value, [before, now]), effects): ((&String, [Counts; 2]), [f64; 2])| Segment {
        by: by.clone(),
        value: value.clone(),
        before,
        now,
        effects,
        is_beyond_chance: false,
    };
    values
        .into_iter()
        .zip(pairs.iter().copied())
        .zip(effects)
        .map(segment)
        .collect()
}

/// Tests the changes within all segments that have texts in both periods.
fn mark(segments: &mut [Segment]) -> ServiceResult<()> {
    let has_both = |segment: &&mut Segment| segment.before.1 > 0 && segment.now.1 > 0;
    let mut tested: Vec<&mut Segment> = segments.iter_mut().filter(has_both).collect();
    let pairs: Vec<(Counts, Counts)> = tested
        .iter()
        .map(|segment| (segment.before, segment.now))
        .collect();
    for (segment, adjusted) in tested.iter_mut().zip(adjusted(&pairs)?) {
        segment.is_beyond_chance = adjusted <= LEVEL;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(values: &[(&str, u64, u64)]) -> Breakdown {
        let group = |&(value, count, n): &(&str, u64, u64)| Group {
            value: value.to_owned(),
            name: None,
            n,
            labels: [("complaint".to_owned(), count)].into(),
        };
        Breakdown {
            n: values.iter().map(|(.., n)| n).sum(),
            groups: values.iter().map(group).collect(),
            others: (0, 0),
        }
    }

    #[test]
    fn the_segments_add_up_to_the_change_and_the_planted_one_stands_out() {
        let by = By::read("plan");
        let before = found(&[("free", 20, 100), ("plus", 20, 100), ("old", 5, 50)]);
        let now = found(&[("free", 20, 100), ("plus", 60, 100), ("new", 2, 20)]);
        let mut segments = segments_of(&by, "complaint", &before, &now);
        mark(&mut segments).unwrap();
        let sum: f64 = segments.iter().flat_map(|segment| segment.effects).sum();
        assert!((sum - (82.0 / 220.0 - 45.0 / 250.0)).abs() < 1e-12, "{sum}");
        let beyond: Vec<&str> = segments
            .iter()
            .filter(|segment| segment.is_beyond_chance)
            .map(|segment| segment.value.as_str())
            .collect();
        assert_eq!(beyond, ["plus"]);
    }
}
