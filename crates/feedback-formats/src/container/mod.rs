//! Containers: gzip, Zstandard and zip.

mod compressed;
mod expansion;
mod member;
mod zip;

pub(crate) use compressed::{gzip, zstandard};
#[cfg(feature = "excel")]
pub(crate) use zip::expanded_size;
pub(crate) use zip::{Archive, Kind};
