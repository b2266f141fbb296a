//! The search for drivers over metrics and fields.

use rayon::prelude::*;
use serde::Serialize;

use crate::breakdown::{Breakdown, Contribution, Effect, Totals};
use crate::error::{Error, Result, not_empty, same_length};
use crate::options::DriverOptions;
use crate::resampling::{Resampled, Sample, resample};
use crate::rows::{Field, Metric, Rows};
use crate::segment_tests::Tests;
use crate::segments::Merged;
use feedback_metrics::statistics::{Interval, benjamini_hochberg, normal_tail};

/// The breakdowns of all metrics by all fields.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Drivers {
    /// One breakdown for each metric and field, fields in order within each metric.
    pub breakdowns: Vec<Breakdown>,
    /// The number of effects that were tested.
    pub n_tests: usize,
    /// The false discovery rate.
    pub false_discovery_rate: f64,
}

impl Drivers {
    /// The significant effects: the breakdown, the contribution, and whether it is the mix effect; the smallest adjusted
    /// p-value first.
    pub fn significant(&self) -> Vec<(&Breakdown, &Contribution, bool)> {
        let mut found = Vec::new();
        for breakdown in &self.breakdowns {
            for contribution in &breakdown.contributions {
                for (is_mix, effect) in [(true, &contribution.mix), (false, &contribution.rate)] {
                    if effect.significant {
                        found.push((effect.adjusted_p_value, (breakdown, contribution, is_mix)));
                    }
                }
            }
        }
        found.sort_by(|(a, _), (b, _)| a.total_cmp(b));
        found.into_iter().map(|(_, driver)| driver).collect()
    }
}

/// Breaks the change of each metric down by the segments of each field, and marks the effects that stand out.
///
/// A unit is the rows of a duplicate group in one period. Rate effects are tested by permutation of the units of the segment; mix
/// effects by permutation of all units and by the bootstrap standard error of the effect. Up to 100 permutations are drawn for
/// each test of the search, at least 2,000, and at most 20,000, or more where this draws no more than 10⁸ units. Intervals are
/// percentile bootstrap intervals over the units of each period. Random numbers are from `ChaCha8Rng`. All threads of `rayon`'s
/// pool search; their number does not change the result.
///
/// # Errors
///
/// If there are no metrics or fields, lengths differ, a value is infinite, a weight is not above 0, a period has fewer than two units with
/// a value ([`Error::TooFewRows`]), or an option is out of range.
///
/// # References
///
/// Genovese, Roeder and Wasserman 2006, "False discovery control with p-value weighting".
pub fn find_drivers(
    rows: &Rows,
    metrics: &[Metric<'_>],
    fields: &[Field<'_>],
    options: &DriverOptions,
) -> Result<Drivers> {
    options.check()?;
    not_empty("metrics", metrics.len())?;
    not_empty("fields", fields.len())?;
    for metric in metrics {
        check_values(metric, rows.n())?;
    }
    for (number, field) in fields.iter().enumerate() {
        same_length("field", field.segments.len(), rows.n())?;
        if !(field.weight > 0.0 && field.weight.is_finite()) {
            return Err(Error::Value {
                what: "weight of a field",
                row: number,
                found: field.weight,
            });
        }
    }
    let numbers: Vec<[usize; 2]> = (0..metrics.len() * fields.len())
        .map(|number| [number / fields.len(), number % fields.len()])
        .collect();
    let searches: Vec<Search> = numbers
        .into_par_iter()
        .map(|numbers| Search::new(numbers, &metrics[numbers[0]], &fields[numbers[1]], options))
        .collect();
    let burdens = burdens(&searches, fields);
    let (mut breakdowns, samples): (Vec<Breakdown>, Vec<Sample>) = searches
        .par_iter()
        .map(|search| {
            search.run(
                rows,
                &metrics[search.metric],
                &fields[search.field],
                burdens[search.field],
                options,
            )
        })
        .collect::<Result<Vec<_>>>()?
        .into_iter()
        .unzip();
    let resampled = resample(samples, &options.bootstrap);
    breakdowns
        .iter_mut()
        .zip(&resampled)
        .for_each(|(breakdown, resampled)| add_resampled(breakdown, resampled));
    adjust(&mut breakdowns, &burdens, options.false_discovery_rate)?;
    Ok(Drivers {
        breakdowns,
        n_tests: searches.iter().map(Search::n_tests).sum(),
        false_discovery_rate: options.false_discovery_rate,
    })
}

/// The number of tests that each test of a field stands for: those of the field, divided by its part of all weights. If all tests had the
/// same weight, it would be the number of all tests.
fn burdens(searches: &[Search], fields: &[Field<'_>]) -> Vec<f64> {
    let total: f64 = fields.iter().map(|field| field.weight).sum();
    let mut n_tests = vec![0.0; fields.len()];
    for search in searches {
        n_tests[search.field] += search.n_tests() as f64;
    }
    let burden = |(n_tests, field): (f64, &Field<'_>)| n_tests * total / field.weight;
    n_tests.into_iter().zip(fields).map(burden).collect()
}

/// Adjusts the p-values of all effects together.
fn adjust(breakdowns: &mut [Breakdown], burdens: &[f64], rate: f64) -> Result<()> {
    let mut tests: Vec<(f64, &mut Effect)> = Vec::new();
    for breakdown in breakdowns {
        let has_mix = breakdown.contributions.len() > 1;
        let burden = burdens[breakdown.field];
        for contribution in &mut breakdown.contributions {
            let mix = has_mix.then_some(&mut contribution.mix);
            tests.extend(
                mix.into_iter()
                    .chain([&mut contribution.rate])
                    .map(|effect| (burden, effect)),
            );
        }
    }
    let n_tests = tests.len() as f64;
    let weighted: Vec<f64> = tests
        .iter()
        .map(|(burden, effect)| (effect.p_value * burden / n_tests).min(1.0))
        .collect();
    for ((_, effect), adjusted) in tests.iter_mut().zip(benjamini_hochberg(&weighted)?) {
        effect.adjusted_p_value = adjusted;
        effect.significant = adjusted <= rate;
    }
    Ok(())
}

fn check_values(metric: &Metric<'_>, n: usize) -> Result<()> {
    same_length("metric", metric.values.len(), n)?;
    match metric.values.iter().position(|value| value.is_infinite()) {
        None => Ok(()),
        Some(row) => Err(Error::Value {
            what: "metric",
            row,
            found: metric.values[row],
        }),
    }
}

/// Stands in until resamples give the interval.
const NO_INTERVAL: Interval = Interval {
    low: 0.0,
    high: 0.0,
    confidence: 0.0,
};

/// One metric and one field. Units are not kept: there may be hundreds of searches over many rows.
struct Search {
    metric: usize,
    field: usize,
    n_segments: usize,
}

impl Search {
    fn new(
        [metric_number, field_number]: [usize; 2],
        metric: &Metric<'_>,
        field: &Field<'_>,
        options: &DriverOptions,
    ) -> Self {
        Self {
            metric: metric_number,
            field: field_number,
            n_segments: merged(metric, field, options).segments.len(),
        }
    }

    /// The effects that can differ from 0: a single segment has all rows, so its size does nothing.
    fn n_tests(&self) -> usize {
        match self.n_segments {
            1 => 1,
            n => 2 * n,
        }
    }

    /// The breakdown without what resamples add to it, and the sample.
    fn run(
        &self,
        rows: &Rows,
        metric: &Metric<'_>,
        field: &Field<'_>,
        burden: f64,
        options: &DriverOptions,
    ) -> Result<(Breakdown, Sample)> {
        let merged = merged(metric, field, options);
        let units = rows.units(metric, &merged.of_row)?;
        let totals = Totals::new(&units, self.n_segments);
        let [before, after] = totals.means();
        let effects = totals.effects();
        let tests = Tests::new(&units, burden, options);
        let contribution = |segment: usize| {
            let [mix, rate] = effects[segment];
            let [mean_before, mean_after] = totals.segment_means(segment);
            Contribution {
                segment: merged.segments[segment],
                rows_before: totals.rows[0][segment] as usize,
                rows_after: totals.rows[1][segment] as usize,
                mean_before,
                mean_after,
                mix: effect(mix, tests.mix(segment)),
                rate: effect(rate, tests.rate(segment)),
            }
        };
        let breakdown = Breakdown {
            metric: self.metric,
            field: self.field,
            before,
            after,
            change: after - before,
            interval: NO_INTERVAL,
            rows_before: totals.rows[0].iter().sum::<f64>() as usize,
            rows_after: totals.rows[1].iter().sum::<f64>() as usize,
            rows_without_value: metric.values.iter().filter(|value| value.is_nan()).count(),
            merged_segments: merged.n_merged,
            contributions: (0..self.n_segments).map(contribution).collect(),
        };
        Ok((breakdown, Sample::new(&units, self.n_segments, statistics)))
    }
}

fn merged(metric: &Metric<'_>, field: &Field<'_>, options: &DriverOptions) -> Merged {
    Merged::new(
        field.segments,
        |row| !metric.values[row].is_nan(),
        options.min_rows,
    )
}

/// The mix and rate effects of all segments, then the change.
fn statistics(totals: &Totals) -> Vec<f64> {
    let mut all: Vec<f64> = totals.effects().into_iter().flatten().collect();
    let [before, after] = totals.means();
    all.push(after - before);
    all
}

/// Adds the intervals, and what the standard errors of mix effects say about their p-values.
fn add_resampled(breakdown: &mut Breakdown, resampled: &[Resampled]) {
    for (contribution, of) in breakdown.contributions.iter_mut().zip(resampled.chunks_exact(2)) {
        let Contribution { mix, rate, .. } = contribution;
        mix.interval = of[0].interval;
        mix.p_value = mix.p_value.max(p_of_resamples(mix.value, of[0]));
        rate.interval = of[1].interval;
    }
    if let Some(change) = resampled.last() {
        breakdown.interval = change.interval;
    }
}

fn effect(value: f64, p_value: f64) -> Effect {
    Effect {
        value,
        interval: NO_INTERVAL,
        p_value,
        adjusted_p_value: 1.0,
        significant: false,
    }
}

/// The two-sided p-value of a normal distribution with the standard error of the resamples.
fn p_of_resamples(value: f64, resampled: Resampled) -> f64 {
    if resampled.standard_error == 0.0 {
        return 1.0;
    }
    (2.0 * normal_tail(value.abs() / resampled.standard_error)).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::segments::Segment;
    use feedback_metrics::statistics::BootstrapOptions;

    fn options() -> DriverOptions {
        DriverOptions::default().with_bootstrap(BootstrapOptions::default().with_resamples(100))
    }

    #[test]
    fn a_planted_change_is_the_only_driver() {
        let n = 1_200;
        let after: Vec<bool> = (0..n).map(|row| row >= 600).collect();
        let country: Vec<usize> = (0..n).map(|row| row % 6).collect();
        let plan: Vec<usize> = (0..n).map(|row| row / 6 % 2).collect();
        let complaint: Vec<f64> = (0..n)
            .map(|row| {
                let grows = after[row] && country[row] == 4;
                f64::from(u8::from(row / 12 % 5 == 0 || (grows && row / 12 % 5 < 3)))
            })
            .collect();
        let groups: Vec<usize> = (0..n).collect();
        let rows = Rows::new(&after, &groups).expect("valid");
        let fields = [Field::new(&plan), Field::new(&country)];
        let found = find_drivers(&rows, &[Metric::new(&complaint)], &fields, &options()).expect("valid");
        assert_eq!(found.n_tests, 2 * (2 + 6));
        let drivers = found.significant();
        assert_eq!(drivers.len(), 1, "{drivers:?}");
        let (breakdown, driver, is_mix) = drivers[0];
        assert_eq!(
            (breakdown.field, driver.segment, is_mix),
            (1, Segment::Value(4), false)
        );
        assert!((driver.rate.value - 0.4 / 6.0).abs() < 1e-12);
        assert!(driver.rate.interval.low > 0.0);
        for breakdown in &found.breakdowns {
            let sum: f64 = breakdown
                .contributions
                .iter()
                .map(|c| c.mix.value + c.rate.value)
                .sum();
            assert!((sum - breakdown.change).abs() < 1e-12);
        }
    }

    #[test]
    fn rows_without_a_value_are_counted() {
        let after: Vec<bool> = (0..100).map(|row| row % 2 == 0).collect();
        let stars: Vec<f64> = (0..100)
            .map(|row| if row < 10 { f64::NAN } else { 3.0 })
            .collect();
        let groups: Vec<usize> = (0..100).collect();
        let field: Vec<usize> = (0..100).map(|row| row / 4).collect();
        let rows = Rows::new(&after, &groups).expect("valid");
        let found =
            find_drivers(&rows, &[Metric::new(&stars)], &[Field::new(&field)], &options()).expect("valid");
        let breakdown = &found.breakdowns[0];
        assert_eq!(
            (
                breakdown.rows_without_value,
                breakdown.rows_before,
                breakdown.rows_after
            ),
            (10, 45, 45)
        );
        // All segments have at most four rows.
        assert_eq!(
            (breakdown.contributions.len(), breakdown.merged_segments),
            (1, 23)
        );
        assert_eq!((breakdown.change, found.significant().len()), (0.0, 0));
    }

    #[test]
    fn fields_share_the_false_discovery_rate_by_their_weights() {
        let n = 1_200;
        let after: Vec<bool> = (0..n).map(|row| row >= 600).collect();
        let all = vec![0; n];
        let city: Vec<usize> = (0..n).map(|row| row % 30).collect();
        // From 30 % to 40 %, in every city.
        let grows: Vec<f64> = (0..n)
            .map(|row| f64::from(u8::from(row / 30 % 20 < if after[row] { 8 } else { 6 })))
            .collect();
        let groups: Vec<usize> = (0..n).collect();
        let rows = Rows::new(&after, &groups).expect("valid");
        let adjusted = |weight: f64| {
            let fields = [Field::new(&all).with_weight(weight), Field::new(&city)];
            let found = find_drivers(&rows, &[Metric::new(&grows)], &fields, &options()).expect("valid");
            // One test over all texts, since its mix effect is 0, and two for each city.
            assert_eq!(found.n_tests, 1 + 2 * 30);
            let overall = &found.breakdowns[0].contributions[0];
            assert_eq!(
                (overall.mix.adjusted_p_value, overall.mix.significant),
                (1.0, false)
            );
            (overall.rate.p_value, overall.rate.adjusted_p_value)
        };
        let (p_value, half) = adjusted(1.0);
        assert!((half - 2.0 * p_value).abs() < 1e-12, "{p_value} {half}");
        let (p_value, tenth) = adjusted(1.0 / 9.0);
        assert!((tenth - 10.0 * p_value).abs() < 1e-12, "{p_value} {tenth}");
        let fields = [Field::new(&all).with_weight(0.0)];
        let refused = find_drivers(&rows, &[Metric::new(&grows)], &fields, &options());
        assert!(matches!(refused, Err(Error::Value { row: 0, .. })), "{refused:?}");
    }

    #[test]
    fn bad_input_is_an_error() {
        let rows = Rows::new(&[true, true, false, false], &[0, 1, 2, 3]).expect("valid");
        let run = |values: &[f64], segments: &[usize]| {
            find_drivers(&rows, &[Metric::new(values)], &[Field::new(segments)], &options()).map(|_| ())
        };
        assert!(run(&[1.0, 2.0, f64::INFINITY, 1.0], &[0; 4]).is_err());
        assert!(run(&[1.0; 3], &[0; 4]).is_err() && run(&[1.0; 4], &[0; 5]).is_err());
        assert!(run(&[1.0, 2.0, f64::NAN, 1.0], &[0; 4]).is_err());
        assert!(find_drivers(&rows, &[], &[Field::new(&[0; 4])], &options()).is_err());
        assert!(run(&[1.0; 4], &[0; 4]).is_ok());
    }
}
