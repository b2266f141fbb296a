//! Measures how long it takes to find themes in 100,000 texts, and to assign a million texts to them:
//! `cargo run --release --workspace --features feedback-benches/compare --example themes_at_scale -- ENCODER FILE…`
//!
//! ENCODER is a folder with an encoder, or `builtin`. The vectors of the texts in the files are repeated with noise, so that they are
//! enough. Computing the vectors is not counted.

#![expect(clippy::print_stdout, reason = "the program prints its result")]

#[path = "common/encoder.rs"]
mod encoder;

use std::path::Path;
use std::time::Instant;

use anyhow::Context;
use feedback_dataset::read::{OnBadRow, ReadOptions, read};
use feedback_insight::{ThemeOptions, Themes, Vectors};

/// The allocator that the programs use.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const N_FITTED: usize = 100_000;
const N_ASSIGNED: usize = 1_000_000;
/// The largest change of a number of a vector whose length is 1.
const NOISE: f32 = 0.03;

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let encoder = arguments
        .next()
        .context("give an encoder as the first argument")?;
    let mut texts = Vec::new();
    for file in arguments {
        let dataset = read(&file, &ReadOptions::default(), OnBadRow::Fail)?;
        texts.extend(dataset.texts().into_iter().map(str::to_owned));
    }
    anyhow::ensure!(!texts.is_empty(), "give files with texts after the encoder");
    let folder = match encoder.as_str() {
        feedback_builtin::NAME => feedback_builtin::folder()?,
        path => Path::new(path),
    };
    let classifier = encoder::load(folder)?;
    let start = Instant::now();
    let known = classifier.vectors(&texts)?;
    let n_columns = known.len() / texts.len();
    println!(
        "{} texts: {:.0} s for their vectors",
        texts.len(),
        start.elapsed().as_secs_f64()
    );

    let fitted = Vectors::new(n_columns, &repeated(&known, n_columns, N_FITTED))?;
    let start = Instant::now();
    let themes = Themes::fit(&fitted, &ThemeOptions::default())?;
    println!(
        "{N_FITTED} vectors: {} themes, {} texts without, {:.1} s",
        themes.n_themes(),
        themes.n_unassigned(),
        start.elapsed().as_secs_f64()
    );
    let all = Vectors::new(n_columns, &repeated(&known, n_columns, N_ASSIGNED))?;
    let start = Instant::now();
    let assigned = themes.assign(&all)?;
    println!(
        "{N_ASSIGNED} vectors assigned: {} without a theme, {:.1} s",
        assigned.iter().filter(|theme| theme.is_none()).count(),
        start.elapsed().as_secs_f64()
    );
    Ok(())
}

/// Returns `n` vectors: the known ones in turn, changed a little after the first turn.
fn repeated(known: &[f32], n_columns: usize, n: usize) -> Vec<f32> {
    let mut state = 0_u64;
    (0..n * n_columns)
        .map(|place| {
            let noise = if place < known.len() {
                0.0
            } else {
                NOISE * draw(&mut state)
            };
            known[place % known.len()] + noise
        })
        .collect()
}

/// A number from -1 to 1 (SplitMix64).
fn draw(state: &mut u64) -> f32 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut mixed = *state;
    mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((mixed ^ mixed >> 31) >> 40) as f32 / 8_388_608.0 - 1.0
}
