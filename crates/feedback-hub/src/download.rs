//! Downloads into the cache: whole files only, checked, and taken up again where they broke off.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;
use sha1::{Digest, Sha1};
use ureq::http::{HeaderMap, Response};
use ureq::{Agent, Body};

use super::cache::model_folder;
use super::{DownloadProgress, HubOptions, HubProblem};
use crate::tokenizer_files::{TOKENIZER, VOCABULARY};
use crate::{Error, Result, checkpoint, sha256_of};

const ATTEMPTS: usize = 4;
const MAX_REDIRECTS: usize = 5;
/// Longest answer that is read when the hub lists a model's files.
const MAX_LISTING: u64 = 8 << 20;
/// Files that are taken if they are there.
const EXTRAS: [&str; 2] = ["tokenizer_config.json", "special_tokens_map.json"];

type Attempt<T> = std::result::Result<T, HubProblem>;

/// The model's files into a snapshot of the cache; `refs/REVISION` is written last.
pub(super) fn download(
    name: &str,
    options: &HubOptions,
    progress: &mut dyn FnMut(DownloadProgress<'_>),
) -> Result<PathBuf> {
    let client = Client::new(name, options);
    let model = model_folder(name, options);
    let commit = client
        .listing()
        .and_then(|listing| Ok((listing.commit()?, listing.files())));
    let (commit, files) = commit.map_err(|problem| client.error(problem))?;
    let snapshot = model.join("snapshots").join(&commit);
    let mut wanted = wanted_files(&files);
    let mut done: BTreeSet<String> = BTreeSet::new();
    while let Some(file) = wanted.pop() {
        if done.contains(&file) {
            continue;
        }
        client.fetch(&model, &commit, &file, progress)?;
        if let Some(shards) = checkpoint::shards(&snapshot.join(&file)) {
            wanted.extend(shards);
        }
        done.insert(file);
    }
    write_reference(&model, &options.revision, &commit)?;
    Ok(snapshot)
}

/// `config.json`, one form of the weights, one form of the tokenizer, and its settings.
fn wanted_files(there: &BTreeSet<String>) -> Vec<String> {
    let mut wanted: Vec<&str> = EXTRAS.into_iter().filter(|name| there.contains(*name)).collect();
    let weights = checkpoint::WEIGHT_FILES
        .into_iter()
        .find(|name| there.contains(*name));
    wanted.push(weights.unwrap_or(checkpoint::WEIGHT_FILES[0])); // where it is missing, the hub says so
    wanted.push(if !there.contains(TOKENIZER) && there.contains(VOCABULARY) {
        VOCABULARY
    } else {
        TOKENIZER
    });
    wanted.push("config.json");
    wanted.into_iter().map(str::to_owned).collect()
}

fn write_reference(model: &Path, revision: &str, commit: &str) -> Result<()> {
    let reference = model.join("refs").join(revision);
    if revision == commit {
        return Ok(());
    }
    if let Some(parent) = reference.parent() {
        fs_err::create_dir_all(parent)?;
        let mut file = tempfile::NamedTempFile::new_in(parent)?;
        file.write_all(commit.as_bytes())?;
        file.persist(&reference).map_err(|error| error.error)?;
    }
    Ok(())
}

/// What `/api/models/NAME/revision/REVISION` says.
#[derive(Deserialize)]
struct Listing {
    sha: String,
    siblings: Vec<Sibling>,
}

#[derive(Deserialize)]
struct Sibling {
    rfilename: String,
}

impl Listing {
    /// It becomes the name of a folder.
    fn commit(&self) -> Attempt<String> {
        if is_hexadecimal(&self.sha) {
            return Ok(self.sha.clone());
        }
        Err(HubProblem::BadAnswer {
            what: "the list of files".into(),
            reason: format!("`{}` is no commit", self.sha),
        })
    }

    fn files(&self) -> BTreeSet<String> {
        self.siblings
            .iter()
            .map(|sibling| sibling.rfilename.clone())
            .collect()
    }
}

fn is_hexadecimal(text: &str) -> bool {
    !text.is_empty() && text.len() <= 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Longest time for one answer's contents. What came until then is kept, and the rest is asked for again: so a connection
/// that has died without a word is noticed, and a slow one loses nothing.
const BODY_TIMEOUT: Duration = Duration::from_secs(300);

/// What the hub says of a file before it is sent.
struct Announced {
    /// Identifies the contents; the SHA-256 where it has 64 digits.
    etag: String,
    size: Option<u64>,
}

struct Client<'a> {
    name: &'a str,
    options: &'a HubOptions,
    agent: Agent,
}

impl<'a> Client<'a> {
    fn new(name: &'a str, options: &'a HubOptions) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_connect(Some(Duration::from_secs(20)))
            .timeout_recv_response(Some(Duration::from_secs(60)))
            .timeout_recv_body(Some(BODY_TIMEOUT))
            .user_agent(concat!("feedback-bert/", env!("CARGO_PKG_VERSION")));
        Self {
            name,
            options,
            agent: config.build().new_agent(),
        }
    }

    fn error(&self, problem: HubProblem) -> Error {
        Error::Hub {
            id: self.name.to_owned(),
            problem: Box::new(problem),
        }
    }

    /// Tries again, with longer and longer waits, where the hub or the connection failed.
    fn retry<T>(&self, mut attempt: impl FnMut(usize) -> Attempt<T>) -> Attempt<T> {
        let mut wait = self.options.retry_wait;
        for attempts in 1.. {
            match attempt(attempts) {
                Err(HubProblem::Server { .. } | HubProblem::Network { .. }) if attempts < ATTEMPTS => {
                    std::thread::sleep(wait);
                    wait *= 2;
                }
                outcome => return outcome,
            }
        }
        unreachable_after_attempts()
    }

    fn listing(&self) -> Attempt<Listing> {
        let (name, revision) = (self.name, &self.options.revision);
        let what = format!("revision `{revision}` of the model");
        let url = format!(
            "{}/api/models/{name}/revision/{}",
            self.options.endpoint,
            revision.replace('/', "%2F")
        );
        self.retry(|attempts| {
            let answer = self.get(&url, None, &what, attempts)?;
            let mut body = answer.into_body();
            let text = body.with_config().limit(MAX_LISTING).read_to_string();
            let text = text.map_err(|error| network(&what, &error.to_string(), attempts))?;
            serde_json::from_str(&text).map_err(|error| HubProblem::BadAnswer {
                what: what.clone(),
                reason: error.to_string(),
            })
        })
    }

    fn get(&self, url: &str, from: Option<u64>, what: &str, attempts: usize) -> Attempt<Response<Body>> {
        let mut request = self.agent.get(url);
        if let Some(token) = &self.options.token {
            request = request.header("Authorization", format!("Bearer {token}"));
        }
        if let Some(from) = from.filter(|from| *from > 0) {
            request = request.header("Range", format!("bytes={from}-"));
        }
        let answer = request
            .call()
            .map_err(|error| network(what, &error.to_string(), attempts))?;
        check_status(answer, what, attempts)
    }

    /// Asks for a file's size and hash. Large files are redirected to another host, and the hub's own answer, not that
    /// host's, is the one that tells; a redirection within the hub is followed.
    fn announced(&self, url: &str, what: &str) -> Attempt<Announced> {
        let unusable = || HubProblem::BadAnswer {
            what: what.to_owned(),
            reason: "the answer has no usable ETag".into(),
        };
        let mut url = url.to_owned();
        for _ in 0..MAX_REDIRECTS {
            let answer = self.retry(|attempts| self.head(&url, what, attempts))?;
            let redirected = answer.status().is_redirection();
            let location = answer
                .headers()
                .get("location")
                .and_then(|location| location.to_str().ok());
            match location.filter(|location| redirected && location.starts_with('/')) {
                Some(location) => url = format!("{}{location}", self.options.endpoint),
                None => return announced(answer.headers(), redirected).ok_or_else(unusable),
            }
        }
        Err(unusable())
    }

    fn head(&self, url: &str, what: &str, attempts: usize) -> Attempt<Response<Body>> {
        let request = self.agent.head(url).config();
        let mut request = request.max_redirects(0).max_redirects_will_error(false).build();
        if let Some(token) = &self.options.token {
            request = request.header("Authorization", format!("Bearer {token}"));
        }
        let answer = request
            .call()
            .map_err(|error| network(what, &error.to_string(), attempts))?;
        check_status(answer, what, attempts)
    }

    fn fetch(
        &self,
        model: &Path,
        commit: &str,
        file: &str,
        progress: &mut dyn FnMut(DownloadProgress<'_>),
    ) -> Result<()> {
        let link = model.join("snapshots").join(commit).join(file);
        if link.is_file() {
            return Ok(());
        }
        let what = format!("`{file}`");
        let url = format!("{}/{}/resolve/{commit}/{file}", self.options.endpoint, self.name);
        let announced = self
            .announced(&url, &what)
            .map_err(|problem| self.error(problem))?;
        let blobs = model.join("blobs");
        fs_err::create_dir_all(&blobs)?;
        let blob = blobs.join(&announced.etag);
        if !blob.is_file() {
            let partial = blobs.join(format!("{}.incomplete", announced.etag));
            let length = || fs_err::metadata(&partial).map_or(0, |metadata| metadata.len());
            let mut before = 0;
            while let Err(problem) = self
                .retry(|attempts| self.receive(&url, &partial, &announced, file, attempts, &mut *progress))
            {
                // A slow connection may take any number of attempts, as long as there is more after each few.
                if !matches!(problem, HubProblem::Network { .. }) || length() <= before {
                    return Err(self.error(problem));
                }
                before = length();
            }
            self.verify(&partial, &announced, file)?;
            fs_err::rename(&partial, &blob)?;
        }
        link_blob(&blob, &link)
    }

    /// Appends to what is there already; starts again where the hub sends the whole.
    fn receive(
        &self,
        url: &str,
        partial: &Path,
        announced: &Announced,
        file: &str,
        attempts: usize,
        progress: &mut dyn FnMut(DownloadProgress<'_>),
    ) -> Attempt<()> {
        let what = format!("`{file}`");
        let local = |error: std::io::Error| network(&what, &error.to_string(), ATTEMPTS);
        let mut there = fs_err::metadata(partial).map_or(0, |metadata| metadata.len());
        if announced.size.is_some_and(|size| there >= size) {
            there = 0; // whole but not verified, or of something else
        }
        let answer = self.get(url, Some(there), &what, attempts)?;
        let appends = answer.status().as_u16() == 206 && there > 0;
        let mut options = fs_err::OpenOptions::new();
        options
            .create(true)
            .write(true)
            .append(appends)
            .truncate(!appends);
        let mut target = options.open(partial).map_err(local)?;
        let mut received = if appends { there } else { 0 };
        let mut source = answer.into_body().into_reader();
        let mut buffer = vec![0; 1 << 16];
        loop {
            let count = source
                .read(&mut buffer)
                .map_err(|error| network(&what, &error.to_string(), attempts))?;
            if count == 0 {
                break;
            }
            received += count as u64;
            if let Some(expected) = announced.size.filter(|size| received > *size) {
                return Err(HubProblem::WrongSize {
                    file: file.to_owned(),
                    expected,
                    found: received,
                });
            }
            target.write_all(&buffer[..count]).map_err(local)?;
            progress(DownloadProgress {
                file,
                received,
                total: announced.size,
            });
        }
        target.sync_all().map_err(local)?;
        match announced.size {
            // A connection that ends early is tried again from there.
            Some(size) if received < size => Err(network(
                &what,
                &format!("the connection ended after {received} of {size} bytes"),
                attempts,
            )),
            _ => Ok(()),
        }
    }

    /// Large files are announced with a SHA-256, the others as Git names them; where a mirror says something else still,
    /// the size is all there is to check.
    fn verify(&self, partial: &Path, announced: &Announced, file: &str) -> Result<()> {
        let found = match announced.etag.len() {
            64 => sha256_of(partial)?,
            40 => {
                let bytes = fs_err::read(partial)?; // what is announced so is small
                if sha1(&[&bytes]) == announced.etag {
                    return Ok(()); // as some mirrors have it
                }
                sha1(&[format!("blob {}\0", bytes.len()).as_bytes(), &bytes]) // Git's name of a file
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

fn sha1(parts: &[&[u8]]) -> String {
    let mut hasher = Sha1::new();
    for part in parts {
        hasher.update(part);
    }
    hasher
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// The loop above returns at its last attempt at the latest.
fn unreachable_after_attempts<T>() -> Attempt<T> {
    Err(network("the hub", "no attempt was made", 0))
}

fn network(what: &str, reason: &str, attempts: usize) -> HubProblem {
    HubProblem::Network {
        what: what.to_owned(),
        reason: reason.to_owned(),
        attempts,
    }
}

fn check_status(answer: Response<Body>, what: &str, attempts: usize) -> Attempt<Response<Body>> {
    let what = what.to_owned();
    match answer.status().as_u16() {
        200..=399 => Ok(answer),
        status @ (401 | 403) => Err(HubProblem::Unauthorized { status, what }),
        404 => Err(HubProblem::NotFound { what }),
        status @ (429 | 500..) => Err(HubProblem::Server {
            status,
            what,
            attempts,
        }),
        status => Err(HubProblem::BadAnswer {
            what,
            reason: format!("the hub answered {status}"),
        }),
    }
}

fn announced(headers: &HeaderMap, redirected: bool) -> Option<Announced> {
    let text = |name: &str| headers.get(name)?.to_str().ok();
    let etag = text("x-linked-etag").or_else(|| text("etag"))?;
    let etag = etag.trim_start_matches("W/").trim_matches('"').to_lowercase();
    let own_size = || text("content-length").filter(|_| !redirected);
    let size = text("x-linked-size")
        .or_else(own_size)
        .and_then(|size| size.parse().ok());
    is_hexadecimal(&etag).then_some(Announced { etag, size })
}

/// A snapshot's file is a link to its blob, relative so that the cache may be moved.
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

#[cfg(not(unix))]
fn link_blob(blob: &Path, link: &Path) -> Result<()> {
    if let Some(parent) = link.parent() {
        fs_err::create_dir_all(parent)?;
    }
    fs_err::copy(blob, link)?;
    Ok(())
}
