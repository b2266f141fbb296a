//! Versions, ports, folders and users are the same in all files.

use feedback_testkit::workspace;
use serde_json::Value;

use super::files::{text, values_of, yaml};

/// Returns what follows a prefix in the first line that has it.
fn after<'a>(content: &'a str, prefix: &str) -> &'a str {
    let mut lines = content
        .lines()
        .filter_map(|line| line.trim_start().strip_prefix(prefix));
    lines
        .next()
        .unwrap_or_else(|| panic!("no line begins with `{prefix}`"))
}

/// Returns the value of a variable that the image sets.
fn image_variable<'a>(dockerfile: &'a str, name: &str) -> &'a str {
    let start = format!("{name}=");
    let mut words = dockerfile
        .split_whitespace()
        .filter_map(|word| word.strip_prefix(&start));
    words
        .next()
        .unwrap_or_else(|| panic!("Dockerfile does not set {name}"))
}

fn default_port() -> String {
    let source = text("crates/feedback-app/src/serve/mod.rs");
    let address = source.split("default_value = \"127.0.0.1:").nth(1).unwrap();
    address.split('"').next().unwrap().to_owned()
}

#[test]
fn the_image_is_built_with_the_pinned_rust() {
    let toolchain: toml::Table = text("rust-toolchain.toml").parse().unwrap();
    let version = toolchain["toolchain"]["channel"].as_str().unwrap();
    let dockerfile = text("deploy/Dockerfile");
    assert!(after(&dockerfile, "FROM rust:").starts_with(&format!("{version}-")));
}

#[test]
fn the_port_is_the_same_everywhere() {
    let port = default_port();
    let dockerfile = text("deploy/Dockerfile");
    assert_eq!(
        image_variable(&dockerfile, "FEEDBACK_ADDR"),
        format!("0.0.0.0:{port}")
    );
    assert_eq!(after(&dockerfile, "EXPOSE "), port);

    let compose = yaml("deploy/compose.yaml");
    assert_eq!(
        compose["services"]["feedback"]["ports"][0],
        format!("127.0.0.1:{port}:{port}")
    );
    let container = yaml("deploy/kubernetes/deployment.yaml");
    let ports = values_of("containerPort", &container);
    assert_eq!(
        ports.iter().map(|port| port.to_string()).collect::<Vec<_>>(),
        [port.as_str()]
    );
    assert_eq!(
        yaml("deploy/kubernetes/service.yaml")["spec"]["ports"][0]["port"].to_string(),
        port
    );
    let prometheus = yaml("deploy/prometheus/prometheus.yaml");
    assert_eq!(
        prometheus["scrape_configs"][0]["static_configs"][0]["targets"][0],
        format!("feedback:{port}")
    );
}

#[test]
fn probes_and_scrapes_use_addresses_of_the_server() {
    let source = text("crates/feedback-server/src/api/health.rs");
    let exists = |path: &str| source.contains(&format!("path = \"{path}\""));
    let deployment = yaml("deploy/kubernetes/deployment.yaml");
    let probes = values_of("httpGet", &deployment);
    assert_eq!(probes.len(), 3);
    for probe in probes {
        assert!(exists(probe["path"].as_str().unwrap()), "{probe}");
    }
    let prometheus = yaml("deploy/prometheus/prometheus.yaml");
    assert!(exists(
        prometheus["scrape_configs"][0]["metrics_path"].as_str().unwrap()
    ));
    assert!(text("deploy/Dockerfile").contains(r#"CMD ["feedback", "ready"]"#));
    assert!(exists("/readyz"));
}

#[test]
fn users_folders_and_secrets_agree() {
    let dockerfile = text("deploy/Dockerfile");
    let user = after(&dockerfile, "USER ");
    let (uid, gid) = user.split_once(':').unwrap();
    assert!(dockerfile.contains(&format!("--owner={uid} --group={gid}")));
    let compose = yaml("deploy/compose.yaml");
    let service = &compose["services"]["feedback"];
    assert_eq!(service["user"], user);
    let deployment = yaml("deploy/kubernetes/deployment.yaml");
    let pod = &deployment["spec"]["template"]["spec"];
    let rights = &pod["securityContext"];
    assert_eq!(rights["runAsUser"].to_string(), uid);
    assert_eq!(rights["fsGroup"].to_string(), gid);

    let volume = after(&dockerfile, "VOLUME ");
    for name in ["FEEDBACK_STATE_DIR", "XDG_CACHE_HOME"] {
        let folder = image_variable(&dockerfile, name);
        assert!(folder.starts_with(&format!("{volume}/")), "{name}={folder}");
    }
    assert_eq!(service["volumes"][0], format!("data:{volume}"));
    assert_eq!(pod["containers"][0]["volumeMounts"][0]["mountPath"], volume);

    let keys = image_variable(&dockerfile, "FEEDBACK_API_KEY_FILE");
    assert_eq!(service["secrets"][0], keys.strip_prefix("/run/secrets/").unwrap());
    let monitoring = yaml("deploy/compose.monitoring.yaml");
    let key = monitoring["services"]["prometheus"]["secrets"][0]
        .as_str()
        .unwrap();
    let prometheus = yaml("deploy/prometheus/prometheus.yaml");
    assert_eq!(
        prometheus["scrape_configs"][0]["authorization"]["credentials_file"],
        format!("/run/secrets/{key}")
    );
    let secret = monitoring["services"]["alertmanager"]["secrets"][0]
        .as_str()
        .unwrap();
    let receivers = yaml("deploy/prometheus/alertmanager.yaml");
    let addresses = values_of("url_file", &receivers);
    assert!(!addresses.is_empty());
    for address in addresses {
        assert_eq!(*address, format!("/run/secrets/{secret}"));
    }
    let target = &prometheus["alerting"]["alertmanagers"][0]["static_configs"][0]["targets"][0];
    assert_eq!(*target, "alertmanager:9093");
    let claim = &pod["volumes"][0]["persistentVolumeClaim"]["claimName"];
    assert_eq!(*claim, yaml("deploy/kubernetes/volume.yaml")["metadata"]["name"]);
    let secret = yaml("deploy/kubernetes/secret.example.yaml");
    assert_eq!(
        pod["volumes"][1]["secret"]["secretName"],
        secret["metadata"]["name"]
    );
}

#[test]
fn the_state_folder_of_the_service_is_the_one_that_its_settings_name() {
    let unit = text("deploy/systemd/feedback.service");
    let settings: toml::Table = text("deploy/systemd/serve.toml").parse().unwrap();
    let folder = after(&unit, "StateDirectory=");
    assert_eq!(
        settings["state_dir"].as_str(),
        Some(&*format!("/var/lib/{folder}/state"))
    );
}

#[test]
fn named_files_exist() {
    for value in yaml("deploy/kubernetes/kustomization.yaml")["resources"]
        .as_array()
        .unwrap()
    {
        let path = workspace()
            .join("deploy/kubernetes")
            .join(value.as_str().unwrap());
        assert!(path.is_file(), "{}", path.display());
    }
    let manifest: toml::Table = text("crates/feedback-app/Cargo.toml").parse().unwrap();
    let package = &manifest["package"]["metadata"]["deb"];
    let script = text("scripts/package.sh");
    for asset in package["assets"].as_array().unwrap() {
        let path = asset[0].as_str().unwrap().strip_prefix("../../").unwrap();
        let is_made = path
            .strip_prefix("target/package/usr/share/")
            .is_some_and(|path| path.ends_with("/*") || script.contains(path))
            || path == "target/package/usr/bin/feedback";
        assert!(is_made || workspace().join(path).is_file(), "{path}");
    }
    let dockerfile = text("deploy/Dockerfile");
    for line in dockerfile.lines().filter(|line| line.starts_with("COPY --chmod")) {
        let path = line.split(' ').nth(2).unwrap();
        assert!(workspace().join(path).is_file(), "{path}");
    }
    let ignored = text(".dockerignore");
    for path in ignored.lines().filter_map(|line| line.strip_prefix('!')) {
        assert!(workspace().join(path).exists(), ".dockerignore: {path}");
    }
}

#[test]
fn the_dashboard_and_its_data_source_agree() {
    let dashboard: Value = serde_json::from_str(&text("deploy/grafana/feedback.json")).unwrap();
    let sources = yaml("deploy/grafana/provisioning/datasources/prometheus.yaml");
    let uid = &sources["datasources"][0]["uid"];
    for source in values_of("datasource", &dashboard) {
        assert_eq!(source["uid"], *uid);
    }
}
