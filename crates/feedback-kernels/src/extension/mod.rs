//! The kernels as operations of Burn's CPU backend.

mod autodiff;
pub(crate) mod bytes;
mod cache;
mod flex;
mod primitive;

use std::sync::Arc;

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, backend_extension};

use crate::adamw_step::AdamWStep;
use crate::dropout::Dropout;
use crate::sequences::Sequences;

/// The operations that this crate adds to the CPU backend. Matrices are `[rows, columns]`; all tensors must be
/// `f32`.
#[backend_extension(Flex, Autodiff)]
pub(crate) trait Kernels: Backend {
    /// See [`crate::linear`].
    fn kernel_linear(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
    ) -> FloatTensor<Self>;

    /// See [`crate::linear_gelu`].
    fn kernel_linear_gelu(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
    ) -> FloatTensor<Self>;

    /// See [`crate::projections`].
    fn kernel_projections(
        x: FloatTensor<Self>,
        query: FloatTensor<Self>,
        query_bias: FloatTensor<Self>,
        key: FloatTensor<Self>,
        key_bias: FloatTensor<Self>,
        value: FloatTensor<Self>,
        value_bias: FloatTensor<Self>,
    ) -> FloatTensor<Self>;

    /// See [`crate::attention`].
    fn kernel_attention(
        projected: FloatTensor<Self>,
        sequences: Sequences,
        heads: usize,
        dropout: Option<Dropout>,
    ) -> FloatTensor<Self>;

    /// Returns weights, first and second moments; see [`crate::adamw`].
    fn kernel_adamw(
        weights: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        first: FloatTensor<Self>,
        second: FloatTensor<Self>,
        step: AdamWStep,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>);

    /// See [`crate::sum_of_squares`].
    fn kernel_sum_of_squares(values: FloatTensor<Self>) -> FloatTensor<Self>;

    /// See [`crate::look_up`].
    fn kernel_look_up(table: FloatTensor<Self>, ids: Arc<[usize]>) -> FloatTensor<Self>;

    /// See [`crate::dropout`].
    fn kernel_dropout(x: FloatTensor<Self>, dropout: Dropout) -> FloatTensor<Self>;

    /// See [`crate::scale`].
    fn kernel_scale(x: FloatTensor<Self>, factor: f64) -> FloatTensor<Self>;

    /// See [`crate::mean_pool`].
    fn kernel_mean_pool(hidden: FloatTensor<Self>, sequences: Sequences) -> FloatTensor<Self>;

    /// See [`crate::residual_norm`].
    fn kernel_residual_norm(
        x: FloatTensor<Self>,
        residual: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        epsilon: f64,
        dropout: Option<Dropout>,
    ) -> FloatTensor<Self>;
}
