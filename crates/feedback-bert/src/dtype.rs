//! The number type that a model computes with.

use std::fmt;
use std::str::FromStr;

use burn::tensor::Device;

use crate::device::{DeviceChoice, is_device};
use crate::error::{Error, Result};

/// The number type that a model computes with during inference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
#[non_exhaustive]
pub enum Dtype {
    /// 32-bit floating point, as the weights are stored.
    #[default]
    F32,
    /// 8-bit integers in the dense layers of the blocks. This is faster, and the weights of these layers need a quarter of the
    /// memory, but the scores differ slightly. Only the device `cpu` supports it.
    Int8,
}

impl FromStr for Dtype {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        match name {
            "f32" => Ok(Self::F32),
            "int8" => Ok(Self::Int8),
            _ => Err(Error::Dtype {
                name: name.to_owned(),
                reason: "is not known (f32, int8)".into(),
            }),
        }
    }
}

impl fmt::Display for Dtype {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::F32 => "f32",
            Self::Int8 => "int8",
        })
    }
}

impl Dtype {
    /// Checks that a device supports this number type.
    ///
    /// # Errors
    ///
    /// [`Error::Dtype`] if it does not.
    pub fn check(self, device: &Device) -> Result<()> {
        if self == Self::F32 || is_device(DeviceChoice::Cpu, device) {
            return Ok(());
        }
        Err(Error::Dtype {
            name: self.to_string(),
            reason: "is only for the device `cpu`".into(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip() {
        for dtype in [Dtype::F32, Dtype::Int8] {
            assert_eq!(dtype.to_string().parse::<Dtype>().unwrap(), dtype);
        }
        let message = "int4".parse::<Dtype>().unwrap_err().to_string();
        assert_eq!(message, "dtype `int4` is not known (f32, int8)");
    }

    #[test]
    fn int8_is_for_the_cpu_backend() {
        let (device, _) = DeviceChoice::Cpu.open().unwrap();
        assert!(Dtype::Int8.check(&device).is_ok());
        #[cfg(feature = "ndarray")]
        assert!(
            Dtype::Int8
                .check(&DeviceChoice::NdArray.open().unwrap().0)
                .is_err()
        );
    }
}
