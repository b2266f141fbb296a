//! Chooses the device that a model runs on.
//!
//! The Cargo features `flex`, `ndarray`, `wgpu` and `cuda` decide what is compiled in; a
//! [`DeviceChoice`] selects one of these backends at run time.

use std::fmt;
use std::str::FromStr;

use burn::tensor::Device;

use crate::error::{Error, Result};

/// A device by name: `auto`, `cpu` (= `flex`), `ndarray`, `wgpu`, `wgpu:1`, `cuda`, `cuda:1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum DeviceChoice {
    /// The best device that is compiled in and available: CUDA, then WGPU, then the CPU.
    #[default]
    Auto,
    /// The pure-Rust CPU backend, also called `flex`.
    Cpu,
    /// The CPU backend on `ndarray`.
    NdArray,
    /// A GPU through Vulkan, Metal or DX12; the number is its index among the discrete GPUs.
    Wgpu(Option<usize>),
    /// An NVIDIA GPU by index; 0 if no index is given.
    Cuda(Option<usize>),
}

impl FromStr for DeviceChoice {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        let (kind, index) = match name.split_once(':') {
            Some((kind, index)) => {
                let index = index
                    .parse()
                    .map_err(|_| unusable(name, "has no whole number after the colon"))?;
                (kind, Some(index))
            }
            None => (name, None),
        };
        match (kind, index) {
            ("auto", None) => Ok(Self::Auto),
            ("cpu" | "flex", None) => Ok(Self::Cpu),
            ("ndarray", None) => Ok(Self::NdArray),
            ("wgpu", index) => Ok(Self::Wgpu(index)),
            ("cuda", index) => Ok(Self::Cuda(index)),
            _ => Err(unusable(
                name,
                "is not known (auto, cpu, ndarray, wgpu, wgpu:N, cuda, cuda:N)",
            )),
        }
    }
}

impl fmt::Display for DeviceChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Cpu => f.write_str("cpu"),
            Self::NdArray => f.write_str("ndarray"),
            Self::Wgpu(None) => f.write_str("wgpu"),
            Self::Wgpu(Some(index)) => write!(f, "wgpu:{index}"),
            Self::Cuda(None) => f.write_str("cuda"),
            Self::Cuda(Some(index)) => write!(f, "cuda:{index}"),
        }
    }
}

impl DeviceChoice {
    /// Opens the device. Also returns the choice that was opened, which for [`DeviceChoice::Auto`] is the
    /// first available one.
    ///
    /// # Errors
    ///
    /// [`Error::Device`] if the device is not compiled in or not available.
    pub fn open(self) -> Result<(Device, DeviceChoice)> {
        if self != Self::Auto {
            return Ok((open_one(self)?, self));
        }
        let candidates = [Self::Cuda(None), Self::Wgpu(None), Self::Cpu, Self::NdArray];
        candidates
            .into_iter()
            .find_map(|choice| Some((open_one(choice).ok()?, choice))) // if it fails, the next candidate is tried
            .ok_or_else(|| unusable("auto", "found no available backend"))
    }
}

/// Returns the names of the backends of this build.
fn available() -> Vec<String> {
    let all = [
        ("cpu", cfg!(feature = "flex")),
        ("ndarray", cfg!(feature = "ndarray")),
        ("wgpu", cfg!(feature = "wgpu")),
        ("cuda", cfg!(feature = "cuda")),
    ];
    let names = all.iter().filter(|(_, compiled)| *compiled);
    names.map(|(name, _)| (*name).to_owned()).collect()
}

/// Returns whether a device computes on the CPU. The best settings, such as the batch size, differ between CPUs
/// and GPUs.
pub fn is_cpu(device: &Device) -> bool {
    [DeviceChoice::Cpu, DeviceChoice::NdArray]
        .into_iter()
        .any(|choice| is_device(choice, device))
}

/// Returns whether `choice` opens this device; autodiff makes no difference.
pub(crate) fn is_device(choice: DeviceChoice, device: &Device) -> bool {
    // If the backend is not compiled in, it cannot be the backend of this device.
    open_one(choice).is_ok_and(|opened| opened == device.clone().without_autodiff())
}

fn unusable(name: &str, reason: &str) -> Error {
    Error::Device {
        name: name.to_owned(),
        reason: reason.to_owned(),
        available: available(),
    }
}

fn open_one(choice: DeviceChoice) -> Result<Device> {
    match choice {
        #[cfg(feature = "flex")]
        DeviceChoice::Cpu => Ok(Device::flex()),
        #[cfg(feature = "ndarray")]
        DeviceChoice::NdArray =>
        {
            #[expect(
                deprecated,
                reason = "kept as a second CPU backend for as long as Burn has it"
            )]
            Ok(Device::ndarray())
        }
        #[cfg(feature = "wgpu")]
        DeviceChoice::Wgpu(index) => {
            use burn::tensor::DeviceKind;
            let kind = index.map_or(DeviceKind::DefaultDevice, DeviceKind::DiscreteGpu);
            probe(choice, || Device::wgpu(kind))
        }
        #[cfg(feature = "cuda")]
        DeviceChoice::Cuda(index) => probe(choice, || Device::cuda(index.unwrap_or(0))),
        other => Err(unusable(&other.to_string(), "is not part of this build")),
    }
}

/// Opens a device and computes a sum on it, because GPU backends without a driver panic on first use.
#[cfg(any(feature = "wgpu", feature = "cuda"))]
fn probe(choice: DeviceChoice, make: impl FnOnce() -> Device) -> Result<Device> {
    use burn::tensor::Tensor;
    let make = std::panic::AssertUnwindSafe(make);
    let attempt = std::panic::catch_unwind(move || {
        let make = make; // captures the whole wrapper, not only the closure inside it
        let device = make.0();
        let sum = Tensor::<1>::ones([2], &device).sum().into_data();
        (device, sum.try_to_vec::<f32>().ok())
    });
    match attempt {
        Ok((device, Some(sum))) if sum == [2.0] => Ok(device),
        _ => Err(unusable(
            &choice.to_string(),
            "is compiled in but not available here",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip() {
        for name in ["auto", "cpu", "ndarray", "wgpu", "wgpu:1", "cuda", "cuda:2"] {
            let choice: DeviceChoice = name.parse().unwrap();
            assert_eq!(choice.to_string(), name);
        }
        assert_eq!("flex".parse::<DeviceChoice>().unwrap(), DeviceChoice::Cpu);
    }

    #[test]
    fn the_cpu_is_a_cpu() {
        let (device, _) = DeviceChoice::Cpu.open().unwrap();
        assert!(is_cpu(&device));
        assert!(is_cpu(&device.autodiff()));
    }

    #[test]
    fn an_unknown_name_lists_the_devices() {
        for name in ["tpu", "cpu:1", "cuda:x", ""] {
            let error = name.parse::<DeviceChoice>().unwrap_err();
            let hint = error.hint().unwrap_or_default();
            assert!(hint.contains("this build has"), "{error}: {hint}");
        }
    }
}
