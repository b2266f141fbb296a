//! The settings of the server that the flags of the command give.

use std::net::{IpAddr, SocketAddr};

use feedback_cli::masking::masking;
use feedback_server::{Sample, ServerConfig, WebhookSecrets};

use super::{Arguments, RuleWebhook, hinted};

/// What visitors of an empty server can try.
const SAMPLE: Sample = Sample {
    name: "400 sample reviews",
    file: "reviews.csv",
    content: include_bytes!("../../../../fixtures/reviews.csv"),
};

impl Arguments {
    pub(super) fn config(&self, addr: SocketAddr) -> anyhow::Result<ServerConfig> {
        let mut config = ServerConfig::new(addr, std::path::absolute(&self.state_dir)?);
        config.sample = Some(SAMPLE);
        config.masking = masking(self.mask_personal_data, self.pseudonym_key_file.as_deref())?;
        config.rate_per_second = self.rate_limit;
        config.rate_burst = self.rate_limit.saturating_mul(4);
        config.max_upload_bytes = self.max_upload << 20;
        config.keep_days = self.keep_days;
        config.drift_hours = self.drift_hours;
        config.trusted_proxies = self.trusted_proxy.iter().map(IpAddr::to_canonical).collect();
        config.alerts.url.clone_from(&self.alert_url);
        config.alerts.slack_url.clone_from(&self.slack_url);
        for RuleWebhook { name, url } in &self.rule_webhook {
            if config
                .alerts
                .rule_webhooks
                .insert(name.clone(), url.clone())
                .is_some()
            {
                anyhow::bail!("the webhook `{name}` is given twice");
            }
        }
        config.alerts.min_count = self.alert_min_count;
        config.reports.at = self.report_at;
        config.reports.url.clone_from(&self.report_url);
        config.reports.slack_url.clone_from(&self.report_slack_url);
        let secrets = self.webhook_secret_file.as_deref();
        config.webhook_secrets = secrets
            .map(WebhookSecrets::from_file)
            .transpose()
            .map_err(hinted)?;
        Ok(config)
    }
}
