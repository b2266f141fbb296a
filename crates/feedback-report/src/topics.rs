//! Themes and categories.

use feedback_dataset::text::normalise;
use feedback_drivers::theme_impact;
use feedback_insight::{ThemeSummary, typical_texts};
use feedback_metrics::statistics::Interval;
use serde::Serialize;

use crate::changes::{Change, Search, bootstrap};
use crate::error::Result;
use crate::quotes::{Quote, shorten};
use crate::sets::{Count, Level};
use crate::study::{Kind, Metric, RATED, Study};
use crate::words::LIKE;

/// A theme or a category.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Topic {
    /// The id of its set of rows, such as `theme-1`.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Further phrases that set a theme apart; none for a category.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub phrases: Vec<String>,
    /// Its share of all texts of the file (of a category: of all texts with a label).
    pub overall: Level,
    /// Its share in both periods; `None` if it was not tested, because there are no two periods or too few of its texts in them.
    pub change: Option<Change>,
    /// Its share in the last period, where it was not tested; `None` if no text there has a label, or there are no periods.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub untested: Option<Level>,
    /// The rating with and without it; `None` without ratings.
    pub impact: Option<Impact>,
    /// Typical texts, of the last period if it has any.
    pub quotes: Vec<Quote>,
}

/// The rating of texts with a theme or category, and of all others, in the last period, or in the file if there are no periods.
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

/// The smallest share of the texts of a theme that must contain the words of its name.
const MIN_COVERAGE: f64 = 0.2;
/// The maximum length of a text that stands for a theme, in characters.
const EXAMPLE_LENGTH: usize = 48;

/// The names of themes. A theme whose name does not describe its texts, because few of them have its words, is called by its most typical
/// text.
pub(crate) fn names(summaries: &[ThemeSummary], texts: &[&str], of_rows: &[Option<usize>]) -> Vec<String> {
    let name = |(theme, summary): (usize, &ThemeSummary)| {
        let of_theme = texts.iter().zip(of_rows).filter(|(_, of)| **of == Some(theme));
        let of_theme: Vec<String> = of_theme.map(|(text, _)| normalise(text)).collect();
        let name = normalise(&summary.name);
        let has_words = |text: &&String| {
            name.split(' ')
                .all(|word| text.split(' ').any(|other| other == word))
        };
        let covered = of_theme.iter().filter(has_words).count() as f64;
        if !name.is_empty() && covered >= MIN_COVERAGE * of_theme.len() as f64 {
            return summary.name.clone();
        }
        match summary.quotes.first() {
            Some(&row) => format!("{LIKE}{}”", shorten(texts[row], EXAMPLE_LENGTH)),
            None => format!("theme {}", theme + 1),
        }
    };
    summaries.iter().enumerate().map(name).collect()
}

/// All themes or all categories; categories have no summaries.
pub(crate) fn topics(
    study: &Study<'_>,
    search: Option<&Search>,
    kind: Kind,
    summaries: &[ThemeSummary],
) -> Result<Vec<Topic>> {
    let rating = study.metrics.iter().find(|metric| metric.kind == Kind::Rating);
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
        let phrases = match kind {
            Kind::Theme => summaries[topics.len()].phrases.iter().skip(1).cloned().collect(),
            _ => Vec::new(),
        };
        topics.push(Topic {
            id: metric.id.clone(),
            name: metric.name.clone(),
            phrases,
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

/// `None` if fewer than two different texts with the topic, or without it, have a rating.
fn impact(
    study: &Study<'_>,
    metric: &Metric,
    rating: &Metric,
    scope: &[usize],
    set: &str,
) -> Result<Option<Impact>> {
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
            rows: Count::new(found.rows_with, &[set, RATED, &metric.id]),
            texts: None,
        },
        without: Level {
            value: found.without,
            rows: Count::new(found.rows_without, &[set, RATED]).except(&metric.id),
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
