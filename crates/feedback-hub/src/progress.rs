//! The progress that a download reports while it runs.

/// The progress of the file that is being downloaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct DownloadProgress<'a> {
    /// The name of the file.
    pub file: &'a str,
    /// Bytes received so far, including bytes from an earlier attempt.
    pub received: u64,
    /// Size of the file in bytes, if the hub announced it.
    pub total: Option<u64>,
}
