//! The readers whose features are off: each names the format and the feature.

use std::io;
#[cfg(not(feature = "parquet"))]
use std::path::Path;

#[cfg(not(feature = "excel"))]
use crate::container::Archive;
#[cfg(not(feature = "parquet"))]
use crate::contents::FileFormat;
use crate::error::FormatError;
use crate::input::Input;
use crate::opening::{Opening, Source};

fn not_built<'a>(format: &'static str, feature: &'static str) -> io::Result<Source<'a>> {
    Err(FormatError::NotBuilt { format, feature }.into())
}

#[cfg(not(feature = "excel"))]
pub(crate) fn open_xlsx<'a>(_: Opening<'_>, _: Archive) -> io::Result<Source<'a>> {
    not_built("an Excel workbook", "excel")
}

#[cfg(not(feature = "excel"))]
pub(crate) fn open_ods<'a>(_: Opening<'_>, _: Archive) -> io::Result<Source<'a>> {
    not_built("an OpenDocument spreadsheet", "excel")
}

#[cfg(not(feature = "excel"))]
pub(crate) fn open_compound<'a>(_: Opening<'_>, _: Input<'a>) -> io::Result<Source<'a>> {
    not_built(
        "an Excel workbook of before 2007, or another Office file",
        "excel",
    )
}

#[cfg(not(feature = "parquet"))]
pub(crate) fn is_dataset_folder(_: &Path) -> bool {
    false
}

#[cfg(not(feature = "parquet"))]
pub(crate) fn open_folder(_: Opening<'_>) -> io::Result<Source<'static>> {
    not_built("a folder of Hugging Face's `datasets`", "parquet")
}

#[cfg(not(feature = "parquet"))]
pub(crate) fn open_parquet<'a>(_: Opening<'_>, _: Input<'a>) -> io::Result<Source<'a>> {
    not_built("a Parquet file", "parquet")
}

#[cfg(not(feature = "parquet"))]
pub(crate) fn open_arrow<'a>(_: Opening<'_>, _: Input<'a>, _: FileFormat) -> io::Result<Source<'a>> {
    not_built("an Arrow file", "parquet")
}
