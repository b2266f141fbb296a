//! Recognises formats and containers by their first bytes.

/// What the first bytes of some content say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Signature {
    Gzip,
    Zstandard,
    /// A zip archive, which may be a spreadsheet.
    Zip,
    /// Microsoft's compound file format, which may be an `.xls`.
    CompoundFile,
    Parquet,
    ArrowFile,
    ArrowStream,
    /// A JSON text sequence (RFC 7464): a control character begins each record.
    JsonSequence,
    /// None of these.
    Other,
}

pub(crate) fn signature(head: &[u8]) -> Signature {
    match head {
        [0x1F, 0x8B, 8, ..] => Signature::Gzip,
        [0x28, 0xB5, 0x2F, 0xFD, ..] => Signature::Zstandard,
        // A skippable frame, with which `pzstd` and seekable archives begin.
        [0x50..=0x5F, 0x2A, 0x4D, 0x18, ..] => Signature::Zstandard,
        // A file, or the end of an empty archive.
        [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Signature::Zip,
        // An archive that may have been split.
        [b'P', b'K', 7, 8, b'P', b'K', 3, 4, ..] => Signature::Zip,
        [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1, ..] => Signature::CompoundFile,
        [b'P', b'A', b'R', b'1', rest @ ..] if !rest.starts_with(b",") => Signature::Parquet,
        [b'A', b'R', b'R', b'O', b'W', b'1', 0, 0, ..] => Signature::ArrowFile,
        // A marker, then the length of the first message, which is a multiple of 8.
        [0xFF, 0xFF, 0xFF, 0xFF, low, _, _, 0, ..] if low % 8 == 0 => Signature::ArrowStream,
        [0x1E, b'{', ..] => Signature::JsonSequence,
        _ => Signature::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures() {
        let cases: &[(&[u8], Signature)] = &[
            (b"\x1f\x8b\x08\x00", Signature::Gzip),
            (b"\x28\xb5\x2f\xfd\x24", Signature::Zstandard),
            (b"\x50\x2a\x4d\x18\x01", Signature::Zstandard),
            (b"PK\x03\x04", Signature::Zip),
            (b"PK\x05\x06\x00", Signature::Zip),
            (b"PK\x07\x08PK\x03\x04", Signature::Zip),
            (b"PAR1\x15\x04", Signature::Parquet),
            (b"ARROW1\0\0\xff", Signature::ArrowFile),
            (b"\xff\xff\xff\xff\xa8\x02\0\0\x10", Signature::ArrowStream),
            (b"\x1e{\"text\":", Signature::JsonSequence),
            (b"\x1etext", Signature::Other),
            (b"\xff\xff\xff\xff", Signature::Other),
            (b"PAR1,text\n", Signature::Other),
            (b"PK,text\n", Signature::Other),
            (b"ARROW1,text\n", Signature::Other),
            (b"", Signature::Other),
        ];
        for (head, expected) in cases {
            assert_eq!(signature(head), *expected, "{}", head.escape_ascii());
        }
    }
}
