//! Turns texts into vectors and compares them, as semantic search does:
//! `cargo run --release --example embed_texts -- fixtures/tiny-bert "It crashes" "It crashed again" "Lovely colours"`

#![expect(clippy::print_stdout, reason = "an example prints its result")]

use std::path::Path;

use feedback_bert::model::mean_pool;
use feedback_bert::{Batch, DeviceChoice, ModelFolder};

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [model, texts @ ..] = arguments.as_slice() else {
        anyhow::bail!("give the model folder and some texts as arguments");
    };
    let (device, _) = DeviceChoice::Auto.open()?;
    let folder = ModelFolder::load(Path::new(model), &device)?;

    // One batch; split many texts into batches of similar length (`batch_by_tokens`).
    let encodings = folder.tokenizer.encode(texts)?;
    let batch = Batch::new(&encodings, folder.tokenizer.pad_token_id(), &device)?;
    let hidden = folder.model.encoder().forward(&batch); // [tokens, hidden]
    let pooled = mean_pool(hidden, &batch.sequences); // [texts, hidden]
    let [_, width] = pooled.dims();
    let values = pooled.try_into_data()?.convert::<f32>().try_to_vec::<f32>();
    let values = values.map_err(|error| anyhow::anyhow!("{error:?}"))?;

    let vectors: Vec<&[f32]> = values.chunks_exact(width).collect();
    for (text, vector) in texts.iter().zip(&vectors) {
        println!(
            "{text}: {width} numbers, similarity with the first text {:.3}",
            cosine(vectors[0], vector)
        );
    }
    Ok(())
}

fn cosine(a: &[f32], b: &[f32]) -> f32 {
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
}
