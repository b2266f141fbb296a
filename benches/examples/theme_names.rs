//! Writes questions for a judge of the names of themes:
//! `cargo run --release --workspace --features feedback-benches/compare --example theme_names -- ENCODER FILE OUT`
//!
//! FILE has texts with their intents as labels. Finds themes in all texts, draws 30 of them, and writes OUT/questions.md: for each theme its
//! name, its quotes and ten intents. One is the intent of most of its texts; the others are the nine intents nearest to it, by the means of
//! their vectors. OUT/key.tsv has the right ones.

#![expect(clippy::print_stdout, reason = "the program prints its result")]

#[path = "common/encoder.rs"]
mod encoder;

use std::fmt::Write as _;
use std::path::Path;

use feedback_dataset::read::{OnBadRow, ReadOptions, read};
use feedback_insight::{ThemeOptions, Themes, Vectors};

/// The allocator that the programs use.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const N_THEMES: usize = 30;
const N_CHOICES: usize = 10;
const SEED: u64 = 42;

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [encoder_folder, file, out] = arguments.as_slice() else {
        anyhow::bail!("give ENCODER, FILE and OUT as arguments");
    };
    let dataset = read(file, &ReadOptions::default(), OnBadRow::Fail)?;
    let (texts, labels) = (dataset.texts(), dataset.labels()?);
    let values = encoder::load(Path::new(encoder_folder))?.vectors(&texts)?;
    let n_columns = values.len() / texts.len();
    let vectors = Vectors::new(n_columns, &values)?;
    let themes = Themes::fit(&vectors, &ThemeOptions::default())?;
    let summaries = themes.describe(&texts, &vectors)?;
    let intents = Intents::new(&labels, &values, n_columns);

    let mut drawn: Vec<usize> = (0..themes.n_themes()).collect();
    drawn.sort_by_key(|&theme| mixed(SEED ^ mixed(theme as u64)));
    let (mut questions, mut key) = (String::new(), String::new());
    let members = themes.members();
    for (number, &theme) in (1..).zip(drawn.iter().take(N_THEMES)) {
        let (right, share) = intents.most_frequent(&labels, &members[theme]);
        let mut choices = intents.nearest(right, N_CHOICES);
        choices.sort_by_key(|&intent| mixed(SEED ^ mixed((number * 1000 + intent) as u64)));
        writeln!(questions, "## {number}. {}\n", summaries[theme].name)?;
        for &row in &summaries[theme].quotes {
            writeln!(questions, "> {}\n", texts[row])?;
        }
        for (choice, &intent) in (1..).zip(&choices) {
            writeln!(questions, "{choice}. {}", intents.names[intent])?;
        }
        questions.push('\n');
        let place = choices
            .iter()
            .position(|&intent| intent == right)
            .unwrap_or_default()
            + 1;
        writeln!(key, "{number}\t{place}\t{}\t{share:.2}", intents.names[right])?;
    }
    fs_err::create_dir_all(out)?;
    fs_err::write(Path::new(out).join("questions.md"), questions)?;
    fs_err::write(Path::new(out).join("key.tsv"), key)?;
    println!(
        "{} themes of {} texts; {N_THEMES} questions",
        themes.n_themes(),
        texts.len()
    );
    Ok(())
}

struct Intents<'a> {
    names: Vec<&'a str>,
    means: Vec<Vec<f64>>,
}

impl<'a> Intents<'a> {
    fn new(labels: &[&'a str], values: &[f32], n_columns: usize) -> Self {
        let mut names = labels.to_vec();
        names.sort_unstable();
        names.dedup();
        let mut means = vec![vec![0.0; n_columns]; names.len()];
        for (label, vector) in labels.iter().zip(values.chunks_exact(n_columns)) {
            if let Ok(intent) = names.binary_search(label) {
                means[intent]
                    .iter_mut()
                    .zip(vector)
                    .for_each(|(sum, &value)| *sum += f64::from(value));
            }
        }
        Self { names, means }
    }

    /// The intent of most of the rows, and its share.
    fn most_frequent(&self, labels: &[&str], rows: &[usize]) -> (usize, f64) {
        let mut counts = vec![0_usize; self.names.len()];
        for &row in rows {
            if let Ok(intent) = self.names.binary_search(&labels[row]) {
                counts[intent] += 1;
            }
        }
        let most = (0..counts.len())
            .max_by_key(|&intent| counts[intent])
            .unwrap_or_default();
        (most, counts[most] as f64 / rows.len() as f64)
    }

    /// An intent and those whose means have the highest cosine with its mean, `n` in all.
    fn nearest(&self, to: usize, n: usize) -> Vec<usize> {
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f64>();
        let cosine = |intent: usize| {
            let (a, b) = (&self.means[to], &self.means[intent]);
            dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
        };
        let mut all: Vec<usize> = (0..self.names.len()).collect();
        all.sort_by(|&a, &b| cosine(b).total_cmp(&cosine(a)));
        all.truncate(n);
        all
    }
}

/// SplitMix64.
fn mixed(seed: u64) -> u64 {
    let mut mixed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ mixed >> 31
}
