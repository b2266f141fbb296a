//! Weights of token n-grams, and their file.

use std::path::Path;

use feedback_files::{make_readable, sync_file};
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};

use super::features::NgramFeatures;
use crate::error::{Error, Result};
use crate::tokenizer::Encoding;

/// The file of the weights in a model folder.
pub(crate) const NGRAMS: &str = "ngrams.safetensors";

/// A linear function of [`NgramFeatures`] that is added to the logits of a network.
#[derive(Debug, Clone, PartialEq)]
pub struct NgramHead {
    features: NgramFeatures,
    /// `[terms, labels]`
    weights: Vec<f32>,
    n_labels: usize,
}

impl NgramHead {
    /// Creates a head with the weights `[terms, labels]`, row-major. `None` if the number of weights is not
    /// terms × labels, or if a weight is not finite.
    pub fn new(features: NgramFeatures, weights: Vec<f32>, n_labels: usize) -> Option<Self> {
        let complete = features.len().checked_mul(n_labels) == Some(weights.len());
        let finite = weights.iter().all(|weight| weight.is_finite());
        (complete && finite).then_some(Self {
            features,
            weights,
            n_labels,
        })
    }

    /// Returns the number of weights.
    pub fn n_weights(&self) -> usize {
        self.weights.len()
    }

    /// Adds the contribution of a text's terms to its logits, one per label.
    pub fn add_logits(&self, encoding: &Encoding, logits: &mut [f32]) {
        for (term, value) in self.features.of(encoding) {
            let weights = &self.weights[term * self.n_labels..][..self.n_labels];
            for (logit, weight) in logits.iter_mut().zip(weights) {
                *logit += value * weight;
            }
        }
    }

    /// Writes the file: the tensors `first`, `second` (token ids; for a single token, `second` is the largest
    /// u32), `idf`, and `weight`, `[terms, labels]`.
    pub(crate) fn save(&self, path: &Path) -> Result<()> {
        let (first, second, idf) = self.features.to_parts();
        let terms = self.features.len();
        let ids = |ids: &[u32]| ids.iter().flat_map(|id| id.to_le_bytes()).collect::<Vec<u8>>();
        let floats = |values: &[f32]| {
            values
                .iter()
                .flat_map(|value| value.to_le_bytes())
                .collect::<Vec<u8>>()
        };
        let tensors = [
            ("first", Dtype::U32, vec![terms], ids(&first)),
            ("second", Dtype::U32, vec![terms], ids(&second)),
            ("idf", Dtype::F32, vec![terms], floats(idf)),
            (
                "weight",
                Dtype::F32,
                vec![terms, self.n_labels],
                floats(&self.weights),
            ),
        ];
        let views = tensors
            .iter()
            .map(|(name, dtype, shape, bytes)| Ok((*name, TensorView::new(*dtype, shape.clone(), bytes)?)));
        let written = views
            .collect::<std::result::Result<Vec<_>, safetensors::SafeTensorError>>()
            .and_then(|views| safetensors::serialize_to_file(views, None, path));
        written.map_err(|error| Error::weights(path, error.to_string()))?;
        make_readable(path)?;
        Ok(sync_file(path)?)
    }

    /// Reads the file of a model with this number of labels.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] if the file cannot be read, [`Error::Weights`] if it is damaged or does not fit the
    /// model.
    pub(crate) fn load(path: &Path, n_labels: usize) -> Result<Self> {
        let bytes = fs_err::read(path)?;
        Self::parse(&bytes, n_labels).map_err(|reason| Error::weights(path, reason))
    }

    fn parse(bytes: &[u8], n_labels: usize) -> std::result::Result<Self, String> {
        let file = SafeTensors::deserialize(bytes).map_err(|error| error.to_string())?;
        let words = |name: &str, dtype: Dtype| {
            let tensor = file.tensor(name).map_err(|error| error.to_string())?;
            if tensor.dtype() != dtype {
                return Err(format!(
                    "`{name}` has the type {:?}, expected {dtype:?}",
                    tensor.dtype()
                ));
            }
            Ok(tensor.data().as_chunks::<4>().0.to_vec())
        };
        let ids = |name| {
            words(name, Dtype::U32).map(|words| words.into_iter().map(u32::from_le_bytes).collect::<Vec<_>>())
        };
        let floats = |name| {
            words(name, Dtype::F32).map(|words| words.into_iter().map(f32::from_le_bytes).collect::<Vec<_>>())
        };
        let features = NgramFeatures::from_parts(&ids("first")?, &ids("second")?, floats("idf")?)
            .ok_or("its terms are not in ascending order, or one of `first`, `second` and `idf` is longer")?;
        Self::new(features, floats("weight")?, n_labels).ok_or_else(|| {
            format!("`weight` does not have a finite number for each term and each of {n_labels} labels")
        })
    }
}
