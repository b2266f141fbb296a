//! What every model must do, whatever its head: a test describes the model and its data by [`ModelContract`], and calls the
//! checks.

use std::collections::BTreeMap;
use std::path::Path;

use burn::module::{Module, ModuleVisitor, Param};
use burn::optim::{AdamWConfig, GradientsParams, ModuleOptimizer};
use burn::tensor::{Device, Tensor};

use crate::numbers::max_difference;

/// Sums of `f32` in another order differ by less.
const TOLERANCE: f32 = 1e-4;
/// A model that gives the right answers probabilities above 0.9 has memorised them.
const MEMORISED_LOSS: f32 = 0.1;
const MAX_STEPS: usize = 400;

/// A model with the data of its test.
pub trait ModelContract {
    /// The model.
    type Model: Module;
    /// One training example.
    type Example;

    /// The device of the model, without autodiff.
    fn device(&self) -> Device;

    /// A new model on this device, without dropout: the checks compare outputs in training with those in prediction.
    fn model(&self) -> Self::Model;

    /// Eight examples, of different lengths if examples have a length.
    fn examples(&self) -> Vec<Self::Example>;

    /// The outputs for each example of a batch, without those of padding. `filler` is the value of padding; models without
    /// padding ignore it.
    fn outputs(&self, model: &Self::Model, examples: &[&Self::Example], filler: u32) -> Vec<Vec<f32>>;

    /// The mean loss of a batch on `device`, in nats.
    fn loss(&self, model: &Self::Model, examples: &[&Self::Example], device: &Device) -> Tensor<1>;

    /// A learning rate at which the model learns its examples.
    fn learning_rate(&self) -> f64 {
        3e-3
    }
}

/// A model that can be saved.
pub trait SavedModel: ModelContract {
    /// Writes the model to a folder, which does not exist yet.
    fn save(&self, model: &Self::Model, folder: &Path);

    /// Reads the model.
    fn load(&self, folder: &Path) -> Self::Model;
}

/// Runs all checks.
///
/// # Panics
///
/// If one of them fails.
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
/// If one does not, or the model has none.
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

/// Ensures that a batch has the outputs of its examples alone.
///
/// # Panics
///
/// If an output differs by more than rounding.
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

/// Ensures that the contents of padding change nothing, to the last bit.
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
    assert_eq!(examples.len(), 8, "the contract is about eight examples");
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

/// Ensures that a saved model has the same parameters, to the last bit, and the same outputs when it is read again.
///
/// # Panics
///
/// If one differs.
#[expect(clippy::expect_used, reason = "a check without a folder cannot continue")]
pub fn ensure_saved_equals_loaded<C: SavedModel>(case: &C, model: &C::Model) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("model");
    case.save(model, &path);
    let loaded = case.load(&path);
    let (before, after) = (Values::collect(model), Values::collect(&loaded));
    assert_eq!(
        Vec::from_iter(before.keys()),
        Vec::from_iter(after.keys()),
        "the loaded model has other parameters"
    );
    for (name, before) in &before {
        assert!(*before == after[name], "`{name}` has changed");
    }
    let examples = case.examples();
    let outputs = |model| case.outputs(model, &Vec::from_iter(&examples), 0).concat();
    // The layout in memory, and with it the order of sums, may differ.
    let worst = max_difference(&outputs(&loaded), &outputs(model));
    assert!(
        worst <= TOLERANCE,
        "the outputs of the loaded model differ by {worst:e}"
    );
}

/// Collects the parameters without a gradient.
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

/// The values of all parameters by path.
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
