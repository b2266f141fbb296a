//! Changes between the two periods, and where they come from.

use feedback_drivers::{
    Breakdown, DriverOptions, Drivers, Effect, Field, Metric as Values, Rows, Segment, find_drivers,
};
use feedback_metrics::statistics::{BootstrapOptions, Interval};
use serde::Serialize;

use crate::error::Result;
use crate::options::ReportOptions;
use crate::sets::Level;
use crate::study::{CURRENT, Kind, Metric, PREVIOUS, Study};

/// The change of a share or mean from the earlier period to the last one.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Change {
    /// The share or mean in the earlier period.
    pub before: Level,
    /// The share or mean in the last period.
    pub after: Level,
    /// `after − before`.
    pub change: f64,
    /// The bootstrap interval of the change.
    pub interval: Interval,
    /// The two-sided p-value of the permutation test.
    pub p_value: f64,
    /// The p-value, adjusted for all tests of the report. It can be below `p_value` for a change over all texts, since these tests have more
    /// weight than those of segments (Genovese, Roeder and Wasserman 2006, "False discovery control with p-value weighting").
    pub adjusted_p_value: f64,
    /// Whether the change stands out from chance: `adjusted_p_value` is at most the false discovery rate.
    pub significant: bool,
}

/// The change of a metric, broken down by the segments of a field.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Driver {
    /// The id of the theme or category, or `rating`.
    pub metric: String,
    /// The name of the field.
    pub field: String,
    /// `after − before` of the metric over all texts. The effects of all segments add up to it.
    pub change: f64,
    /// What each segment contributes.
    pub contributions: Vec<SegmentChange>,
}

/// What a segment contributes to a change.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SegmentChange {
    /// The id of the segment's set of rows.
    pub segment: String,
    /// The value of the field.
    pub name: String,
    /// The share or mean within the segment in the earlier period; `None` if it has no rows.
    pub before: Option<Level>,
    /// The share or mean within the segment in the last period; `None` if it has no rows.
    pub after: Option<Level>,
    /// The part of the change that comes from the size of the segment.
    pub mix: Effect,
    /// The part of the change that comes from within the segment.
    pub rate: Effect,
}

/// The tests of a report: all metrics by all fields. The first field stands for all texts.
pub(crate) struct Search {
    drivers: Drivers,
    /// The metrics that were tested.
    pub(crate) metrics: Vec<usize>,
    n_fields: usize,
}

impl Search {
    /// Tests all metrics with enough texts by all fields at once, so that one false discovery rate applies to the whole report;
    /// `None` if there is nothing to test.
    pub(crate) fn new(study: &Study<'_>) -> Result<Option<Self>> {
        let Ok(compared) = &study.compared else {
            return Ok(None);
        };
        let metrics: Vec<usize> = (0..study.metrics.len())
            // Themes come first, the largest before the others.
            .filter(|&metric| study.metrics[metric].kind != Kind::Theme || metric < study.options.max_themes)
            .filter(|&metric| is_testable(study, &study.metrics[metric], &compared.rows))
            .collect();
        if metrics.is_empty() {
            return Ok(None);
        }
        // All texts are the first field.
        let mut fields = vec![vec![0; compared.rows.len()]];
        for segmentation in &study.segmentations {
            fields.push(
                compared
                    .rows
                    .iter()
                    .map(|&row| segmentation.of_rows[row])
                    .collect(),
            );
        }
        let chosen: Vec<&Metric> = metrics.iter().map(|&metric| &study.metrics[metric]).collect();
        let drivers = search(study, &compared.rows, &chosen, &fields)?;
        Ok(Some(Self {
            drivers,
            metrics,
            n_fields: fields.len(),
        }))
    }

    pub(crate) fn n_tests(&self) -> usize {
        self.drivers.n_tests
    }

    /// The breakdown of the metric at a position of `metrics`. For field 0, it has one segment: all texts.
    pub(crate) fn breakdown(&self, metric: usize, field: usize) -> &Breakdown {
        &self.drivers.breakdowns[metric * self.n_fields + field]
    }

    /// The change of a metric over all texts; `None` if it was not tested.
    pub(crate) fn change(&self, study: &Study<'_>, metric: usize) -> Option<Change> {
        let position = self.metrics.iter().position(|&tested| tested == metric)?;
        let breakdown = self.breakdown(position, 0);
        let rate = breakdown.contributions.first()?.rate;
        Some(change(&study.metrics[metric], breakdown, &rate, &[]))
    }

    /// All breakdowns by fields.
    pub(crate) fn drivers(&self, study: &Study<'_>) -> Vec<Driver> {
        let mut drivers = Vec::new();
        for (position, &metric) in self.metrics.iter().enumerate() {
            for field in 1..self.n_fields {
                let breakdown = self.breakdown(position, field);
                drivers.push(driver(study, &study.metrics[metric], breakdown, field - 1));
            }
        }
        drivers
    }
}

/// The change of a metric within a segment, with its interval; the p-values are those of the segment's effect in the search.
/// `None` if a period has too few rows of the segment to measure how much they vary.
pub(crate) fn change_within(
    study: &Study<'_>,
    metric: &Metric,
    [segmentation, segment]: [usize; 2],
    effect: &Effect,
) -> Result<Option<Change>> {
    let Ok(compared) = &study.compared else {
        return Ok(None);
    };
    let of_rows = &study.segmentations[segmentation].of_rows;
    let rows: Vec<usize> = compared
        .rows
        .iter()
        .copied()
        .filter(|&row| of_rows[row] == segment)
        .collect();
    if !varies(study, metric, &rows) {
        return Ok(None);
    }
    let found = search(study, &rows, &[metric], &[vec![0; rows.len()]])?;
    let id = study.segment_id(segmentation, segment);
    let breakdown = found.breakdowns.first();
    Ok(breakdown.map(|breakdown| change(metric, breakdown, effect, &[&id])))
}

/// The change, over all texts, of a share that is not among the metrics; the p-values are those of `effect`.
pub(crate) fn change_overall(study: &Study<'_>, metric: &Metric, effect: &Effect) -> Result<Option<Change>> {
    let Ok(compared) = &study.compared else {
        return Ok(None);
    };
    let found = search(study, &compared.rows, &[metric], &[vec![0; compared.rows.len()]])?;
    let breakdown = found.breakdowns.first();
    Ok(breakdown.map(|breakdown| change(metric, breakdown, effect, &[])))
}

fn change(metric: &Metric, breakdown: &Breakdown, effect: &Effect, sets: &[&str]) -> Change {
    let level = |value, n, period| {
        let mut of = vec![period];
        of.extend(sets);
        metric.level(value, n, &of)
    };
    Change {
        before: level(breakdown.before, breakdown.rows_before, PREVIOUS),
        after: level(breakdown.after, breakdown.rows_after, CURRENT),
        change: breakdown.change,
        interval: breakdown.interval,
        p_value: effect.p_value,
        adjusted_p_value: effect.adjusted_p_value,
        significant: effect.significant,
    }
}

fn driver(study: &Study<'_>, metric: &Metric, breakdown: &Breakdown, segmentation: usize) -> Driver {
    let names = &study.segmentations[segmentation].segments;
    let contributions = breakdown.contributions.iter().filter_map(|contribution| {
        let Segment::Value(segment) = contribution.segment else {
            return None;
        };
        let id = study.segment_id(segmentation, segment);
        let level = |mean: Option<f64>, n, period| Some(metric.level(mean?, n, &[period, &id]));
        Some(SegmentChange {
            before: level(contribution.mean_before, contribution.rows_before, PREVIOUS),
            after: level(contribution.mean_after, contribution.rows_after, CURRENT),
            mix: contribution.mix,
            rate: contribution.rate,
            name: names[segment].clone(),
            segment: id,
        })
    });
    Driver {
        metric: metric.id.clone(),
        field: study.segmentations[segmentation].name.clone(),
        change: breakdown.change,
        contributions: contributions.collect(),
    }
}

/// Whether a metric has enough rows to be tested. Both periods are counted together, so that neither a rise nor a fall is
/// favoured.
fn is_testable(study: &Study<'_>, metric: &Metric, rows: &[usize]) -> bool {
    let texts: f64 = rows
        .iter()
        .map(|&row| metric.values[row])
        .filter(|value| !value.is_nan())
        .sum();
    let enough = metric.kind.is_measure() || texts >= study.options.min_texts as f64;
    enough && varies(study, metric, rows)
}

/// Whether both periods have two duplicate groups with a value.
fn varies(study: &Study<'_>, metric: &Metric, rows: &[usize]) -> bool {
    [false, true].into_iter().all(|after| {
        let mut groups = rows
            .iter()
            .filter(|&&row| study.is_after[row] == Some(after) && !metric.values[row].is_nan())
            .map(|&row| study.groups[row]);
        let first = groups.next();
        groups.any(|group| Some(group) != first)
    })
}

/// Tests metrics by fields, on some rows of the two periods. Segments are merged already.
fn search(study: &Study<'_>, rows: &[usize], metrics: &[&Metric], fields: &[Vec<usize>]) -> Result<Drivers> {
    let after: Vec<bool> = rows
        .iter()
        .map(|&row| study.is_after[row] == Some(true))
        .collect();
    let groups: Vec<usize> = rows.iter().map(|&row| study.groups[row]).collect();
    let values: Vec<Vec<f64>> = metrics
        .iter()
        .map(|metric| rows.iter().map(|&row| metric.values[row]).collect())
        .collect();
    let metrics: Vec<Values<'_>> = values.iter().map(|values| Values::new(values)).collect();
    // The changes over all texts get as much of the false discovery rate as those in the segments of all fields together: otherwise, the
    // more fields a file has, the less would be seen of what matters most.
    let weight = |field: usize| {
        if field == 0 {
            (fields.len() - 1).max(1) as f64
        } else {
            1.0
        }
    };
    let fields: Vec<Field<'_>> = fields
        .iter()
        .enumerate()
        .map(|(field, segments)| Field::new(segments).with_weight(weight(field)))
        .collect();
    let found = find_drivers(
        &Rows::new(&after, &groups)?,
        &metrics,
        &fields,
        &driver_options(study.options),
    )?;
    Ok(found)
}

/// The options of resampling.
pub(crate) fn bootstrap(options: &ReportOptions) -> BootstrapOptions {
    BootstrapOptions::default()
        .with_resamples(options.resamples)
        .with_seed(options.seed)
}

fn driver_options(options: &ReportOptions) -> DriverOptions {
    let mut drivers = DriverOptions::default()
        .with_bootstrap(bootstrap(options))
        .with_min_rows(0);
    drivers.false_discovery_rate = options.false_discovery_rate;
    drivers
}
