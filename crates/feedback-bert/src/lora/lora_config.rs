//! Attaches and merges adapters.

use std::collections::BTreeSet;

use burn::module::{LoraAdapter, Module, ModuleVisitor, Param, Reparameterizer};
use burn::tensor::{Device, Tensor, TensorData};
use chacha20::ChaCha8Rng;
use rand::SeedableRng;
use rand_distr::{Distribution, Uniform};
use serde::{Deserialize, Serialize};

use crate::classification::BertForSequenceClassification;
use crate::error::{Error, Result};
use crate::names::parameter_name;

/// LoRA (Hu et al. 2021): a chosen weight becomes `W + alpha / rank · A B`, where only `A` and `B` are trained.
///
/// Names and defaults follow Python's `peft.LoraConfig`, except that `rank` is called `r` there and `alpha`
/// has a different default. There is no `lora_dropout`, since Burn's reparameterization changes the weight
/// rather than its input.
///
/// Create it with [`LoraConfig::default`], then change any field.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct LoraConfig {
    /// Rank of `A B`: the number of columns of `A` and of rows of `B`, 1 or more. Default 8.
    pub rank: usize,
    /// `A B` is scaled by `alpha / rank`. Default 16 (`peft`: 8).
    pub alpha: f64,
    /// The dense layers of the encoder to adapt, by the last parts of their [names](parameter_name): `query`,
    /// `attention.output.dense`, … Default `query` and `value`.
    pub targets: Vec<String>,
}

impl Default for LoraConfig {
    fn default() -> Self {
        Self {
            rank: 8,
            alpha: 16.0,
            targets: vec!["query".into(), "value".into()],
        }
    }
}

impl LoraConfig {
    /// Adds adapters to a model. The outputs of the model do not change yet: `A` is drawn at random from
    /// `seed`, and `B` is 0.
    ///
    /// Everything except the adapters and the head (pooler and classifier) is frozen. As in `peft`, `A` is
    /// uniformly distributed within ±1 / √(input features).
    ///
    /// # Errors
    ///
    /// [`Error::Config`] naming the value that cannot be used, such as a target that is not a dense layer.
    pub fn attach(
        &self,
        model: BertForSequenceClassification,
        seed: u64,
    ) -> Result<BertForSequenceClassification> {
        let shapes = self.check(&model)?;
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let rank = self.rank;
        let mut draw = |[d_input, d_output]: [usize; 2], device: &Device| {
            let bound = 1.0 / (d_input as f32).sqrt();
            let uniform = Uniform::new_inclusive(-bound, bound).ok()?; // never fails for a finite bound above 0
            let values: Vec<f32> = uniform.sample_iter(&mut rng).take(d_input * rank).collect();
            let a = Tensor::from_data(TensorData::new(values, [d_input, rank]), device);
            Some((a, Tensor::zeros([rank, d_output], device)))
        };
        let chosen: BTreeSet<String> = shapes.into_iter().collect();
        Ok(
            self.attach_with(model, |path, dims, device| match chosen.contains(path) {
                true => draw(dims, device),
                false => None,
            }),
        )
    }

    /// Attaches the factors that `factors` returns for a path, `A` as `[input, rank]` and `B` as `[rank,
    /// output]`, and freezes everything else except the head.
    pub(crate) fn attach_with(
        &self,
        model: BertForSequenceClassification,
        factors: impl FnMut(&str, [usize; 2], &Device) -> Option<(Tensor<2>, Tensor<2>)>,
    ) -> BertForSequenceClassification {
        model.apply_reparameterization(Attach {
            scale: self.alpha / self.rank as f64,
            factors,
        })
    }

    /// Checks the settings and returns the paths of the weights to adapt.
    fn check(&self, model: &BertForSequenceClassification) -> Result<Vec<String>> {
        if self.rank == 0 {
            return Err(Error::config("lora_rank", "a whole number from 1", 0));
        }
        if !(self.alpha.is_finite() && self.alpha > 0.0) {
            return Err(Error::config("lora_alpha", "a number above 0", self.alpha));
        }
        let layers = dense_layers(model);
        let mut paths = Vec::new();
        for target in &self.targets {
            let matching: Vec<&String> = layers.iter().filter(|path| has_target(path, target)).collect();
            if matching.is_empty() || target.is_empty() {
                let names: BTreeSet<String> = layers.iter().map(|path| within_block(path)).collect();
                let names = Vec::from_iter(names).join(", ");
                let expected = format!("the end of one of: {names}");
                return Err(Error::config("lora_targets", expected, target));
            }
            paths.extend(matching.into_iter().cloned());
        }
        if paths.is_empty() {
            return Err(Error::config("lora_targets", "at least one dense layer", "none"));
        }
        Ok(paths)
    }
}

/// Adds the products `alpha / rank · A B` of a model's adapters, if any, to its weights, and unfreezes all
/// parameters.
pub fn merge_adapters(model: BertForSequenceClassification) -> BertForSequenceClassification {
    model.materialize().set_require_grad(true)
}

/// Returns whether the parameter at `path` belongs to the head, which is trained in full together with the
/// adapters.
pub(crate) fn is_head(path: &str) -> bool {
    let name = parameter_name(path);
    name.starts_with("pooler.") || name.starts_with("classifier.")
}

/// Returns whether the weight at `path` belongs to a dense layer whose name ends in `target`, as `peft` matches
/// names.
fn has_target(path: &str, target: &str) -> bool {
    let name = parameter_name(path);
    let layer = name.strip_suffix(".weight").unwrap_or(&name);
    let stem = layer.strip_suffix(target);
    stem.is_some_and(|stem| stem.is_empty() || stem.ends_with('.'))
}

/// Returns the name of a layer within its block: `attention.self.query` for
/// `bert.encoder.layer.3.attention.self_attention.query.weight`.
fn within_block(path: &str) -> String {
    let name = parameter_name(path);
    let layer = name.strip_suffix(".weight").unwrap_or(&name);
    layer.split('.').skip(3).collect::<Vec<_>>().join(".")
}

/// Returns the paths of the weights of the encoder's dense layers.
fn dense_layers(model: &BertForSequenceClassification) -> Vec<String> {
    #[derive(Default)]
    struct Collect {
        path: Vec<String>,
        found: Vec<String>,
    }
    impl ModuleVisitor for Collect {
        fn enter_module(&mut self, name: &str, _container: &str) {
            self.path.push(name.to_owned());
        }
        fn exit_module(&mut self, _name: &str, _container: &str) {
            self.path.pop();
        }
        fn visit_float<const D: usize>(&mut self, _param: &Param<Tensor<D>>) {
            let path = self.path.join(".");
            if D == 2 && parameter_name(&path).starts_with("encoder.") {
                self.found.push(path);
            }
        }
    }
    let mut collect = Collect::default();
    model.visit(&mut collect);
    collect.found
}

struct Attach<F> {
    scale: f64,
    factors: F,
}

impl<F> Reparameterizer for Attach<F>
where
    F: FnMut(&str, [usize; 2], &Device) -> Option<(Tensor<2>, Tensor<2>)>,
{
    type Reparam = LoraAdapter;

    fn reparameterize<const D: usize>(
        &mut self,
        path: &str,
        param: Param<Tensor<D>>,
    ) -> (Param<Tensor<D>>, Option<LoraAdapter>) {
        if is_head(path) {
            return (param, None);
        }
        let device = param.lazy_device();
        let factors = match param.lazy_shape().as_slice() {
            &[d_input, d_output] => (self.factors)(path, [d_input, d_output], &device),
            _ => None,
        };
        let adapter = factors.map(|(a, b)| LoraAdapter {
            a: Param::from_tensor(a),
            b: Param::from_tensor(b),
            scale: self.scale,
        });
        (param.set_require_grad(false), adapter)
    }
}
