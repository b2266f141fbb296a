//! Containers with one stream.

use std::io::{BufReader, Read};

use flate2::bufread::MultiGzDecoder;

use crate::container::expansion::{Counted, Expansion};
use crate::limits::Limits;

/// Expands gzip, of one member or several after each other.
pub(crate) fn gzip<'a>(input: impl Read + Send + 'a, limits: &Limits) -> Box<dyn Read + Send + 'a> {
    let (input, count) = Counted::new(input);
    let decoder = MultiGzDecoder::new(BufReader::with_capacity(1 << 16, input));
    Box::new(Expansion::new(decoder, "gzip file", count, limits))
}

/// The largest window is 128 MiB, the default maximum of `zstd`. It bounds the memory of the decoder.
#[cfg(feature = "zstd")]
const MAX_WINDOW_LOG: u32 = 27;

/// Expands Zstandard, of one frame or several after each other.
#[cfg(feature = "zstd")]
pub(crate) fn zstandard<'a>(
    input: impl Read + Send + 'a,
    limits: &Limits,
) -> std::io::Result<Box<dyn Read + Send + 'a>> {
    let (input, count) = Counted::new(input);
    let mut decoder = zstd::stream::read::Decoder::new(input)?;
    decoder.window_log_max(MAX_WINDOW_LOG)?;
    Ok(Box::new(Expansion::new(decoder, "Zstandard file", count, limits)))
}

#[cfg(not(feature = "zstd"))]
pub(crate) fn zstandard<'a>(
    _: impl Read + Send + 'a,
    _: &Limits,
) -> std::io::Result<Box<dyn Read + Send + 'a>> {
    let error = crate::error::FormatError::NotBuilt {
        format: "a Zstandard file",
        feature: "zstd",
    };
    Err(error.into())
}
