//! The learning rate finder: a range test before training.

use burn::optim::GradientsParams;
use burn::tensor::{Device, Tensor};

use crate::arguments::CheckedArguments;
use crate::error::{Error, Result};
use crate::gradients::clip_by_global_norm;
use crate::layerwise::LayerRates;
use crate::model::{TrainData, Trainable};
use crate::optimizer::optimizer;
use crate::sampler::batches_of_epoch;
use crate::seeded::{pass_seed, seeded};

/// The learning rates to try.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct LearningRateRange {
    /// First rate, above 0. Default 1e-7.
    pub start: f64,
    /// Last rate, above the first. Default 1.
    pub end: f64,
    /// Number of updates from the first rate to the last, 2 or more. Default 100.
    pub steps: usize,
    /// Weight of earlier losses in the smoothed loss, from 0 (no smoothing) to below 1. Default 0.9.
    pub smoothing: f64,
    /// The search ends when the smoothed loss is more than this factor times its minimum so far. Above 1. Default
    /// 4.
    pub divergence: f64,
}

impl Default for LearningRateRange {
    fn default() -> Self {
        Self {
            start: 1e-7,
            end: 1.0,
            steps: 100,
            smoothing: 0.9,
            divergence: 4.0,
        }
    }
}

/// One update of the search.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct LearningRatePoint {
    /// The learning rate of the update.
    pub learning_rate: f64,
    /// The loss before the update.
    pub loss: f64,
    /// The exponential moving average of the losses so far, with bias correction.
    pub smoothed: f64,
}

/// Losses at increasing learning rates.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct LearningRateCurve {
    /// Every update, in order. At the last one the loss may have diverged.
    pub points: Vec<LearningRatePoint>,
    /// The learning rate at which the smoothed loss, plotted over the logarithm of the rate, falls most steeply
    /// before its minimum; `None` if the loss never falls.
    pub suggestion: Option<f64>,
}

/// Trains a copy of `model` with exponentially increasing learning rates, one batch per rate, and finds the rate
/// at which the loss falls fastest.
///
/// The model itself does not change. Use the suggestion as the peak rate of a schedule with warm-up. Optimizer,
/// batch size, clipping, layer-wise decay and seed come from `arguments`; gradients are not accumulated. The
/// samples are used in the same order as in training, from the first epoch on. The curve ends early once `stop`
/// returns true.
///
/// # Errors
///
/// [`Error::Argument`] for an invalid range, [`Error::NoData`], [`Error::Data`], [`Error::Order`].
///
/// # References
///
/// Smith, *Cyclical Learning Rates for Training Neural Networks*, 2017, section 3.3.
pub fn find_learning_rate<M: Trainable>(
    model: &M,
    data: &impl TrainData<M>,
    arguments: &CheckedArguments,
    range: &LearningRateRange,
    stop: &dyn Fn() -> bool,
    device: &Device,
) -> Result<LearningRateCurve> {
    range.check()?;
    if data.is_empty() {
        return Err(Error::NoData);
    }
    let device = device.clone().autodiff();
    let lengths: Vec<usize> = (0..data.len()).map(|index| data.length(index)).collect();
    let mut model = model.clone().train();
    let layer_rates = LayerRates::new(&model, arguments.layerwise_lr_decay);
    let mut epochs = 0..;
    let mut next_epoch = || -> Result<_> {
        let epoch = epochs.next().unwrap_or_default();
        Ok(batches_of_epoch(data, &lengths, arguments, epoch)?.into_iter())
    };
    let mut batches = next_epoch()?;
    let mut optimizer = optimizer(arguments, &model);
    let mut points: Vec<LearningRatePoint> = Vec::with_capacity(range.steps);
    let mut mean = 0.0;
    for step in 0..range.steps {
        if stop() {
            break;
        }
        if batches.len() == 0 {
            batches = next_epoch()?;
        }
        let Some(indices) = batches.next() else { break };
        let loss = mean_loss(&model, data, &indices, step, arguments.seed, &device)?;
        let value: f32 = loss
            .clone()
            .try_into_scalar()
            .map_err(|error| Error::Device(error.to_string()))?;
        mean = range.smoothing * mean + (1.0 - range.smoothing) * f64::from(value);
        let point = LearningRatePoint {
            learning_rate: range.rate(step),
            loss: f64::from(value),
            smoothed: mean / (1.0 - range.smoothing.powi(step as i32 + 1)),
        };
        points.push(point);
        if !point.loss.is_finite() || point.smoothed > range.divergence * lowest_smoothed(&points) {
            break;
        }
        let mut grads = GradientsParams::from_grads(loss.backward(), &model);
        let norm = clip_by_global_norm(&model, &mut grads, arguments.max_grad_norm)?;
        if !norm.is_finite() {
            break;
        }
        model = optimizer.step(layer_rates.at(point.learning_rate), model, grads);
    }
    Ok(LearningRateCurve {
        suggestion: steepest(&points),
        points,
    })
}

fn lowest_smoothed(points: &[LearningRatePoint]) -> f64 {
    points
        .iter()
        .map(|point| point.smoothed)
        .fold(f64::INFINITY, f64::min)
}

/// Returns the mean loss of one batch, with shape `[1]`.
fn mean_loss<M: Trainable>(
    model: &M,
    data: &impl TrainData<M>,
    indices: &[usize],
    step: usize,
    seed: u64,
    device: &Device,
) -> Result<Tensor<1>> {
    let batch = data.batch(indices, device).map_err(|source| Error::Data {
        global_step: step + 1,
        source,
    })?;
    let weight: f64 = indices.iter().map(|&index| data.weight(index)).sum();
    let sum = seeded(device, pass_seed(seed, step, 0), || model.loss(batch));
    Ok(sum / if weight > 0.0 { weight } else { 1.0 })
}

impl LearningRateRange {
    fn check(&self) -> Result<()> {
        if !(self.start > 0.0 && self.start.is_finite()) {
            return Err(Error::argument("start", "a rate above 0", self.start));
        }
        if !(self.end > self.start && self.end.is_finite()) {
            return Err(Error::argument("end", "a rate above `start`", self.end));
        }
        if self.steps < 2 {
            return Err(Error::argument("steps", "2 or more", self.steps));
        }
        if !(0.0..1.0).contains(&self.smoothing) {
            return Err(Error::argument(
                "smoothing",
                "a number from 0 to below 1",
                self.smoothing,
            ));
        }
        if self.divergence.is_nan() || self.divergence <= 1.0 {
            return Err(Error::argument("divergence", "a number above 1", self.divergence));
        }
        Ok(())
    }

    /// Returns the rate of the update `step`, counted from 0. The rates are a geometric progression from `start`
    /// to `end`.
    fn rate(&self, step: usize) -> f64 {
        let part = step as f64 / (self.steps - 1) as f64;
        self.start * (self.end / self.start).powf(part)
    }
}

/// Returns the middle rate of the three consecutive points with the steepest fall before the minimum; `None` if
/// the loss never falls.
fn steepest(points: &[LearningRatePoint]) -> Option<f64> {
    let finite = points.iter().take_while(|point| point.smoothed.is_finite());
    let lowest = finite
        .enumerate()
        .min_by(|(_, a), (_, b)| a.smoothed.total_cmp(&b.smoothed))
        .map(|(index, _)| index)?;
    let slope = |three: &[LearningRatePoint]| {
        let rise = three[2].smoothed - three[0].smoothed;
        rise / (three[2].learning_rate / three[0].learning_rate).ln()
    };
    let falls = points[..=lowest].windows(3).filter(|three| slope(three) < 0.0);
    falls
        .min_by(|a, b| slope(a).total_cmp(&slope(b)))
        .map(|three| three[1].learning_rate)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(losses: &[f64]) -> Vec<LearningRatePoint> {
        let point = |(step, &smoothed): (usize, &f64)| LearningRatePoint {
            learning_rate: 10_f64.powi(step as i32 - 5),
            loss: smoothed,
            smoothed,
        };
        losses.iter().enumerate().map(point).collect()
    }

    #[test]
    fn the_steepest_fall_before_the_minimum_is_suggested() {
        let suggestion = steepest(&points(&[3.0, 3.0, 2.9, 1.5, 1.0, 0.9, 5.0])).unwrap();
        assert!((suggestion - 1e-2).abs() < 1e-12, "{suggestion}");
        assert_eq!(steepest(&points(&[1.0, 1.5, 2.0])), None);
        assert_eq!(steepest(&points(&[f64::NAN])), None);
    }

    #[test]
    fn rates_increase_from_start_to_end_by_equal_factors() {
        let range = LearningRateRange {
            start: 1e-4,
            end: 1.0,
            steps: 5,
            ..Default::default()
        };
        let rates: Vec<f64> = (0..5).map(|step| range.rate(step)).collect();
        for (rate, expected) in rates.iter().zip([1e-4, 1e-3, 1e-2, 1e-1, 1.0]) {
            assert!((rate / expected - 1.0).abs() < 1e-12);
        }
    }

    #[test]
    fn invalid_ranges_are_refused() {
        let good = LearningRateRange::default;
        for range in [
            LearningRateRange { start: 0.0, ..good() },
            LearningRateRange { end: 1e-9, ..good() },
            LearningRateRange { steps: 1, ..good() },
            LearningRateRange {
                smoothing: 1.0,
                ..good()
            },
            LearningRateRange {
                divergence: f64::NAN,
                ..good()
            },
        ] {
            assert!(range.check().is_err(), "{range:?}");
        }
    }
}
