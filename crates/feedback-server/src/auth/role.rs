//! What a key may do, and what each request needs.

use axum::http::Method;

/// What a key may do; each role may do all that the one before may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Role {
    /// Look, and classify.
    Read,
    /// Also correct labels, answer questions, and upload files.
    Label,
    /// Also change models, train, erase, and see the log.
    Admin,
}

impl Role {
    /// The name in the file of keys.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Label => "label",
            Self::Admin => "admin",
        }
    }

    pub(super) fn from_name(name: &str) -> Option<Self> {
        [Self::Read, Self::Label, Self::Admin]
            .into_iter()
            .find(|role| role.name() == name)
    }

    /// The role that a request needs. What is not named here needs the highest.
    pub(crate) fn needed(method: &Method, path: &str) -> Self {
        let starts = |names: &[&str]| names.iter().any(|name| is_below(path, name));
        if matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS) {
            return if starts(&["/logs", "/system"]) {
                Self::Admin
            } else {
                Self::Read
            };
        }
        let is_part = |beginning: &str, end: &str| is_below(path, beginning) && path.ends_with(end);
        let removes_batch =
            (*method == Method::DELETE && starts(&["/api/v1/batches"])) || is_part("/batches", "/delete");
        if removes_batch {
            Self::Admin
        } else if starts(&[
            "/analyze",
            "/login",
            "/logout",
            "/api/v1/classify",
            "/predict",
            "/info",
        ]) {
            Self::Read
        } else if starts(&[
            "/api/v1/corrections",
            "/batches",
            "/api/v1/batches",
            "/api/v1/webhooks",
        ]) || is_part("/history", "/label")
            || is_part("/train", "/answer")
            || is_part("/api/v1/trainings", "/answers")
        {
            Self::Label
        } else {
            Self::Admin
        }
    }
}

/// The parts of the server that a key may be limited to.
pub(crate) const AREAS: [&str; 9] = [
    "classify",
    "history",
    "corrections",
    "batches",
    "trainings",
    "models",
    "metrics",
    "logs",
    "system",
];

/// The part that an address belongs to: the third name in `/api/v1/history`, the first in `/history`.
pub(crate) fn area(path: &str) -> &str {
    let rest = path.strip_prefix("/api/v1/").or_else(|| path.strip_prefix('/'));
    let name = rest.and_then(|rest| rest.split('/').next()).unwrap_or_default();
    match name {
        "" | "analyze" | "predict" | "info" => "classify",
        "review" => "corrections",
        "dashboard" | "digest" | "erasures" => "history",
        "audit" | "about" => "models",
        "train" => "trainings",
        other => other,
    }
}

fn is_below(path: &str, name: &str) -> bool {
    path.strip_prefix(name)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_request_needs_a_role() {
        let needed = |method: &str, path: &str| Role::needed(&method.parse().unwrap(), path);
        for (method, path, role) in [
            ("GET", "/history", Role::Read),
            ("GET", "/logs/stream", Role::Admin),
            ("GET", "/logsomething", Role::Read),
            ("POST", "/api/v1/classify", Role::Read),
            ("POST", "/history/3/label", Role::Label),
            ("POST", "/api/v1/corrections", Role::Label),
            ("DELETE", "/api/v1/corrections/3", Role::Label),
            ("POST", "/api/v1/trainings", Role::Admin),
            ("POST", "/api/v1/trainings/x/answers", Role::Label),
            ("POST", "/models/x/promote", Role::Admin),
            ("DELETE", "/api/v1/history/3", Role::Admin),
            ("DELETE", "/api/v1/batches/3", Role::Admin),
            ("POST", "/batches/3/delete", Role::Admin),
            ("POST", "/batches", Role::Label),
            ("PUT", "/anything/new", Role::Admin),
        ] {
            assert_eq!(needed(method, path), role, "{method} {path}");
        }
    }

    #[test]
    fn pages_and_api_are_the_same_areas() {
        for (path, name) in [
            ("/api/v1/history/3", "history"),
            ("/history", "history"),
            ("/", "classify"),
            ("/api/v1/classify", "classify"),
            ("/train/x", "trainings"),
            ("/api/v1/erasures", "history"),
        ] {
            assert_eq!(area(path), name, "{path}");
        }
    }
}
