//! Measures the time of reading a file in any format, row by row; used by `scripts/bench-formats.sh`:
//! `cargo run --release -p feedback-formats --example read_speed -- FILE`
//!
//! Prints the wall-clock seconds, the CPU seconds, the peak memory in MiB (0 on systems without `/proc`) and the number of rows. The
//! text and the label of every row are used; other fields stay as they were read until they are needed.

use std::error::Error;
use std::io::Write;
use std::time::Instant;

use feedback_dataset::read::ReadOptions;
use feedback_formats::{Limits, open};

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).ok_or("name a file")?;
    let start = Instant::now();
    let mut rows = 0_u64;
    let mut letters = 0;
    for row in open(&path, &ReadOptions::default(), &Limits::default())?.reader {
        let record = row?.record;
        letters += record.text().len() + record.label().map_or(0, str::len);
        rows += 1;
    }
    let seconds = start.elapsed().as_secs_f64();
    if letters == 0 {
        return Err("the rows have no texts".into());
    }
    let (cpu, memory) = (cpu_seconds(), peak_mib());
    writeln!(std::io::stdout(), "{seconds:.4} {cpu:.2} {memory} {rows}")?;
    Ok(())
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

/// Returns the peak memory of this process in MiB (Linux); 0 on other systems.
fn peak_mib() -> u64 {
    let status = fs_err::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
    kib.unwrap_or_default() / 1024
}
