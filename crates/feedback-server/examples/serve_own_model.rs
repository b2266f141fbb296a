//! Serves a custom model: a classifier that abstains on texts of a few words.
//! `cargo run --release --example serve_own_model -- fixtures/tiny-bert target/serve`

use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;

use feedback_bert::DeviceChoice;
use feedback_inference::{Classifier, Encoding};
use feedback_server::{AppState, Model, ModelLoader, Prediction, ServerConfig, Setup, app, serve};

struct Careful(Classifier);

impl Model for Careful {
    fn labels(&self) -> &[String] {
        self.0.labels()
    }

    fn encode(&self, texts: &[String]) -> feedback_inference::Result<Vec<Encoding>> {
        self.0.encode(texts)
    }

    fn predict(&self, encodings: &[&Encoding]) -> feedback_inference::Result<Vec<Prediction>> {
        let predictions = self.0.predict_encoded(encodings)?.into_iter().zip(encodings);
        let careful = predictions.map(|(prediction, encoding)| Prediction {
            abstained: Some(encoding.len() < 6), // includes the tokens that mark beginning and end
            ..prediction.into()
        });
        Ok(careful.collect())
    }
}

pub(crate) fn loader() -> Result<ModelLoader, Box<dyn Error>> {
    let (device, _) = DeviceChoice::Auto.open()?;
    Ok(Arc::new(move |path| {
        Ok(Arc::new(Careful(Classifier::load(path, &device)?)) as Arc<dyn Model>)
    }))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let model = arguments
        .next()
        .ok_or("expected the model folder as the first argument")?;
    let state_dir = arguments
        .next()
        .ok_or("expected the state folder as the second argument")?;

    let listener = tokio::net::TcpListener::bind("127.0.0.1:8501").await?;
    let config = ServerConfig::new(listener.local_addr()?, state_dir);
    let setup = Setup::new(config, loader()?); // has no API keys: only this machine can connect
    let state = AppState::open(setup, Some(&model))?;
    let interrupted = async { drop(tokio::signal::ctrl_c().await) };
    serve(listener, app(state), interrupted).await;
    Ok(())
}
