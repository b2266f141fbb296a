//! Splits a labelled file so that no text is in two parts, and writes the parts with a manifest:
//! `cargo run --release --example split_a_file -- fixtures/feedback.jsonl target/split`

#![expect(clippy::print_stdout, reason = "an example prints its result")]

use std::path::PathBuf;

use anyhow::Context;
use feedback_dataset::LabelSet;
use feedback_dataset::duplicates::{DuplicateKind, duplicate_groups};
use feedback_dataset::leaks::leaks;
use feedback_dataset::read::{OnBadRow, ReadOptions, read};
use feedback_dataset::split::{SplitOptions, SplitSize, split_dataset};
use feedback_dataset::write::{SplitManifestInfo, write_split};

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let input = arguments
        .next()
        .context("give the file to split as the first argument")?;
    let folder = arguments
        .next()
        .context("give the folder for the parts as the second argument")?;

    let dataset = read(input, &ReadOptions::default(), OnBadRow::Fail)?;
    let labels = LabelSet::from_dataset(&dataset)?;
    let texts = dataset.texts();

    // Texts that differ only in case, accents or punctuation stay together.
    let groups = duplicate_groups(texts.iter().copied(), DuplicateKind::Normalised);
    let mut options = SplitOptions::default();
    options.test_size = SplitSize::Fraction(0.25);
    let parts = split_dataset(&dataset, &labels, &groups, &options)?;

    let texts_of = |rows: &[usize]| rows.iter().map(|&row| texts[row]).collect::<Vec<_>>();
    let leaked = leaks(&texts_of(&parts.train), &texts_of(&parts.test));
    println!(
        "{} train, {} validation, {} test rows of {} classes; {} leaks",
        parts.train.len(),
        parts.validation.len(),
        parts.test.len(),
        labels.names().len(),
        leaked.len()
    );

    let info = SplitManifestInfo::new(options, &labels);
    write_split(&dataset, &parts, folder, &info, false)?;
    Ok(())
}
