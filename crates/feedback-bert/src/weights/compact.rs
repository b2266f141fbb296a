//! Weights in 8 or 4 bits, for small files. They are read as `f32`.
//!
//! An 8-bit table `X` is stored as the tensor `X`, I8 `[rows, columns]`. A 4-bit table is stored as the
//! tensor `X`, U8 `[rows, columns / 2]`. A byte has the first of two columns in its low half and the second
//! in its high half; 0 to 15 mean −8 to 7. In both cases, the tensor `X.scale`, F32 or F16 `[rows, groups]`,
//! has a factor for each group of neighbouring columns. A value is its integer times the factor of its group.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use burn::tensor::{DType, TensorData, f16};
use burn_store::bridge::deferred;
use burn_store::burn_pack::{Error as PackError, Tensor};
use feedback_files::{make_readable, sync_file};
use safetensors::{Dtype, SafeTensorError, SafeTensors, tensor::TensorView};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

const SCALE: &str = ".scale";
/// Number of columns that share a factor in a table of 4 bits.
const GROUP: usize = 32;

/// How a table is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Storage {
    /// Two bytes per value.
    F16,
    /// One byte per value, and a factor for each row.
    Int8,
    /// Half a byte per value, and a factor for every 32 columns.
    Int4,
}

/// Writes the tensors of a SafeTensors file of `f32` to another file. `storage` returns how to store a table,
/// by its name; other tensors, and tables for which it returns `None`, stay `f32`. If the number of columns
/// is not a multiple of 32, a table is stored in 8 bits instead of 4.
///
/// # Errors
///
/// [`Error::Io`] if the first file cannot be read, [`Error::Weights`] if it is damaged or not of `f32`, or if
/// the second file cannot be written.
pub fn save_compact(from: &Path, to: &Path, storage: impl Fn(&str) -> Option<Storage>) -> Result<()> {
    let bytes = fs_err::read(from)?;
    let wrong = |error: SafeTensorError| Error::weights(from, error.to_string());
    let file = SafeTensors::deserialize(&bytes).map_err(wrong)?;
    let mut tensors = Vec::new();
    for (name, view) in file.iter() {
        if view.dtype() != Dtype::F32 {
            return Err(Error::weights(
                from,
                format!("`{name}` has the type {:?}, expected F32", view.dtype()),
            ));
        }
        let values: Vec<f32> = view
            .data()
            .as_chunks::<4>()
            .0
            .iter()
            .map(|&word| f32::from_le_bytes(word))
            .collect();
        match (storage(name), view.shape()) {
            (Some(storage), &[rows, columns]) if columns > 0 => {
                tensors.extend(table(name, &values, [rows, columns], storage));
            }
            _ => tensors.push((
                name.to_owned(),
                Dtype::F32,
                view.shape().to_vec(),
                view.data().to_vec(),
            )),
        }
    }
    let views = tensors.iter().map(|(name, dtype, shape, bytes)| {
        Ok((name.as_str(), TensorView::new(*dtype, shape.clone(), bytes)?))
    });
    views
        .collect::<std::result::Result<Vec<_>, SafeTensorError>>()
        .and_then(|views| safetensors::serialize_to_file(views, None, to))
        .map_err(|error| Error::weights(to, error.to_string()))?;
    make_readable(to)?;
    Ok(sync_file(to)?)
}

type Stored = (String, Dtype, Vec<usize>, Vec<u8>);

/// Returns the tensors that store a table.
fn table(name: &str, values: &[f32], [rows, columns]: [usize; 2], storage: Storage) -> Vec<Stored> {
    if storage == Storage::F16 {
        let halves = values
            .iter()
            .flat_map(|&value| f16::from_f32(value).to_le_bytes());
        return vec![(name.to_owned(), Dtype::F16, vec![rows, columns], halves.collect())];
    }
    let four = storage == Storage::Int4 && columns.is_multiple_of(GROUP);
    let (group, most) = if four { (GROUP, 7.0) } else { (columns, 127.0) };
    let (mut integers, mut factors) = (Vec::with_capacity(values.len()), Vec::new());
    for group in values.chunks_exact(group) {
        let largest = group
            .iter()
            .fold(0.0_f32, |largest, value| largest.max(value.abs()));
        let factor = largest / most;
        let factor = if four {
            f16::from_f32(factor).to_f32()
        } else {
            factor
        };
        factors.push(factor);
        let rounded = |value: &f32| {
            if factor > 0.0 {
                (value / factor).round().clamp(-most, most) as i8
            } else {
                0
            }
        };
        integers.extend(group.iter().map(rounded));
    }
    let scale = format!("{name}{SCALE}");
    if four {
        let halves = |pair: &[i8]| (pair[0] + 8) as u8 | ((pair[1] + 8) as u8) << 4;
        let factors = factors
            .iter()
            .flat_map(|&factor| f16::from_f32(factor).to_le_bytes());
        vec![
            (
                name.to_owned(),
                Dtype::U8,
                vec![rows, columns / 2],
                integers.chunks_exact(2).map(halves).collect(),
            ),
            (scale, Dtype::F16, vec![rows, columns / GROUP], factors.collect()),
        ]
    } else {
        let factors = factors.iter().flat_map(|factor| factor.to_le_bytes());
        vec![
            (
                name.to_owned(),
                Dtype::I8,
                vec![rows, columns],
                integers.iter().map(|&value| value as u8).collect(),
            ),
            (scale, Dtype::F32, vec![rows, 1], factors.collect()),
        ]
    }
}

/// Replaces 8-bit and 4-bit tables by `f32` tensors, whose values are read and computed when they are used.
///
/// # Errors
///
/// A message that names a table with factors of the wrong type or shape.
pub(super) fn expand(
    mut tensors: BTreeMap<String, Tensor>,
) -> std::result::Result<BTreeMap<String, Tensor>, String> {
    let tables: BTreeSet<String> = tensors
        .keys()
        .filter_map(|name| name.strip_suffix(SCALE))
        .filter(|name| tensors.contains_key(*name))
        .map(str::to_owned)
        .collect();
    for name in tables {
        let (Some(table), Some(scale)) = (tensors.remove(&name), tensors.remove(&format!("{name}{SCALE}")))
        else {
            continue;
        };
        let expanded = expanded(&name, table, scale)
            .ok_or_else(|| format!("`{name}{SCALE}` does not fit `{name}`, a table of 8 or 4 bits"))?;
        tensors.insert(name, expanded);
    }
    Ok(tensors)
}

/// Returns a table as `f32`; `None` if types or shapes do not fit.
fn expanded(name: &str, table: Tensor, scale: Tensor) -> Option<Tensor> {
    let (&[rows, stored], &[factor_rows, groups]) = (table.shape.as_slice(), scale.shape.as_slice()) else {
        return None;
    };
    let columns = match table.dtype {
        DType::I8 => stored,
        DType::U8 => stored.checked_mul(2)?,
        _ => return None,
    };
    let fits = rows == factor_rows && groups > 0 && columns.is_multiple_of(groups);
    if !fits || !matches!(scale.dtype, DType::F16 | DType::F32) {
        return None;
    }
    let shape = burn::tensor::Shape::from([rows, columns]);
    let (of_values, group) = (shape.clone(), columns / groups);
    let read = move || -> std::result::Result<TensorData, PackError> {
        let factors =
            TensorData::from_bytes(scale.to_bytes()?, scale.shape.clone(), scale.dtype).convert::<f32>();
        let factors = factors
            .as_slice::<f32>()
            .map_err(|error| PackError::IoError(format!("{error:?}")))?;
        let bytes = table.to_bytes()?;
        let mut values = Vec::with_capacity(rows * columns);
        if table.dtype == DType::I8 {
            values.extend(bytes.iter().map(|&byte| f32::from(byte as i8)));
        } else {
            let halves = bytes.iter().flat_map(|&byte| [byte & 15, byte >> 4]);
            values.extend(halves.map(|half| f32::from(half) - 8.0));
        }
        for (values, factor) in values.chunks_mut(group.max(1)).zip(factors) {
            values.iter_mut().for_each(|value| *value *= factor);
        }
        Ok(TensorData::new(values, of_values.clone()))
    };
    Some(deferred(name.to_owned(), DType::F32, shape, None, read))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::weights::checkpoint;

    /// Writes a table of 3 × 64 values and reads it back.
    fn round_trip(storage: Storage) -> (Vec<f32>, Vec<f32>, u64) {
        let values: Vec<f32> = (0..192)
            .map(|i| ((i * 37 % 101) as f32 - 50.0) / 40.0 * (1.0 + i as f32 / 64.0))
            .collect();
        let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (
            folder.path().join("a.safetensors"),
            folder.path().join("b.safetensors"),
        );
        let view = TensorView::new(Dtype::F32, vec![3, 64], &bytes).unwrap();
        safetensors::serialize_to_file([("table", view)], None, &from).unwrap();
        save_compact(&from, &to, |_| Some(storage)).unwrap();
        let mut tensors = checkpoint::open(&to).unwrap();
        let tensor = tensors.remove("table").unwrap();
        assert!(tensors.is_empty());
        let shape = tensor.shape.clone();
        let dtype = tensor.dtype;
        let read = TensorData::from_bytes(tensor.into_bytes().unwrap(), shape, dtype).convert::<f32>();
        (
            values,
            read.try_to_vec().unwrap(),
            fs_err::metadata(&to).unwrap().len(),
        )
    }

    #[test]
    fn tables_come_back_within_half_a_step() {
        for (storage, group, steps) in [(Storage::Int8, 64, 127.0), (Storage::Int4, GROUP, 7.0)] {
            let (values, read, size) = round_trip(storage);
            assert!(size < 192 * 4, "{size}");
            for (values, read) in values.chunks(group).zip(read.chunks(group)) {
                let step = values.iter().fold(0.0_f32, |most, value| most.max(value.abs())) / steps;
                let worst = values
                    .iter()
                    .zip(read)
                    .fold(0.0_f32, |worst, (a, b)| worst.max((a - b).abs()));
                // The factor of a group is itself rounded to f16, which adds up to 2⁻¹¹ of the largest value.
                assert!(
                    worst > 0.0 && worst <= step * 0.51,
                    "{storage:?}: {worst} with steps of {step}"
                );
            }
        }
        let (values, read, _) = round_trip(Storage::F16);
        assert!(
            values
                .iter()
                .zip(read)
                .all(|(a, b)| (a - b).abs() <= a.abs() * 0.0005)
        );
    }

    #[test]
    fn factors_that_do_not_fit_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.safetensors");
        let table = TensorView::new(Dtype::I8, vec![2, 4], &[1; 8]).unwrap();
        for (shape, bytes) in [(vec![1, 1], 4), (vec![2, 3], 24), (vec![2], 8)] {
            let zeros = vec![0; bytes];
            let scale = TensorView::new(Dtype::F32, shape, &zeros).unwrap();
            safetensors::serialize_to_file([("t", table.clone()), ("t.scale", scale)], None, &path).unwrap();
            let error = checkpoint::open(&path).unwrap_err().to_string();
            assert!(error.contains("`t.scale` does not fit"), "{error}");
        }
    }
}
