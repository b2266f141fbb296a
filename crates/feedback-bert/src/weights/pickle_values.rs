//! The values of a pickled dictionary of tensors.

use burn::tensor::{BoolStore, DType};

use crate::error::Problem;

pub(super) type Result<T> = std::result::Result<T, Problem>;

/// A tensor as a pickle describes it: a part of a storage, in row-major order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct StoredTensor {
    pub(super) dtype: DType,
    /// The name of the storage's file in the archive, below `data/`.
    pub(super) key: String,
    /// First element within the storage.
    pub(super) offset: usize,
    pub(super) shape: Vec<usize>,
}

/// A value on the stack.
#[derive(Debug, Clone)]
pub(super) enum Value {
    /// A value that tensors do not need: `None`, a float, a list, a dictionary's metadata.
    Plain,
    Int(i64),
    Text(String),
    Global(Global),
    Tuple {
        items: Vec<Value>,
        depth: usize,
        weight: usize,
    },
    Storage {
        dtype: DType,
        key: String,
    },
    Tensor(StoredTensor),
    Dict(Vec<(String, StoredTensor)>),
}

/// The functions and types that a pickle may name.
#[derive(Debug, Clone, Copy)]
pub(super) enum Global {
    OrderedDict,
    RebuildTensor,
    RebuildParameter,
    Storage(DType),
}

impl Value {
    /// Returns the nesting depth of tuples.
    pub(super) fn depth(&self) -> usize {
        match self {
            Self::Tuple { depth, .. } => *depth,
            _ => 0,
        }
    }

    /// Returns the cost of a copy: the number of values, plus one for each 64 bytes of a text.
    pub(super) fn weight(&self) -> usize {
        match self {
            Self::Tuple { weight, .. } => *weight,
            Self::Text(text) => 1 + text.len() / 64,
            _ => 1,
        }
    }

    fn size(&self) -> Result<usize> {
        match self {
            Self::Int(value) => {
                Ok(usize::try_from(*value).map_err(|_| format!("a tensor's size is {value}"))?)
            }
            _ => Err("a tensor's size is not a number".into()),
        }
    }

    fn sizes(&self) -> Result<Vec<usize>> {
        match self {
            Self::Tuple { items, .. } => items.iter().map(Value::size).collect(),
            _ => Err("a tensor's shape is not a tuple".into()),
        }
    }
}

/// Returns the value for a name, or an error if the name is not allowed.
pub(super) fn allowed(module: &str, name: &str) -> Result<Global> {
    Ok(match (module, name) {
        ("collections", "OrderedDict") => Global::OrderedDict,
        ("torch._utils", "_rebuild_tensor_v2") => Global::RebuildTensor,
        ("torch._utils", "_rebuild_parameter") => Global::RebuildParameter,
        ("torch", "FloatStorage") => Global::Storage(DType::F32),
        ("torch", "DoubleStorage") => Global::Storage(DType::F64),
        ("torch", "HalfStorage") => Global::Storage(DType::F16),
        ("torch", "BFloat16Storage") => Global::Storage(DType::BF16),
        ("torch", "LongStorage") => Global::Storage(DType::I64),
        ("torch", "IntStorage") => Global::Storage(DType::I32),
        ("torch", "BoolStorage") => Global::Storage(DType::Bool(BoolStore::Native)),
        _ => {
            return Err(Problem::with_hint(
                format!(
                    "its pickle names `{module}.{name}`, which a dictionary of tensors does not need; nothing was run"
                ),
                "get the weights as model.safetensors, or from a source you trust",
            ));
        }
    })
}

/// Implements `_rebuild_tensor_v2(storage, offset, size, stride, …)`.
pub(super) fn rebuild_tensor(arguments: &[Value]) -> Result<StoredTensor> {
    let [Value::Storage { dtype, key }, offset, shape, stride, ..] = arguments else {
        return Err("its pickle builds a tensor from a value that is not a storage".into());
    };
    let (shape, stride) = (shape.sizes()?, stride.sizes()?);
    if !is_row_major(&shape, &stride) {
        return Err(Problem::with_hint(
            format!(
                "a tensor of shape {shape:?} has the strides {stride:?}: only tensors in row-major order are read"
            ),
            "save it again with `.contiguous()`",
        ));
    }
    Ok(StoredTensor {
        dtype: *dtype,
        key: key.clone(),
        offset: offset.size()?,
        shape,
    })
}

fn is_row_major(shape: &[usize], stride: &[usize]) -> bool {
    let mut expected = 1_usize;
    let fits = shape.iter().zip(stride).rev().all(|(&size, &step)| {
        let fits = size <= 1 || step == expected;
        expected = expected.saturating_mul(size);
        fits
    });
    fits && shape.len() == stride.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strides_must_be_row_major() {
        assert!(is_row_major(&[2, 3], &[3, 1]) && is_row_major(&[1, 3], &[99, 1]) && is_row_major(&[], &[]));
        assert!(
            !is_row_major(&[2, 3], &[1, 2]) && !is_row_major(&[2, 3], &[0, 1]) && !is_row_major(&[2], &[])
        );
    }
}
