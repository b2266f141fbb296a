//! Measures the search for similar texts in a file of a million vectors:
//! `cargo run --release -p feedback-benches --features compare --example similar_texts -- FOLDER [ROWS] [THREADS]`
//!
//! The vectors are random, 384 numbers each; the time does not depend on them. The file (800 MB) stays in the folder, and is used again.

#![expect(clippy::print_stdout, reason = "the program prints its result")]

use std::path::Path;
use std::time::Instant;

use anyhow::Context;
use feedback_vectors::{Entry, Query, VectorFile};

const WIDTH: usize = 384;
const AT_ONCE: u64 = 1000;
const QUERIES: u64 = 21;

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().context("give a folder as the first argument")?;
    let rows: u64 = arguments.next().map_or(Ok(1_000_000), |rows| rows.parse())?;
    let threads: usize = arguments.next().map_or(Ok(2), |threads| threads.parse())?;
    let path = Path::new(&folder).join(format!("vectors-{rows}.f16"));
    let start = Instant::now();
    let file = match VectorFile::open(&path)? {
        Some(file) if file.len() as u64 == rows => file,
        _ => filled(&path, rows)?,
    };
    println!(
        "opened {} vectors in {:.1} s",
        file.len(),
        start.elapsed().as_secs_f64()
    );
    let mut times = Vec::new();
    for seed in 0..QUERIES {
        let vector = draws(u64::MAX - seed);
        let query = Query {
            vector: &vector,
            k: 100,
            min_similarity: 0.1,
            accept: None,
            threads,
        };
        let start = Instant::now();
        let found = file.search(&query)?;
        times.push(start.elapsed().as_secs_f64() * 1000.0);
        anyhow::ensure!(
            found.count >= found.hits.len() as u64,
            "fewer texts are counted than found"
        );
    }
    times.sort_by(f64::total_cmp);
    println!(
        "{threads} threads: {:.0} ms (median of {QUERIES}; fastest {:.0}, slowest {:.0})",
        times[times.len() / 2],
        times[0],
        times[times.len() - 1]
    );
    Ok(())
}

fn filled(path: &Path, rows: u64) -> anyhow::Result<VectorFile> {
    let mut file = VectorFile::create(path, "random", WIDTH)?;
    let mut first = 1;
    while first <= rows {
        let ids = first..=rows.min(first + AT_ONCE - 1);
        let vectors: Vec<Vec<f32>> = ids.clone().map(draws).collect();
        let entries: Vec<Entry<'_>> = ids
            .zip(&vectors)
            .map(|(id, vector)| Entry {
                id,
                key: u128::from(id).to_le_bytes(),
                vector,
            })
            .collect();
        file.append(&entries)?;
        first += AT_ONCE;
    }
    Ok(file)
}

/// Numbers from -1 to 1 (SplitMix64).
fn draws(seed: u64) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (0..WIDTH)
        .map(|_| {
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut mixed = state;
            mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
            ((mixed ^ mixed >> 31) >> 40) as f32 / 8_388_608.0 - 1.0
        })
        .collect()
}
