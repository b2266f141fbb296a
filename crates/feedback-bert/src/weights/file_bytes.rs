//! Values of a tensor that stay in their file until they are used.

use std::io::{Read, Seek, SeekFrom};
use std::path::PathBuf;

use burn::tensor::{DType, Shape, TensorData};
use burn_store::bridge::deferred;
use burn_store::burn_pack::{Error as PackError, Tensor};

/// A range of bytes of a file.
pub(super) struct FileBytes {
    pub(super) path: PathBuf,
    pub(super) start: u64,
    pub(super) length: usize,
}

impl FileBytes {
    /// Returns a tensor whose values are these bytes, read each time they are used.
    pub(super) fn tensor(self, name: &str, dtype: DType, shape: Shape) -> Tensor {
        let values_shape = shape.clone();
        let read = move || {
            let values = self
                .read()
                .map_err(|error| PackError::IoError(error.to_string()))?;
            Ok(TensorData::from_bytes_vec(values, values_shape.clone(), dtype))
        };
        deferred(name.to_owned(), dtype, shape, None, read)
    }

    fn read(&self) -> std::io::Result<Vec<u8>> {
        let mut file = fs_err::File::open(&self.path)?;
        file.seek(SeekFrom::Start(self.start))?;
        let mut values = Vec::new();
        values.try_reserve_exact(self.length)?;
        file.take(self.length as u64).read_to_end(&mut values)?;
        if values.len() < self.length {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        Ok(values)
    }
}
