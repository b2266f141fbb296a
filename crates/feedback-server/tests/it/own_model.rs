//! The example of a custom model works as documented.

use serde_json::json;

use crate::help::{Options, Server};

#[path = "../../examples/serve_own_model.rs"]
#[expect(dead_code, reason = "the test does not listen on a port")]
mod serve_own_model;

#[tokio::test(flavor = "multi_thread")]
async fn the_example_abstains_on_short_texts() {
    let server = Server::with(Options {
        loader: serve_own_model::loader().unwrap(),
        ..Options::default()
    });
    let body = json!({ "texts": ["hm", "the app crashes whenever I open the settings"] });
    let answer = server.post("/api/v1/classify", body).await.ok().json();
    assert_eq!(answer["predictions"][0]["abstained"], true);
    assert_eq!(answer["predictions"][1]["abstained"], false);
}
