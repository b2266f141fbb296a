//! One update of the weights, from one or more passes.

use burn::optim::{GradientsAccumulator, GradientsParams};

use super::Run;
use crate::error::{Error, Result};
use crate::gradients::{clip_by_global_norm, drop_frozen};
use crate::model::{Evaluate, TrainData, Trainable};
use crate::seeded::{pass_seed, seeded};

impl<M: Trainable, D: TrainData<M>, E: Evaluate<M>> Run<'_, M, D, E> {
    /// Runs one update from one or more passes. Returns false and changes no weight if the loss or a gradient
    /// is not finite.
    pub(super) fn update(&mut self, passes: &[Vec<usize>]) -> Result<bool> {
        self.event("on_step_begin", |callback, state| callback.on_step_begin(state))?;
        let (loss, grads) = self.gradients(passes)?;
        self.progress.state.loss = loss;
        if !loss.is_finite() || !self.apply(grads)? {
            return Ok(false);
        }
        self.progress.logged.0 += loss;
        self.progress.logged.1 += 1;
        Ok(true)
    }

    /// Returns the mean loss over all samples of all passes, and its gradients.
    fn gradients(&mut self, passes: &[Vec<usize>]) -> Result<(f64, GradientsParams)> {
        let weight: f64 = passes
            .iter()
            .flatten()
            .map(|&index| self.data.weight(index))
            .sum();
        let mut accumulated = GradientsAccumulator::new();
        let mut loss_sum = 0.0;
        for (micro_batch, indices) in passes.iter().enumerate() {
            let (loss, grads) = self.forward_backward(micro_batch, indices, weight)?;
            loss_sum += loss;
            if let Some(model) = &self.model {
                accumulated.accumulate(model, grads);
            }
            if micro_batch + 1 < passes.len() {
                self.event("on_substep_end", |callback, state| callback.on_substep_end(state))?;
            }
        }
        Ok((loss_sum, accumulated.grads()))
    }

    /// Returns the contribution of one pass to the mean loss of the update, and its gradients.
    fn forward_backward(
        &self,
        micro_batch: usize,
        indices: &[usize],
        weight: f64,
    ) -> Result<(f64, GradientsParams)> {
        let global_step = self.progress.state.global_step + 1;
        let batch = self
            .data
            .batch(indices, &self.device)
            .map_err(|source| Error::Data { global_step, source })?;
        let Some(model) = &self.model else {
            return Err(Error::NoData); // the model is absent only inside `apply`
        };
        let divisor = if weight > 0.0 { weight } else { 1.0 }; // if all weights are 0, the loss sum is 0 too
        // Seeded for each pass, so that a run can be resumed at any step.
        let seed = pass_seed(self.arguments.seed, global_step, micro_batch);
        let loss = seeded(&self.device, seed, || model.loss(batch)).div_scalar(divisor);
        let value: f32 = loss
            .clone()
            .try_into_scalar()
            .map_err(|error| Error::Device(error.to_string()))?;
        Ok((
            f64::from(value),
            GradientsParams::from_grads(loss.backward(), model),
        ))
    }

    /// Updates the weights. Returns false and changes no weight if a gradient is not finite.
    fn apply(&mut self, mut grads: GradientsParams) -> Result<bool> {
        let Some(model) = self.model.take() else {
            return Ok(false);
        };
        let state = &self.progress.state;
        drop_frozen(&model, &mut grads, |path| {
            let name = model.parameter_name(path);
            self.callbacks
                .iter()
                .any(|callback| callback.is_frozen(state, &name))
        });
        let grad_norm = clip_by_global_norm(&model, &mut grads, self.arguments.max_grad_norm)?;
        self.progress.state.grad_norm = grad_norm;
        if !grad_norm.is_finite() {
            self.model = Some(model);
            return Ok(false);
        }
        self.event("on_pre_optimizer_step", |callback, state| {
            callback.on_pre_optimizer_step(state)
        })?;
        let state = &self.progress.state;
        let scheduled = self.progress.schedule.learning_rate(state.global_step);
        let learning_rate = self
            .callbacks
            .iter_mut()
            .fold(scheduled, |rate, callback| callback.learning_rate(state, rate));
        self.progress.state.learning_rate = learning_rate;
        let rates = self.layer_rates.at(learning_rate);
        self.model = Some(self.optimizer.step(rates, model, grads));
        self.event("on_optimizer_step", |callback, state| {
            callback.on_optimizer_step(state)
        })?;
        self.progress.state.global_step += 1;
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use burn::module::Module;
    use burn::nn::{Linear, LinearConfig};
    use burn::tensor::{Device, Tensor};

    use super::*;
    use crate::arguments::TrainingArguments;
    use crate::error::BoxError;
    use crate::model::Metrics;
    use crate::run::Setup;

    /// The sum of squares of a dense layer's output.
    #[derive(Module, Debug)]
    struct Squares {
        linear: Linear,
    }

    impl Trainable for Squares {
        type Batch = Tensor<2>;
        fn loss(&self, batch: Tensor<2>) -> Tensor<1> {
            self.linear.forward(batch).square().sum()
        }
    }

    struct Rows(usize);

    impl TrainData<Squares> for Rows {
        fn len(&self) -> usize {
            self.0
        }
        fn length(&self, _index: usize) -> usize {
            1
        }
        fn batch(&self, indices: &[usize], device: &Device) -> std::result::Result<Tensor<2>, BoxError> {
            let values: Vec<f32> = indices
                .iter()
                .flat_map(|index| {
                    (0..16).map(move |column| (index * 31 + column * 17) as f32 % 23.0 / 11.0 - 1.0)
                })
                .collect();
            Ok(Tensor::<1>::from_floats(values.as_slice(), device).reshape([indices.len(), 16]))
        }
    }

    struct Nothing;

    impl Evaluate<Squares> for Nothing {
        fn evaluate(&mut self, _model: &Squares) -> std::result::Result<Metrics, BoxError> {
            Ok([("loss".to_owned(), 0.0)].into())
        }
    }

    /// Returns the gradients of both parameters for these passes, concatenated.
    fn gradients(passes: &[Vec<usize>]) -> Vec<f64> {
        let device = Device::flex();
        let linear = || LinearConfig::new(16, 8).init(&device);
        let model = Squares {
            linear: seeded(&device, 5, || linear().fork(&device)),
        };
        let arguments = TrainingArguments::default().check().unwrap();
        let (rows, mut nothing) = (Rows(64), Nothing);
        let mut run = Run::new(Setup::new(arguments, &device), model, &rows, &mut nothing).unwrap();
        let (_, grads) = run.gradients(passes).unwrap();
        let linear = &run.model.as_ref().unwrap().linear;
        let weight = grads.get::<2>(linear.weight.id).unwrap().into_data();
        let bias = grads
            .get::<1>(linear.bias.as_ref().unwrap().id)
            .unwrap()
            .into_data();
        let values = [weight, bias].map(|data| data.try_to_vec::<f32>().unwrap());
        values.concat().into_iter().map(f64::from).collect()
    }

    #[test]
    fn the_accumulated_gradient_equals_that_of_the_whole_batch() {
        // A full update of 32 samples, and a smaller one of 12.
        for samples in [32, 12] {
            let all: Vec<usize> = (0..samples).collect();
            let whole = gradients(std::slice::from_ref(&all));
            let parts: Vec<Vec<usize>> = all.chunks(8).map(<[usize]>::to_vec).collect();
            let parts = gradients(&parts);
            let norm = |values: &[f64]| values.iter().map(|value| value * value).sum::<f64>().sqrt();
            let difference: Vec<f64> = whole.iter().zip(&parts).map(|(a, b)| a - b).collect();
            assert!(norm(&whole) > 0.1);
            let relative = norm(&difference) / norm(&whole);
            assert!(relative < 1e-6, "{samples} samples: {relative:e}");
        }
    }
}
