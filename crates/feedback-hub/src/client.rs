//! Sends requests to the hub, with the access token. Requests are repeated if the hub or the connection fails.

use std::collections::BTreeSet;
use std::time::Duration;

use serde::Deserialize;
use ureq::http::{HeaderMap, Response};
use ureq::{Agent, Body};

use crate::error::HubProblem;
use crate::options::HubOptions;

/// Maximum number of attempts per request.
pub(crate) const MAX_ATTEMPTS: usize = 4;
const MAX_REDIRECTS: usize = 5;
/// Maximum size of the response that lists the files of a model, in bytes.
const MAX_LISTING: u64 = 8 << 20;

pub(crate) type Attempt<T> = std::result::Result<T, HubProblem>;

/// The response of `/api/models/NAME/revision/REVISION`.
#[derive(Deserialize)]
pub(crate) struct Listing {
    sha: String,
    siblings: Vec<Sibling>,
}

#[derive(Deserialize)]
struct Sibling {
    rfilename: String,
}

impl Listing {
    /// Returns the commit. It is checked because it becomes the name of a folder.
    pub(crate) fn commit(&self) -> Attempt<String> {
        if is_hexadecimal(&self.sha) {
            return Ok(self.sha.clone());
        }
        Err(HubProblem::BadAnswer {
            what: "the list of files".into(),
            reason: format!("`{}` is not a commit", self.sha),
        })
    }

    /// Returns the names of the model's files.
    pub(crate) fn files(&self) -> BTreeSet<String> {
        self.siblings
            .iter()
            .map(|sibling| sibling.rfilename.clone())
            .collect()
    }
}

fn is_hexadecimal(text: &str) -> bool {
    !text.is_empty() && text.len() <= 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Maximum time for the body of one response. After this time, the rest of the file is requested again, so a dead connection is
/// detected, and a slow connection loses no bytes.
const BODY_TIMEOUT: Duration = Duration::from_secs(300);

/// What the hub announces about a file before it sends it.
pub(crate) struct Announced {
    /// Identifies the content of the file; if it has 64 digits, it is the SHA-256.
    pub(crate) etag: String,
    /// Size in bytes, if announced.
    pub(crate) size: Option<u64>,
}

/// A client of the hub for one model.
pub(crate) struct Client<'a> {
    name: &'a str,
    options: &'a HubOptions,
    agent: Agent,
}

impl<'a> Client<'a> {
    pub(crate) fn new(name: &'a str, options: &'a HubOptions) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_connect(Some(Duration::from_secs(20)))
            .timeout_recv_response(Some(Duration::from_secs(60)))
            .timeout_recv_body(Some(BODY_TIMEOUT))
            .user_agent(concat!("feedback-hub/", env!("CARGO_PKG_VERSION")));
        Self {
            name,
            options,
            agent: config.build().new_agent(),
        }
    }

    /// Calls `attempt` with the number of the attempt, from 1, until it succeeds. It is repeated only if the hub or the connection
    /// fails, at most [`MAX_ATTEMPTS`] times in total; the wait doubles each time.
    pub(crate) fn retry<T>(&self, mut attempt: impl FnMut(usize) -> Attempt<T>) -> Attempt<T> {
        let mut wait = self.options.retry_wait;
        let mut attempts = 1;
        loop {
            match attempt(attempts) {
                Err(HubProblem::Server { .. } | HubProblem::Network { .. }) if attempts < MAX_ATTEMPTS => {
                    std::thread::sleep(wait);
                    wait *= 2;
                    attempts += 1;
                }
                outcome => return outcome,
            }
        }
    }

    /// Returns the URL of a file at a commit.
    pub(crate) fn file_url(&self, commit: &str, file: &str) -> String {
        format!("{}/{}/resolve/{commit}/{file}", self.options.endpoint, self.name)
    }

    /// Requests the list of the model's files at the revision.
    pub(crate) fn listing(&self) -> Attempt<Listing> {
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

    /// Sends a GET request, from byte `from` on. Errors name `what` and the number of attempts.
    pub(crate) fn get(
        &self,
        url: &str,
        from: Option<u64>,
        what: &str,
        attempts: usize,
    ) -> Attempt<Response<Body>> {
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

    /// Requests the size and hash of a file. Redirects within the hub are followed. Redirects to another host, which the hub uses
    /// for large files, are not followed, because the other host does not know the hash.
    pub(crate) fn announced(&self, url: &str, what: &str) -> Attempt<Announced> {
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
}

pub(crate) fn network(what: &str, reason: &str, attempts: usize) -> HubProblem {
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
