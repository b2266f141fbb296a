//! Measures which score tells texts about something else from the texts of a service, for docs/benchmarks/insight.md:
//! `cargo run --release --workspace --features feedback-benches/compare --example unfamiliar -- MODEL TRAIN VALIDATION TEST OTHER`
//!
//! MODEL was trained on TRAIN. Texts with the label OTHER in VALIDATION and TEST are about something else. Nothing is fitted to them:
//! the threshold of each score loses 5 % of the other validation texts. Prints a table in Markdown.

use std::io::Write;
use std::path::Path;

use anyhow::{Context, ensure};
use feedback_bert::DeviceChoice;
use feedback_dataset::read::{LabelRule, OnBadRow, ReadOptions, read};
use feedback_drift::KnownTexts;
use feedback_inference::Classifier;
use feedback_metrics::ranking::roc_auc;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The share of texts of the service that a threshold loses.
const LOST: f64 = 0.05;
/// Shares of the identity matrix in the covariance matrices.
const SHRINKAGE: [f64; 2] = [0.01, 0.1];
const NEIGHBOURS: [usize; 4] = [1, 3, 5, 10];

/// The texts of a file as the model sees them.
struct Seen {
    texts: Vec<String>,
    labels: Vec<String>,
    vectors: Vec<Vec<f64>>,
    logits: Vec<Vec<f64>>,
}

/// A score of each validation text and of each test text, higher for unfamiliar ones.
struct Candidate {
    name: String,
    validation: Vec<f64>,
    test: Vec<f64>,
}

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [model, train, validation, test, other] = arguments.as_slice() else {
        anyhow::bail!("expected MODEL, TRAIN, VALIDATION, TEST and OTHER");
    };
    let (device, _) = DeviceChoice::Cpu.open()?;
    let classifier = Classifier::load(Path::new(model), &device)?;
    let [train, validation, test] =
        [train, validation, test].map(|path| Seen::read(&classifier, Path::new(path)));
    let (train, validation, test) = (train?, validation?, test?);
    let is_other = |seen: &Seen| {
        seen.labels
            .iter()
            .map(|label| label == other)
            .collect::<Vec<bool>>()
    };
    let (other_validation, other_test) = (is_other(&validation), is_other(&test));
    ensure!(
        !train.labels.contains(other),
        "`{other}` must not be in the training file"
    );

    let mut candidates = from_logits(&classifier, &validation, &test);
    candidates.extend(from_neighbours(&train, &validation, &test));
    candidates.extend(from_centres(&train, &validation, &test)?);
    candidates.push(kept(&classifier, &train, &validation, &test, &other_validation)?);
    let mut out = std::io::stdout().lock();
    writeln!(
        out,
        "| score | AUROC, validation | caught | AUROC, test | lost | caught | caught at 5 % lost |"
    )?;
    writeln!(out, "|---|---|---|---|---|---|---|")?;
    for candidate in &candidates {
        let threshold = quantile(&candidate.validation, &other_validation);
        let above = |scores: &[f64], others: &[bool], wanted: bool, threshold: f64| {
            let chosen: Vec<f64> = scores
                .iter()
                .zip(others)
                .filter(|(_, is)| **is == wanted)
                .map(|(score, _)| *score)
                .collect();
            100.0 * chosen.iter().filter(|score| **score > threshold).count() as f64
                / chosen.len().max(1) as f64
        };
        writeln!(
            out,
            "| {} | {:.3} | {:.1} % | {:.3} | {:.1} % | {:.1} % | {:.1} % |",
            candidate.name,
            roc_auc(&other_validation, &candidate.validation)?,
            above(&candidate.validation, &other_validation, true, threshold),
            roc_auc(&other_test, &candidate.test)?,
            above(&candidate.test, &other_test, false, threshold),
            above(&candidate.test, &other_test, true, threshold),
            above(
                &candidate.test,
                &other_test,
                true,
                quantile(&candidate.test, &other_test)
            ),
        )?;
    }
    Ok(())
}

/// The threshold that loses 5 % of the texts of the service.
fn quantile(scores: &[f64], others: &[bool]) -> f64 {
    let mut own: Vec<f64> = scores
        .iter()
        .zip(others)
        .filter(|(_, is)| !**is)
        .map(|(score, _)| *score)
        .collect();
    own.sort_by(f64::total_cmp);
    own[((own.len() as f64 * (1.0 - LOST)).ceil() as usize).min(own.len()) - 1]
}

impl Seen {
    fn read(classifier: &Classifier, path: &Path) -> anyhow::Result<Self> {
        let mut options = ReadOptions::default();
        options.label_rule = LabelRule::Optional;
        let records = read(path, &options, OnBadRow::Fail)?
            .rows
            .into_iter()
            .map(|row| row.record);
        let (texts, labels): (Vec<String>, Vec<String>) = records
            .map(|record| {
                (
                    record.text().to_owned(),
                    record.label().unwrap_or_default().to_owned(),
                )
            })
            .unzip();
        let rows = |values: Vec<f32>, width: usize| -> Vec<Vec<f64>> {
            values
                .chunks_exact(width)
                .map(|row| row.iter().map(|&x| f64::from(x)).collect())
                .collect()
        };
        Ok(Self {
            vectors: rows(classifier.vectors(&texts)?, classifier.width()),
            logits: rows(classifier.logits(&texts)?, classifier.labels().len()),
            texts,
            labels,
        })
    }

    fn both(validation: &Self, test: &Self, name: String, score: impl Fn(&[f64]) -> f64) -> Candidate {
        let scores = |seen: &Self| seen.vectors.iter().map(|vector| score(vector)).collect();
        Candidate {
            name,
            validation: scores(validation),
            test: scores(test),
        }
    }
}

fn from_logits(classifier: &Classifier, validation: &Seen, test: &Seen) -> Vec<Candidate> {
    let temperature = classifier.manifest().temperature;
    let log_sum = |row: &[f64], by: f64| {
        let max = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        (
            max,
            max / by + row.iter().map(|x| ((x - max) / by).exp()).sum::<f64>().ln(),
        )
    };
    let scored = |name: &str, score: &dyn Fn(&[f64]) -> f64| Candidate {
        name: name.to_owned(),
        validation: validation.logits.iter().map(|row| score(row)).collect(),
        test: test.logits.iter().map(|row| score(row)).collect(),
    };
    let uncertainty = |row: &[f64]| {
        let (max, sum) = log_sum(row, temperature);
        -(max / temperature - sum).exp()
    };
    vec![
        scored("1 − confidence", &uncertainty),
        scored("energy of the logits", &|row| -log_sum(row, 1.0).1),
    ]
}

fn unit(vector: &[f64]) -> Vec<f64> {
    let length = product(vector, vector).sqrt();
    vector.iter().map(|x| x / length).collect()
}

/// In eight lanes, so that the compiler can use vector instructions.
fn product(a: &[f64], b: &[f64]) -> f64 {
    let mut lanes = [0.0; 8];
    let (a, b) = (a.as_chunks::<8>(), b.as_chunks::<8>());
    for (a, b) in a.0.iter().zip(b.0) {
        for lane in 0..8 {
            lanes[lane] += a[lane] * b[lane];
        }
    }
    lanes.iter().sum::<f64>() + a.1.iter().zip(b.1).map(|(x, y)| x * y).sum::<f64>()
}

fn from_neighbours(train: &Seen, validation: &Seen, test: &Seen) -> Vec<Candidate> {
    let known: Vec<Vec<f64>> = train.vectors.iter().map(|vector| unit(vector)).collect();
    let nearest = |seen: &Seen| -> Vec<Vec<f64>> {
        let of = |vector: &Vec<f64>| {
            let vector = unit(vector);
            let mut all: Vec<f64> = known.iter().map(|other| product(&vector, other)).collect();
            all.sort_by(|a, b| b.total_cmp(a));
            all.truncate(NEIGHBOURS[NEIGHBOURS.len() - 1]);
            all
        };
        seen.vectors.iter().map(of).collect()
    };
    let (validation, test) = (nearest(validation), nearest(test));
    let mean = |rows: &[Vec<f64>], k: usize| {
        rows.iter()
            .map(|row| 1.0 - row[..k].iter().sum::<f64>() / k as f64)
            .collect()
    };
    NEIGHBOURS
        .iter()
        .map(|&k| Candidate {
            name: format!("cosine to the nearest training texts, mean of {k}"),
            validation: mean(&validation, k),
            test: mean(&test, k),
        })
        .collect()
}

fn from_centres(train: &Seen, validation: &Seen, test: &Seen) -> anyhow::Result<Vec<Candidate>> {
    let mut names = train.labels.clone();
    names.sort();
    names.dedup();
    let of_row: Vec<usize> = train
        .labels
        .iter()
        .map(|label| names.iter().position(|name| name == label))
        .collect::<Option<_>>()
        .context("labels")?;
    let width = train.vectors[0].len();
    let mut centres = vec![vec![0.0; width]; names.len()];
    for (class, centre) in centres.iter_mut().enumerate() {
        *centre = mean(
            train
                .vectors
                .iter()
                .zip(&of_row)
                .filter(|(_, of)| **of == class)
                .map(|(vector, _)| vector.as_slice()),
            width,
        );
    }
    let whole = mean(train.vectors.iter().map(Vec::as_slice), width);
    let units: Vec<Vec<f64>> = centres.iter().map(|centre| unit(centre)).collect();
    let furthest = |vector: &[f64]| {
        let vector = unit(vector);
        1.0 - units
            .iter()
            .map(|centre| product(&vector, centre))
            .fold(-1.0, f64::max)
    };
    let mut found = vec![Seen::both(
        validation,
        test,
        "cosine to the nearest label's centre".to_owned(),
        furthest,
    )];
    for shrinkage in SHRINKAGE {
        let within = Whitening::new(
            train
                .vectors
                .iter()
                .zip(&of_row)
                .map(|(vector, of)| difference(vector, &centres[*of])),
            width,
            shrinkage,
        )?;
        let around = Whitening::new(
            train.vectors.iter().map(|vector| difference(vector, &whole)),
            width,
            shrinkage,
        )?;
        let centres: Vec<Vec<f64>> = centres.iter().map(|centre| within.apply(centre)).collect();
        let squared = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(x, y)| (x - y).powi(2)).sum::<f64>();
        let nearest = |vector: &[f64]| {
            let vector = within.apply(vector);
            centres
                .iter()
                .map(|centre| squared(&vector, centre))
                .fold(f64::INFINITY, f64::min)
        };
        let far = |vector: &[f64]| {
            let white = around.apply(&difference(vector, &whole));
            product(&white, &white)
        };
        found.push(Seen::both(
            validation,
            test,
            format!("Mahalanobis distance, shrinkage {shrinkage}"),
            nearest,
        ));
        found.push(Seen::both(
            validation,
            test,
            format!("relative Mahalanobis distance, shrinkage {shrinkage}"),
            |vector| nearest(vector) - far(vector),
        ));
    }
    Ok(found)
}

fn mean<'a>(vectors: impl Iterator<Item = &'a [f64]>, width: usize) -> Vec<f64> {
    let (mut sum, mut n) = (vec![0.0; width], 0.0);
    for vector in vectors {
        sum.iter_mut().zip(vector).for_each(|(sum, x)| *sum += x);
        n += 1.0;
    }
    sum.iter().map(|x| x / n).collect()
}

fn difference(a: &[f64], b: &[f64]) -> Vec<f64> {
    a.iter().zip(b).map(|(x, y)| x - y).collect()
}

/// Makes vectors of a covariance matrix uncorrelated: the lower Cholesky factor of the matrix.
struct Whitening(Vec<Vec<f64>>);

impl Whitening {
    fn new(rows: impl Iterator<Item = Vec<f64>>, width: usize, shrinkage: f64) -> anyhow::Result<Self> {
        let (mut matrix, mut n) = (vec![vec![0.0; width]; width], 0.0);
        for row in rows {
            for (x, sums) in row.iter().zip(&mut matrix) {
                sums.iter_mut().zip(&row).for_each(|(sum, y)| *sum += x * y);
            }
            n += 1.0;
        }
        let trace: f64 = (0..width).map(|at| matrix[at][at] / n).sum::<f64>() / width as f64;
        for (at, row) in matrix.iter_mut().enumerate() {
            row.iter_mut().for_each(|x| *x *= (1.0 - shrinkage) / n);
            row[at] += shrinkage * trace;
        }
        for j in 0..width {
            for i in j..width {
                let (above, below) = matrix.split_at_mut(i);
                let row = &mut below[0];
                let sum = match i == j {
                    true => product(&row[..j], &row[..j]),
                    false => product(&row[..j], &above[j][..j]),
                };
                row[j] = match i == j {
                    true => (row[j] - sum).sqrt(),
                    false => (row[j] - sum) / above[j][j],
                };
            }
            ensure!(matrix[j][j] > 0.0, "the covariance matrix is singular");
        }
        Ok(Self(matrix))
    }

    /// Solves the triangular system.
    fn apply(&self, vector: &[f64]) -> Vec<f64> {
        let mut white = Vec::with_capacity(vector.len());
        for (row, x) in self.0.iter().zip(vector) {
            let n = white.len();
            white.push((x - product(&row[..n], &white)) / row[n]);
        }
        white
    }
}

/// What `train` keeps, from a sample of the training texts and the distances of the validation texts.
fn kept(
    classifier: &Classifier,
    train: &Seen,
    validation: &Seen,
    test: &Seen,
    other: &[bool],
) -> anyhow::Result<Candidate> {
    let class = |label: &String| {
        classifier
            .labels()
            .iter()
            .position(|name| name == label)
            .unwrap_or_default()
    };
    let training = KnownTexts::sample(
        train
            .texts
            .iter()
            .zip(&train.labels)
            .map(|(text, label)| (text.as_str(), class(label))),
    );
    let own = (0..other.len()).filter(|&row| !other[row]);
    let own: Vec<usize> = own.collect();
    let held_out = KnownTexts::sample(own.iter().map(|&row| (validation.texts[row].as_str(), 0)));
    let single = |vector: &[f64]| -> Vec<f32> { vector.iter().map(|&x| x as f32).collect() };
    let known = KnownTexts::new(
        classifier.width(),
        &training
            .iter()
            .flat_map(|&row| single(&train.vectors[row]))
            .collect::<Vec<f32>>(),
        &training
            .iter()
            .map(|&row| class(&train.labels[row]))
            .collect::<Vec<_>>(),
        &held_out
            .iter()
            .flat_map(|&row| single(&validation.vectors[own[row]]))
            .collect::<Vec<f32>>(),
    )?;
    let known = known.context("too few texts")?;
    let scores = |seen: &Seen| {
        seen.vectors
            .iter()
            .map(|vector| known.unfamiliarity(&single(vector)))
            .collect::<Result<Vec<f64>, _>>()
    };
    Ok(Candidate {
        name: format!(
            "**unfamiliarity**: Mahalanobis distance, {} training texts",
            training.len()
        ),
        validation: scores(validation)?,
        test: scores(test)?,
    })
}
