//! The hashes that the hub announces for small files.

use feedback_files::to_hex;
use sha1::{Digest, Sha1};

/// Returns the SHA-1 of bytes as 40 hexadecimal digits.
pub(crate) fn sha1_of(bytes: &[u8]) -> String {
    to_hex(&Sha1::digest(bytes))
}

/// Returns Git's object id of a file with this content.
pub(crate) fn git_blob_hash(bytes: &[u8]) -> String {
    sha1_of(&[format!("blob {}\0", bytes.len()).as_bytes(), bytes].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The expected values are from `printf hello | git hash-object --stdin` and `printf hello | sha1sum`.
    #[test]
    fn hashes_agree_with_git_and_coreutils() {
        assert_eq!(
            git_blob_hash(b"hello"),
            "b6fc4c620b67d95f953a5c1c1230aaab5db5a1b0"
        );
        assert_eq!(sha1_of(b"hello"), "aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d");
    }
}
