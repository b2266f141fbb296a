//! Turns texts into vectors and compares them, as semantic search does. With `builtin` the model is the one that comes with the
//! project: `cargo run --release --example embed_texts -- builtin "It crashes" "It crashed again" "Lovely colours"`

#![expect(clippy::print_stdout, reason = "an example prints its result")]

use std::path::Path;

use feedback_bert::DeviceChoice;
use feedback_inference::Classifier;

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [model, first, others @ ..] = arguments.as_slice() else {
        anyhow::bail!("give the model folder, or builtin, and some texts as arguments");
    };
    let folder = match model.as_str() {
        feedback_builtin::NAME => feedback_builtin::folder()?,
        path => Path::new(path),
    };
    let (device, _) = DeviceChoice::Auto.open()?;
    let classifier = Classifier::load(folder, &device)?;
    let vector = classifier.vectors(&[first])?;
    for text in std::iter::once(first).chain(others) {
        let other = classifier.vectors(&[text])?; // many texts at once are faster
        let similarity = cosine(&vector, &other);
        println!(
            "{text}: {} numbers, similarity with the first text {similarity:.3}",
            other.len()
        );
    }
    Ok(())
}

fn cosine(a: &[f32], b: &[f32]) -> f32 {
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
}
