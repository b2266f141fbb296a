//! The hashes by which the hub announces files.

use std::io::Read;
use std::path::Path;

use sha1::Sha1;
use sha2::{Digest, Sha256};

/// SHA-256 of a file, as 64 hex digits.
pub(crate) fn sha256_of(path: &Path) -> std::io::Result<String> {
    let mut file = fs_err::File::open(path)?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        match file.read(&mut buffer)? {
            0 => break,
            n => hasher.update(&buffer[..n]),
        }
    }
    Ok(hex(&hasher.finalize()))
}

/// SHA-1 of some bytes, as 40 hex digits.
pub(crate) fn sha1_of(bytes: &[u8]) -> String {
    hex(&<Sha1 as sha1::Digest>::digest(bytes))
}

/// Git's name of a file with these contents.
pub(crate) fn git_blob_hash(bytes: &[u8]) -> String {
    sha1_of(&[format!("blob {}\0", bytes.len()).as_bytes(), bytes].concat())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From `printf hello | git hash-object --stdin`, `sha1sum` and `sha256sum`.
    #[test]
    fn hashes_are_those_of_git_and_coreutils() {
        assert_eq!(
            git_blob_hash(b"hello"),
            "b6fc4c620b67d95f953a5c1c1230aaab5db5a1b0"
        );
        assert_eq!(sha1_of(b"hello"), "aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d");
        let file = tempfile::NamedTempFile::new().unwrap();
        fs_err::write(file.path(), "hello").unwrap();
        assert_eq!(
            sha256_of(file.path()).unwrap(),
            "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
        );
    }
}
