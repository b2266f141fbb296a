//! Measures the time of one task on a file of JSON lines; used by `scripts/bench-data.sh`:
//! `cargo run --release -p feedback-dataset --example data_speed -- read FILE`
//!
//! Prints the wall-clock seconds of the task alone, the CPU seconds of all its threads, and the number of rows or groups found.
//! Tasks: `read`, `split`, `normalised`, `near`.

use std::error::Error;
use std::io::Write;
use std::time::Instant;

use feedback_dataset::LabelSet;
use feedback_dataset::duplicates::{DuplicateKind, NearOptions, duplicate_groups, group_near_duplicates};
use feedback_dataset::read::{OnBadRow, ReadOptions, read};
use feedback_dataset::split::{SplitOptions, SplitSize, split};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let task = arguments
        .next()
        .ok_or("name a task: read, split, normalised, near")?;
    let path = arguments.next().ok_or("name a file of JSON lines")?;
    let clock = Clock::start();
    let dataset = read(&path, &ReadOptions::default(), OnBadRow::Fail)?;
    let read_seconds = clock.stop();
    let texts = dataset.texts();
    let n_distinct = |groups: &[usize]| groups.iter().max().map_or(0, |last| last + 1);
    let ((seconds, cpu_seconds), found) = match task.as_str() {
        "read" => (read_seconds, dataset.len()),
        "split" => {
            let labels = LabelSet::from_dataset(&dataset)?.encode(&dataset)?;
            let single: Vec<usize> = (0..labels.len()).collect();
            let options = SplitOptions::new(SplitSize::Fraction(0.2), SplitSize::NONE);
            let clock = Clock::start();
            let parts = split(&labels, &single, &options)?;
            (clock.stop(), parts.test.len())
        }
        "normalised" => {
            let clock = Clock::start();
            let groups = duplicate_groups(texts.iter().copied(), DuplicateKind::Normalised);
            (clock.stop(), n_distinct(&groups))
        }
        "near" => {
            let clock = Clock::start();
            let groups = group_near_duplicates(&texts, &NearOptions::default());
            (clock.stop(), n_distinct(&groups))
        }
        other => return Err(format!("there is no task `{other}`").into()),
    };
    writeln!(std::io::stdout(), "{seconds:.4} {cpu_seconds:.2} {found}")?;
    Ok(())
}

/// Measures wall-clock time and CPU time since its start.
struct Clock {
    start: Instant,
    cpu: f64,
}

impl Clock {
    fn start() -> Self {
        Self {
            start: Instant::now(),
            cpu: cpu_seconds(),
        }
    }

    fn stop(&self) -> (f64, f64) {
        (self.start.elapsed().as_secs_f64(), cpu_seconds() - self.cpu)
    }
}

/// Returns the user and system time of this process in seconds, to 0.01 s (Linux); 0 on other systems.
fn cpu_seconds() -> f64 {
    let stat = fs_err::read_to_string("/proc/self/stat").unwrap_or_default();
    // The program name, in parentheses, is the last field that may contain spaces.
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    fields
        .skip(11)
        .take(2)
        .filter_map(|ticks| ticks.parse::<f64>().ok())
        .sum::<f64>()
        / 100.0
}
