//! Who may do what: keys, cookies, and forms that are really this server's.

mod keys;
mod rate;
mod secret;
mod visitor;
mod webhook;

pub use keys::ApiKeys;
pub(crate) use rate::RateLimiter;
pub(crate) use secret::Secret;
pub(crate) use visitor::{LOGIN_COOKIE, Visitor, login_cookie, removed_cookie};
pub(crate) use webhook::PATH as WEBHOOK_PATH;
pub use webhook::WebhookSecrets;
