//! The flag `--rule-webhook NAME=URL`.

use std::str::FromStr;

use feedback_server::AlertUrl;

/// The name and the address of a webhook that rules can tell about texts.
#[derive(Debug, Clone)]
pub(super) struct RuleWebhook {
    pub(super) name: String,
    pub(super) url: AlertUrl,
}

impl FromStr for RuleWebhook {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, url) = text
            .split_once('=')
            .ok_or("expected NAME=URL, such as `support=https://example.com/hook`")?;
        let url = url
            .parse()
            .map_err(|error: feedback_server::Error| error.to_string())?;
        let name = name.to_owned();
        Ok(Self { name, url })
    }
}
