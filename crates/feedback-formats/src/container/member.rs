//! A file in a zip archive, as a stream that does not borrow the archive.

use std::io::{self, BufReader, Read, Take};

use flate2::Crc;
use flate2::bufread::DeflateDecoder;
use zip::CompressionMethod;

use crate::container::compressed::zstandard;
use crate::container::expansion::{Counted, Expansion};
use crate::error::FormatError;
use crate::limits::Limits;

/// What the directory of the archive says about a file.
#[derive(Debug, Clone)]
pub(super) struct Member {
    pub(super) name: String,
    pub(super) method: CompressionMethod,
    pub(super) encrypted: bool,
    pub(super) compressed_size: u64,
    pub(super) size: u64,
    pub(super) crc32: u32,
    pub(super) data_start: u64,
}

impl Member {
    /// Expands the file. `archive` must be at the start of its data.
    pub(super) fn expand<'a>(
        &self,
        archive: impl Read + Send + 'a,
        limits: &Limits,
    ) -> io::Result<Box<dyn Read + Send + 'a>> {
        if self.encrypted {
            let what = format!("`{}` in the zip archive", self.name);
            return Err(FormatError::Encrypted { what }.into());
        }
        let data = archive.take(self.compressed_size);
        let content: Box<dyn Read + Send + 'a> = match self.method {
            CompressionMethod::STORE => Box::new(data),
            CompressionMethod::DEFLATE => deflate(data, limits),
            CompressionMethod::ZSTD => zstandard(data, limits)?,
            method => {
                let error = FormatError::Compression {
                    member: self.name.clone(),
                    method: method_name(method),
                };
                return Err(error.into());
            }
        };
        Ok(Box::new(Checked {
            content,
            crc: Crc::new(),
            size: self.size,
            crc32: self.crc32,
            length: 0,
        }))
    }
}

fn method_name(method: CompressionMethod) -> String {
    match method {
        CompressionMethod::DEFLATE64 => "Deflate64".to_string(),
        CompressionMethod::BZIP2 => "bzip2".to_string(),
        CompressionMethod::LZMA => "LZMA".to_string(),
        CompressionMethod::XZ => "xz".to_string(),
        other => other.to_string(),
    }
}

fn deflate<'a>(data: Take<impl Read + Send + 'a>, limits: &Limits) -> Box<dyn Read + Send + 'a> {
    let (data, count) = Counted::new(data);
    let decoder = DeflateDecoder::new(BufReader::with_capacity(1 << 16, data));
    Box::new(Expansion::new(decoder, "zip archive", count, limits))
}

/// Compares the content with the size and the checksum in the directory.
struct Checked<R> {
    content: R,
    crc: Crc,
    size: u64,
    crc32: u32,
    length: u64,
}

impl<R: Read> Read for Checked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.content.read(buffer)?;
        self.crc.update(&buffer[..read]);
        self.length += read as u64;
        let wrong = match read {
            0 if buffer.is_empty() => false,
            0 => self.length != self.size || self.crc.sum() != self.crc32,
            _ => self.length > self.size,
        };
        if wrong {
            let error = FormatError::Damaged {
                what: "zip archive",
                message: "a file in it has another length or checksum than its directory says".to_string(),
            };
            return Err(error.into());
        }
        Ok(read)
    }
}
