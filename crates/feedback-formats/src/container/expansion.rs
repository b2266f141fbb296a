//! Limits how far compressed content expands.

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::error::FormatError;
use crate::limits::Limits;

/// The ratio is checked only after this many expanded bytes: a short file may well repeat itself.
const RATIO_FROM: u64 = 16 << 20;

/// Counts the bytes that a decoder takes.
pub(super) struct Counted<R> {
    inner: R,
    count: Arc<AtomicU64>,
}

impl<R> Counted<R> {
    pub(super) fn new(inner: R) -> (Self, Arc<AtomicU64>) {
        let count = Arc::new(AtomicU64::new(0));
        let counted = Self {
            inner,
            count: Arc::clone(&count),
        };
        (counted, count)
    }
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.count.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

/// The expanded content of a decoder; an error at a limit.
pub(super) struct Expansion<R> {
    decoder: R,
    what: &'static str,
    compressed: Arc<AtomicU64>,
    expanded: u64,
    max_bytes: u64,
    max_ratio: u32,
}

impl<R: Read> Expansion<R> {
    /// `compressed` counts the bytes that the decoder takes.
    pub(super) fn new(decoder: R, what: &'static str, compressed: Arc<AtomicU64>, limits: &Limits) -> Self {
        Self {
            decoder,
            what,
            compressed,
            expanded: 0,
            max_bytes: limits.max_expanded_bytes,
            max_ratio: limits.max_ratio,
        }
    }

    fn check(&self) -> Result<(), FormatError> {
        if self.expanded > self.max_bytes {
            return Err(FormatError::TooLarge {
                limit: self.max_bytes,
            });
        }
        let compressed = self.compressed.load(Ordering::Relaxed);
        let allowed = compressed.saturating_mul(u64::from(self.max_ratio));
        if self.expanded > RATIO_FROM && self.expanded > allowed {
            return Err(FormatError::Bomb {
                limit: self.max_ratio,
            });
        }
        Ok(())
    }
}

impl<R: Read> Read for Expansion<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self
            .decoder
            .read(buffer)
            .map_err(|error| FormatError::from_decoder(self.what, error))?;
        self.expanded += read as u64;
        self.check()?;
        Ok(read)
    }
}
