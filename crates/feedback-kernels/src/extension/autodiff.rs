//! The operations with autodiff: each operation stores what its backward pass needs.

use std::sync::Arc;

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, AutodiffBackend, Flex};

use super::Kernels;
use super::flex::{Keep, WeightValues, attend, concatenate, dense, normalise};
use super::primitive::{Primitive, Values, matrix, tensor};
use crate::activation::{gelu_backward, gelu_of};
use crate::adamw_step::AdamWStep;
use crate::attention::Heads;
use crate::dropout::Dropout;
use crate::sequences::Sequences;
use crate::{attention, embedding, linear, mean, norm};

type Tracked<C> = FloatTensor<Autodiff<Flex, C>>;

/// What a dense layer stores: the input, the weight and, if GELU follows, the output before GELU.
#[derive(Debug, Clone)]
struct DenseState {
    x: Primitive,
    weight: Primitive,
    before_gelu: Option<Primitive>,
}

#[derive(Debug)]
struct DenseBackward;

impl Backward<Flex, 3> for DenseBackward {
    type State = DenseState;

    fn backward(self, ops: Ops<DenseState, 3>, grads: &mut Gradients, _: &mut Checkpointer) {
        let [x_node, weight_node, bias_node] = ops.parents;
        let state = ops.state;
        let [input, output] = matrix(&state.weight);
        let mut gradient = Values::new(grads.consume::<Flex>(&ops.node)).into_vec();
        if let Some(values) = state.before_gelu {
            gelu_backward(&mut gradient, Values::new(values).get());
        }
        let rows = gradient.len() / output.max(1);
        if let Some(node) = bias_node {
            grads.register::<Flex>(
                node.id,
                tensor(linear::backward_bias(&gradient, output), [output]),
            );
        }
        if let Some(node) = weight_node {
            let x = Values::new(state.x);
            let weight = linear::backward_weight(x.get(), input, &gradient, output, 0..output);
            grads.register::<Flex>(node.id, tensor(weight, [input, output]));
        }
        if let Some(node) = x_node {
            let weight = WeightValues::new(state.weight);
            let x = linear::backward_x(&gradient, &[weight.weight()]);
            grads.register::<Flex>(node.id, tensor(x, [rows, input]));
        }
    }
}

/// What the three projections store.
#[derive(Debug, Clone)]
struct ProjectionsState {
    x: Primitive,
    weights: [Primitive; 3],
}

#[derive(Debug)]
struct ProjectionsBackward;

impl Backward<Flex, 7> for ProjectionsBackward {
    type State = ProjectionsState;

    fn backward(self, ops: Ops<ProjectionsState, 7>, grads: &mut Gradients, _: &mut Checkpointer) {
        let [x_node, parameters @ ..] = ops.parents;
        let ProjectionsState { x, weights } = ops.state;
        let gradient = Values::new(grads.consume::<Flex>(&ops.node));
        let gradient = gradient.get();
        let shapes = [matrix(&weights[0]), matrix(&weights[1]), matrix(&weights[2])];
        let width: usize = shapes.iter().map(|[_, output]| output).sum();
        let x = Values::new(x);
        let mut biases = None;
        let mut from = 0;
        for (index, [input, output]) in shapes.into_iter().enumerate() {
            let columns = from..from + output;
            if let Some(node) = &parameters[2 * index] {
                let weight = linear::backward_weight(x.get(), input, gradient, width, columns.clone());
                grads.register::<Flex>(node.id, tensor(weight, [input, output]));
            }
            if let Some(node) = &parameters[2 * index + 1] {
                let biases = biases.get_or_insert_with(|| linear::backward_bias(gradient, width));
                grads.register::<Flex>(node.id, tensor(biases[columns].to_vec(), [output]));
            }
            from += output;
        }
        if let Some(node) = x_node {
            let values = weights.map(WeightValues::new);
            let weights = values.each_ref().map(WeightValues::weight);
            let rows = gradient.len() / width.max(1);
            let x = linear::backward_x(gradient, &weights);
            grads.register::<Flex>(node.id, tensor(x, [rows, shapes[0][0]]));
        }
    }
}

/// What attention stores.
#[derive(Debug, Clone)]
struct AttentionState {
    projected: Primitive,
    probabilities: Primitive,
    sequences: Sequences,
    heads: usize,
    dropout: Option<Dropout>,
}

#[derive(Debug)]
struct AttentionBackward;

impl Backward<Flex, 1> for AttentionBackward {
    type State = AttentionState;

    fn backward(self, ops: Ops<AttentionState, 1>, grads: &mut Gradients, _: &mut Checkpointer) {
        let [projected_node] = ops.parents;
        let state = ops.state;
        let gradient = Values::new(grads.consume::<Flex>(&ops.node));
        let Some(node) = projected_node else { return };
        let [tokens, width] = matrix(&state.projected);
        let heads = Heads {
            sequences: &state.sequences,
            heads: state.heads,
            width: width / 3,
            dropout: state.dropout,
        };
        let projected = Values::new(state.projected);
        let probabilities = Values::new(state.probabilities);
        let output = attention::backward(gradient.get(), projected.get(), probabilities.get(), heads);
        grads.register::<Flex>(node.id, tensor(output, [tokens, width]));
    }
}

/// What a normalisation stores.
#[derive(Debug, Clone)]
struct NormState {
    sums: Primitive,
    statistics: Arc<Vec<f32>>,
    gamma: Primitive,
    dropout: Option<Dropout>,
}

#[derive(Debug)]
struct NormBackward;

impl Backward<Flex, 4> for NormBackward {
    type State = NormState;

    fn backward(self, ops: Ops<NormState, 4>, grads: &mut Gradients, _: &mut Checkpointer) {
        let [x_node, residual_node, gamma_node, beta_node] = ops.parents;
        let state = ops.state;
        let gamma = Values::new(state.gamma);
        let width = gamma.get().len();
        let [rows, _] = matrix(&state.sums);
        let sums = Values::new(state.sums);
        let gradient = Values::new(grads.consume::<Flex>(&ops.node)).into_vec();
        let dropout = state.dropout.filter(|_| x_node.is_some());
        let gradients = norm::backward(gradient, sums.get(), &state.statistics, gamma.get(), dropout);
        let sum = tensor(gradients.sum, [rows, width]);
        if let Some(node) = x_node {
            let x = gradients
                .x
                .map_or_else(|| sum.clone(), |x| tensor(x, [rows, width]));
            grads.register::<Flex>(node.id, x);
        }
        if let Some(node) = residual_node {
            grads.register::<Flex>(node.id, sum);
        }
        if let Some(node) = gamma_node {
            grads.register::<Flex>(node.id, tensor(gradients.gamma, [width]));
        }
        if let Some(node) = beta_node {
            grads.register::<Flex>(node.id, tensor(gradients.beta, [width]));
        }
    }
}

#[derive(Debug)]
struct LookUpBackward;

impl Backward<Flex, 1> for LookUpBackward {
    /// The ids, and the number of rows of the table.
    type State = (Arc<[usize]>, usize);

    fn backward(self, ops: Ops<Self::State, 1>, grads: &mut Gradients, _: &mut Checkpointer) {
        let [table_node] = ops.parents;
        let gradient = grads.consume::<Flex>(&ops.node);
        let Some(node) = table_node else { return };
        let (ids, rows) = ops.state;
        let [_, width] = matrix(&gradient);
        let table = embedding::backward(Values::new(gradient).get(), width, &ids, rows);
        grads.register::<Flex>(node.id, tensor(table, [rows, width]));
    }
}

#[derive(Debug)]
struct DropoutBackward;

impl Backward<Flex, 1> for DropoutBackward {
    type State = Dropout;

    fn backward(self, ops: Ops<Dropout, 1>, grads: &mut Gradients, _: &mut Checkpointer) {
        let [x_node] = ops.parents;
        let gradient = grads.consume::<Flex>(&ops.node);
        let Some(node) = x_node else { return };
        grads.register::<Flex>(node.id, Flex::kernel_dropout(gradient, ops.state));
    }
}

#[derive(Debug)]
struct MeanPoolBackward;

impl Backward<Flex, 1> for MeanPoolBackward {
    type State = Sequences;

    fn backward(self, ops: Ops<Sequences, 1>, grads: &mut Gradients, _: &mut Checkpointer) {
        let [hidden_node] = ops.parents;
        let gradient = grads.consume::<Flex>(&ops.node);
        let Some(node) = hidden_node else { return };
        let [_, width] = matrix(&gradient);
        let hidden = mean::backward(Values::new(gradient).get(), width, &ops.state);
        grads.register::<Flex>(node.id, tensor(hidden, [ops.state.tokens(), width]));
    }
}

impl<C: CheckpointStrategy> Kernels for Autodiff<Flex, C> {
    fn kernel_linear(x: Tracked<C>, weight: Tracked<C>, bias: Tracked<C>) -> Tracked<C> {
        dense_layer::<C>(x, weight, bias, false)
    }

    fn kernel_linear_gelu(x: Tracked<C>, weight: Tracked<C>, bias: Tracked<C>) -> Tracked<C> {
        dense_layer::<C>(x, weight, bias, true)
    }

    fn kernel_projections(
        x: Tracked<C>,
        query: Tracked<C>,
        query_bias: Tracked<C>,
        key: Tracked<C>,
        key_bias: Tracked<C>,
        value: Tracked<C>,
        value_bias: Tracked<C>,
    ) -> Tracked<C> {
        let (x, x_node) = x.into_parts();
        let (weights, weight_nodes) = split::<C>([query, key, value]);
        let (biases, bias_nodes) = split::<C>([query_bias, key_bias, value_bias]);
        let bias = concatenate(biases);
        let output = dense(x.clone(), &weights.each_ref(), bias, Keep::Nothing, |_| {});
        let ([query, key, value], [query_bias, key_bias, value_bias]) = (weight_nodes, bias_nodes);
        let nodes = [x_node, query, query_bias, key, key_bias, value, value_bias];
        match ProjectionsBackward.prepare::<C>(nodes).compute_bound().stateful() {
            OpsKind::Tracked(prepared) => prepared.finish(ProjectionsState { x, weights }, output),
            OpsKind::UnTracked(prepared) => prepared.finish(output),
        }
    }

    fn kernel_attention(
        projected: Tracked<C>,
        sequences: Sequences,
        heads: usize,
        dropout: Option<Dropout>,
    ) -> Tracked<C> {
        let (projected, node) = projected.into_parts();
        let values = Values::new(projected.clone());
        match AttentionBackward.prepare::<C>([node]).compute_bound().stateful() {
            OpsKind::Tracked(prepared) => {
                let (output, probabilities) = attend(&values, &sequences, heads, dropout, true);
                let count = probabilities.len();
                let state = AttentionState {
                    projected,
                    probabilities: tensor(probabilities, [count]),
                    sequences,
                    heads,
                    dropout,
                };
                prepared.finish(state, output)
            }
            OpsKind::UnTracked(prepared) => {
                prepared.finish(attend(&values, &sequences, heads, dropout, false).0)
            }
        }
    }

    /// This operation has no gradient.
    fn kernel_adamw(
        weights: Tracked<C>,
        gradient: Tracked<C>,
        first: Tracked<C>,
        second: Tracked<C>,
        step: AdamWStep,
    ) -> (Tracked<C>, Tracked<C>, Tracked<C>) {
        let [weights, gradient, first, second] =
            [weights, gradient, first, second].map(|tensor| tensor.into_primitive());
        let (weights, first, second) = Flex::kernel_adamw(weights, gradient, first, second, step);
        let [weights, first, second] = [weights, first, second].map(Autodiff::<Flex, C>::from_inner);
        (weights, first, second)
    }

    /// This operation has no gradient.
    fn kernel_sum_of_squares(values: Tracked<C>) -> Tracked<C> {
        Autodiff::<Flex, C>::from_inner(Flex::kernel_sum_of_squares(values.into_primitive()))
    }

    fn kernel_look_up(table: Tracked<C>, ids: Arc<[usize]>) -> Tracked<C> {
        let (table, node) = table.into_parts();
        let [rows, _] = matrix(&table);
        let output = Flex::kernel_look_up(table, Arc::clone(&ids));
        match LookUpBackward.prepare::<C>([node]).compute_bound().stateful() {
            OpsKind::Tracked(prepared) => prepared.finish((ids, rows), output),
            OpsKind::UnTracked(prepared) => prepared.finish(output),
        }
    }

    fn kernel_dropout(x: Tracked<C>, dropout: Dropout) -> Tracked<C> {
        let (x, node) = x.into_parts();
        let output = Flex::kernel_dropout(x, dropout);
        match DropoutBackward.prepare::<C>([node]).compute_bound().stateful() {
            OpsKind::Tracked(prepared) => prepared.finish(dropout, output),
            OpsKind::UnTracked(prepared) => prepared.finish(output),
        }
    }

    /// This operation has no gradient.
    fn kernel_scale(x: Tracked<C>, factor: f64) -> Tracked<C> {
        Autodiff::<Flex, C>::from_inner(Flex::kernel_scale(x.into_primitive(), factor))
    }

    fn kernel_mean_pool(hidden: Tracked<C>, sequences: Sequences) -> Tracked<C> {
        let (hidden, node) = hidden.into_parts();
        let output = Flex::kernel_mean_pool(hidden, sequences.clone());
        match MeanPoolBackward.prepare::<C>([node]).compute_bound().stateful() {
            OpsKind::Tracked(prepared) => prepared.finish(sequences, output),
            OpsKind::UnTracked(prepared) => prepared.finish(output),
        }
    }

    fn kernel_residual_norm(
        x: Tracked<C>,
        residual: Tracked<C>,
        gamma: Tracked<C>,
        beta: Tracked<C>,
        epsilon: f64,
        dropout: Option<Dropout>,
    ) -> Tracked<C> {
        let (x, x_node) = x.into_parts();
        let (residual, residual_node) = residual.into_parts();
        let (gamma, gamma_node) = gamma.into_parts();
        let (beta, beta_node) = beta.into_parts();
        let shape = matrix(&x);
        let result = normalise(x, Some(residual), [gamma.clone(), beta], epsilon, dropout);
        let nodes = [x_node, residual_node, gamma_node, beta_node];
        match NormBackward.prepare::<C>(nodes).compute_bound().stateful() {
            OpsKind::Tracked(prepared) => {
                let state = NormState {
                    sums: tensor(result.sums, shape),
                    statistics: Arc::new(result.statistics),
                    gamma,
                    dropout,
                };
                prepared.finish(state, result.output)
            }
            OpsKind::UnTracked(prepared) => prepared.finish(result.output),
        }
    }
}

type Node = burn::backend::autodiff::ops::NodeGuard;

/// Splits the tensors into primitives and nodes of the autodiff graph.
fn split<C: CheckpointStrategy>(tensors: [Tracked<C>; 3]) -> ([Primitive; 3], [Node; 3]) {
    let [a, b, c] = tensors.map(|tensor| tensor.into_parts());
    ([a.0, b.0, c.0], [a.1, b.1, c.1])
}

fn dense_layer<C: CheckpointStrategy>(
    x: Tracked<C>,
    weight: Tracked<C>,
    bias: Tracked<C>,
    with_gelu: bool,
) -> Tracked<C> {
    let (x, x_node) = x.into_parts();
    let (weight, weight_node) = weight.into_parts();
    let (bias, bias_node) = bias.into_parts();
    let before = dense(x.clone(), &[&weight], bias, Keep::Nothing, |_| {});
    let (output, before_gelu) = if with_gelu {
        let shape = matrix(&before);
        let values = Values::new(before.clone());
        (tensor(gelu_of(values.get()), shape), Some(before))
    } else {
        (before, None)
    };
    let nodes = [x_node, weight_node, bias_node];
    match DenseBackward.prepare::<C>(nodes).compute_bound().stateful() {
        OpsKind::Tracked(prepared) => {
            let state = DenseState {
                x,
                weight,
                before_gelu,
            };
            prepared.finish(state, output)
        }
        OpsKind::UnTracked(prepared) => prepared.finish(output),
    }
}
