//! The hashes by which the hub announces files.

use feedback_files::to_hex;
use sha1::{Digest, Sha1};

/// SHA-1 of some bytes, as 40 hex digits.
pub(crate) fn sha1_of(bytes: &[u8]) -> String {
    to_hex(&Sha1::digest(bytes))
}

/// Git's name of a file with these contents.
pub(crate) fn git_blob_hash(bytes: &[u8]) -> String {
    sha1_of(&[format!("blob {}\0", bytes.len()).as_bytes(), bytes].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From `printf hello | git hash-object --stdin` and `sha1sum`.
    #[test]
    fn hashes_are_those_of_git_and_coreutils() {
        assert_eq!(
            git_blob_hash(b"hello"),
            "b6fc4c620b67d95f953a5c1c1230aaab5db5a1b0"
        );
        assert_eq!(sha1_of(b"hello"), "aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d");
    }
}
