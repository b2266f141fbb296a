//! TensorFlow's record format: a length, its checksum, the bytes, their checksum.

use std::io::Write;

/// Writes one record, in the layout of `tensorflow/core/lib/io/record_writer.cc`.
pub(super) fn write_record(output: &mut impl Write, data: &[u8]) -> std::io::Result<()> {
    let length = (data.len() as u64).to_le_bytes();
    // Written with one call, so that a reader never sees half a header.
    let mut record = Vec::with_capacity(data.len() + 16);
    record.extend(length);
    record.extend(masked_crc32c(&length).to_le_bytes());
    record.extend(data);
    record.extend(masked_crc32c(data).to_le_bytes());
    output.write_all(&record)
}

/// Returns the CRC-32C, rotated and with a constant added. Such a masked checksum is safe to store in data
/// that are themselves checksummed.
fn masked_crc32c(data: &[u8]) -> u32 {
    crc32c(data).rotate_right(15).wrapping_add(0xa282_ead8)
}

/// CRC-32C (Castagnoli; RFC 3720, appendix B.4), in reflected bit order.
fn crc32c(data: &[u8]) -> u32 {
    let update = |crc: u32, &byte: &u8| (crc >> 8) ^ TABLE[usize::from(crc as u8 ^ byte)];
    !data.iter().fold(u32::MAX, update)
}

const TABLE: [u32; 256] = table();

const fn table() -> [u32; 256] {
    const POLYNOMIAL: u32 = 0x82f6_3b78;
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let mut crc = byte as u32;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 1 == 1 {
                crc >> 1 ^ POLYNOMIAL
            } else {
                crc >> 1
            };
            bit += 1;
        }
        table[byte] = crc;
        byte += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values from RFC 3720, appendix B.4.
    #[test]
    fn checksums_match_the_standard() {
        assert_eq!(crc32c(&[0; 32]), 0x8a91_36aa);
        assert_eq!(crc32c(&[0xff; 32]), 0x62a8_ab43);
        let rising: Vec<u8> = (0..32).collect();
        assert_eq!(crc32c(&rising), 0x46dd_794e);
        assert_eq!(crc32c(b"123456789"), 0xe306_9283);
    }

    /// The expected bytes are from `tensorboard.summary.writer.record_writer.RecordWriter`, 2.21.0.
    #[test]
    fn framing_matches_tensorboard() {
        let mut written = Vec::new();
        write_record(&mut written, b"feedback").unwrap();
        write_record(&mut written, b"").unwrap();
        let hex: String = written.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(
            hex,
            "0800000000000000ff86240f666565646261636bce538e3c000000000000000029039807d8ea82a2"
        );
    }
}
