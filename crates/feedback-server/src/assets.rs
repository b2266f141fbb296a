//! Style sheets, scripts and the icon, compiled into the program.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use feedback_files::sha256_hex;

use crate::problem::Problem;

struct Asset {
    name: &'static str,
    kind: &'static str,
    content: &'static str,
}

const ASSETS: [Asset; 6] = [
    Asset {
        name: "app.css",
        kind: "text/css; charset=utf-8",
        content: include_str!("../assets/app.css"),
    },
    Asset {
        name: "charts.css",
        kind: "text/css; charset=utf-8",
        content: feedback_metrics::charts::STYLE,
    },
    Asset {
        name: "app.js",
        kind: "text/javascript; charset=utf-8",
        content: include_str!("../assets/app.js"),
    },
    Asset {
        name: "copy.js",
        kind: "text/javascript; charset=utf-8",
        content: include_str!("../assets/copy.js"),
    },
    Asset {
        name: "htmx.min.js",
        kind: "text/javascript; charset=utf-8",
        content: include_str!("../assets/vendor/htmx.min.js"),
    },
    Asset {
        name: "icon.svg",
        kind: "image/svg+xml",
        content: include_str!("../assets/icon.svg"),
    },
];

/// A hash of all assets. It is part of their addresses, so that browsers may cache them forever.
static VERSION: LazyLock<String> = LazyLock::new(|| {
    let all = ASSETS.each_ref().map(|asset| asset.content).concat();
    let mut version = sha256_hex(all);
    version.truncate(12);
    version
});

/// Returns the address of an asset, including the version.
pub(crate) fn address(name: &str) -> String {
    format!("/assets/{name}?v={}", *VERSION)
}

pub(crate) async fn asset(Path(name): Path<String>) -> Response {
    let Some(asset) = ASSETS.iter().find(|asset| asset.name == name) else {
        return Problem::not_found("file", name).into_response();
    };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(asset.kind)),
        (
            header::CACHE_CONTROL,
            HeaderValue::from_static("public, max-age=31536000, immutable"),
        ),
    ];
    (headers, asset.content).into_response()
}
