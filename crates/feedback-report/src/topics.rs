//! Themes and categories.

use feedback_drivers::theme_impact;
use feedback_insight::typical_texts;
use feedback_metrics::statistics::Interval;
use serde::Serialize;

use crate::changes::{Change, Search, bootstrap};
use crate::error::Result;
use crate::quotes::{Quote, shorten};
use crate::sets::{Count, Level};
use crate::study::{Kind, Metric, RATED, Study};

/// A theme, a group of themes, or a category.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Topic {
    /// The id of its set of rows, such as `theme-1` or `group-1`.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The id of the group that a theme belongs to; `None` if it is alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// The ids of the themes of a group, the largest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub themes: Vec<String>,
    /// Further phrases that set a theme or group apart; none for a category.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub phrases: Vec<String>,
    /// Its share of all texts of the file (of a category: of all texts with a label).
    pub overall: Level,
    /// Its share in both periods; `None` if it was not tested, because there are no two periods or too few of its texts in them.
    pub change: Option<Change>,
    /// Its share in the last period, if it was not tested. `None` if no text of this period has a label, or if there are no
    /// periods.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub untested: Option<Level>,
    /// The rating with and without it or, without a rating, the first net promoter score; `None` if there is neither.
    pub impact: Option<Impact>,
    /// Typical texts, of the last period if it has any.
    pub quotes: Vec<Quote>,
}

/// The mean rating, or the net promoter score, of texts with a theme or category, and of all other texts. These are the texts of the last period, or of the file
/// if there are no periods.
///
/// The difference is an association: texts of a theme may differ in other respects, too.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Impact {
    /// The mean rating of the texts with it.
    pub with: Level,
    /// The mean rating of the texts without it.
    pub without: Level,
    /// `with − without`.
    pub difference: f64,
    /// The bootstrap interval of the difference.
    pub difference_interval: Interval,
    /// The mean rating of all texts minus that of the texts without it: how much it moves the mean.
    pub impact: f64,
    /// The bootstrap interval of the impact.
    pub impact_interval: Interval,
}

/// All themes, groups or categories. `phrases` has further phrases of each; none for categories.
pub(crate) fn topics(
    study: &Study<'_>,
    search: Option<&Search>,
    kind: Kind,
    phrases: &[Vec<String>],
) -> Result<Vec<Topic>> {
    let of_kind = |kind| study.metrics.iter().find(|metric| metric.kind == kind);
    let rating = of_kind(Kind::Rating).or_else(|| of_kind(Kind::Score));
    let mut topics = Vec::new();
    for (number, metric) in study
        .metrics
        .iter()
        .enumerate()
        .filter(|(_, metric)| metric.kind == kind)
    {
        let Some(overall) = metric.level_of(0..metric.values.len(), &[]) else {
            continue;
        };
        let (scope, set) = study.scope();
        let change = search.and_then(|search| search.change(study, number));
        let untested = match (&study.compared, &change) {
            (Ok(_), None) => metric.level_of(scope.iter().copied(), &[set]),
            _ => None,
        };
        topics.push(Topic {
            id: metric.id.clone(),
            name: metric.name.clone(),
            group: match kind {
                Kind::Theme => related(study, metric, Kind::Group).next(),
                _ => None,
            },
            themes: match kind {
                Kind::Group => related(study, metric, Kind::Theme).collect(),
                _ => Vec::new(),
            },
            phrases: phrases.get(topics.len()).cloned().unwrap_or_default(),
            overall,
            change,
            untested,
            impact: match rating {
                None => None,
                Some(rating) => impact(study, metric, rating, &scope, set)?,
            },
            quotes: quotes(study, metric, &scope)?,
        });
    }
    Ok(topics)
}

/// The ids of the themes or of the group that share a group with a metric.
fn related<'s>(study: &'s Study<'_>, metric: &'s Metric, kind: Kind) -> impl Iterator<Item = String> + 's {
    let is_related =
        move |other: &&Metric| other.kind == kind && other.group.is_some() && other.group == metric.group;
    study
        .metrics
        .iter()
        .filter(is_related)
        .map(|other| other.id.clone())
}

/// `None` if fewer than two different texts with the topic, or without it, have a rating.
fn impact(
    study: &Study<'_>,
    metric: &Metric,
    rating: &Metric,
    scope: &[usize],
    set: &str,
) -> Result<Option<Impact>> {
    let base = rating.base.as_deref().unwrap_or(RATED);
    let values: Vec<f64> = scope.iter().map(|&row| rating.values[row]).collect();
    let groups: Vec<usize> = scope.iter().map(|&row| study.groups[row]).collect();
    let with: Vec<bool> = scope.iter().map(|&row| metric.values[row] == 1.0).collect();
    let found = match theme_impact(&values, &with, &groups, &bootstrap(study.options)) {
        Err(feedback_drivers::Error::TooFewRows { .. } | feedback_drivers::Error::Empty { .. }) => {
            return Ok(None);
        }
        found => found?,
    };
    Ok(Some(Impact {
        with: Level {
            value: found.with,
            rows: Count::new(found.rows_with, &[set, base, &metric.id]),
            texts: None,
        },
        without: Level {
            value: found.without,
            rows: Count::new(found.rows_without, &[set, base]).except(&metric.id),
            texts: None,
        },
        difference: found.difference,
        difference_interval: found.difference_interval,
        impact: found.impact,
        impact_interval: found.impact_interval,
    }))
}

fn quotes(study: &Study<'_>, metric: &Metric, scope: &[usize]) -> Result<Vec<Quote>> {
    let has = |row: &usize| metric.values[*row] == 1.0;
    let mut rows: Vec<usize> = scope.iter().copied().filter(has).collect();
    if rows.is_empty() {
        rows = (0..metric.values.len()).filter(has).collect();
    }
    typical_quotes(study, &rows)
}

/// Typical texts of some rows.
pub(crate) fn typical_quotes(study: &Study<'_>, rows: &[usize]) -> Result<Vec<Quote>> {
    let input = study.input;
    let rows = typical_texts(input.texts, input.vectors, rows, study.options.n_quotes)?;
    let quote = |row: usize| Quote {
        text: shorten(input.texts[row], study.options.quote_length),
        line: input.line(row),
    };
    Ok(rows.into_iter().map(quote).collect())
}
