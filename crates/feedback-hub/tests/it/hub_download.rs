//! Downloads, caches and verifies a model from a fake hub, which can have several kinds of faults.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use feedback_files::{sha256_hex, to_hex};
use feedback_hub::{Error, HubOptions, HubProblem, resolve_model};
use feedback_testkit::fixture;

const NAME: &str = "someone/tiny-bert";
const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

/// A fault of the hub.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    /// The hub answers with this status instead of 200, this many times.
    Status(u16, usize),
    /// The connection ends in the middle of the weights file, this many times.
    CutShort(usize),
    /// The weights file has a flipped bit.
    Flipped,
    /// The tokenizer file has a flipped bit.
    FlippedTokenizer,
    /// The weights file has more bytes than announced.
    TooLong,
}

#[derive(Default)]
struct State {
    faults: Vec<Fault>,
    /// Method, path and range of each request.
    seen: Vec<(String, String, Option<String>)>,
    tokens: Vec<String>,
}

struct FakeHub {
    address: String,
    state: Arc<Mutex<State>>,
}

impl FakeHub {
    fn start(faults: &[Fault]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(Mutex::new(State {
            faults: faults.to_vec(),
            ..State::default()
        }));
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                serve(stream, &shared);
            }
        });
        Self { address, state }
    }

    fn options(&self, cache: &Path) -> HubOptions {
        let mut options = HubOptions::from_env(Some("main"));
        options.cache = cache.to_owned();
        options.endpoint = self.address.clone();
        options.token = Some("secret".into());
        options.offline = false;
        options.retry_wait = Duration::from_millis(1);
        options
    }

    fn seen(&self, method: &str, part: &str) -> Vec<Option<String>> {
        let state = self.state.lock().unwrap();
        let seen = state
            .seen
            .iter()
            .filter(|(m, path, _)| m == method && path.contains(part));
        seen.map(|(_, _, range)| range.clone()).collect()
    }
}

/// Answers the one request of a connection.
fn serve(mut stream: TcpStream, state: &Mutex<State>) {
    let mut lines = BufReader::new(stream.try_clone().unwrap())
        .lines()
        .map_while(Result::ok);
    let Some(first) = lines.next() else { return };
    let headers: HashMap<String, String> = lines
        .take_while(|line| !line.is_empty())
        .filter_map(|line| {
            let (name, value) = line.split_once(':')?;
            Some((name.to_lowercase(), value.trim().to_owned()))
        })
        .collect();
    let mut words = first.split(' ').map(str::to_owned);
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let range = headers.get("range").cloned();
    let mut state = state.lock().unwrap();
    state.seen.push((method.clone(), path.clone(), range.clone()));
    state.tokens.extend(headers.get("authorization").cloned());
    let _ = answer(&mut stream, &mut state, &method, &path, range.as_deref()); // the client may close the connection
}

fn git_hash(bytes: &[u8]) -> String {
    let all = [format!("blob {}\0", bytes.len()).as_bytes(), bytes].concat();
    to_hex(&<sha1::Sha1 as sha1::Digest>::digest(&all))
}

fn answer(
    stream: &mut TcpStream,
    state: &mut State,
    method: &str,
    path: &str,
    range: Option<&str>,
) -> std::io::Result<()> {
    if let Some(status) = take_status(state) {
        return write!(
            stream,
            "HTTP/1.1 {status} Sorry\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        );
    }
    if path.starts_with("/api/models/") {
        let files = [
            "README.md",
            "config.json",
            "model.safetensors",
            "tokenizer.json",
            "tokenizer_config.json",
        ];
        let siblings: Vec<_> = files
            .iter()
            .map(|name| serde_json::json!({"rfilename": name}))
            .collect();
        let body = serde_json::json!({"sha": COMMIT, "siblings": siblings}).to_string();
        return write!(
            stream,
            "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        );
    }
    let name = path.rsplit('/').next().unwrap_or_default();
    let Ok(bytes) = fs_err::read(fixture("tiny-bert").join(name)) else {
        return write!(
            stream,
            "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        );
    };
    let large = name.ends_with(".safetensors");
    let hash = sha256_hex(&bytes);
    if method == "HEAD" {
        // As on the real hub: large files come from another host; small ones have a Git hash.
        return if large {
            write!(
                stream,
                "HTTP/1.1 302 Found\r\nLocation: https://elsewhere.invalid/blob\r\nX-Linked-Etag: \"{hash}\"\r\nX-Linked-Size: {}\r\nContent-Length: 0\r\n\
                 Connection: close\r\n\r\n",
                bytes.len()
            )
        } else {
            write!(
                stream,
                "HTTP/1.1 200 OK\r\nETag: \"{}\"\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                git_hash(&bytes),
                bytes.len()
            )
        };
    }
    let from: usize = range
        .and_then(|range| range.strip_prefix("bytes=")?.strip_suffix('-')?.parse().ok())
        .unwrap_or(0);
    let (mut body, mut announced) = (bytes[from..].to_vec(), bytes.len() - from);
    if large {
        match state.faults.first_mut() {
            Some(Fault::CutShort(times)) if *times > 0 => {
                *times -= 1;
                body.truncate(body.len() / 2);
            }
            Some(Fault::Flipped) => body[1000] ^= 1,
            Some(Fault::TooLong) => {
                body.extend([0; 10]);
                announced += 10;
            }
            _ => {}
        }
    }
    if name == "tokenizer.json" && matches!(state.faults.first(), Some(Fault::FlippedTokenizer)) {
        body[1000] ^= 1;
    }
    let status = if from > 0 { "206 Partial Content" } else { "200 OK" };
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Length: {announced}\r\nConnection: close\r\n\r\n"
    )?;
    stream.write_all(&body)
}

fn take_status(state: &mut State) -> Option<u16> {
    match state.faults.first_mut() {
        Some(Fault::Status(status, times)) if *times > 0 => {
            *times -= 1;
            Some(*status)
        }
        _ => None,
    }
}

/// Asserts that the files of a snapshot have the same content as on the hub.
fn assert_complete(folder: &Path) {
    for name in ["config.json", "model.safetensors", "tokenizer.json"] {
        let expected = fs_err::read(fixture("tiny-bert").join(name)).unwrap();
        assert!(fs_err::read(folder.join(name)).unwrap() == expected, "{name}");
    }
}

fn resolve(hub: &FakeHub, cache: &Path) -> Result<PathBuf, Error> {
    resolve_model(NAME, &hub.options(cache), &mut |_| ())
}

fn problem(outcome: Result<PathBuf, Error>) -> HubProblem {
    let Error::Hub { id, problem } = outcome.unwrap_err() else {
        unreachable!("every failure in these tests is an error of the hub");
    };
    assert_eq!(id, NAME);
    *problem
}

#[test]
fn a_model_is_downloaded_once_and_then_found_in_the_cache() {
    let cache = tempfile::tempdir().unwrap();
    let hub = FakeHub::start(&[]);
    let mut last = HashMap::new();
    let folder = resolve_model(NAME, &hub.options(cache.path()), &mut |progress| {
        last.insert(progress.file.to_owned(), (progress.received, progress.total));
    })
    .unwrap();
    assert!(folder.ends_with(format!("models--someone--tiny-bert/snapshots/{COMMIT}")));
    assert_complete(&folder);
    let size = fs_err::metadata(fixture("tiny-bert/model.safetensors"))
        .unwrap()
        .len();
    assert_eq!(last["model.safetensors"], (size, Some(size)));
    assert_eq!(hub.state.lock().unwrap().tokens.first().unwrap(), "Bearer secret");
    let reference = cache.path().join("models--someone--tiny-bert/refs/main");
    assert_eq!(fs_err::read_to_string(reference).unwrap(), COMMIT);
    assert!(
        hub.seen("GET", "README.md").is_empty(),
        "only files that a model needs are downloaded"
    );

    let requests = hub.state.lock().unwrap().seen.len();
    assert_eq!(resolve(&hub, cache.path()).unwrap(), folder);
    let mut offline = hub.options(cache.path());
    offline.offline = true;
    assert_eq!(resolve_model(NAME, &offline, &mut |_| ()).unwrap(), folder);
    offline.revision = COMMIT.into();
    assert_eq!(resolve_model(NAME, &offline, &mut |_| ()).unwrap(), folder);
    assert_eq!(
        hub.state.lock().unwrap().seen.len(),
        requests,
        "the cache is searched first"
    );
}

#[test]
fn refused_requests_are_reported_with_their_cause() {
    for (status, expected) in [(401, "HF_TOKEN"), (403, "HF_TOKEN"), (404, "does not have")] {
        let cache = tempfile::tempdir().unwrap();
        let hub = FakeHub::start(&[Fault::Status(status, 1)]);
        let problem = problem(resolve(&hub, cache.path()));
        let fits = match problem {
            HubProblem::Unauthorized { status: found, .. } => found == status,
            HubProblem::NotFound { .. } => status == 404,
            _ => false,
        };
        let hint = problem.hint().unwrap_or_default();
        assert!(
            fits && format!("{problem} {hint}").contains(expected),
            "{status}: {problem}"
        );
        assert_eq!(
            hub.state.lock().unwrap().seen.len(),
            1,
            "a refused request is not repeated"
        );
    }
}

#[test]
fn a_request_to_a_failing_hub_is_sent_four_times() {
    let cache = tempfile::tempdir().unwrap();
    resolve(&FakeHub::start(&[Fault::Status(503, 3)]), cache.path()).unwrap();

    let cache = tempfile::tempdir().unwrap();
    let problem = problem(resolve(&FakeHub::start(&[Fault::Status(500, 99)]), cache.path()));
    assert!(
        matches!(
            problem,
            HubProblem::Server {
                status: 500,
                attempts: 4,
                ..
            }
        ),
        "{problem}"
    );
}

#[test]
fn a_broken_download_is_resumed_where_it_broke() {
    let cache = tempfile::tempdir().unwrap();
    let hub = FakeHub::start(&[Fault::CutShort(2)]);
    let folder = resolve(&hub, cache.path()).unwrap();
    assert_complete(&folder);
    let ranges = hub.seen("GET", "model.safetensors");
    assert_eq!(ranges.len(), 3);
    assert!(
        ranges[0].is_none() && ranges[1].is_some() && ranges[2].is_some(),
        "{ranges:?}"
    );

    // If all attempts fail, the next run resumes the download.
    let cache = tempfile::tempdir().unwrap();
    let problem = problem(resolve(&FakeHub::start(&[Fault::CutShort(99)]), cache.path()));
    assert!(
        matches!(problem, HubProblem::Network { attempts: 4, .. }),
        "{problem}"
    );
    let hub = FakeHub::start(&[]);
    assert_complete(&resolve(&hub, cache.path()).unwrap());
    assert!(
        hub.seen("GET", "model.safetensors")[0].is_some(),
        "only the rest is requested"
    );
}

#[test]
fn files_with_a_wrong_hash_or_size_are_rejected() {
    for fault in [Fault::Flipped, Fault::FlippedTokenizer] {
        let cache = tempfile::tempdir().unwrap();
        let problem_found = problem(resolve(&FakeHub::start(&[fault]), cache.path()));
        assert!(
            matches!(problem_found, HubProblem::WrongHash { .. }),
            "{problem_found}"
        );
        let cached = resolve_model(NAME, &offline(cache.path()), &mut |_| ());
        assert!(
            matches!(problem(cached), HubProblem::Offline { .. }),
            "an incomplete model is not found"
        );
        resolve(&FakeHub::start(&[]), cache.path()).unwrap();
    }

    let cache = tempfile::tempdir().unwrap();
    let problem = problem(resolve(&FakeHub::start(&[Fault::TooLong]), cache.path()));
    assert!(matches!(problem, HubProblem::WrongSize { .. }), "{problem}");
}

fn offline(cache: &Path) -> HubOptions {
    let mut options = FakeHub::start(&[]).options(cache);
    options.offline = true;
    options
}

#[test]
fn offline_no_request_is_sent() {
    let cache = tempfile::tempdir().unwrap();
    let hub = FakeHub::start(&[]);
    let mut options = hub.options(cache.path());
    options.offline = true;
    let problem = problem(resolve_model(NAME, &options, &mut |_| ()));
    assert!(problem.to_string().contains("HF_HUB_OFFLINE"), "{problem}");
    assert!(hub.state.lock().unwrap().seen.is_empty());
}

#[test]
fn an_unreachable_hub_is_a_network_problem() {
    let cache = tempfile::tempdir().unwrap();
    let mut options = FakeHub::start(&[]).options(cache.path());
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap(); // the listener is closed at once
    options.endpoint = format!("http://{free}");
    let problem = problem(resolve_model(NAME, &options, &mut |_| ()));
    assert!(matches!(problem, HubProblem::Network { .. }), "{problem}");
}
