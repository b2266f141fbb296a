//! What moved: the changes that stand out, one for each story.

use feedback_drivers::{Contribution, Effect, Segment};
use serde::Serialize;

use crate::changes::{Change, Search, change_overall, change_within};
use crate::error::Result;
use crate::quotes::Quote;
use crate::stories::{Story, same_story};
use crate::study::{Kind, Metric, Study};
use crate::topics::typical_quotes;
use crate::words;

/// Where a change stands out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum HeadlineKind {
    /// Over all texts.
    Overall,
    /// Within one segment.
    Segment,
    /// In the size of one segment. This moves a metric even if nothing changes within segments.
    Size,
}

/// A change that stands out from chance, in words and in numbers.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Headline {
    /// The change in one sentence.
    pub text: String,
    /// Where it stands out.
    pub kind: HeadlineKind,
    /// The id of the theme, group or category, or `rating`.
    pub metric: String,
    /// The change over all texts; for the kind `segment`, the change within the segment; for the kind `size`, the change of the
    /// segment's share.
    pub change: Change,
    /// The segment in which it stands out most; `None` if none does.
    pub segment: Option<HeadlineSegment>,
    /// Typical texts of the theme or category in the segment, from the last period if the metric rose, from the earlier period
    /// if it fell.
    pub quotes: Vec<Quote>,
    /// Further changes that come mostly from the same texts, in words.
    pub also: Vec<String>,
}

/// A segment and its part of a change.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct HeadlineSegment {
    /// The id of its set of rows.
    pub id: String,
    /// The name of the field.
    pub field: String,
    /// The value of the field.
    pub value: String,
    /// Its part of the change of the metric over all texts.
    pub contribution: f64,
}

/// A change that stands out, before those of the same story are put together.
struct Candidate<'a> {
    metric: &'a Metric,
    kind: HeadlineKind,
    /// The segmentation and the segment, with its part of the change of the metric over all texts.
    segment: Option<([usize; 2], f64)>,
    change: Change,
}

/// A story is told by a group instead of its themes, or by a category instead of its themes and groups, if the change of the
/// group or category is at least this many times each of their changes: each of them is then only a part of the story. Otherwise
/// a theme tells the story, because it has most of the change and says more precisely what changed.
const LEADS: f64 = 1.5;

/// Finds the headlines, the largest effect on all texts first; those about the sizes of segments come last.
pub(crate) fn headlines(study: &Study<'_>, search: &Search) -> Result<Vec<Headline>> {
    let mut candidates = Vec::new();
    for (position, &metric) in search.metrics.iter().enumerate() {
        candidates.extend(of_metric(study, search, position, &study.metrics[metric])?);
    }
    // Themes say more than groups and these more than categories, and all say more than the rating, so these are never absorbed by the
    // less telling ones.
    candidates.sort_by(|a, b| {
        let key = |candidate: &Candidate<'_>| (candidate.kind == HeadlineKind::Size, candidate.metric.kind);
        key(a).cmp(&key(b)).then_with(|| strength(a, b))
    });
    let mut kept: Vec<Told<'_>> = Vec::new();
    for candidate in candidates {
        let story = story(study, &candidate);
        tell(study, &mut kept, candidate, story);
    }
    kept.sort_by(|(a, ..), (b, ..)| {
        let is_size = |candidate: &Candidate<'_>| candidate.kind == HeadlineKind::Size;
        let effects = b.effect().total_cmp(&a.effect());
        is_size(a)
            .cmp(&is_size(b))
            .then(effects)
            .then_with(|| strength(a, b))
    });
    let headlines = kept
        .into_iter()
        .map(|(candidate, story, also)| headline(study, candidate, &story, also));
    headlines.collect()
}

impl Candidate<'_> {
    /// The effect on all texts, as a share of the range of the metric, so that shares and ratings can be compared.
    fn effect(&self) -> f64 {
        let effect = match (self.kind, self.segment) {
            (HeadlineKind::Overall, _) | (_, None) => self.change.change,
            (_, Some((_, part))) => part,
        };
        let values = self.metric.values.iter().filter(|value| !value.is_nan());
        let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
            (low.min(*value), high.max(*value))
        });
        effect.abs() / (high - low).max(f64::MIN_POSITIVE)
    }
}

/// A change that leads a story, and further changes of the story in words.
type Told<'a> = (Candidate<'a>, Story, Vec<String>);

/// Adds a change to the story that it belongs to. If the leading change of each such story is only a part of the new change, the
/// new change leads instead.
fn tell<'a>(study: &Study<'_>, kept: &mut Vec<Told<'a>>, candidate: Candidate<'a>, story: Story) {
    let places: Vec<usize> = (0..kept.len())
        .filter(|&place| same_story(&kept[place].1, &story))
        .collect();
    if let Some(&place) = places
        .iter()
        .find(|&&place| !is_larger(&candidate, &kept[place].0))
    {
        kept[place].2.push(text(study, &candidate));
        return;
    }
    let mut also = Vec::new();
    for &place in places.iter().rev() {
        let (leader, _, of_leader) = kept.remove(place);
        also.splice(0..0, of_leader.into_iter().chain([text(study, &leader)]));
    }
    let place = places.first().copied().unwrap_or(kept.len());
    kept.insert(place, (candidate, story, also));
}

/// Whether a group or category is a larger story than the theme or group that leads it.
fn is_larger(candidate: &Candidate<'_>, leader: &Candidate<'_>) -> bool {
    let are_both = |kind| candidate.kind == kind && leader.kind == kind;
    let is_wider = match (candidate.metric.kind, leader.metric.kind) {
        (Kind::Group, Kind::Theme) if candidate.kind == HeadlineKind::Overall => {
            leader.kind != HeadlineKind::Size
        }
        (Kind::Group, Kind::Theme) => {
            let segment = |of: &Candidate<'_>| of.segment.map(|(segment, _)| segment);
            are_both(HeadlineKind::Segment) && segment(candidate) == segment(leader)
        }
        (Kind::Category, Kind::Theme | Kind::Group) => are_both(HeadlineKind::Overall),
        _ => false,
    };
    is_wider && candidate.effect() >= LEADS * leader.effect()
}

/// The stronger evidence first.
fn strength(a: &Candidate<'_>, b: &Candidate<'_>) -> std::cmp::Ordering {
    let ratio = |change: &Change| change.change.abs() / change.interval.width();
    let (a, b) = (&a.change, &b.change);
    a.adjusted_p_value
        .total_cmp(&b.adjusted_p_value)
        .then(ratio(b).total_cmp(&ratio(a)))
}

/// The changes of a metric that stand out.
fn of_metric<'a>(
    study: &'a Study<'_>,
    search: &Search,
    position: usize,
    metric: &'a Metric,
) -> Result<Vec<Candidate<'a>>> {
    let mut found = Vec::new();
    let overall = search
        .change(study, search.metrics[position])
        .filter(|change| change.significant);
    let segments = segments(study, search, position);
    let direction = overall.as_ref().map(|change| change.change > 0.0);
    if let Some(change) = overall {
        found.push(Candidate {
            metric,
            kind: HeadlineKind::Overall,
            segment: concentrated_in(study, search, position, change.change),
            change,
        });
    }
    for (segment, contribution) in segments {
        let (mix, rate) = (contribution.mix, contribution.rate);
        let is_new = |effect: &Effect| effect.significant && direction != Some(effect.value > 0.0);
        if is_new(&rate)
            && let Some(change) = change_within(study, metric, segment, &rate)?
        {
            found.push(Candidate {
                metric,
                kind: HeadlineKind::Segment,
                segment: Some((segment, rate.value)),
                change,
            });
        }
        if is_new(&mix)
            && let Some(change) = change_of_size(study, segment, &mix)?
        {
            found.push(Candidate {
                metric,
                kind: HeadlineKind::Size,
                segment: Some((segment, mix.value)),
                change,
            });
        }
    }
    Ok(found)
}

/// The segment in which a change is concentrated, and its part of the change. Only segments whose own effect differs from 0
/// count. If the change were the same everywhere, a segment would have a part that follows from its size; the function returns
/// the segment whose effect exceeds this part by the most standard errors. The part alone says little, because large segments
/// have large parts of every change.
fn concentrated_in(
    study: &Study<'_>,
    search: &Search,
    position: usize,
    change: f64,
) -> Option<([usize; 2], f64)> {
    let mut best: Option<([usize; 2], f64, f64)> = None;
    for segmentation in 0..study.segmentations.len() {
        let contributions = &search.breakdown(position, segmentation + 1).contributions;
        let rows = |of: fn(&Contribution) -> usize| contributions.iter().map(of).sum::<usize>().max(1) as f64;
        let (before, after) = (rows(|part| part.rows_before), rows(|part| part.rows_after));
        for contribution in contributions {
            let Segment::Value(segment) = contribution.segment else {
                continue;
            };
            let effect = &contribution.rate;
            let differs = effect.interval.low > 0.0 || effect.interval.high < 0.0;
            if !differs || (effect.value > 0.0) != (change > 0.0) {
                continue;
            }
            let share =
                (contribution.rows_before as f64 / before + contribution.rows_after as f64 / after) / 2.0;
            // Positive if the segment has more than its part, for a fall as for a rise.
            let excess = (effect.value - share * change) * change.signum();
            let clarity = excess / effect.interval.width().max(f64::MIN_POSITIVE);
            if clarity > best.map_or(0.0, |(.., clarity)| clarity) {
                let part = effect.value + contribution.mix.value;
                best = Some(([segmentation, segment], part, clarity));
            }
        }
    }
    best.map(|(segment, part, _)| (segment, part))
}

/// The segments with an effect that stands out.
fn segments<'s>(
    study: &Study<'_>,
    search: &'s Search,
    position: usize,
) -> Vec<([usize; 2], &'s Contribution)> {
    let mut found = Vec::new();
    for segmentation in 0..study.segmentations.len() {
        for contribution in &search.breakdown(position, segmentation + 1).contributions {
            if let Segment::Value(segment) = contribution.segment
                && (contribution.mix.significant || contribution.rate.significant)
            {
                found.push(([segmentation, segment], contribution));
            }
        }
    }
    found
}

/// The change of a segment's share of all texts.
fn change_of_size(
    study: &Study<'_>,
    [segmentation, segment]: [usize; 2],
    effect: &Effect,
) -> Result<Option<Change>> {
    let of_rows = &study.segmentations[segmentation].of_rows;
    let share = Metric {
        kind: Kind::Theme,
        id: study.segment_id(segmentation, segment),
        name: String::new(),
        group: None,
        n_themes: 0,
        base: None,
        values: of_rows
            .iter()
            .map(|&of| f64::from(u8::from(of == segment)))
            .collect(),
    };
    change_overall(study, &share, effect)
}

/// The texts behind a candidate.
fn story(study: &Study<'_>, candidate: &Candidate<'_>) -> Story {
    let within = match (candidate.kind, candidate.segment) {
        (HeadlineKind::Segment, Some((segment, _))) => Some(segment),
        _ => None,
    };
    let rows = (0..study.is_after.len()).filter(|&row| {
        let is_inside =
            within.is_none_or(|[field, segment]| study.segmentations[field].of_rows[row] == segment);
        study.is_after[row].is_some() && is_inside && candidate.metric.values[row] == 1.0
    });
    Story {
        is_measure: candidate.metric.kind.is_measure(),
        metric: candidate.metric.id.clone(),
        group: candidate.metric.group,
        is_group: candidate.metric.kind == Kind::Group,
        is_size: candidate.kind == HeadlineKind::Size,
        segment: candidate.segment.map(|(segment, _)| segment),
        rises: match candidate.kind {
            HeadlineKind::Size => candidate.segment.is_some_and(|(_, effect)| effect > 0.0),
            _ => candidate.change.change > 0.0,
        },
        rows: if candidate.metric.kind.is_measure() {
            Vec::new()
        } else {
            rows.collect()
        },
    }
}

/// At most `n` of the largest changes of themes and groups, one for each story. Each of them differs from 0 if it is tested
/// alone. They show what may have moved although nothing stands out.
pub(crate) fn unproven(study: &Study<'_>, search: &Search, n: usize) -> Result<Vec<Headline>> {
    let candidate = |&metric: &usize| {
        let change = search.change(study, metric)?;
        let metric = &study.metrics[metric];
        let is_topic = matches!(metric.kind, Kind::Theme | Kind::Group);
        let differs = change.interval.low > 0.0 || change.interval.high < 0.0;
        (is_topic && differs).then_some(Candidate {
            metric,
            kind: HeadlineKind::Overall,
            segment: None,
            change,
        })
    };
    let mut candidates: Vec<Candidate<'_>> = search.metrics.iter().filter_map(candidate).collect();
    candidates.sort_by(|a, b| b.effect().total_cmp(&a.effect()));
    let mut kept: Vec<(Candidate<'_>, Story)> = Vec::new();
    for candidate in candidates {
        let story = story(study, &candidate);
        if kept.len() < n && !kept.iter().any(|(_, other)| same_story(other, &story)) {
            kept.push((candidate, story));
        }
    }
    let headline = |(candidate, story): (Candidate<'_>, Story)| {
        let text = words::unproven(candidate.metric, &candidate.change);
        Ok(Headline {
            text,
            ..headline(study, candidate, &story, Vec::new())?
        })
    };
    kept.into_iter().map(headline).collect()
}

fn segment_name(study: &Study<'_>, [segmentation, segment]: [usize; 2]) -> String {
    let of = &study.segmentations[segmentation];
    format!("{} {}", of.name, of.segments[segment])
}

fn text(study: &Study<'_>, candidate: &Candidate<'_>) -> String {
    let Candidate {
        metric, kind, change, ..
    } = candidate;
    let segment = candidate
        .segment
        .map(|(segment, part)| (segment_name(study, segment), part));
    match (kind, &segment) {
        (HeadlineKind::Segment, Some((name, part))) => words::within(metric, change, name, *part),
        (HeadlineKind::Size, Some((name, part))) => words::size(metric, change, name, *part),
        _ => words::overall(
            metric,
            change,
            segment.as_ref().map(|(name, part)| (name.as_str(), *part)),
        ),
    }
}

fn headline(
    study: &Study<'_>,
    candidate: Candidate<'_>,
    story: &Story,
    also: Vec<String>,
) -> Result<Headline> {
    let text = text(study, &candidate);
    let segment = candidate
        .segment
        .map(|([segmentation, segment], contribution)| HeadlineSegment {
            id: study.segment_id(segmentation, segment),
            field: study.segmentations[segmentation].name.clone(),
            value: study.segmentations[segmentation].segments[segment].clone(),
            contribution,
        });
    let quotes = typical_quotes(study, &quoted_rows(study, &candidate, story))?;
    Ok(Headline {
        text,
        kind: candidate.kind,
        metric: candidate.metric.id.clone(),
        change: candidate.change,
        segment,
        quotes,
        also,
    })
}

/// The rows that quotes are taken from: those of the period with more of them, within the segment, if there is one.
fn quoted_rows(study: &Study<'_>, candidate: &Candidate<'_>, story: &Story) -> Vec<usize> {
    let is_inside = |row: usize| {
        story
            .segment
            .is_none_or(|[field, segment]| study.segmentations[field].of_rows[row] == segment)
    };
    let of_period = |row: &usize| study.is_after[*row] == Some(story.rises) && is_inside(*row);
    if !story.is_measure {
        return story.rows.iter().copied().filter(of_period).collect();
    }
    // Of ratings, those of the last period that show the direction.
    let rated = |row: &usize| study.is_after[*row] == Some(true) && is_inside(*row);
    let mut rows: Vec<usize> = (0..study.is_after.len())
        .filter(rated)
        .filter(|&row| !candidate.metric.values[row].is_nan())
        .collect();
    let value = |row: &usize| candidate.metric.values[*row];
    rows.sort_by(|a, b| value(a).total_cmp(&value(b)));
    if story.rises {
        rows.reverse();
    }
    rows.truncate(rows.len().div_ceil(4));
    rows
}
