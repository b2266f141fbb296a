//! The address of the database.

use std::time::Duration;

use postgres::Config;
use postgres::config::{Host, SslMode};

use crate::error::{Error, Result};

/// How to connect, and the name of the database in messages.
pub(super) struct Target {
    pub(super) config: Config,
    /// Host, port and database; neither user nor password.
    pub(super) name: String,
}

impl Target {
    /// Reads `postgres://USER:PASSWORD@HOST:PORT/DATABASE`, or `host=… user=…`.
    ///
    /// No message quotes the address: if a password has reserved characters, pieces of it may be in any part of the address.
    pub(super) fn parse(url: &str) -> Result<Self> {
        let mut config: Config = url.parse().map_err(|_| Error::InvalidAddress)?;
        if config.get_ssl_mode() == SslMode::Require {
            return Err(Error::TlsNotSupported);
        }
        let name = name(&config)
            .filter(|name| !name.contains('@'))
            .ok_or(Error::InvalidAddress)?;
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(Duration::from_secs(10));
        }
        // Without these settings, a connection to a machine that has disappeared hangs for hours.
        if config.get_tcp_user_timeout().is_none() {
            config.tcp_user_timeout(Duration::from_secs(30));
        }
        if config.get_keepalives_interval().is_none() {
            config.keepalives_idle(Duration::from_secs(30));
            config.keepalives_interval(Duration::from_secs(10));
            config.keepalives_retries(3);
        }
        if config.get_application_name().is_none() {
            config.application_name("feedback-server");
        }
        Ok(Self { config, name })
    }
}

fn name(config: &Config) -> Option<String> {
    let host = match config.get_hosts().first()? {
        Host::Tcp(host) => host.clone(),
        #[cfg(unix)]
        Host::Unix(path) => path.display().to_string(),
    };
    let port = config.get_ports().first().copied().unwrap_or(5432);
    let database = config.get_dbname().or(config.get_user()).unwrap_or_default();
    Some(format!("{host}:{port}/{database}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_never_contain_the_password() {
        let target = Target::parse("postgres://me:hush%40@db.example:5433/feedback").unwrap();
        assert_eq!(target.name, "db.example:5433/feedback");
        assert!(!format!("{:?}", target.config).contains("hush"));
        for wrong in [
            "postgres://me:hu@hush@db/feedback",
            "postgres://me:12@hu/hush@db/feedback",
            "postgres://me:hush@db:hush/feedback",
            "postgres://me:hush@db/feedback?hush=1",
            "postgres://me:hush@db/feedback?sslmode=require",
            "postgres:///hush",
            "hush",
            "",
        ] {
            let error = Target::parse(wrong).err().unwrap().to_string();
            assert!(!error.contains("hush"), "{wrong}: {error}");
        }
        for odd in ["hu/hush", "12/hush", "hu?hush", "hu:hush"] {
            let target = Target::parse(&format!("postgres://me:{odd}@db/feedback")).unwrap();
            assert_eq!(target.name, "db:5432/feedback", "{odd}");
        }
    }
}
