//! Downloads models into the cache. Only complete, verified files get their final name; interrupted downloads are resumed.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use feedback_files::{move_into_place, sha256_of_file, write_bytes};

use crate::cache::model_folder;
use crate::client::{Announced, Attempt, Client, MAX_ATTEMPTS, network};
use crate::error::{Error, HubProblem, Result};
use crate::hashes::{git_blob_hash, sha1_of};
use crate::model_files::{CONFIG, TOKENIZER, VOCABULARY, WEIGHTS, shards};
use crate::options::HubOptions;
use crate::progress::DownloadProgress;

/// Files that are downloaded if the model has them.
const OPTIONAL_FILES: [&str; 2] = ["tokenizer_config.json", "special_tokens_map.json"];

/// Downloads the files of a model into a snapshot in the cache, and returns its folder. `refs/REVISION` is written last, so that
/// an interrupted download is not mistaken for a complete model.
pub(crate) fn download(
    name: &str,
    options: &HubOptions,
    progress: &mut dyn FnMut(DownloadProgress<'_>),
) -> Result<PathBuf> {
    let mut download = Download {
        name,
        client: Client::new(name, options),
        folder: model_folder(name, options),
        progress,
    };
    let listing = download.client.listing();
    let listed = listing.and_then(|listing| Ok((listing.commit()?, listing.files())));
    let (commit, files) = listed.map_err(|problem| download.error(problem))?;
    let snapshot = download.folder.join("snapshots").join(&commit);
    let mut wanted = wanted_files(&files);
    let mut done: BTreeSet<String> = BTreeSet::new();
    while let Some(file) = wanted.pop() {
        if done.contains(&file) {
            continue;
        }
        download.fetch(&commit, &file)?;
        wanted.extend(shards(&snapshot.join(&file)).into_iter().flatten());
        done.insert(file);
    }
    write_reference(&download.folder, &options.revision, &commit)?;
    Ok(snapshot)
}

/// Selects the files to download: `config.json`, one form of the weights, one form of the tokenizer, and the tokenizer settings.
fn wanted_files(available: &BTreeSet<String>) -> Vec<String> {
    let has = |name: &&str| available.contains(*name);
    let mut wanted: Vec<&str> = OPTIONAL_FILES.into_iter().filter(has).collect();
    // If the hub lists no weights, the first form is requested, and the hub reports that it does not have this file.
    wanted.push(WEIGHTS.into_iter().find(has).unwrap_or(WEIGHTS[0]));
    wanted.push([TOKENIZER, VOCABULARY].into_iter().find(has).unwrap_or(TOKENIZER));
    wanted.push(CONFIG);
    wanted.into_iter().map(str::to_owned).collect()
}

fn write_reference(model: &Path, revision: &str, commit: &str) -> Result<()> {
    let reference = model.join("refs").join(revision);
    if revision == commit {
        return Ok(());
    }
    if let Some(parent) = reference.parent() {
        fs_err::create_dir_all(parent)?;
        write_bytes(&reference, commit)?;
    }
    Ok(())
}

/// The download of one model.
struct Download<'a> {
    name: &'a str,
    client: Client<'a>,
    /// The model's folder in the cache.
    folder: PathBuf,
    progress: &'a mut dyn FnMut(DownloadProgress<'_>),
}

impl Download<'_> {
    fn error(&self, problem: HubProblem) -> Error {
        Error::Hub {
            id: self.name.to_owned(),
            problem: Box::new(problem),
        }
    }

    /// Downloads a file unless the snapshot already has it.
    fn fetch(&mut self, commit: &str, file: &str) -> Result<()> {
        let link = self.folder.join("snapshots").join(commit).join(file);
        if link.is_file() {
            return Ok(());
        }
        let url = self.client.file_url(commit, file);
        let announced = self.client.announced(&url, &format!("`{file}`"));
        let announced = announced.map_err(|problem| self.error(problem))?;
        let blobs = self.folder.join("blobs");
        fs_err::create_dir_all(&blobs)?;
        let blob = blobs.join(&announced.etag);
        if !blob.is_file() {
            let partial = blobs.join(format!("{}.incomplete", announced.etag));
            self.receive_all(&Transfer {
                url: &url,
                file,
                announced: &announced,
                partial: &partial,
            })?;
            self.verify(&partial, &announced, file)?;
            move_into_place(&partial, &blob)?;
        }
        link_blob(&blob, &link)
    }

    /// Downloads a file. If all attempts of a round fail but the round received more bytes, another round follows.
    fn receive_all(&mut self, transfer: &Transfer<'_>) -> Result<()> {
        let mut received = 0;
        loop {
            let Self { client, progress, .. } = &mut *self;
            let round = client.retry(|attempts| transfer.receive(client, attempts, *progress));
            let Err(problem) = round else { return Ok(()) };
            let length = file_length(transfer.partial);
            if !matches!(problem, HubProblem::Network { .. }) || length <= received {
                return Err(self.error(problem));
            }
            received = length;
        }
    }

    /// Compares a file with the announced hash: SHA-256 for large files, Git's hash for the others. Some mirrors announce
    /// another identifier; such a file is accepted, as only its size can be checked.
    fn verify(&self, partial: &Path, announced: &Announced, file: &str) -> Result<()> {
        let found = match announced.etag.len() {
            64 => sha256_of_file(partial)?,
            40 => {
                let bytes = fs_err::read(partial)?; // files with such a hash are small
                if sha1_of(&bytes) == announced.etag {
                    return Ok(()); // some mirrors announce the plain SHA-1
                }
                git_blob_hash(&bytes)
            }
            _ => return Ok(()),
        };
        if found == announced.etag {
            return Ok(());
        }
        fs_err::remove_file(partial)?;
        Err(self.error(HubProblem::WrongHash {
            file: file.to_owned(),
            expected: announced.etag.clone(),
            found,
        }))
    }
}

fn file_length(path: &Path) -> u64 {
    fs_err::metadata(path).map_or(0, |metadata| metadata.len())
}

/// A file that is being downloaded into the cache.
struct Transfer<'a> {
    url: &'a str,
    file: &'a str,
    announced: &'a Announced,
    /// The file in the cache that receives the bytes.
    partial: &'a Path,
}

impl Transfer<'_> {
    /// Appends to the bytes of an earlier attempt, or starts again if the hub sends the complete file.
    fn receive(
        &self,
        client: &Client<'_>,
        attempts: usize,
        progress: &mut dyn FnMut(DownloadProgress<'_>),
    ) -> Attempt<()> {
        let what = format!("`{}`", self.file);
        let failed = |reason: String| network(&what, &reason, attempts);
        let local = |error: std::io::Error| network(&what, &error.to_string(), MAX_ATTEMPTS);
        let mut start = file_length(self.partial);
        if self.announced.size.is_some_and(|size| start >= size) {
            start = 0; // complete but not verified, or left from another file
        }
        let answer = client.get(self.url, Some(start), &what, attempts)?;
        let appends = answer.status().as_u16() == 206 && start > 0;
        let mut options = fs_err::OpenOptions::new();
        options
            .create(true)
            .write(true)
            .append(appends)
            .truncate(!appends);
        let mut target = options.open(self.partial).map_err(local)?;
        let mut received = if appends { start } else { 0 };
        let mut source = answer.into_body().into_reader();
        let mut buffer = vec![0; 1 << 16];
        loop {
            let count = source
                .read(&mut buffer)
                .map_err(|error| failed(error.to_string()))?;
            if count == 0 {
                break;
            }
            received += count as u64;
            self.check_size(received)?;
            target.write_all(&buffer[..count]).map_err(local)?;
            progress(DownloadProgress {
                file: self.file,
                received,
                total: self.announced.size,
            });
        }
        target.sync_all().map_err(local)?;
        match self.announced.size {
            // The next attempt continues from here.
            Some(size) if received < size => Err(failed(format!(
                "the connection ended after {received} of {size} bytes"
            ))),
            _ => Ok(()),
        }
    }

    /// Fails if more bytes were received than announced.
    fn check_size(&self, received: u64) -> Attempt<()> {
        match self.announced.size {
            Some(expected) if received > expected => Err(HubProblem::WrongSize {
                file: self.file.to_owned(),
                expected,
                found: received,
            }),
            _ => Ok(()),
        }
    }
}

/// Creates a file of a snapshot as a link to its blob. The link is relative, so that the cache can be moved.
#[cfg(unix)]
fn link_blob(blob: &Path, link: &Path) -> Result<()> {
    if let Some(parent) = link.parent() {
        fs_err::create_dir_all(parent)?;
    }
    let name = blob.file_name().unwrap_or_default();
    let target = Path::new("../../blobs").join(name);
    match fs_err::os::unix::fs::symlink(target, link) {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        outcome => Ok(outcome?),
    }
}

/// Creates a file of a snapshot as a copy of its blob, as Hugging Face's libraries do on systems without symbolic links.
#[cfg(not(unix))]
fn link_blob(blob: &Path, link: &Path) -> Result<()> {
    if let Some(parent) = link.parent() {
        fs_err::create_dir_all(parent)?;
    }
    fs_err::copy(blob, link)?;
    Ok(())
}
