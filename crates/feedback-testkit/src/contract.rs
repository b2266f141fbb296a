//! Checks that every model must pass, whatever its head. A test implements [`ModelContract`] for the model and its data, and
//! calls the checks.

use std::collections::BTreeMap;
use std::path::Path;

use burn::module::{Module, ModuleVisitor, Param};
use burn::optim::{AdamWConfig, GradientsParams, ModuleOptimizer};
use burn::tensor::{Device, Tensor};

use crate::numbers::max_difference;

/// The tolerance for outputs: sums of `f32` that are added in a different order differ by less.
const TOLERANCE: f32 = 1e-4;
/// The loss below which the examples count as memorised: the correct outputs then have a probability of about 0.9.
const MEMORISED_LOSS: f32 = 0.1;
const MAX_STEPS: usize = 400;

/// A model and the data to test it with.
pub trait ModelContract {
    /// The model.
    type Model: Module;
    /// One training example.
    type Example;

    /// The device of the model, without autodiff.
    fn device(&self) -> Device;

    /// Creates a new model on this device. It must not have dropout, because the checks compare the outputs in training with
    /// the outputs in prediction.
    fn model(&self) -> Self::Model;

    /// Returns eight examples. If examples have a length, the lengths must differ.
    fn examples(&self) -> Vec<Self::Example>;

    /// Returns the outputs for each example of a batch, without the outputs of padding. Padding has the value
    /// `filler`; models without padding ignore it.
    fn outputs(&self, model: &Self::Model, examples: &[&Self::Example], filler: u32) -> Vec<Vec<f32>>;

    /// Returns the mean loss of a batch on `device`, in nats.
    fn loss(&self, model: &Self::Model, examples: &[&Self::Example], device: &Device) -> Tensor<1>;

    /// A learning rate at which the model learns its examples.
    fn learning_rate(&self) -> f64 {
        3e-3
    }
}

/// A model that can be saved.
pub trait SavedModel: ModelContract {
    /// Saves the model to a folder that does not exist yet.
    fn save(&self, model: &Self::Model, folder: &Path);

    /// Loads the model from the folder.
    fn load(&self, folder: &Path) -> Self::Model;
}

/// Runs all checks.
///
/// # Panics
///
/// If a check fails.
pub fn ensure_can_train_save_load<C: SavedModel>(case: &C) {
    ensure_gradients(case);
    ensure_batch_equals_single(case);
    ensure_padding_is_ignored(case);
    let trained = ensure_memorises(case);
    ensure_saved_equals_loaded(case, &trained);
}

/// Ensures that every parameter gets a gradient.
///
/// # Panics
///
/// If a parameter gets no gradient, or the model has no parameters.
pub fn ensure_gradients<C: ModelContract>(case: &C) {
    let model = case.model().train();
    let examples = case.examples();
    let loss = case.loss(&model, &Vec::from_iter(&examples), &case.device().autodiff());
    let mut check = GradientCheck {
        gradients: GradientsParams::from_grads(loss.backward(), &model),
        path: Vec::new(),
        n_parameters: 0,
        without: Vec::new(),
    };
    model.visit(&mut check);
    assert!(check.n_parameters > 0, "the model has no parameters");
    assert!(
        check.without.is_empty(),
        "parameters without a gradient: {}",
        check.without.join(", ")
    );
}

/// Ensures that each example has the same outputs in a batch as in a batch of this example alone.
///
/// # Panics
///
/// If an output differs by more than rounding errors.
pub fn ensure_batch_equals_single<C: ModelContract>(case: &C) {
    let model = case.model();
    let examples = case.examples();
    let together = case.outputs(&model, &Vec::from_iter(&examples), 0);
    assert_eq!(together.len(), examples.len(), "one list of outputs per example");
    for (index, (example, together)) in examples.iter().zip(&together).enumerate() {
        let alone = case.outputs(&model, &[example], 0).concat();
        let worst = max_difference(together, &alone);
        assert!(
            worst <= TOLERANCE,
            "example {index} alone differs from the batch by {worst:e}"
        );
    }
}

/// Ensures that the outputs do not depend on the values of padding, to the last bit.
///
/// # Panics
///
/// If an output changes.
pub fn ensure_padding_is_ignored<C: ModelContract>(case: &C) {
    let model = case.model();
    let examples = case.examples();
    let outputs = |filler| case.outputs(&model, &Vec::from_iter(&examples), filler);
    assert!(outputs(0) == outputs(77), "the outputs depend on the padding");
}

/// Ensures that training memorises the examples, and returns the trained model.
///
/// # Panics
///
/// If the loss stays high.
pub fn ensure_memorises<C: ModelContract>(case: &C) -> C::Model {
    let device = case.device().autodiff();
    let examples = case.examples();
    assert_eq!(examples.len(), 8, "the contract requires eight examples");
    let mut model = case.model().train();
    let mut optimizer = ModuleOptimizer::from(AdamWConfig::new().build());
    let mut losses = Vec::new();
    for _ in 0..MAX_STEPS {
        let loss = case.loss(&model, &Vec::from_iter(&examples), &device);
        let value: f32 = loss.clone().into_scalar();
        if value <= MEMORISED_LOSS {
            return model.valid();
        }
        losses.push(value);
        let gradients = GradientsParams::from_grads(loss.backward(), &model);
        model = optimizer.step(case.learning_rate(), model, gradients);
    }
    let every_tenth: Vec<f32> = losses.into_iter().step_by(MAX_STEPS / 10).collect();
    unreached(&every_tenth)
}

#[expect(clippy::panic, reason = "this is how a check fails")]
fn unreached<M>(losses: &[f32]) -> M {
    panic!("eight examples are not memorised in {MAX_STEPS} steps; losses: {losses:?}")
}

/// Ensures that a model that was saved and loaded has the same parameters, to the last bit, and the same outputs, up to
/// rounding errors.
///
/// # Panics
///
/// If a parameter or an output differs.
#[expect(
    clippy::expect_used,
    reason = "a check without a temporary folder cannot continue"
)]
pub fn ensure_saved_equals_loaded<C: SavedModel>(case: &C, model: &C::Model) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("model");
    case.save(model, &path);
    let loaded = case.load(&path);
    let (before, after) = (Values::collect(model), Values::collect(&loaded));
    assert_eq!(
        Vec::from_iter(before.keys()),
        Vec::from_iter(after.keys()),
        "the loaded model has different parameters"
    );
    for (name, before) in &before {
        assert!(*before == after[name], "`{name}` has changed");
    }
    let examples = case.examples();
    let outputs = |model| case.outputs(model, &Vec::from_iter(&examples), 0).concat();
    // The memory layout may differ, and therefore also the order in which sums are added.
    let worst = max_difference(&outputs(&loaded), &outputs(model));
    assert!(
        worst <= TOLERANCE,
        "the outputs of the loaded model differ by {worst:e}"
    );
}

/// Counts the parameters, and collects the paths of those without a gradient.
struct GradientCheck {
    gradients: GradientsParams,
    path: Vec<String>,
    n_parameters: usize,
    without: Vec<String>,
}

impl ModuleVisitor for GradientCheck {
    fn enter_module(&mut self, name: &str, _container: &str) {
        self.path.push(name.to_owned());
    }
    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.path.pop();
    }
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        self.n_parameters += 1;
        if self.gradients.get::<D>(param.id).is_none() {
            self.without.push(self.path.join("."));
        }
    }
}

/// Collects the values of all parameters by path.
#[derive(Default)]
struct Values {
    path: Vec<String>,
    found: BTreeMap<String, Vec<f32>>,
}

impl Values {
    fn collect(model: &impl Module) -> BTreeMap<String, Vec<f32>> {
        let mut values = Self::default();
        model.visit(&mut values);
        values.found
    }
}

impl ModuleVisitor for Values {
    fn enter_module(&mut self, name: &str, _container: &str) {
        self.path.push(name.to_owned());
    }
    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.path.pop();
    }
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let values = param.val().into_data().convert::<f32>().iter::<f32>().collect();
        self.found.insert(self.path.join("."), values);
    }
}
