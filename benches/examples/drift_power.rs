//! How often drift is found, on real texts: without a change, and with planted changes of several sizes.
//!
//! `cargo run --release --workspace --features feedback-benches/compare --example drift_power -- fixtures/feedback_train2.jsonl $FEEDBACK_SHARED_DIR/data/it_tickets/test.jsonl`
//!
//! The first file has the texts of the service, the second one texts about something else. Prints a table in Markdown.

use std::io::Write;
use std::path::Path;

use anyhow::Context;
use feedback_bert::DeviceChoice;
use feedback_dataset::read::{LabelRule, OnBadRow, ReadOptions, read};
use feedback_drift::{DriftOptions, Observation, Profile, compare};
use feedback_inference::{Classifier, Encoding};
use feedback_metrics::statistics::Draws;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Texts of the reference and of the period that is checked.
const SIZES: (usize, usize) = (500, 300);
const NULLS: u64 = 400;
const SAMPLES: u64 = 100;
const SHARES: [f64; 4] = [0.05, 0.1, 0.2, 0.4];

/// A text as the model sees it.
struct Seen {
    text: String,
    label: usize,
    confidence: f64,
    tokens: usize,
    unknown_share: f64,
    vector: Vec<f32>,
}

fn main() -> anyhow::Result<()> {
    let files: Vec<String> = std::env::args().skip(1).collect();
    let [own, foreign] = files.as_slice() else {
        anyhow::bail!("expected two files: texts of the service, and texts about something else");
    };
    let (device, _) = DeviceChoice::Cpu.open()?;
    let classifier = Classifier::load(feedback_builtin::folder()?, &device)?;
    let own = texts(own.as_ref())?;
    let foreign = texts(foreign.as_ref())?;
    let garbled: Vec<String> = own
        .iter()
        .enumerate()
        .map(|(n, text)| garble(text, n as u64))
        .collect();
    let short: Vec<String> = own.iter().map(|text| first_words(text)).collect();
    let labels = classifier.labels().to_vec();
    let see = |texts: &[String]| seen(&classifier, texts);
    let (own, foreign) = (see(&own)?, see(&foreign[..foreign.len().min(1_000)])?);
    let (garbled, short) = (see(&garbled)?, see(&short)?);

    let mut out = std::io::stdout().lock();
    let mut n = 0;
    for seed in 0..NULLS {
        n += usize::from(alarm(&labels, &own, seed, |_, _| None)?);
    }
    writeln!(
        out,
        "no change: {n} of {NULLS} samples raise an alarm ({:.1} %)\n",
        100.0 * n as f64 / NULLS as f64
    )?;
    writeln!(
        out,
        "| planted change | {} |",
        SHARES.map(|share| format!("{:.0} %", 100.0 * share)).join(" | ")
    )?;
    writeln!(out, "|---|{}", "---|".repeat(SHARES.len()))?;
    type Plant<'a> = Box<dyn Fn(&mut Draws, usize) -> Option<&'a Seen> + 'a>;
    let complaint = labels
        .iter()
        .position(|name| name == "complaint")
        .context("the label `complaint`")?;
    let complaints: Vec<&Seen> = own.iter().filter(|seen| seen.label == complaint).collect();
    let unsure: Vec<&Seen> = own.iter().filter(|seen| seen.confidence < 0.7).collect();
    let kinds: [(&str, Plant<'_>); 5] = [
        (
            "more complaints",
            Box::new(|draws, _| complaints.get(draws.below(complaints.len() as u64)).copied()),
        ),
        (
            "more texts of which the model is unsure",
            Box::new(|draws, _| unsure.get(draws.below(unsure.len() as u64)).copied()),
        ),
        ("texts cut after five words", Box::new(|_, row| short.get(row))),
        ("every third word unknown", Box::new(|_, row| garbled.get(row))),
        (
            "texts about something else",
            Box::new(|draws, _| foreign.get(draws.below(foreign.len() as u64))),
        ),
    ];
    for (name, plant) in kinds {
        let mut cells = Vec::new();
        for share in SHARES {
            let limit = (share * 1_000_000.0) as usize;
            let mut found = 0;
            for seed in 0..SAMPLES {
                let changed = |draws: &mut Draws, row: usize| {
                    if draws.below(1_000_000) < limit {
                        plant(draws, row)
                    } else {
                        None
                    }
                };
                found += usize::from(alarm(&labels, &own, 10_000 + seed, changed)?);
            }
            cells.push(format!("{found} of {SAMPLES}"));
        }
        writeln!(out, "| {name} | {} |", cells.join(" | "))?;
        out.flush()?;
    }
    Ok(())
}

fn texts(path: &Path) -> anyhow::Result<Vec<String>> {
    let mut options = ReadOptions::default();
    options.label_rule = LabelRule::Optional;
    let dataset = read(path, &options, OnBadRow::Fail)?;
    Ok(dataset
        .rows
        .iter()
        .map(|row| row.record.text().to_owned())
        .collect())
}

/// Replaces every third word by one that no vocabulary knows.
fn garble(text: &str, seed: u64) -> String {
    let mut draws = Draws::new(1, seed);
    let words = text
        .split_whitespace()
        .enumerate()
        .map(|(place, word)| match place % 3 {
            0 => char::from_u32(0x1F300 + draws.below(200) as u32)
                .map_or_else(|| word.to_owned(), String::from),
            _ => word.to_owned(),
        });
    words.collect::<Vec<_>>().join(" ")
}

fn first_words(text: &str) -> String {
    text.split_whitespace().take(5).collect::<Vec<_>>().join(" ")
}

fn seen(classifier: &Classifier, texts: &[String]) -> anyhow::Result<Vec<Seen>> {
    let encodings: Vec<Encoding> = classifier.encode(texts)?;
    let (predictions, vectors) = classifier.predict_with_vectors(texts)?;
    let mut all = Vec::new();
    for (((text, encoding), prediction), vector) in texts
        .iter()
        .zip(encodings)
        .zip(predictions)
        .zip(vectors.chunks(classifier.width()))
    {
        let label = classifier
            .labels()
            .iter()
            .position(|name| *name == prediction.predicted_label);
        let tokens = encoding.len() - 2;
        let unknown = encoding.input_ids.iter().filter(|&&id| id == UNKNOWN).count();
        all.push(Seen {
            text: text.clone(),
            label: label.context("a label of the model")?,
            confidence: prediction.confidence,
            tokens,
            unknown_share: unknown as f64 / tokens.max(1) as f64,
            vector: vector.to_vec(),
        });
    }
    Ok(all)
}

/// The id of `[UNK]` in the vocabulary of the built-in model.
const UNKNOWN: u32 = 1;

/// Draws a reference and a period without common texts, changes texts of the period, and compares.
fn alarm<'a>(
    labels: &[String],
    own: &'a [Seen],
    seed: u64,
    changed: impl Fn(&mut Draws, usize) -> Option<&'a Seen>,
) -> anyhow::Result<bool> {
    let mut draws = Draws::new(own.len(), seed);
    let mut order: Vec<usize> = (0..own.len()).collect();
    for place in 0..SIZES.0 + SIZES.1 {
        let other = place + draws.below((own.len() - place) as u64);
        order.swap(place, other);
    }
    let reference: Vec<&Seen> = order[..SIZES.0].iter().map(|&row| &own[row]).collect();
    let period: Vec<&Seen> = order[SIZES.0..SIZES.0 + SIZES.1]
        .iter()
        .map(|&row| changed(&mut draws, row).unwrap_or(&own[row]))
        .collect();
    let profile =
        |seen: &[&'a Seen]| Profile::new(labels, "encoder", seen.iter().map(|&seen| observation(seen)));
    let options = DriftOptions::default().with_seed(seed);
    Ok(compare(&profile(&reference)?, &profile(&period)?, &options)?.alarm)
}

fn observation(seen: &Seen) -> Observation<'_> {
    Observation {
        text: &seen.text,
        label: seen.label,
        confidence: seen.confidence,
        tokens: seen.tokens,
        unknown_share: seen.unknown_share,
        vector: &seen.vector,
    }
}
