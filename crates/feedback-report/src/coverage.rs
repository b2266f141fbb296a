//! Which rows a report covers, and the sets of rows that its numbers link to.

use serde::Serialize;

use crate::input::LabelSource;
use crate::sets::{Count, RowSet, ranges};
use crate::study::{ALL, CURRENT, Kind, LABELLED, PREVIOUS, RATED, Study, with_measure};

const UNDATED: &str = "undated";
const OUTSIDE: &str = "outside";
const REPEATED: &str = "repeated";
const NO_THEME: &str = "no-theme";
const OF_MODEL: &str = "labels-of-model";
const UNSURE: &str = "unsure-labels";

/// Labels of a model below this confidence are more often wrong than right.
pub(crate) const UNSURE_BELOW: f64 = 0.5;

/// How many rows there are, and what they lack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Coverage {
    /// All texts.
    pub texts: Count,
    /// Texts without a date; they are in no period.
    pub without_date: Count,
    /// Texts with a date in neither period; none if there are no periods.
    pub outside_periods: Count,
    /// Texts without a label.
    pub without_label: Count,
    /// Texts whose label is a model's.
    pub labels_of_model: Count,
    /// Texts whose label is a model's with a confidence below 50 %.
    pub unsure_labels: Count,
    /// Texts without a rating.
    pub without_rating: Count,
    /// Texts without a value of a measure, one entry for each measure.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub without_value: Vec<LeftOutRows>,
    /// Texts that fit no theme.
    pub without_theme: Count,
    /// Texts that repeat an earlier one.
    pub repeated: Count,
    /// Rows of the file that are not among the texts.
    pub left_out: Vec<LeftOutRows>,
}

/// Rows of the file that are not among the texts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct LeftOutRows {
    /// Why they are left out.
    pub reason: String,
    /// The rows.
    pub rows: Count,
}

/// The coverage and all sets, in the order in which a reader meets them.
pub(crate) fn coverage(study: &Study<'_>) -> (Coverage, Vec<RowSet>) {
    let n = study.input.n_texts();
    let mut sets = base_sets(study);
    sets.extend(metric_sets(study));
    sets.extend(segment_sets(study));
    sets.extend(measure_sets(study));
    let left_out = left_out(study, &mut sets);
    let count = |id: &str| {
        let found = sets.iter().find(|set| set.id == id);
        Count::new(found.map_or(0, |set| set.n), &[id])
    };
    let lacking = |id: &str| Count::new(n - count(id).n, &[ALL]).except(id);
    let without_value = study
        .options
        .measures
        .iter()
        .enumerate()
        .map(|(number, measure)| LeftOutRows {
            reason: format!("no value in {}", measure.field),
            rows: lacking(&with_measure(number)),
        });
    let coverage = Coverage {
        texts: count(ALL),
        without_date: count(UNDATED),
        outside_periods: count(OUTSIDE),
        without_label: lacking(LABELLED),
        labels_of_model: count(OF_MODEL),
        unsure_labels: count(UNSURE),
        without_rating: lacking(RATED),
        without_value: without_value.collect(),
        without_theme: count(NO_THEME),
        repeated: count(REPEATED),
        left_out,
    };
    (coverage, sets)
}

fn set(study: &Study<'_>, id: &str, title: &str, has: impl Fn(usize) -> bool) -> RowSet {
    let rows: Vec<usize> = (0..study.input.n_texts()).filter(|&row| has(row)).collect();
    RowSet {
        id: id.to_owned(),
        title: title.to_owned(),
        n: rows.len(),
        lines: ranges(&rows, |row| study.input.line(row)),
    }
}

fn base_sets(study: &Study<'_>) -> Vec<RowSet> {
    let input = study.input;
    let of_model = |row: usize| {
        input
            .label(row)
            .filter(|label| label.source == LabelSource::Model)
    };
    let themes: Vec<&[f64]> = metrics(study, Kind::Theme).map(|(_, _, values)| values).collect();
    let has_theme = |row: usize| themes.iter().any(|values| values[row] == 1.0);
    let rated = metrics(study, Kind::Rating).next().map(|(_, _, values)| values);
    let repeats = repeats(&study.groups);
    let has_periods = study.compared.is_ok();
    let mut sets = vec![set(study, ALL, "All texts", |_| true)];
    if has_periods {
        sets.push(set(study, CURRENT, "Texts of the last period", |row| {
            study.is_after[row] == Some(true)
        }));
        sets.push(set(study, PREVIOUS, "Texts of the period before", |row| {
            study.is_after[row] == Some(false)
        }));
    }
    sets.extend([
        set(study, OUTSIDE, "Texts of neither period", |row| {
            has_periods && study.days[row].is_some() && study.is_after[row].is_none()
        }),
        set(study, UNDATED, "Texts without a date", |row| {
            study.days[row].is_none()
        }),
        set(study, LABELLED, "Texts with a label", |row| {
            input.label(row).is_some()
        }),
        set(study, OF_MODEL, "Texts whose label is a model's", |row| {
            of_model(row).is_some()
        }),
        set(
            study,
            UNSURE,
            "Texts whose label has a confidence below 50 %",
            |row| {
                let confidence = of_model(row).and_then(|label| label.confidence);
                confidence.is_some_and(|confidence| confidence < UNSURE_BELOW)
            },
        ),
        set(study, RATED, "Texts with a rating", |row| {
            rated.is_some_and(|values| !values[row].is_nan())
        }),
        set(study, NO_THEME, "Texts that fit no theme", |row| !has_theme(row)),
        set(study, REPEATED, "Texts that repeat an earlier one", |row| {
            repeats[row]
        }),
    ]);
    sets
}

/// The ids, names and values of the metrics of a kind.
fn metrics<'s>(study: &'s Study<'_>, kind: Kind) -> impl Iterator<Item = (&'s str, &'s str, &'s [f64])> {
    let metrics = study.metrics.iter().filter(move |metric| metric.kind == kind);
    metrics.map(|metric| (metric.id.as_str(), metric.name.as_str(), metric.values.as_slice()))
}

fn metric_sets<'s>(study: &'s Study<'_>) -> impl Iterator<Item = RowSet> + 's {
    let kinds = [
        (Kind::Theme, "Theme"),
        (Kind::Group, "Group of themes"),
        (Kind::Category, "Category"),
    ];
    kinds.into_iter().flat_map(move |(kind, what)| {
        metrics(study, kind).map(move |(id, name, values)| {
            set(study, id, &format!("{what} “{name}”"), |row| {
                values[row] == 1.0
            })
        })
    })
}

/// The rows with a value of each measure and, of a share, those within its limit.
fn measure_sets(study: &Study<'_>) -> Vec<RowSet> {
    let mut sets = Vec::new();
    for metric in study
        .metrics
        .iter()
        .filter(|metric| metric.id.starts_with("measure-"))
    {
        if let Some(base) = &metric.base {
            let title = format!("Texts with a value for {}", metric.name);
            sets.push(set(study, base, &title, |row| !metric.values[row].is_nan()));
        }
        if metric.kind.is_share() {
            let title = format!("Texts with {}", metric.name);
            sets.push(set(study, &metric.id, &title, |row| metric.values[row] == 1.0));
        }
    }
    sets
}

fn segment_sets<'s>(study: &'s Study<'_>) -> impl Iterator<Item = RowSet> + 's {
    study
        .segmentations
        .iter()
        .enumerate()
        .flat_map(move |(number, of)| {
            of.segments.iter().enumerate().map(move |(segment, name)| {
                let id = study.segment_id(number, segment);
                set(study, &id, &format!("{}: {name}", of.name), |row| {
                    of.of_rows[row] == segment
                })
            })
        })
}

fn left_out(study: &Study<'_>, sets: &mut Vec<RowSet>) -> Vec<LeftOutRows> {
    let mut found = Vec::new();
    for (number, left_out) in study.input.left_out.iter().enumerate() {
        let mut lines = left_out.lines.to_vec();
        lines.sort_unstable();
        lines.dedup();
        let id = format!("left-out-{}", number + 1);
        let joined: Vec<String> = lines.iter().map(u64::to_string).collect();
        sets.push(RowSet {
            id: id.clone(),
            title: format!("Left out: {}", left_out.reason),
            n: lines.len(),
            lines: joined.join(", "),
        });
        found.push(LeftOutRows {
            reason: left_out.reason.to_owned(),
            rows: Count::new(lines.len(), &[&id]),
        });
    }
    found
}

/// Whether an earlier row is in the same duplicate group.
fn repeats(groups: &[usize]) -> Vec<bool> {
    let mut seen = std::collections::BTreeSet::new();
    groups.iter().map(|&group| !seen.insert(group)).collect()
}
