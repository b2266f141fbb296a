//! The layout of the file: a header, then one record of fixed length for each vector.
//!
//! ```text
//! header, 128 bytes: magic (8) · width (4) · length of the encoder's name (4) · the name, then zeros (108) · CRC-32 (4)
//! record:            id (8) · key (16) · components (2 each) · zeros up to a multiple of 32 · CRC-32 of all before (4) · zeros (4)
//! ```
//!
//! All numbers are little-endian. A record of zeros is free: its vector was erased.

use super::half;
use crate::error::{Error, Result};

const MAGIC: &[u8; 8] = b"FBVEC\x01\r\n";
/// Length of the header in bytes.
pub(crate) const HEADER: usize = 128;
/// Where the name of the encoder begins and ends.
const NAME: std::ops::Range<usize> = 16..124;
/// Where the components of a record begin.
pub(crate) const COMPONENTS: usize = 24;
/// With more components, a vector is no vector of an encoder but damage.
const MAX_WIDTH: usize = 65_536;

/// A 128-bit hash of a text. The caller chooses the hash, which should be cryptographic: equal keys are taken for equal texts.
pub type Key = [u8; 16];

/// The sizes of a file's records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Layout {
    pub(crate) width: usize,
}

impl Layout {
    pub(crate) fn new(width: usize) -> Result<Self> {
        if !(1..=MAX_WIDTH).contains(&width) {
            return Err(Error::Setting {
                field: "width",
                found: width.to_string(),
                expected: "1 to 65536",
            });
        }
        Ok(Self { width })
    }

    /// Where the checksum of a record begins.
    fn checksum(self) -> usize {
        COMPONENTS + 2 * self.width.next_multiple_of(half::PADDING)
    }

    /// The length of a record in bytes.
    pub(crate) fn record(self) -> usize {
        self.checksum() + 8
    }

    /// The bytes of the components of a record, and the zeros that follow.
    pub(crate) fn components(self, record: &[u8]) -> &[u8] {
        &record[COMPONENTS..self.checksum()]
    }

    /// Appends a record. `vector` has length 1.
    pub(crate) fn push(self, bytes: &mut Vec<u8>, id: u64, key: &Key, vector: &[f32]) {
        let start = bytes.len();
        bytes.extend(id.to_le_bytes());
        bytes.extend(key);
        bytes.extend(
            vector
                .iter()
                .flat_map(|value| half::to_bits(*value).to_le_bytes()),
        );
        bytes.resize(start + self.checksum(), 0);
        bytes.extend(crc32fast::hash(&bytes[start..]).to_le_bytes());
        bytes.resize(start + self.record(), 0);
    }

    /// Returns the id and the key of a record.
    pub(crate) fn read(self, record: &[u8]) -> State {
        let mut id = [0; 8];
        id.copy_from_slice(&record[..8]);
        let id = u64::from_le_bytes(id);
        if id == 0 {
            let is_free = record.iter().all(|byte| *byte == 0);
            return if is_free { State::Free } else { State::Damaged };
        }
        let (content, checksum) = record.split_at(self.checksum());
        if checksum[..4] != crc32fast::hash(content).to_le_bytes() {
            return State::Damaged;
        }
        let mut key = Key::default();
        key.copy_from_slice(&record[8..COMPONENTS]);
        State::Taken { id, key }
    }
}

/// What is in a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    Free,
    Taken { id: u64, key: Key },
    Damaged,
}

/// Returns the bytes of a header.
pub(crate) fn header(encoder: &str, layout: Layout) -> Result<[u8; HEADER]> {
    if encoder.is_empty() || encoder.len() > NAME.len() {
        return Err(Error::Setting {
            field: "encoder",
            found: format!("{} bytes", encoder.len()),
            expected: "a name of 1 to 108 bytes",
        });
    }
    let mut bytes = [0; HEADER];
    bytes[..8].copy_from_slice(MAGIC);
    // Both are small: the width is at most 65,536, the name at most 108 bytes.
    bytes[8..12].copy_from_slice(&(layout.width as u32).to_le_bytes());
    bytes[12..16].copy_from_slice(&(encoder.len() as u32).to_le_bytes());
    bytes[NAME.start..NAME.start + encoder.len()].copy_from_slice(encoder.as_bytes());
    let checksum = crc32fast::hash(&bytes[..NAME.end]);
    bytes[NAME.end..].copy_from_slice(&checksum.to_le_bytes());
    Ok(bytes)
}

/// Returns the encoder and the layout that a header states; `None` if it is damaged or of another kind.
pub(crate) fn read_header(bytes: &[u8; HEADER]) -> Option<(String, Layout)> {
    let number = |from: usize| {
        let mut part = [0; 4];
        part.copy_from_slice(&bytes[from..from + 4]);
        u32::from_le_bytes(part)
    };
    if bytes[..8] != *MAGIC || number(NAME.end) != crc32fast::hash(&bytes[..NAME.end]) {
        return None;
    }
    let layout = Layout::new(number(8) as usize).ok()?;
    let name = bytes.get(NAME.start..NAME.start + number(12) as usize)?;
    Some((String::from_utf8(name.to_vec()).ok()?, layout))
}
