//! Classifies a stream of records as they arrive, in constant memory:
//! `cargo run --release --example classify_stream -- fixtures/tiny-bert < fixtures/unlabelled.jsonl`

#![expect(clippy::print_stderr, reason = "standard output is used for the records")]

use std::io::{BufWriter, Write, stdin, stdout};
use std::path::PathBuf;

use anyhow::Context;
use feedback_bert::DeviceChoice;
use feedback_dataset::read::{Format, OnBadRow, ReadOptions, Reader};
use feedback_inference::{Classifier, OutputFormat, StreamOptions, predict_stream};

fn main() -> anyhow::Result<()> {
    let model = std::env::args_os().nth(1).map(PathBuf::from);
    let model = model.context("give the model folder as the argument")?;
    let (device, _) = DeviceChoice::Auto.open()?;
    let classifier = Classifier::load(&model, &device)?;

    let reader = Reader::from_reader(stdin(), "standard input", Format::Jsonl, &ReadOptions::default());
    let mut options = StreamOptions::new(OutputFormat::Jsonl);
    options.on_bad_row = OnBadRow::SetAside;
    let mut output = BufWriter::new(stdout());
    let mut rejected = |line: &str| {
        eprintln!("set aside: {line}");
        Ok(())
    };
    let summary = predict_stream(
        &classifier,
        reader,
        &mut output,
        &mut rejected,
        &options,
        &mut |_| (),
    )?;
    output.flush()?;
    eprintln!(
        "{} classified, {} set aside",
        summary.predicted, summary.set_aside
    );
    Ok(())
}
