//! Times one task on a file of JSON lines, for `scripts/bench-data.sh`:
//! `cargo run --release -p feedback-dataset --example speed -- read FILE`
//!
//! Prints the seconds of the task alone and what it found. Tasks: `read`, `split`, `normalised`, `near`.

use std::error::Error;
use std::io::Write;
use std::time::Instant;

use feedback_dataset::{
    DuplicateKind, LabelSet, NearOptions, OnBadRow, ReadOptions, SplitOptions, SplitSize, duplicate_groups,
    group_near_duplicates, read, split,
};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let task = arguments
        .next()
        .ok_or("name a task: read, split, normalised, near")?;
    let path = arguments.next().ok_or("name a file of JSON lines")?;
    let start = Instant::now();
    let dataset = read(&path, &ReadOptions::default(), OnBadRow::Fail)?;
    let read_seconds = start.elapsed().as_secs_f64();
    let texts = dataset.texts();
    let n_distinct = |groups: &[usize]| groups.iter().max().map_or(0, |last| last + 1);
    let (seconds, found) = match task.as_str() {
        "read" => (read_seconds, dataset.len()),
        "split" => {
            let labels = LabelSet::from_dataset(&dataset)?.encode(&dataset)?;
            let single: Vec<usize> = (0..labels.len()).collect();
            let options = SplitOptions {
                validation_size: SplitSize::NONE,
                ..SplitOptions::default()
            };
            let start = Instant::now();
            let parts = split(&labels, &single, &options)?;
            (start.elapsed().as_secs_f64(), parts.test.len())
        }
        "normalised" => {
            let start = Instant::now();
            let groups = duplicate_groups(texts.iter().copied(), DuplicateKind::Normalised);
            (start.elapsed().as_secs_f64(), n_distinct(&groups))
        }
        "near" => {
            let start = Instant::now();
            let groups = group_near_duplicates(&texts, &NearOptions::default());
            (start.elapsed().as_secs_f64(), n_distinct(&groups))
        }
        other => return Err(format!("there is no task `{other}`").into()),
    };
    writeln!(std::io::stdout(), "{seconds:.4} {found}")?;
    Ok(())
}
