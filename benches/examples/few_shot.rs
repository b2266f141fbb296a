//! Fits classifiers to few labelled texts, for `benches/compare/few_shot.py`:
//! `cargo run --release --workspace --features feedback-benches/compare --example few_shot -- METHOD ENCODER TRAIN TEST [OPTIONS]`
//!
//! METHOD is `zero-shot`, `head` or `contrastive`; TRAIN and TEST are files of labelled texts. For `zero-shot`, TRAIN is a file with
//! labels (TOML). Prints the accuracy on TEST and the seconds that fitting took, as JSON.

#![expect(clippy::print_stdout, reason = "the program prints its result")]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context, ensure};
use burn::tensor::Device;
use feedback_bert::ModelFolder;
use feedback_bert::config::Pooling;
use feedback_bert::folder::{FeedbackManifest, load_for_fine_tuning};
use feedback_dataset::read::{OnBadRow, ReadOptions, read};
use feedback_heads::contrastive::{ContrastiveOptions, train_contrastive};
use feedback_heads::linear::fit_head;
use feedback_heads::{read_labels, zero_shot};
use feedback_inference::Classifier;

/// The allocator that the programs use.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const MAX_LENGTH: usize = 256;

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [method, encoder, train, test, options @ ..] = arguments.as_slice() else {
        anyhow::bail!("give METHOD, ENCODER, TRAIN and TEST as arguments");
    };
    let encoder: PathBuf = match encoder.as_str() {
        feedback_builtin::NAME => feedback_builtin::folder()?.to_owned(),
        path => path.into(),
    };
    let device = Device::flex();
    let (texts, truth) = labelled(test)?;
    let start = Instant::now();
    let (classifier, labels) = if method == "zero-shot" {
        let labels = read_labels(Path::new(train))?;
        let names: Vec<String> = labels.iter().map(|label| label.name.clone()).collect();
        let mut folder = load(&encoder, &names, &device)?;
        let head = zero_shot(&Classifier::new(folder.clone(), &device)?, &labels, &texts)?;
        folder.model = folder.model.with_classifier(head.weights, head.bias, &device);
        (Classifier::new(folder, &device)?, names)
    } else {
        let (train_texts, train_labels) = labelled(train)?;
        let mut names = train_labels.clone();
        names.sort();
        names.dedup();
        let ids: Vec<usize> = train_labels
            .iter()
            .map(|label| names.partition_point(|name| name < label))
            .collect();
        let mut folder = load(&encoder, &names, &device)?;
        if method == "contrastive" {
            let options = contrastive_options(options)?;
            folder.model = train_contrastive(
                folder.model,
                &folder.tokenizer,
                &train_texts,
                &ids,
                &options,
                &device,
                Arc::default(),
                Vec::new(),
            )?;
        } else {
            ensure!(
                method == "head",
                "`{method}` is not `zero-shot`, `head` or `contrastive`"
            );
        }
        let head = fit_head(
            &Classifier::new(folder.clone(), &device)?,
            &train_texts,
            &ids,
            names.len(),
            42,
        )?;
        folder.model = folder
            .model
            .with_classifier(head.vectors.weights, head.vectors.bias, &device);
        folder.ngrams = head.ngrams;
        (Classifier::new(folder, &device)?, names)
    };
    let seconds = start.elapsed().as_secs_f64();
    let logits = classifier.logits(&texts)?;
    let predicted = logits.chunks_exact(labels.len()).map(|row| {
        let best = (0..row.len()).max_by(|&a, &b| row[a].total_cmp(&row[b]));
        labels[best.unwrap_or_default()].as_str()
    });
    let right = predicted
        .zip(&truth)
        .filter(|(predicted, label)| predicted == label)
        .count();
    let accuracy = right as f64 / truth.len() as f64;
    println!(
        r#"{{"accuracy": {accuracy}, "seconds": {seconds}, "n": {}}}"#,
        truth.len()
    );
    Ok(())
}

fn labelled(path: &str) -> anyhow::Result<(Vec<String>, Vec<String>)> {
    let dataset = read(path, &ReadOptions::default(), OnBadRow::Fail)?;
    let labels = dataset.labels()?.into_iter().map(str::to_owned).collect();
    Ok((dataset.texts().into_iter().map(str::to_owned).collect(), labels))
}

fn load(encoder: &Path, labels: &[String], device: &Device) -> anyhow::Result<ModelFolder> {
    let start = load_for_fine_tuning(encoder, labels, Pooling::Mean, MAX_LENGTH, 42, device)?;
    let manifest = FeedbackManifest::new(MAX_LENGTH, Pooling::Mean, "few-shot", 42);
    Ok(ModelFolder::new(
        start.config,
        start.tokenizer,
        start.model,
        manifest,
    ))
}

fn contrastive_options(given: &[String]) -> anyhow::Result<ContrastiveOptions> {
    let mut options = ContrastiveOptions::default();
    for option in given {
        let (name, value) = option
            .split_once('=')
            .context("an option has the form name=value")?;
        match name {
            "learning_rate" => options.learning_rate = value.parse()?,
            "pairs_per_text" => options.pairs_per_text = value.parse()?,
            "max_steps" => options.max_steps = value.parse()?,
            "batch_size" => options.batch_size = value.parse()?,
            "temperature" => options.temperature = value.parse()?,
            "seed" => options.seed = value.parse()?,
            _ => anyhow::bail!("`{name}` is not an option"),
        }
    }
    Ok(options)
}
