//! Saves the encoder that comes with the project for Transformers and sentence-transformers, in 32 bits:
//! `cargo run --release --example save_encoder -- models/encoder`

#![expect(clippy::print_stdout, reason = "an example prints its result")]

use std::path::Path;

use feedback_bert::{DeviceChoice, ModelFolder};

fn main() -> anyhow::Result<()> {
    let Some(output) = std::env::args().nth(1) else {
        anyhow::bail!("give the folder to write as an argument");
    };
    let (device, _) = DeviceChoice::Cpu.open()?;
    let model = ModelFolder::load(feedback_builtin::folder()?, &device)?;
    model.save_encoder(Path::new(&output))?; // the vector of a text is the mean of its token vectors
    println!("{output}");
    Ok(())
}
