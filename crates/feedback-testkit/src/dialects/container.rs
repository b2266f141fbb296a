//! Containers around a file, and zip archives, written by hand.

use std::io::Write;

use flate2::write::{DeflateEncoder, GzEncoder};
use flate2::{Compression, Crc};

/// What a file is packed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Packed {
    /// Nothing.
    Plain,
    /// gzip.
    Gzip,
    /// Zstandard.
    Zstandard,
    /// A zip archive.
    Zip,
}

impl Packed {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Plain, Self::Gzip, Self::Zstandard, Self::Zip];

    pub(super) fn ending(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Gzip => ".gz",
            Self::Zstandard => ".zst",
            Self::Zip => ".zip",
        }
    }

    /// Packs a file with this name.
    ///
    /// # Panics
    ///
    /// If the file is larger than 4 GiB.
    #[expect(clippy::expect_used, reason = "memory takes everything")]
    #[must_use]
    pub fn pack(self, name: &str, content: Vec<u8>) -> Vec<u8> {
        match self {
            Self::Plain => content,
            Self::Gzip => {
                let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
                encoder.write_all(&content).expect("memory takes everything");
                encoder.finish().expect("memory takes everything")
            }
            Self::Zstandard => zstd::encode_all(content.as_slice(), 1).expect("memory takes everything"),
            Self::Zip => zip(&[(&format!("export/{name}"), &content)], true),
        }
    }
}

/// A zip archive, with Deflate or without compression.
#[expect(clippy::expect_used, reason = "memory takes everything")]
pub(super) fn zip(files: &[(&str, &[u8])], deflate: bool) -> Vec<u8> {
    let (mut out, mut directory) = (Vec::new(), Vec::new());
    for (name, content) in files {
        let data = match deflate {
            true => {
                let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
                encoder.write_all(content).expect("memory takes everything");
                encoder.finish().expect("memory takes everything")
            }
            false => content.to_vec(),
        };
        let mut crc = Crc::new();
        crc.update(content);
        // Version, flags (names are UTF-8), method, time, date; then sizes, the length of the name and no further fields.
        let mut entry: Vec<u8> = Vec::new();
        for half in [20, 1 << 11, if deflate { 8 } else { 0 }, 0, 33] {
            entry.extend(u16::to_le_bytes(half));
        }
        for word in [crc.sum(), length(&data), length(content), length(name.as_bytes())] {
            entry.extend(u32::to_le_bytes(word));
        }
        let at = length(&out);
        out.extend(b"PK\x03\x04");
        out.extend(&entry);
        out.extend(name.as_bytes());
        out.extend(data);
        directory.extend(b"PK\x01\x02\x14\0");
        directory.extend(&entry);
        directory.extend([0; 10]);
        directory.extend(at.to_le_bytes());
        directory.extend(name.as_bytes());
    }
    let (start, n) = (length(&out), (files.len() as u16).to_le_bytes());
    out.extend(&directory);
    out.extend(b"PK\x05\x06\0\0\0\0");
    out.extend([n, n].concat());
    out.extend(length(&directory).to_le_bytes());
    out.extend(start.to_le_bytes());
    out.extend([0, 0]);
    out
}

#[expect(clippy::expect_used, reason = "test files are small")]
fn length(bytes: &[u8]) -> u32 {
    u32::try_from(bytes.len()).expect("test files are small")
}
