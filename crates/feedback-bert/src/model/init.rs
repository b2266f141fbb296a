//! Initial values of parameters, drawn on the host so that every backend starts with the same numbers.

use burn::module::{Param, ParamId};
use burn::nn::{Embedding, LayerNorm, LayerNormConfig, Linear};
use burn::tensor::{Device, Tensor, TensorData};
use chacha20::ChaCha8Rng;
use rand::SeedableRng;
use rand_distr::{Distribution, Normal};

use crate::error::{Error, Result};

/// The source of initial weights of new layers.
///
/// Weights are normally distributed with mean 0 and standard deviation `initializer_range`. Biases are 0. Layer
/// normalisation has weight 1 and bias 0. All this is as in `BertPreTrainedModel._init_weights` of
/// Transformers. The generator is ChaCha with 8 rounds.
#[derive(Debug)]
pub struct ParameterInit {
    device: Device,
    normal: Option<(ChaCha8Rng, Normal<f32>)>,
}

impl ParameterInit {
    /// Creates a source of random weights from `seed`, with this standard deviation.
    ///
    /// # Errors
    ///
    /// [`Error::Config`] if `initializer_range` is negative or not finite.
    pub fn normal(seed: u64, initializer_range: f64, device: &Device) -> Result<Self> {
        let wrong = || {
            Error::config(
                "initializer_range",
                "a standard deviation of 0 or more",
                initializer_range,
            )
        };
        if initializer_range.is_nan() || initializer_range < 0.0 {
            return Err(wrong());
        }
        let normal = Normal::new(0.0, initializer_range as f32).map_err(|_| wrong())?;
        Ok(Self {
            device: device.clone(),
            normal: Some((ChaCha8Rng::seed_from_u64(seed), normal)),
        })
    }

    /// Creates a source that sets all weights to 0, for a model whose weights are then read from a file.
    pub(crate) fn zeros(device: &Device) -> Self {
        Self {
            device: device.clone(),
            normal: None,
        }
    }

    /// Creates a dense layer from `d_input` to `d_output` features, with a bias.
    pub(crate) fn linear(&mut self, d_input: usize, d_output: usize) -> Linear {
        Linear {
            weight: self.weights([d_input, d_output], None),
            bias: Some(Param::from_tensor(Tensor::zeros([d_output], &self.device))),
        }
    }

    /// Creates a table of `n_embedding` vectors; the vector of `padding`, if given, is 0.
    pub(crate) fn embedding(
        &mut self,
        n_embedding: usize,
        d_model: usize,
        padding: Option<usize>,
    ) -> Embedding {
        Embedding {
            weight: self.weights([n_embedding, d_model], padding),
        }
    }

    /// Creates layer normalisation over `d_model` features.
    pub(crate) fn layer_norm(&self, d_model: usize, epsilon: f64) -> LayerNorm {
        LayerNormConfig::new(d_model)
            .with_epsilon(epsilon)
            .init(&self.device)
    }

    fn weights(&mut self, shape: [usize; 2], zero_row: Option<usize>) -> Param<Tensor<2>> {
        let Some((rng, normal)) = &mut self.normal else {
            // These zeros take no memory if the weights are read from a file before they are used.
            let zeros = move |device: &Device, require_grad| {
                Tensor::zeros(shape, device).set_require_grad(require_grad)
            };
            let (device, is_trained) = (self.device.clone(), true);
            return Param::uninitialized(ParamId::new(), zeros, device, is_trained, shape.into());
        };
        let mut values: Vec<f32> = normal.sample_iter(rng).take(shape[0] * shape[1]).collect();
        if let Some(row) = zero_row {
            values[row * shape[1]..(row + 1) * shape[1]].fill(0.0);
        }
        Param::from_tensor(Tensor::from_data(TensorData::new(values, shape), &self.device))
    }
}
