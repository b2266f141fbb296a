//! Classifies a file in parts, of which several workers each do some.

use std::io::Write;
use std::path::Path;

use clap::Args;
use feedback_bert::Dtype;
use feedback_dataset::read::{ReadOptions, Reader, RowError};
use feedback_dataset::record::Row;
use feedback_files::{AtomicFile, is_stream, sha256_of_input};
use feedback_inference::{AnyClassifier, Origin, OutputFormat, StreamOptions, StreamSummary, predict_rows};
use feedback_shards::{Claim, Counts, Job, Part, Run, Shard};

use super::formats::is_standard_input;
use crate::exit::{self, UsageError};
use crate::output;

/// Number of rows of a part.
const PART_ROWS: u64 = 10_000;

/// The parts that this process does.
#[derive(Debug, Args)]
#[command(next_help_heading = "Several workers")]
pub(super) struct ShardArgs {
    /// Do only these parts of the input, such as 2/7: every seventh part, beginning with the second. OUTPUT is then a folder, to which any
    /// number of workers write; after a kill, the same command does what is missing, and `feedback merge` joins the parts
    #[arg(long, value_name = "I/N", requires_all = ["input", "output"], env = "FEEDBACK_SHARD")]
    pub(super) shard: Option<Shard>,
    /// Number of rows of a part
    #[arg(long, value_name = "N", default_value_t = PART_ROWS, value_parser = clap::value_parser!(u64).range(1..), env = "FEEDBACK_PART_ROWS")]
    pub(super) part_rows: u64,
}

/// What a shard is classified with.
pub(super) struct ShardRun<'a> {
    pub(super) model: &'a AnyClassifier,
    pub(super) model_folder: &'a Path,
    pub(super) input: &'a Path,
    pub(super) output: &'a Path,
    pub(super) part_rows: u64,
    pub(super) dtype: Dtype,
    /// Further settings on which the results depend, with their names.
    pub(super) settings: Vec<(&'static str, String)>,
}

/// What became of the parts of the shard.
#[derive(Debug, Default)]
struct Done {
    here: u64,
    before: u64,
    by_others: Vec<String>,
    rows: u64,
    set_aside: u64,
}

impl ShardRun<'_> {
    /// Does the parts of a shard that are not done yet.
    pub(super) fn predict(
        &self,
        mut reader: Reader<'_>,
        read: &ReadOptions,
        options: &StreamOptions,
        shard: Shard,
    ) -> anyhow::Result<u8> {
        let origin = Origin::of(&mut reader)?;
        let job = Job::open(self.output, &self.run(&origin, read, options)?).map_err(hinted)?;
        let mut rows = reader.peekable();
        let (mut part, mut total, mut done) = (0, 0, Done::default());
        while part == 0 || rows.peek().is_some() {
            let mut of_part = rows
                .by_ref()
                .take(usize::try_from(job.part_rows()).unwrap_or(usize::MAX));
            total += match shard.has(part) {
                true => self.do_part(&job, part, (&origin, &mut of_part), options, &mut done)?,
                false => skip(&mut of_part)?,
            };
            part += 1;
        }
        job.finish(total).map_err(hinted)?;
        Ok(self.say(shard, &done))
    }

    /// Describes the run, so that no worker with another input, model or setting joins it.
    fn run(&self, origin: &Origin, read: &ReadOptions, options: &StreamOptions) -> anyhow::Result<Run> {
        let extension = match options.format {
            OutputFormat::Jsonl => "jsonl",
            OutputFormat::Csv => "csv",
            _ => {
                let reason = "the parts of a shard are jsonl, csv or tsv\nhint: add --output-format jsonl";
                return Err(UsageError(reason.into()).into());
            }
        };
        if is_standard_input(self.input) || is_stream(self.input) {
            let reason =
                "--shard needs a file as --input: every worker reads it\nhint: store the input in a file";
            return Err(UsageError(reason.into()).into());
        }
        let mut header = Vec::new();
        predict_rows(
            self.model,
            (origin, &mut std::iter::empty()),
            &mut header,
            &mut |_| Ok(()),
            options,
            &mut |_| {},
        )?;
        let run = Run::new(self.part_rows, extension)
            .with_header(header.len() as u64)
            .with("input", sha256_of_input(self.input)?)
            .with("model", sha256_of_input(self.model_folder)?)
            .with("data type", self.dtype.to_string())
            .with("reading", format!("{read:?}"))
            .with(
                "table",
                format!("{:?}, scores {}", options.style, options.with_scores),
            )
            .with(
                "explanations",
                format!("{:?} {:?}", options.explain, options.explain_label),
            )
            .with("unusable rows", format!("{:?}", options.on_bad_row));
        let more = |run: Run, (name, value): &(&str, String)| run.with(name, value.clone());
        Ok(self.settings.iter().fold(run, more))
    }

    /// Does a part unless it is done; returns its number of rows.
    fn do_part(
        &self,
        job: &Job,
        part: u64,
        (origin, rows): (&Origin, &mut dyn Iterator<Item = Result<Row, RowError>>),
        options: &StreamOptions,
        done: &mut Done,
    ) -> anyhow::Result<u64> {
        match job.claim(part).map_err(hinted)? {
            Claim::Yours(claimed) => {
                let counts = self.write(&claimed, (origin, rows), options)?;
                claimed.commit(counts).map_err(hinted)?;
                done.here += 1;
                done.rows += counts.written;
                done.set_aside += counts.set_aside;
                Ok(counts.rows)
            }
            Claim::Taken { by } => {
                done.by_others.push(by);
                skip(rows)
            }
            _ => {
                done.before += 1;
                skip(rows)
            }
        }
    }

    fn write(
        &self,
        part: &Part,
        (origin, rows): (&Origin, &mut dyn Iterator<Item = Result<Row, RowError>>),
        options: &StreamOptions,
    ) -> anyhow::Result<Counts> {
        let mut n = 0;
        let mut counted = rows.inspect(|_| n += 1);
        let mut output = AtomicFile::create(part.output())?;
        let mut rejected: Option<AtomicFile> = None;
        let mut lease = Ok(());
        let mut reject = |line: &str| {
            let file = match rejected.take() {
                Some(file) => file,
                None => AtomicFile::create(part.rejected()).map_err(std::io::Error::other)?,
            };
            writeln!(rejected.insert(file), "{line}")
        };
        let mut progress = |_: &StreamSummary| lease = part.renew();
        let summary = predict_rows(
            self.model,
            (origin, &mut counted),
            &mut output,
            &mut reject,
            options,
            &mut progress,
        )?;
        lease.map_err(hinted)?;
        if let Some(file) = rejected {
            file.commit()?;
        }
        output.commit()?;
        Ok(Counts {
            rows: n,
            written: summary.predicted as u64,
            set_aside: summary.set_aside as u64,
        })
    }

    fn say(&self, shard: Shard, done: &Done) -> u8 {
        output::message(format_args!(
            "shard {shard}: {} parts done with {} records, {} were done before",
            done.here, done.rows, done.before
        ));
        if !done.by_others.is_empty() {
            let mut names = done.by_others.clone();
            names.dedup();
            output::message(format_args!(
                "{} parts are being done by other workers ({}); if one of them ends early, start this command again",
                done.by_others.len(),
                names.join(", ")
            ));
        }
        if done.set_aside == 0 {
            return exit::OK;
        }
        output::message(format_args!(
            "{} records were set aside; `feedback merge` collects them",
            done.set_aside
        ));
        exit::SET_ASIDE
    }
}

/// Reads the rows of a part that is not done here; returns their number.
fn skip(rows: &mut dyn Iterator<Item = Result<Row, RowError>>) -> anyhow::Result<u64> {
    let mut n = 0;
    for row in rows {
        if let Err(RowError::Fatal(error)) = row {
            return Err(error.into());
        }
        n += 1;
    }
    Ok(n)
}

/// Adds the hint of an error to its message.
pub(crate) fn hinted(error: feedback_shards::Error) -> anyhow::Error {
    match error.hint() {
        Some(hint) => anyhow::anyhow!("{error}\nhint: {hint}"),
        None => error.into(),
    }
}
