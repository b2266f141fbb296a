//! How well the words find urgent texts, alone or together with the answers of a model.
//!
//!     cargo run --release -p feedback-triage --example urgency_quality -- FILE [PREDICTIONS] [--phrases]
//!
//! FILE has JSON lines with `text` and `urgency` (none, soon, now); PREDICTIONS the lines that `predict` wrote for it, in the same
//! order. `--phrases` shows how often the words of each reason are right; use it on training data only.

use std::collections::BTreeMap;

use feedback_metrics::statistics::wilson_interval;
use feedback_triage::{Urgency, combined, signals, urgency};
use serde_json::Value;

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

#[expect(clippy::print_stdout, reason = "the example prints its result")]
fn main() -> Outcome<()> {
    let (flags, files): (Vec<String>, Vec<String>) = std::env::args()
        .skip(1)
        .partition(|argument| argument.starts_with("--"));
    let rows = lines(files.first().ok_or("expected a file with `text` and `urgency`")?)?;
    let truth = rows
        .iter()
        .map(|row| level(&row["urgency"]))
        .collect::<Outcome<Vec<_>>>()?;
    let texts: Vec<&str> = rows
        .iter()
        .map(|row| row["text"].as_str().unwrap_or_default())
        .collect();
    let by_words: Vec<Urgency> = texts.iter().map(|text| urgency(text)).collect();
    println!("{} texts", rows.len());
    report("words", &truth, &by_words)?;
    if let Some(file) = files.get(1) {
        let answers = lines(file)?.iter().map(answer).collect::<Outcome<Vec<_>>>()?;
        if answers.len() != rows.len() {
            return Err(format!("{} predictions for {} texts", answers.len(), rows.len()).into());
        }
        let by_model: Vec<Urgency> = answers
            .iter()
            .map(|&answer| combined(Urgency::None, Some(answer)))
            .collect();
        let both = by_words
            .iter()
            .zip(&answers)
            .map(|(words, answer)| combined(*words, Some(*answer)));
        report("model", &truth, &by_model)?;
        report("both", &truth, &both.collect::<Vec<_>>())?;
    }
    if flags.iter().any(|flag| flag == "--phrases") {
        phrases(&texts, &truth);
    }
    Ok(())
}

fn lines(path: &str) -> Outcome<Vec<Value>> {
    let text = fs_err::read_to_string(path)?;
    Ok(text.lines().map(serde_json::from_str).collect::<Result<_, _>>()?)
}

fn level(name: &Value) -> Outcome<Urgency> {
    let level = name.as_str().and_then(Urgency::from_name);
    Ok(level.ok_or_else(|| format!("`urgency`: found {name}, expected `none`, `soon` or `now`"))?)
}

/// Returns the model's answer to the question `urgency`, with its probability.
fn answer(row: &Value) -> Outcome<(Urgency, f64)> {
    let answers = row["answers"]
        .as_array()
        .ok_or("expected `answers`: the model has no further questions")?;
    let answer = answers.iter().find(|answer| answer["question"] == "urgency");
    let label = &answer.ok_or("expected an answer to the question `urgency`")?["labels"][0];
    let score = label["score"].as_f64().ok_or("expected a number as `score`")?;
    Ok((level(&label["label"])?, score))
}

#[expect(clippy::print_stdout, reason = "the example prints its result")]
fn report(name: &str, truth: &[Urgency], found: &[Urgency]) -> Outcome<()> {
    for (level, limit) in [("soon or now", Urgency::Soon), ("now", Urgency::Now)] {
        let pairs = || truth.iter().zip(found);
        let right = pairs()
            .filter(|&(truth, found)| *truth >= limit && *found >= limit)
            .count() as u64;
        let n_found = found.iter().filter(|found| **found >= limit).count() as u64;
        let n_true = truth.iter().filter(|truth| **truth >= limit).count() as u64;
        let share = |of: u64| -> Outcome<String> {
            let interval = wilson_interval(right, of, 0.95)?;
            let percent = |share: f64| 100.0 * share;
            Ok(format!(
                "{:5.1} % ({:.1} to {:.1}; {right} of {of})",
                percent(right as f64 / of as f64),
                percent(interval.low),
                percent(interval.high)
            ))
        };
        println!(
            "{name:6} {level:12} precision {}, recall {}",
            share(n_found)?,
            share(n_true)?
        );
    }
    Ok(())
}

#[expect(clippy::print_stdout, reason = "the example prints its result")]
fn phrases(texts: &[&str], truth: &[Urgency]) {
    let mut counts: BTreeMap<(Urgency, &str, String), [u64; 3]> = BTreeMap::new();
    for (text, truth) in texts.iter().zip(truth) {
        for signal in signals(text) {
            let key = (signal.level, signal.reason.name(), signal.words.to_lowercase());
            counts.entry(key).or_default()[*truth as usize] += 1;
        }
    }
    let mut sums: BTreeMap<(Urgency, &str), [u64; 3]> = BTreeMap::new();
    for ((level, reason, _), n) in &counts {
        let sum = sums.entry((*level, reason)).or_default();
        (0..3).for_each(|place| sum[place] += n[place]);
    }
    for ((level, reason), n) in sums {
        println!(
            "{:5} {reason:9} none {:4} soon {:4} now {:4}",
            level.name(),
            n[0],
            n[1],
            n[2]
        );
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|(_, n)| std::cmp::Reverse(n.iter().sum::<u64>()));
    for ((level, reason, words), n) in counts.iter().take(400) {
        println!(
            "{:5} {reason:9} none {:4} soon {:4} now {:4} {words}",
            level.name(),
            n[0],
            n[1],
            n[2]
        );
    }
}
