//! The content of a file: as a stream, or with access to any position.

use std::io::{self, Cursor, Read, Seek, SeekFrom};

use fs_err::File;
use tempfile::{SpooledData, SpooledTempFile};

use crate::error::FormatError;

/// Content that is read to be recognised. It contains the start of every format, and enough text to tell one text format from
/// another.
const HEAD_BYTES: usize = 16 << 10;

/// Streams up to this size are kept in memory if they must be read out of order; longer ones go to a temporary file.
const MAX_MEMORY: usize = 16 << 20;

/// Content with access to any position.
#[derive(Debug)]
pub(crate) enum Stored {
    File(File),
    Temporary(std::fs::File),
    Memory(Cursor<Vec<u8>>),
}

impl Read for Stored {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::File(file) => file.read(buffer),
            Self::Temporary(file) => file.read(buffer),
            Self::Memory(bytes) => bytes.read(buffer),
        }
    }
}

impl Seek for Stored {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        match self {
            Self::File(file) => file.seek(to),
            Self::Temporary(file) => file.seek(to),
            Self::Memory(bytes) => bytes.seek(to),
        }
    }
}

/// Content at its start.
pub(crate) enum Input<'a> {
    Stream(Box<dyn Read + Send + 'a>),
    Stored(Stored),
}

impl<'a> Input<'a> {
    pub(crate) fn from_file(file: File) -> io::Result<Self> {
        // A pipe has no positions.
        Ok(match file.metadata()?.is_file() {
            true => Self::Stored(Stored::File(file)),
            false => Self::Stream(Box::new(file)),
        })
    }

    /// Reads the start, and returns it with the complete content.
    pub(crate) fn head(self) -> io::Result<(Vec<u8>, Self)> {
        match self {
            Self::Stored(mut stored) => {
                let head = read_head(&mut stored)?;
                stored.rewind()?;
                Ok((head, Self::Stored(stored)))
            }
            Self::Stream(mut stream) => {
                let head = read_head(&mut stream)?;
                let complete = Cursor::new(head.clone()).chain(stream);
                Ok((head, Self::Stream(Box::new(complete))))
            }
        }
    }

    pub(crate) fn into_stream(self) -> Box<dyn Read + Send + 'a> {
        match self {
            Self::Stream(stream) => stream,
            Self::Stored(stored) => Box::new(stored),
        }
    }

    /// Stores a stream in memory or, if it is long, in a temporary file.
    pub(crate) fn into_stored(self, limit: u64) -> io::Result<Stored> {
        let stream = match self {
            Self::Stored(stored) => return Ok(stored),
            Self::Stream(stream) => stream,
        };
        let mut store = SpooledTempFile::new(MAX_MEMORY);
        let length = io::copy(&mut stream.take(limit.saturating_add(1)), &mut store)?;
        if length > limit {
            return Err(FormatError::TooLarge { limit }.into());
        }
        let mut stored = match store.into_inner() {
            SpooledData::InMemory(bytes) => Stored::Memory(bytes),
            SpooledData::OnDisk(file) => Stored::Temporary(file),
        };
        stored.rewind()?;
        Ok(stored)
    }
}

/// Reads the start. Ends early after the first line of JSON, so that rows from a pipe are read as they arrive.
fn read_head(input: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut head = vec![0; HEAD_BYTES];
    let mut filled = 0;
    while filled < HEAD_BYTES {
        match input.read(&mut head[filled..]) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
        if head[0] == b'{' && head[..filled].contains(&b'\n') {
            break;
        }
    }
    head.truncate(filled);
    Ok(head)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_is_stored_up_to_the_limit() {
        let stream = |bytes: usize| Input::Stream(Box::new(io::repeat(7).take(bytes as u64)));
        assert!(stream(11).into_stored(10).is_err());
        let mut stored = stream(10).into_stored(10).unwrap();
        assert_eq!(io::copy(&mut stored, &mut io::sink()).unwrap(), 10);
        let mut long = stream(MAX_MEMORY + 1).into_stored(u64::MAX).unwrap();
        assert!(matches!(long, Stored::Temporary(_)));
        assert_eq!(
            io::copy(&mut long, &mut io::sink()).unwrap(),
            MAX_MEMORY as u64 + 1
        );
    }

    #[test]
    fn the_head_does_not_wait_for_more_rows_than_one() {
        struct Pipe(usize);
        impl Read for Pipe {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                self.0 += 1;
                assert_eq!(self.0, 1, "the second read would wait");
                buffer[..3].copy_from_slice(b"{}\n");
                Ok(3)
            }
        }
        let (head, _) = Input::Stream(Box::new(Pipe(0))).head().unwrap();
        assert_eq!(head, b"{}\n");
    }
}
