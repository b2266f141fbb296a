//! The time of a search for drivers over three fields.
//!
//!     cargo run --release -p feedback-drivers --example drivers_speed -- [ROWS] [METRICS]

use std::time::Instant;

use feedback_drivers::{DriverOptions, Field, Metric, Rows, find_drivers};

#[expect(clippy::print_stdout, reason = "the example prints its result")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut number = |default: usize| arguments.next().map_or(Ok(default), |number| number.parse());
    let (n, n_metrics) = (number(100_000)?, number(1)?);
    let draw = |row: usize, factor: u64, n: u64| (((row as u64).wrapping_mul(factor) >> 7) % n) as usize;
    let after: Vec<bool> = (0..n)
        .map(|row| draw(row, 0x9E37_79B9_7F4A_7C15, 100) < 55)
        .collect();
    // One text in fifty repeats the one before.
    let groups: Vec<usize> = (0..n).map(|row| row - usize::from(row % 50 == 49)).collect();
    let fields = [
        (0xC2B2_AE3D_27D4_EB4F, 4),
        (0x27D4_EB2F_1656_67C5, 12),
        (0x85EB_CA77_C2B2_AE63, 20),
    ]
    .map(|(factor, size)| (0..n).map(|row| draw(row, factor, size)).collect::<Vec<usize>>());
    // Shares of 2 to 20 %; the first grows in one segment.
    let share = |metric: usize, row: usize| {
        let grows = metric == 0 && after[row] && fields[0][row] == 1;
        let limit = 2 + 3 * (metric % 7) + if grows { 2 } else { 0 };
        f64::from(u8::from(draw(row + metric, 0xD6E8_FEB8_6659_FD93, 100) < limit))
    };
    let metrics: Vec<Vec<f64>> = (0..n_metrics)
        .map(|metric| (0..n).map(|row| share(metric, row)).collect())
        .collect();
    let metrics: Vec<Metric<'_>> = metrics.iter().map(|values| Metric::new(values)).collect();
    let fields: Vec<Field<'_>> = fields.iter().map(|segments| Field::new(segments)).collect();
    let start = Instant::now();
    let found = find_drivers(
        &Rows::new(&after, &groups)?,
        &metrics,
        &fields,
        &DriverOptions::default(),
    )?;
    println!(
        "{n} rows, {n_metrics} metrics, three fields: {:.2} s, {} tests, {} stand out",
        start.elapsed().as_secs_f64(),
        found.n_tests,
        found.significant().len()
    );
    // All numbers, to compare two versions of the search.
    let numbers = format!("{found:?}");
    let hash = numbers.bytes().fold(0xCBF2_9CE4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)
    });
    println!("hash {hash:016x}");
    Ok(())
}
