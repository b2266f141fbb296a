//! Distillation losses, which compare a student with its teacher.

use burn::tensor::{
    Tensor,
    activation::{log_softmax, softmax},
};

/// Minimum squared norm of a sentence embedding, so that the cosine of a zero vector is defined.
const MIN_SQUARED_NORM: f64 = 1e-12;

/// Soft targets: T² · KL(softmax(teacher / T) ‖ softmax(student / T)), summed over the samples.
///
/// The factor T² makes the size of the gradients independent of T. `temperature` must be above 0. Only the student
/// gets gradients.
///
/// # Shapes
///
/// - `student`, `teacher`: `[samples, classes]`, output: `[1]`
///
/// # References
///
/// Hinton, Vinyals and Dean, *Distilling the Knowledge in a Neural Network*, 2015, section 2.
pub fn soft_target_sum(student: Tensor<2>, teacher: Tensor<2>, temperature: f64) -> Tensor<1> {
    let teacher = teacher.detach() / temperature;
    let targets = softmax(teacher.clone(), 1); // [samples, classes]
    let difference = log_softmax(teacher, 1) - log_softmax(student / temperature, 1);
    (targets * difference).sum() * temperature.powi(2)
}

/// The mean squared difference between the hidden states of student and teacher at each real token, summed over the tokens. This is
/// TinyBERT's loss for hidden states.
///
/// `mask` is 1 for real tokens and 0 for padding.
///
/// # Shapes
///
/// - `student`, `teacher`: `[tokens, hidden]`, `mask`: `[tokens]`, output: `[1]`
///
/// # References
///
/// Jiao et al., *TinyBERT: Distilling BERT for Natural Language Understanding*, 2020, equation 8.
pub fn hidden_state_distance_sum(student: Tensor<2>, teacher: Tensor<2>, mask: Tensor<1>) -> Tensor<1> {
    let [tokens, _] = student.dims();
    let squares = (student - teacher.detach()).square().mean_dim(1); // [tokens, 1]
    (squares.reshape([tokens]) * mask).sum()
}

/// 1 − the cosine similarity of each pair of sentence embeddings, summed over the samples. Each term is between 0 (same direction)
/// and 2 (opposite directions).
///
/// # Shapes
///
/// - `student`, `teacher`: `[samples, hidden]`, output: `[1]`
pub fn cosine_distance_sum(student: Tensor<2>, teacher: Tensor<2>) -> Tensor<1> {
    let [samples, _] = student.dims();
    let teacher = teacher.detach();
    let norm = |vectors: Tensor<2>| vectors.square().sum_dim(1).clamp_min(MIN_SQUARED_NORM).sqrt(); // [samples, 1]
    let product = (student.clone() * teacher.clone()).sum_dim(1); // [samples, 1]
    let cosine = product / (norm(student) * norm(teacher));
    (cosine.reshape([samples]).neg() + 1.0).sum()
}
