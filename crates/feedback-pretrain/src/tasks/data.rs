//! The samples of multi-task learning as batches.

use burn::tensor::{Device, Int, Tensor, TensorData};
use feedback_bert::{Batch, BertTokenizer, Encoding};
use feedback_trainer::{BoxError, TrainData};

use super::objective::{MultiTaskBatch, MultiTaskObjective, Targets, TaskTargets};
use super::reading::{AnsweredTexts, Task};
use crate::error::Result;

/// Tokenised texts with their answers.
#[derive(Debug)]
pub(crate) struct TaskTexts {
    encodings: Vec<Encoding>,
    answered: AnsweredTexts,
    /// The text of each sample of an epoch. A text occurs as often as [`AnsweredTexts::repeats`] says.
    samples: Vec<usize>,
    /// Number of labels, and whether it is a multi-label task, for each task.
    kinds: Vec<(usize, bool)>,
    pad_token_id: u32,
    /// The teacher's vector of each text, `[texts, width]`; empty if the vectors may change freely.
    teacher: Vec<f32>,
}

impl TaskTexts {
    /// Tokenises all texts.
    ///
    /// # Errors
    ///
    /// The errors of [`BertTokenizer::encode`].
    pub(crate) fn new(answered: AnsweredTexts, tasks: &[Task], tokenizer: &BertTokenizer) -> Result<Self> {
        let repeated = answered.repeats.iter().enumerate();
        Ok(Self {
            encodings: tokenizer.encode(&answered.texts)?,
            samples: repeated
                .flat_map(|(text, &times)| std::iter::repeat_n(text, times))
                .collect(),
            kinds: tasks
                .iter()
                .map(|task| (task.labels.len(), task.multi_label))
                .collect(),
            pad_token_id: tokenizer.pad_token_id(),
            answered,
            teacher: Vec::new(),
        })
    }

    /// Returns the same texts with the teacher's vectors, `[texts, width]`, which the student's vectors should resemble.
    pub(crate) fn with_teacher(self, vectors: Vec<f32>) -> Self {
        Self {
            teacher: vectors,
            ..self
        }
    }

    /// Returns the length of each text in tokens.
    pub(super) fn text_lengths(&self) -> Vec<usize> {
        self.encodings.iter().map(Encoding::len).collect()
    }

    /// Returns a batch of the texts with these indices.
    pub(super) fn batch_of_texts(
        &self,
        texts: &[usize],
        device: &Device,
    ) -> std::result::Result<MultiTaskBatch, BoxError> {
        let encodings: Vec<&Encoding> = texts.iter().map(|&text| &self.encodings[text]).collect();
        let targets = (0..self.kinds.len()).filter_map(|task| self.targets(task, texts, device));
        Ok(MultiTaskBatch {
            targets: targets.collect(),
            teacher: self.teacher_vectors(texts, device),
            batch: Batch::new(&encodings, self.pad_token_id, device)?,
        })
    }

    fn teacher_vectors(&self, texts: &[usize], device: &Device) -> Option<Tensor<2>> {
        let width = self.teacher.len() / self.encodings.len().max(1);
        if width == 0 {
            return None;
        }
        let rows = texts
            .iter()
            .flat_map(|&text| &self.teacher[text * width..(text + 1) * width]);
        let rows: Vec<f32> = rows.copied().collect();
        Some(Tensor::from_data(
            TensorData::new(rows, [texts.len(), width]),
            device,
        ))
    }

    /// Returns the answers of the texts to a task; `None` if no text has one.
    fn targets(&self, task: usize, texts: &[usize], device: &Device) -> Option<TaskTargets> {
        let (mut rows, mut classes) = (Vec::new(), Vec::new());
        for (row, &text) in texts.iter().enumerate() {
            let answer = self.answered.answers[text]
                .iter()
                .find(|answer| answer.task == task);
            if let Some(answer) = answer {
                rows.push(row as i32);
                classes.push(answer.classes.as_slice());
            }
        }
        let count = rows.len();
        if count == 0 {
            return None;
        }
        let (labels, multi_label) = self.kinds[task];
        let targets = if multi_label {
            let mut values = vec![0.0_f32; count * labels];
            for (row, classes) in classes.iter().enumerate() {
                classes
                    .iter()
                    .for_each(|&class| values[row * labels + class] = 1.0);
            }
            Targets::Sets(Tensor::from_data(
                TensorData::new(values, [count, labels]),
                device,
            ))
        } else {
            let ids: Vec<i32> = classes.iter().map(|classes| classes[0] as i32).collect();
            Targets::Classes(Tensor::from_data(TensorData::new(ids, [count]), device))
        };
        Some(TaskTargets {
            task,
            rows: Tensor::<1, Int>::from_data(TensorData::new(rows, [count]), device),
            targets,
        })
    }
}

impl TrainData<MultiTaskObjective> for TaskTexts {
    fn len(&self) -> usize {
        self.samples.len()
    }

    fn length(&self, index: usize) -> usize {
        self.encodings[self.samples[index]].len()
    }

    fn batch(&self, indices: &[usize], device: &Device) -> std::result::Result<MultiTaskBatch, BoxError> {
        let texts: Vec<usize> = indices.iter().map(|&index| self.samples[index]).collect();
        self.batch_of_texts(&texts, device)
    }
}
