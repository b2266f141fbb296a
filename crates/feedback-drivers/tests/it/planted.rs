//! How often the search for drivers finds planted changes, and how often it finds what is not there.
//!
//!     RUN_SLOW_TESTS=1 cargo test --release -p feedback-drivers --test it -- --nocapture
//!
//! prints the tables of docs/shares.md; without the variable, short forms run.

use feedback_drivers::{DriverOptions, Drivers, Field, Metric, Rows, Segment, find_drivers};
use feedback_metrics::statistics::BootstrapOptions;
use feedback_testkit::slow_tests;
use proptest::prelude::*;

use crate::random::Random;

const N_CATEGORIES: usize = 4;

/// Rows of two periods with a category, stars, a country and a plan.
struct Sample {
    after: Vec<bool>,
    groups: Vec<usize>,
    category: Vec<usize>,
    stars: Vec<f64>,
    country: Vec<usize>,
    plan: Vec<usize>,
}

impl Sample {
    /// Nothing differs between the periods, except that in the second one, of country 2's rows that are not in category 0,
    /// as many move there that its share rises by `planted`. One row in ten repeats the row before it.
    fn draw(random: &mut Random, n: usize, planted: f64) -> Self {
        let mut sample = Self {
            after: Vec::new(),
            groups: Vec::new(),
            category: Vec::new(),
            stars: Vec::new(),
            country: Vec::new(),
            plan: Vec::new(),
        };
        const SHARES: [f64; N_CATEGORIES] = [0.2, 0.4, 0.3, 0.1];
        for row in 0..2 * n {
            let after = row >= n;
            sample.after.push(after);
            if row % n > 0 && random.unit() < 0.1 {
                sample.groups.push(sample.groups[row - 1]);
                sample.category.push(sample.category[row - 1]);
                sample.stars.push(sample.stars[row - 1]);
                sample.country.push(sample.country[row - 1]);
                sample.plan.push(sample.plan[row - 1]);
                continue;
            }
            let country = random.class(&[0.3, 0.25, 0.2, 0.15, 0.07, 0.03]);
            let drawn = random.class(&SHARES);
            let moves = after && country == 2 && drawn != 0 && random.unit() < planted / (1.0 - SHARES[0]);
            let category = if moves { 0 } else { drawn };
            sample.groups.push(row);
            sample.category.push(category);
            sample.stars.push((1 + (category + random.below(3)) % 5) as f64);
            sample.country.push(country);
            sample.plan.push(random.class(&[0.6, 0.3, 0.1]));
        }
        sample
    }

    /// Searches the shares of all categories and the stars, by country and by plan.
    fn search(&self, seed: u64) -> Drivers {
        let share = |category: usize| -> Vec<f64> {
            let is = |&found: &usize| f64::from(u8::from(found == category));
            self.category.iter().map(is).collect()
        };
        let mut values: Vec<Vec<f64>> = (0..N_CATEGORIES).map(share).collect();
        values.push(self.stars.clone());
        let metrics: Vec<Metric<'_>> = values.iter().map(|values| Metric::new(values)).collect();
        let bootstrap = BootstrapOptions::default().with_resamples(100).with_seed(seed);
        let options = DriverOptions::default().with_bootstrap(bootstrap);
        let rows = Rows::new(&self.after, &self.groups).expect("valid");
        let fields = [Field::new(&self.country), Field::new(&self.plan)];
        find_drivers(&rows, &metrics, &fields, &options).expect("valid")
    }
}

/// Whether the planted driver is significant, and the number of significant effects in other countries. Effects in country 2
/// follow from the planted one: other categories shrink there, and the stars change.
fn outcome(found: &Drivers) -> (bool, usize) {
    let mut is_found = false;
    let mut n_elsewhere = 0;
    for (breakdown, contribution, is_mix) in found.significant() {
        let in_place = breakdown.field == 0 && contribution.segment == Segment::Value(2);
        is_found |= in_place && breakdown.metric == 0 && !is_mix;
        n_elsewhere += usize::from(breakdown.field == 0 && !in_place);
    }
    (is_found, n_elsewhere)
}

fn share_of_nulls_with_a_driver(n_samples: u64) -> f64 {
    let mut random = Random::new(7);
    let raises = |seed| {
        let found = Sample::draw(&mut random, 800, 0.0).search(seed);
        !found.significant().is_empty()
    };
    let n_raised = (0..n_samples).map(raises).filter(|&raised| raised).count();
    n_raised as f64 / n_samples as f64
}

#[test]
fn few_nulls_raise_anything() {
    // 30 samples at a true rate of 5 %: more than six are raised with probability 0.1 %.
    let share = share_of_nulls_with_a_driver(30);
    assert!(share <= 0.2, "{share}");
}

#[test]
fn at_most_7_5_percent_of_400_nulls_raise_anything() {
    if !slow_tests() {
        println!("skipped: searches 400 samples; RUN_SLOW_TESTS=1 runs it");
        return;
    }
    let share = share_of_nulls_with_a_driver(400);
    println!(
        "400 samples without a change: {:.2} % raise a driver",
        100.0 * share
    );
    assert!(share <= 0.075, "{share}");
}

#[test]
fn a_large_planted_change_is_found() {
    let (found, _) = outcome(&Sample::draw(&mut Random::new(11), 800, 0.4).search(1));
    assert!(found);
}

#[test]
fn the_power_for_20_sizes_and_20_seeds() {
    if !slow_tests() {
        println!("skipped: searches 400 samples; RUN_SLOW_TESTS=1 runs it");
        return;
    }
    println!(
        "| rise of the share in country 2, points | found, of 20 | other countries, significant effects |"
    );
    let mut found_of_size = Vec::new();
    let (mut n_found, mut n_elsewhere) = (0, 0);
    for size in 1..=20_u64 {
        let planted = 0.02 * size as f64;
        let outcomes: Vec<(bool, usize)> = (0..20)
            .map(|seed| {
                outcome(&Sample::draw(&mut Random::new(1_000 * size + seed), 800, planted).search(seed))
            })
            .collect();
        let found = outcomes.iter().filter(|(found, _)| *found).count();
        let elsewhere: usize = outcomes.iter().map(|(_, elsewhere)| elsewhere).sum();
        println!("| {:.0} | {found} | {elsewhere} |", 100.0 * planted);
        found_of_size.push(found);
        n_found += found;
        n_elsewhere += elsewhere;
    }
    assert!(
        found_of_size[..2].iter().sum::<usize>() <= 8,
        "small changes look like chance"
    );
    assert!(
        found_of_size[12..].iter().all(|&found| found >= 19),
        "{found_of_size:?}"
    );
    assert!(
        n_elsewhere * 10 <= n_found,
        "{n_elsewhere} elsewhere, {n_found} found"
    );
}

proptest! {
    #[test]
    fn contributions_add_up_to_the_change(
        rows in prop::collection::vec((any::<bool>(), 0_usize..12, -100.0..100.0_f64, 0_usize..40), 8..120),
        min_rows in 0_usize..12,
    ) {
        let after: Vec<bool> = rows.iter().map(|row| row.0).collect();
        let segments: Vec<usize> = rows.iter().map(|row| row.1).collect();
        let values: Vec<f64> = rows.iter().map(|row| row.2).collect();
        let groups: Vec<usize> = rows.iter().map(|row| row.3).collect();
        let rows = Rows::new(&after, &groups).expect("valid");
        let options = DriverOptions::default()
            .with_min_rows(min_rows)
            .with_bootstrap(BootstrapOptions::default().with_resamples(2));
        let Ok(found) = find_drivers(&rows, &[Metric::new(&values)], &[Field::new(&segments)], &options) else {
            return Ok(());
        };
        let breakdown = &found.breakdowns[0];
        let sum: f64 = breakdown.contributions.iter().map(|part| part.mix.value + part.rate.value).sum();
        prop_assert!((sum - breakdown.change).abs() <= 1e-12, "{} {}", sum, breakdown.change);
        let n: usize = breakdown.contributions.iter().map(|part| part.rows_before + part.rows_after).sum();
        prop_assert_eq!(n, after.len());
    }
}
