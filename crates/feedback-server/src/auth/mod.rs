//! Authentication and authorization: API keys, roles, sessions, form tokens and webhook signatures.

mod keys;
mod rate;
mod role;
mod secret;
mod sessions;
mod visitor;
mod webhook;

pub use keys::ApiKeys;
pub(crate) use keys::Key;
pub(crate) use rate::RateLimiter;
pub(crate) use role::{Role, area};
pub(crate) use secret::Secret;
pub(crate) use sessions::{SESSION_MS, Sessions};
pub(crate) use visitor::{LOGIN_COOKIE, Visitor, Who, cookie, new_cookie, removed_cookie};
pub(crate) use webhook::PATH as WEBHOOK_PATH;
pub use webhook::WebhookSecrets;
