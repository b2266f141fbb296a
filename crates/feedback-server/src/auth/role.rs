//! The roles of keys, and the role that each request needs.

use axum::http::Method;

/// What a key may do. Each role includes everything that the role before it may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Role {
    /// View pages and data, and classify texts.
    Read,
    /// Also correct labels, answer questions, and upload files.
    Label,
    /// Also change models, train, erase, and view the log.
    Admin,
}

impl Role {
    /// Returns the role's name in the key file.
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

    /// Returns the role that a request needs. Requests that only read need the lowest role, except those for the log and the system
    /// page. Other requests that are not listed here need the highest role.
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
            "/report",
            "/sample",
            "/inbox",
            "/rules/try",
            "/themes",
            "/api/v1/reports",
            "/drift",
            "/api/v1/drift",
            "/api/v1/inbox",
            "/api/v1/rules/try",
            "/api/v1/themes",
            "/api/v1/corrections",
            "/labels",
            "/views",
            "/api/v1/views",
            "/api/v1/labels",
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

/// The areas of the server that a key may be limited to.
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

/// Returns the area of an address: the third segment of `/api/v1/history`, the first of `/history`.
pub(crate) fn area(path: &str) -> &str {
    let rest = path.strip_prefix("/api/v1/").or_else(|| path.strip_prefix('/'));
    let name = rest.and_then(|rest| rest.split('/').next()).unwrap_or_default();
    match name {
        "" | "analyze" | "predict" | "info" => "classify",
        "agreement" | "disagreements" | "labels" | "review" => "corrections",
        "dashboard" | "digest" | "erasures" | "explore" | "breakdown" | "shares" | "fields" | "inbox"
        | "report" | "reports" | "rules" | "similar" | "themes" | "views" => "history",
        "audit" | "about" | "drift" => "models",
        "train" => "trainings",
        "sample" => "batches",
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
            ("POST", "/inbox/3", Role::Label),
            ("PATCH", "/api/v1/inbox/3", Role::Label),
            ("POST", "/api/v1/rules/try", Role::Label),
            ("PUT", "/api/v1/rules", Role::Admin),
            ("POST", "/rules", Role::Admin),
            ("PUT", "/anything/new", Role::Admin),
        ] {
            assert_eq!(needed(method, path), role, "{method} {path}");
        }
    }

    #[test]
    fn pages_and_api_have_the_same_areas() {
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
