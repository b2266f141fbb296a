//! Ends reading where a file ends.

use std::io::{self, Read};

use bytes::Bytes;
use parquet::errors::Result;
use parquet::file::reader::{ChunkReader, Length};

/// How often a reader may find the end of the file before this is an error.
const MAX_ENDS: u32 = 64;

/// An input whose readers fail when they are asked for more and more bytes after the end of the file. The decoder skips values without
/// checking that they exist: the header of a page that announces a list of two billion numbers would take a minute.
pub(super) struct ShortInput<R>(pub(super) R);

impl<R: Length> Length for ShortInput<R> {
    fn len(&self) -> u64 {
        self.0.len()
    }
}

impl<R: ChunkReader> ChunkReader for ShortInput<R> {
    type T = ShortReader<R::T>;

    fn get_read(&self, start: u64) -> Result<Self::T> {
        Ok(ShortReader {
            inner: self.0.get_read(start)?,
            ends: 0,
        })
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes> {
        self.0.get_bytes(start, length)
    }
}

/// A reader that fails if it often finds the end.
pub(super) struct ShortReader<R> {
    inner: R,
    ends: u32,
}

impl<R: Read> Read for ShortReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        if n == 0 && !buffer.is_empty() {
            self.ends += 1;
            if self.ends > MAX_ENDS {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(n)
    }
}
