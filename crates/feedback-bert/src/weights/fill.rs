//! Puts the values of a file into a model.

use std::collections::BTreeMap;

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::{Shape, Tensor, TensorData};
use burn_store::burn_pack::Tensor as FileTensor;
use rayon::prelude::*;

use crate::names::torch_path;

/// Values by the paths of this crate's modules, with PyTorch's names and orientation.
pub(super) type Values = BTreeMap<String, TensorData>;

/// Reads the values of tensors as `f32`, on all threads. The names of the tensors must be paths of this
/// crate's modules.
///
/// # Errors
///
/// The name of a tensor that cannot be read or has a value that is not finite, and the reason.
pub(super) fn read_values(tensors: Vec<FileTensor>) -> Result<Values, (String, String)> {
    let read = |tensor: FileTensor| {
        let (name, dtype, shape) = (tensor.name.clone(), tensor.dtype, tensor.shape.clone());
        let values = tensor
            .into_bytes()
            .map_err(|error| format!("cannot be read: {error}"))
            .and_then(|bytes| finite(TensorData::from_bytes(bytes, shape, dtype)));
        match values {
            Ok(values) => Ok((name, values)),
            Err(reason) => Err((name, reason)),
        }
    };
    let read: Vec<_> = tensors.into_par_iter().map(read).collect();
    // Collected in order, so that the error always names the same tensor.
    read.into_iter().collect()
}

fn finite(values: TensorData) -> Result<TensorData, String> {
    let values = values.convert::<f32>();
    let numbers = values.as_slice::<f32>().map_err(|error| format!("{error:?}"))?;
    if feedback_kernels::are_finite(numbers) {
        Ok(values)
    } else {
        Err("has a value that is not a finite number".into())
    }
}

/// Puts the values into the model. Also returns the paths of values that match no parameter of the same
/// shape; the list is empty if the values were planned for this model.
pub(super) fn fill<M: Module>(model: M, values: Values) -> (M, Vec<String>) {
    let mut fill = Fill {
        place: Place::default(),
        values,
    };
    let model = model.map(&mut fill);
    (model, fill.values.into_keys().collect())
}

/// Returns the paths of the parameters and their shapes, with PyTorch's names and orientation (a dense layer is
/// `[output, input]`).
pub(super) fn expected_shapes(model: &impl Module) -> BTreeMap<String, Shape> {
    let mut shapes = Shapes::default();
    model.visit(&mut shapes);
    shapes.found
}

/// The place of the current parameter in a model.
#[derive(Default)]
struct Place {
    path: Vec<String>,
    /// The kind of each module in `path`, at the same index.
    containers: Vec<String>,
}

impl Place {
    fn enter(&mut self, name: &str, container: &str) {
        self.path.push(name.to_owned());
        self.containers.push(container.to_owned());
    }

    fn exit(&mut self) {
        self.path.pop();
        self.containers.pop();
    }

    fn name(&self) -> String {
        torch_path(&self.path.join("."))
    }

    /// Returns whether the current parameter is the weight of a dense layer, which PyTorch stores as `[output, input]`.
    fn is_transposed(&self) -> bool {
        self.path.last().is_some_and(|name| name == "weight")
            && self.containers.last().is_some_and(|kind| kind == "Struct:Linear")
    }

    /// Returns the shape of the current parameter in PyTorch's orientation.
    fn shape<const D: usize>(&self, param: &Param<Tensor<D>>) -> Shape {
        let mut shape = param.lazy_shape().to_vec();
        if self.is_transposed() {
            shape.reverse();
        }
        Shape::from(shape)
    }
}

#[derive(Default)]
struct Shapes {
    place: Place,
    found: BTreeMap<String, Shape>,
}

impl ModuleVisitor for Shapes {
    fn enter_module(&mut self, name: &str, container: &str) {
        self.place.enter(name, container);
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.place.exit();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        self.found.insert(self.place.name(), self.place.shape(param));
    }
}

struct Fill {
    place: Place,
    values: Values,
}

impl ModuleMapper for Fill {
    fn enter_module(&mut self, name: &str, container: &str) {
        self.place.enter(name, container);
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.place.exit();
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let name = self.place.name();
        let Some(values) = self.values.remove(&name) else {
            return param;
        };
        if *values.shape() != self.place.shape(&param) {
            self.values.insert(name, values);
            return param;
        }
        let tensor = Tensor::<D>::from_data(values, &param.lazy_device());
        // The memory keeps PyTorch's orientation; the parameter is a view of it.
        let tensor = if self.place.is_transposed() {
            tensor.transpose()
        } else {
            tensor
        };
        let id = param.id;
        param.transform_for_load(tensor, id)
    }
}
