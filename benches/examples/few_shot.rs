//! Fits classifiers to few labelled texts, for `benches/compare/few_shot.py`:
//! `cargo run --release --workspace --features feedback-benches/compare --example few_shot -- METHOD ENCODER TRAIN TEST [OPTIONS]`
//!
//! METHOD is `zero-shot` (TRAIN is a TOML file with labels), `head`, `contrastive`, or `start` (as the program `start`: also needs the
//! option `labels=FILE`); TRAIN and TEST are files of labelled texts. Prints the accuracy on TEST and the seconds that fitting
//! took, as JSON.

#![expect(clippy::print_stdout, reason = "the program prints its result")]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context, bail};
use burn::tensor::Device;
use feedback_bert::ModelFolder;
use feedback_bert::config::Pooling;
use feedback_bert::folder::{FeedbackManifest, load_for_fine_tuning};
use feedback_dataset::read::{OnBadRow, ReadOptions, read};
use feedback_heads::contrastive::{ContrastiveOptions, train_contrastive};
use feedback_heads::linear::{EncodedTexts, fit_head};
use feedback_heads::{LabelDescription, read_labels, zero_shot};
use feedback_inference::Classifier;
use feedback_start::{LabelledText, Session};

/// The allocator that the programs use.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const MAX_LENGTH: usize = 256;
const SEED: u64 = 42;

/// The arguments of the program.
struct Job {
    encoder: PathBuf,
    train: PathBuf,
    options: Vec<(String, String)>,
    /// The texts of TEST.
    texts: Vec<String>,
    device: Device,
}

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [method, encoder, train, test, options @ ..] = arguments.as_slice() else {
        bail!("give METHOD, ENCODER, TRAIN and TEST as arguments");
    };
    let (texts, truth) = labelled(Path::new(test))?;
    let pair = |option: &String| -> anyhow::Result<(String, String)> {
        let (name, value) = option
            .split_once('=')
            .context("an option has the form name=value")?;
        Ok((name.to_owned(), value.to_owned()))
    };
    let job = Job {
        encoder: match encoder.as_str() {
            feedback_builtin::NAME => feedback_builtin::folder()?.to_owned(),
            path => path.into(),
        },
        train: train.into(),
        options: options.iter().map(pair).collect::<anyhow::Result<_>>()?,
        texts,
        device: Device::flex(),
    };
    let start = Instant::now();
    let classifier = match method.as_str() {
        "zero-shot" => job.zero_shot()?,
        "head" => job.head(false)?,
        "contrastive" => job.head(true)?,
        "start" => job.start()?,
        _ => bail!("`{method}` is not `zero-shot`, `head`, `contrastive` or `start`"),
    };
    let seconds = start.elapsed().as_secs_f64();
    let logits = classifier.logits(&job.texts)?;
    let labels = classifier.labels();
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

impl Job {
    fn zero_shot(&self) -> anyhow::Result<Classifier> {
        let labels = read_labels(&self.train)?;
        let mut folder = self.load(&names(&labels))?;
        let encoder = Classifier::new(folder.clone(), &self.device)?;
        let head = zero_shot(&encoder, &labels, &self.texts)?;
        folder.model = folder
            .model
            .with_classifier(head.weights, head.bias, &self.device);
        Ok(Classifier::new(folder, &self.device)?)
    }

    fn head(&self, contrastive: bool) -> anyhow::Result<Classifier> {
        let (texts, labels) = labelled(&self.train)?;
        let mut names = labels.clone();
        names.sort();
        names.dedup();
        let ids: Vec<usize> = labels
            .iter()
            .map(|label| names.partition_point(|name| name < label))
            .collect();
        let mut folder = self.load(&names)?;
        if contrastive {
            let (options, device) = (self.contrastive_options()?, &self.device);
            let (model, tokenizer) = (folder.model, &folder.tokenizer);
            folder.model =
                train_contrastive(model, tokenizer, &texts, &ids, &options, device, Arc::default())?;
        }
        let encoder = Classifier::new(folder.clone(), &self.device)?;
        let encodings = encoder.encode(&texts)?;
        let examples = EncodedTexts {
            texts: &texts,
            encodings: &encodings,
        };
        let (head, _) = fit_head(&encoder, examples, &ids, names.len(), SEED)?;
        let (weights, bias) = (head.vectors.weights, head.vectors.bias);
        folder.model = folder.model.with_classifier(weights, bias, &self.device);
        folder.ngrams = head.ngrams;
        Ok(Classifier::new(folder, &self.device)?)
    }

    fn start(&self) -> anyhow::Result<Classifier> {
        let file = self.options.iter().find(|(name, _)| name == "labels");
        let (_, file) = file.context("`start` needs the option labels=FILE")?;
        let labels = read_labels(Path::new(file))?;
        let (mut texts, given) = labelled(&self.train)?;
        let answers = texts
            .iter()
            .zip(given)
            .map(|(text, label)| LabelledText::new(text.clone(), label));
        let answers: Vec<LabelledText> = answers.collect();
        texts.extend(self.texts.iter().cloned());
        let mut folder = self.load(&names(&labels))?;
        let encoder = Classifier::new(folder.clone(), &self.device)?;
        let mut session = Session::new(&encoder, &texts, labels, SEED)?;
        session.restore(&answers)?;
        let head = session.head()?;
        folder.model = folder
            .model
            .with_classifier(head.weights, head.bias, &self.device);
        Ok(Classifier::new(folder, &self.device)?)
    }

    fn load(&self, labels: &[String]) -> anyhow::Result<ModelFolder> {
        let start = load_for_fine_tuning(
            &self.encoder,
            labels,
            Pooling::Mean,
            MAX_LENGTH,
            SEED,
            &self.device,
        )?;
        let manifest = FeedbackManifest::new(MAX_LENGTH, Pooling::Mean, "few-shot", SEED);
        Ok(ModelFolder::new(
            start.config,
            start.tokenizer,
            start.model,
            manifest,
        ))
    }

    fn contrastive_options(&self) -> anyhow::Result<ContrastiveOptions> {
        let mut options = ContrastiveOptions::default();
        for (name, value) in &self.options {
            match name.as_str() {
                "learning_rate" => options.learning_rate = value.parse()?,
                "pairs_per_text" => options.pairs_per_text = value.parse()?,
                "max_steps" => options.max_steps = value.parse()?,
                "batch_size" => options.batch_size = value.parse()?,
                "temperature" => options.temperature = value.parse()?,
                "seed" => options.seed = value.parse()?,
                _ => bail!("`{name}` is not an option"),
            }
        }
        Ok(options)
    }
}

fn names(labels: &[LabelDescription]) -> Vec<String> {
    labels.iter().map(|label| label.name.clone()).collect()
}

fn labelled(path: &Path) -> anyhow::Result<(Vec<String>, Vec<String>)> {
    let dataset = read(path, &ReadOptions::default(), OnBadRow::Fail)?;
    let labels = dataset.labels()?.into_iter().map(str::to_owned).collect();
    Ok((dataset.texts().into_iter().map(str::to_owned).collect(), labels))
}
