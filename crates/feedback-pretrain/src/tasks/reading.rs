//! Reads the labelled files of several tasks, so that a text that occurs in several of them becomes one sample.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use chacha20::ChaCha8Rng;
use feedback_dataset::LabelSet;
use feedback_dataset::read::{OnBadRow, ReadOptions};
use feedback_dataset::record::Row;
use feedback_dataset::text::fingerprint;
use feedback_formats::read;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::{Error, Result};

/// A question and the files with its answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TaskSource {
    /// The name of the question.
    pub name: String,
    /// The files.
    pub files: Vec<PathBuf>,
    /// The field with the answer: a label, or a list of labels.
    pub field: String,
    /// Whether a text can have any number of labels, including none; otherwise it has exactly one. Default
    /// false.
    #[serde(default)]
    pub multi_label: bool,
    /// How often each text occurs in an epoch. For a text of several tasks, the highest number counts.
    /// Default 1.
    #[serde(default = "once")]
    pub repeat: usize,
    /// Maximum number of texts to use; they are chosen at random. By default all texts are used.
    #[serde(default)]
    pub limit: Option<usize>,
    /// Weight of the task in the loss. Default 1.
    #[serde(default = "one")]
    pub weight: f64,
    /// Whether to keep the head of the task with the encoder. Default false.
    #[serde(default)]
    pub keep_head: bool,
}

fn once() -> usize {
    1
}

fn one() -> f64 {
    1.0
}

/// A question with its possible answers.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Task {
    pub(crate) name: String,
    pub(crate) labels: LabelSet,
    pub(crate) multi_label: bool,
    pub(crate) weight: f64,
    pub(crate) keep_head: bool,
}

/// The labels of one text for one task: one class id, or in a multi-label task any number of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) task: usize,
    pub(crate) classes: Vec<usize>,
}

/// Texts, and for each of them the answers to one or more tasks.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct AnsweredTexts {
    pub(crate) texts: Vec<String>,
    pub(crate) answers: Vec<Vec<Answer>>,
    /// How often each text occurs in an epoch.
    pub(crate) repeats: Vec<usize>,
}

impl AnsweredTexts {
    /// Returns the texts with these indices.
    pub(crate) fn select(&self, indices: &[usize]) -> Self {
        Self {
            texts: indices.iter().map(|&index| self.texts[index].clone()).collect(),
            answers: indices.iter().map(|&index| self.answers[index].clone()).collect(),
            repeats: indices.iter().map(|&index| self.repeats[index]).collect(),
        }
    }

    /// Splits the texts at random into training texts and `held_out` others.
    pub(crate) fn split(&self, held_out: usize, seed: u64) -> (Self, Self) {
        let mut order: Vec<usize> = (0..self.texts.len()).collect();
        order.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
        let (measured, learnt) = order.split_at(held_out.min(order.len()));
        (self.select(learnt), self.select(measured))
    }
}

/// The texts of a task that may be used, and the labels of each text.
struct FileAnswers {
    texts: Vec<String>,
    names: Vec<Vec<String>>,
}

/// Reads all tasks. Texts for which `is_held_out` returns true are left out; the third value is their number
/// for each task.
///
/// # Errors
///
/// The errors of [`read`]; [`Error::TaskField`] if a row has no answer, or one of the wrong kind.
pub(crate) fn read_tasks(
    sources: &[TaskSource],
    seed: u64,
    is_held_out: impl Fn(&[String]) -> Vec<bool>,
) -> Result<(Vec<Task>, AnsweredTexts, Vec<usize>)> {
    let (mut tasks, mut left_out) = (Vec::new(), Vec::new());
    let mut all = AnsweredTexts::default();
    let mut places: HashMap<u64, usize> = HashMap::new();
    for (number, source) in sources.iter().enumerate() {
        let (found, held_out) = answers(source, &is_held_out)?;
        left_out.push(held_out);
        let labels = LabelSet::from_training_labels(found.names.iter().flatten())?;
        for index in chosen(found.texts.len(), source.limit, seed) {
            let text = &found.texts[index];
            let place = *places.entry(fingerprint(text)).or_insert(all.texts.len());
            if place == all.texts.len() {
                all.texts.push(text.clone());
                all.answers.push(Vec::new());
                all.repeats.push(source.repeat);
            }
            if all.answers[place].iter().any(|answer| answer.task == number) {
                continue; // the same text again in this task: its first answer counts
            }
            let classes = found.names[index]
                .iter()
                .filter_map(|name| labels.id(name))
                .collect();
            all.answers[place].push(Answer {
                task: number,
                classes,
            });
            all.repeats[place] = all.repeats[place].max(source.repeat);
        }
        tasks.push(Task {
            name: source.name.clone(),
            labels,
            multi_label: source.multi_label,
            weight: source.weight,
            keep_head: source.keep_head,
        });
    }
    Ok((tasks, all, left_out))
}

/// Returns the indices of the texts to use, at most `limit`, in ascending order.
fn chosen(count: usize, limit: Option<usize>, seed: u64) -> Vec<usize> {
    let mut indices: Vec<usize> = (0..count).collect();
    if let Some(limit) = limit.filter(|&limit| limit < count) {
        indices.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
        indices.truncate(limit);
        indices.sort_unstable();
    }
    indices
}

/// Reads the answers of a task, and counts the texts that are held out.
fn answers(
    source: &TaskSource,
    is_held_out: impl Fn(&[String]) -> Vec<bool>,
) -> Result<(FileAnswers, usize)> {
    let (mut texts, mut names) = (Vec::new(), Vec::new());
    for file in &source.files {
        let dataset = read(file, &ReadOptions::default(), OnBadRow::Fail)?;
        for row in &dataset.rows {
            texts.push(row.record.text().to_owned());
            names.push(label_names(file, row, source)?);
        }
    }
    let held_out = is_held_out(&texts);
    let mut out = held_out.iter();
    texts.retain(|_| !out.next().copied().unwrap_or(false));
    let mut out = held_out.iter();
    names.retain(|_| !out.next().copied().unwrap_or(false));
    let count = held_out.iter().filter(|&&out| out).count();
    Ok((FileAnswers { texts, names }, count))
}

fn label_names(file: &Path, row: &Row, source: &TaskSource) -> Result<Vec<String>> {
    let names = match row.record.get(&source.field) {
        Some(Value::String(name)) if !source.multi_label => Some(vec![name.clone()]),
        Some(Value::Array(names)) if source.multi_label => names
            .iter()
            .map(|name| name.as_str().map(str::to_owned))
            .collect(),
        _ => None,
    };
    names.ok_or_else(|| Error::TaskField {
        path: file.to_owned(),
        line: row.line,
        field: source.field.clone(),
        expected: if source.multi_label {
            "a list of labels"
        } else {
            "a label"
        },
    })
}
