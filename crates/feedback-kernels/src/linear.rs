//! Dense layers.

use crate::buffers::take;
use crate::gemm::{Matrix, Packed, Start, multiply};
use crate::rows::column_sums;

/// The weight of a dense layer, `[input, output]`.
#[derive(Clone, Copy)]
pub(crate) struct Weight<'a> {
    pub(crate) data: &'a [f32],
    pub(crate) input: usize,
    pub(crate) output: usize,
    /// Whether `data` is `[output, input]`.
    pub(crate) is_transposed: bool,
}

impl<'a> Weight<'a> {
    /// Returns the weights of an output from the first input on, and how far apart they are.
    pub(crate) fn column(&self, output: usize) -> (&'a [f32], usize) {
        let (first, stride) = if self.is_transposed {
            (output * self.input, 1)
        } else {
            (output, self.output)
        };
        (self.data.get(first..).unwrap_or_default(), stride.max(1))
    }

    fn matrix(&self) -> Matrix<'a> {
        if self.is_transposed {
            Matrix::new(self.data, self.output, self.input).transposed()
        } else {
            Matrix::new(self.data, self.input, self.output)
        }
    }
}

/// Returns `x W + b` for each row of `x`; `after` is passed to [`multiply`].
pub(crate) fn forward(
    x: &[f32],
    weight: &Packed,
    bias: Option<&[f32]>,
    after: impl Fn(usize, &mut [f32]) + Sync,
) -> Vec<f32> {
    let rows = x.len() / weight.rows().max(1);
    assert_eq!(
        rows * weight.rows(),
        x.len(),
        "x has rows of {} numbers",
        weight.rows()
    );
    let mut output = take(rows * weight.columns());
    let start = bias.map_or(Start::Zero, Start::Row);
    multiply(
        Matrix::new(x, rows, weight.rows()),
        weight,
        &mut output,
        start,
        after,
    );
    output
}

/// Packs weights side by side, as [`forward`] needs them.
pub(crate) fn pack(weights: &[Weight<'_>]) -> Packed {
    let matrices: Vec<Matrix<'_>> = weights.iter().map(Weight::matrix).collect();
    Packed::new(&matrices)
}

/// Returns the gradient of `x` for layers side by side, given the gradient of their outputs.
pub(crate) fn backward_x(gradient: &[f32], weights: &[Weight<'_>]) -> Vec<f32> {
    let width: usize = weights.iter().map(|weight| weight.output).sum();
    let rows = gradient.len() / width.max(1);
    let input = weights.first().map_or(0, |weight| weight.input);
    let mut output = take(rows * input);
    let (mut from, mut start) = (0, Start::Zero);
    for weight in weights {
        let packed = Packed::new(&[weight.matrix().transposed()]);
        let part = Matrix::strided(
            gradient.get(from..).unwrap_or_default(),
            rows,
            weight.output,
            width,
        );
        multiply(part, &packed, &mut output, start, |_, _| {});
        (from, start) = (from + weight.output, Start::Add);
    }
    output
}

/// Returns the gradient of the weight of one of several layers side by side. The outputs of this layer are
/// `columns` of each row of `gradient`; a row has `width` numbers.
pub(crate) fn backward_weight(
    x: &[f32],
    input: usize,
    gradient: &[f32],
    width: usize,
    columns: std::ops::Range<usize>,
) -> Vec<f32> {
    let rows = gradient.len() / width.max(1);
    let part = Matrix::strided(
        gradient.get(columns.start..).unwrap_or_default(),
        rows,
        columns.len(),
        width,
    );
    let mut output = take(input * columns.len());
    let x = Matrix::new(x, rows, input);
    multiply(
        x.transposed(),
        &Packed::new(&[part]),
        &mut output,
        Start::Zero,
        |_, _| {},
    );
    output
}

/// Returns the gradient of all biases.
pub(crate) fn backward_bias(gradient: &[f32], width: usize) -> Vec<f32> {
    column_sums(gradient, width)
}
