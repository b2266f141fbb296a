//! How unfamiliar texts are, by what a model folder keeps of the vectors of training texts.

use std::collections::HashMap;
use std::path::Path;

use feedback_bert::folder::{FeedbackManifest, add_hash};
use feedback_drift::{KnownTexts, UNFAMILIAR_ABOVE};
use feedback_files::write_bytes;
use rayon::prelude::*;
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensorError, SafeTensors};

use crate::error::{Error, Result};
use crate::prediction::Prediction;

/// The file of a model folder with the known texts: `centres`, `[labels, width]`, and `factor`, `[width, width]`, as 32-bit numbers,
/// `distances` as 64-bit numbers.
const KNOWN_TEXTS: &str = "known_texts.safetensors";
/// The version of this file, under the name `version` in its metadata.
const VERSION: &str = "1";

/// Adds to each prediction how unfamiliar its text is; `vectors` has one row per prediction.
pub(crate) fn add_unfamiliarity(
    known: &KnownTexts,
    vectors: &[f32],
    predictions: &mut [Prediction],
) -> Result<()> {
    let rows = vectors.par_chunks_exact(known.width());
    rows.zip(predictions).try_for_each(|(vector, prediction)| {
        let unfamiliarity = known.unfamiliarity(vector)?;
        prediction.unfamiliarity = Some(unfamiliarity);
        prediction.unfamiliar = Some(unfamiliarity > UNFAMILIAR_ABOVE);
        Ok(())
    })
}

/// Stores known texts in a model folder, with their hash in its `feedback.json`. A classifier that is loaded from the folder then says
/// how unfamiliar a text is.
///
/// # Errors
///
/// A file cannot be read or written.
pub fn write_known_texts(folder: &Path, known: &KnownTexts) -> Result<()> {
    let path = folder.join(KNOWN_TEXTS);
    let [centres, factor] = [known.centres(), known.factor()]
        .map(|values| values.iter().flat_map(|x| x.to_le_bytes()).collect::<Vec<u8>>());
    let distances: Vec<u8> = known.distances().iter().flat_map(|x| x.to_le_bytes()).collect();
    let (width, n) = (known.width(), known.distances().len());
    let labels = known.centres().len() / width;
    let serialized = || -> std::result::Result<Vec<u8>, SafeTensorError> {
        let views = [
            (
                "centres",
                TensorView::new(Dtype::F32, vec![labels, width], &centres)?,
            ),
            (
                "factor",
                TensorView::new(Dtype::F32, vec![width, width], &factor)?,
            ),
            ("distances", TensorView::new(Dtype::F64, vec![n], &distances)?),
        ];
        safetensors::serialize(
            views,
            Some(HashMap::from([("version".to_owned(), VERSION.to_owned())])),
        )
    };
    write_bytes(
        &path,
        serialized().map_err(|error| damaged(&path, error.to_string()))?,
    )?;
    Ok(add_hash(folder, KNOWN_TEXTS)?)
}

/// Returns the known texts of a model folder whose vectors have `width` elements; `None` if the folder has none. Its file is in the
/// hashes of the manifest, which loading the folder has checked.
pub(crate) fn read_known_texts(
    folder: &Path,
    manifest: &FeedbackManifest,
    width: usize,
) -> Result<Option<KnownTexts>> {
    if !manifest.files.contains_key(KNOWN_TEXTS) {
        return Ok(None);
    }
    let path = folder.join(KNOWN_TEXTS);
    let bytes = fs_err::read(&path)?;
    let known = parse(&bytes, width).map_err(|reason| damaged(&path, reason))?;
    Ok(Some(known))
}

fn parse(bytes: &[u8], width: usize) -> std::result::Result<KnownTexts, String> {
    let (_, header) = SafeTensors::read_metadata(bytes).map_err(|error| error.to_string())?;
    let version = header
        .metadata()
        .as_ref()
        .and_then(|metadata| metadata.get("version"));
    if version.is_none_or(|version| version != VERSION) {
        return Err(format!(
            "its version is {}, this program knows {VERSION}",
            version.map_or("missing", String::as_str)
        ));
    }
    let file = SafeTensors::deserialize(bytes).map_err(|error| error.to_string())?;
    let tensor = |name: &str, dtype: Dtype| {
        let found = file.tensor(name).ok().filter(|tensor| tensor.dtype() == dtype);
        found.ok_or_else(|| format!("it has no tensor `{name}` of the type {dtype:?}"))
    };
    let [centres, factor] = ["centres", "factor"].map(|name| tensor(name, Dtype::F32));
    let (centres, factor, distances) = (centres?, factor?, tensor("distances", Dtype::F64)?);
    if centres.shape().get(1) != Some(&width) {
        return Err(format!(
            "its means have the shape {:?}, the model's vectors have {width} numbers",
            centres.shape()
        ));
    }
    let single = |bytes: &[u8]| {
        let words = bytes.as_chunks::<4>().0.iter();
        words.map(|&word| f32::from_le_bytes(word)).collect::<Vec<f32>>()
    };
    let words = distances.data().as_chunks::<8>().0.iter();
    let distances = words.map(|&word| f64::from_le_bytes(word)).collect();
    KnownTexts::from_parts(width, single(centres.data()), single(factor.data()), distances)
        .map_err(|error| error.to_string())
}

fn damaged(path: &Path, reason: String) -> Error {
    Error::KnownTexts {
        path: path.to_owned(),
        reason,
    }
}
