//! Measures the search for drivers in a million rows with three fields:
//! `cargo run --release -p feedback-benches --features compare --example drivers -- [ROWS]`
//!
//! Half of the rows are before, half after. The metric is the share of a category. In one country of the second period it is higher;
//! the program fails if that is not the first driver that is found.

#![expect(clippy::print_stdout, reason = "the program prints its result")]

use std::time::Instant;

use feedback_drivers::{DriverOptions, Field, Metric, Rows, Segment, find_drivers};

/// Segments of the fields: versions, plans, countries.
const SEGMENTS: [usize; 3] = [12, 4, 20];
const COUNTRY: usize = 7;
const ROUNDS: usize = 5;

fn main() -> anyhow::Result<()> {
    let n: usize = std::env::args().nth(1).map_or(Ok(1_000_000), |n| n.parse())?;
    let draw = |row: usize, salt: u64| mixed((row as u64) << 8 | salt);
    let after: Vec<bool> = (0..n).map(|row| row >= n / 2).collect();
    let groups: Vec<usize> = (0..n).collect();
    let fields: Vec<Vec<usize>> = (1..)
        .zip(SEGMENTS)
        .map(|(salt, segments)| {
            (0..n)
                .map(|row| (draw(row, salt) % segments as u64) as usize)
                .collect()
        })
        .collect();
    let values: Vec<f64> = (0..n)
        .map(|row| {
            let percent = if after[row] && fields[2][row] == COUNTRY {
                30
            } else {
                20
            };
            f64::from(u8::from(draw(row, 0) % 100 < percent))
        })
        .collect();
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        let start = Instant::now();
        let rows = Rows::new(&after, &groups)?;
        let fields: Vec<Field<'_>> = fields.iter().map(|segments| Field::new(segments)).collect();
        let found = find_drivers(&rows, &[Metric::new(&values)], &fields, &DriverOptions::default())?;
        times.push(start.elapsed().as_secs_f64());
        let (breakdown, contribution, is_mix) = found.significant()[0];
        anyhow::ensure!(
            (breakdown.field, contribution.segment, is_mix) == (2, Segment::Value(COUNTRY), false),
            "the planted driver is not the first one"
        );
    }
    times.sort_by(f64::total_cmp);
    println!(
        "{n} rows, three fields: {:.2} s (median of {ROUNDS}; fastest {:.2}, slowest {:.2})",
        times[ROUNDS / 2],
        times[0],
        times[ROUNDS - 1]
    );
    Ok(())
}

/// SplitMix64.
fn mixed(seed: u64) -> u64 {
    let mut mixed = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ mixed >> 31
}
