//! Cuts a student out of a teacher: some of its layers, and the part of its vocabulary that texts use.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use feedback_bert::BertTokenizer;
use feedback_files::{AtomicFolder, JsonLayout, read_json, write_json};
use safetensors::{Dtype, SafeTensors, tensor::TensorView};
use serde_json::{Map, Value, json};

use super::build::{ALL_TEXTS, EncoderBuild, STUDENT, TEACHER, TEXTS};
use super::recipe::StudentRecipe;
use super::texts::read_texts;
use crate::error::{Error, Result};

const CONFIG: &str = "config.json";
const WEIGHTS: &str = "model.safetensors";
const TOKENIZER: &str = "tokenizer.json";
const WORD_EMBEDDINGS: &str = "embeddings.word_embeddings.weight";
const LAYER: &str = "encoder.layer.";

/// Cuts the student out of the teacher, and reduces the teacher to the same vocabulary, so that both read the same tokens.
///
/// # Errors
///
/// [`Error::Cut`] if the teacher is not a BERT encoder with WordPiece tokens; a file cannot be read or written.
pub(super) fn cut_student(build: &EncoderBuild, to: &Path) -> Result<()> {
    let StudentRecipe {
        teacher,
        layers,
        vocabulary_size,
    } = &build.recipe.student;
    let texts = read_texts(&build.folder(TEXTS).join(ALL_TEXTS))?;
    let tokenizer = BertTokenizer::from_folder(teacher, build.recipe.max_length)?;
    let kept = tokens_to_keep(&tokenizer, &texts, *vocabulary_size)?;
    let folder = AtomicFolder::create(to)?;
    let all: Vec<usize> = (0..n_layers(teacher)?).collect();
    cut(teacher, &all, &kept, &folder.path().join(TEACHER))?;
    cut(teacher, layers, &kept, &folder.path().join(STUDENT))?;
    Ok(folder.commit()?)
}

/// Returns the `vocabulary_size` tokens of `tokenizer` to keep, as old ids in ascending order: all special tokens, all single
/// ASCII characters, and the tokens that occur most often in `texts`. If the texts have too few different tokens, the tokens
/// with the lowest ids are added, because BERT's vocabulary is ordered by frequency.
///
/// # Errors
///
/// Those of [`BertTokenizer::encode`].
fn tokens_to_keep(tokenizer: &BertTokenizer, texts: &[String], vocabulary_size: usize) -> Result<Vec<u32>> {
    let mut counts: HashMap<u32, u64> = HashMap::new();
    for chunk in texts.chunks(4096) {
        for id in tokenizer
            .encode(chunk)?
            .into_iter()
            .flat_map(|encoding| encoding.input_ids)
        {
            *counts.entry(id).or_default() += 1;
        }
    }
    let ids = 0..u32::try_from(tokenizer.vocab_size()).unwrap_or(u32::MAX);
    let rank = |id: u32| {
        let token = tokenizer.id_to_token(id).unwrap_or_default();
        (
            !is_always_kept(&token),
            std::cmp::Reverse(counts.get(&id).copied().unwrap_or(0)),
            id,
        )
    };
    let mut ranked: Vec<_> = ids.map(rank).collect();
    ranked.sort_unstable();
    let mut kept: Vec<u32> = ranked
        .into_iter()
        .take(vocabulary_size)
        .map(|(.., id)| id)
        .collect();
    kept.sort_unstable();
    Ok(kept)
}

/// Returns true for special tokens and single ASCII characters. With these, every English word can be
/// tokenised.
fn is_always_kept(token: &str) -> bool {
    let unused = token.starts_with("[unused");
    let piece = token.strip_prefix("##").unwrap_or(token);
    (token.starts_with('[') && token.ends_with(']') && token.len() > 1 && !unused)
        || (piece.is_ascii() && piece.len() == 1)
}

/// Writes an encoder to `output` that consists of `layers` of the encoder in `teacher`, in this order, and of the tokens with
/// the ids `kept`. The pooler and the heads are left out.
///
/// # Errors
///
/// [`Error::Cut`] if the teacher lacks one of the layers, or is not a BERT model with WordPiece tokens.
fn cut(teacher: &Path, layers: &[usize], kept: &[u32], output: &Path) -> Result<()> {
    let folder = AtomicFolder::create(output)?;
    let mut config: Map<String, Value> = read_json(teacher.join(CONFIG))?;
    config.insert("num_hidden_layers".into(), layers.len().into());
    config.insert("vocab_size".into(), kept.len().into());
    write_json(folder.path().join(CONFIG), &config, JsonLayout::PrettyWithNewline)?;
    let tokenizer = cut_tokenizer(read_json(teacher.join(TOKENIZER))?, kept)
        .map_err(|reason| wrong(teacher, TOKENIZER, reason))?;
    write_json(
        folder.path().join(TOKENIZER),
        &tokenizer,
        JsonLayout::PrettyWithNewline,
    )?;
    for name in ["tokenizer_config.json", "special_tokens_map.json"] {
        if teacher.join(name).exists() {
            fs_err::copy(teacher.join(name), folder.path().join(name))?;
        }
    }
    let bytes = fs_err::read(teacher.join(WEIGHTS))?;
    let tensors = cut_weights(&bytes, layers, kept).map_err(|reason| wrong(teacher, WEIGHTS, reason))?;
    let views = tensors.iter().map(|(name, tensor)| {
        let view = TensorView::new(tensor.dtype, tensor.shape.clone(), &tensor.bytes)?;
        Ok((name.as_str(), view))
    });
    let metadata = [("format".to_owned(), "pt".to_owned())].into();
    let path = folder.path().join(WEIGHTS);
    views
        .collect::<std::result::Result<Vec<_>, _>>()
        .and_then(|views| safetensors::serialize_to_file(views, Some(metadata), &path))
        .map_err(|error| wrong(teacher, WEIGHTS, error.to_string()))?;
    Ok(folder.commit()?)
}

/// Returns the number of layers of the encoder in a folder.
///
/// # Errors
///
/// [`Error::Cut`] if its configuration does not state it.
fn n_layers(folder: &Path) -> Result<usize> {
    let config: Map<String, Value> = read_json(folder.join(CONFIG))?;
    let layers = config.get("num_hidden_layers").and_then(Value::as_u64);
    let layers = layers.and_then(|layers| usize::try_from(layers).ok());
    layers.ok_or_else(|| wrong(folder, CONFIG, "it has no number `num_hidden_layers`".into()))
}

fn wrong(teacher: &Path, file: &str, reason: String) -> Error {
    Error::Cut {
        path: teacher.join(file),
        reason,
    }
}

/// The values of a tensor in a file.
#[derive(Clone)]
struct Values {
    dtype: Dtype,
    shape: Vec<usize>,
    bytes: Vec<u8>,
}

/// Returns the tensors of the student by name.
fn cut_weights(
    file: &[u8],
    layers: &[usize],
    kept: &[u32],
) -> std::result::Result<BTreeMap<String, Values>, String> {
    let file = SafeTensors::deserialize(file).map_err(|error| error.to_string())?;
    let mut cut = BTreeMap::new();
    let mut found = vec![false; layers.len()];
    for (name, view) in file.iter() {
        let plain = name.strip_prefix("bert.").unwrap_or(name);
        let values = Values {
            dtype: view.dtype(),
            shape: view.shape().to_vec(),
            bytes: view.data().to_vec(),
        };
        if plain == WORD_EMBEDDINGS {
            cut.insert(plain.to_owned(), rows(&values, kept)?);
        } else if let Some((layer, rest)) = plain.strip_prefix(LAYER).and_then(|rest| rest.split_once('.')) {
            for (position, _) in layers
                .iter()
                .enumerate()
                .filter(|(_, wanted)| wanted.to_string() == layer)
            {
                found[position] = true;
                cut.insert(format!("{LAYER}{position}.{rest}"), values.clone());
            }
        } else if plain.starts_with("embeddings.") && plain != "embeddings.position_ids" {
            cut.insert(plain.to_owned(), values);
        }
    }
    if let Some(position) = found.iter().position(|found| !found) {
        return Err(format!("it has no layer {}", layers[position]));
    }
    if !cut.contains_key(WORD_EMBEDDINGS) {
        return Err(format!("it has no tensor `{WORD_EMBEDDINGS}`"));
    }
    Ok(cut)
}

/// Returns the rows `kept` of a table.
fn rows(table: &Values, kept: &[u32]) -> std::result::Result<Values, String> {
    let &[count, width] = table.shape.as_slice() else {
        return Err(format!("`{WORD_EMBEDDINGS}` has the shape {:?}", table.shape));
    };
    let row = table.bytes.len() / count.max(1);
    let mut bytes = Vec::with_capacity(kept.len() * row);
    for &id in kept {
        let start = id as usize * row;
        let values = table.bytes.get(start..start + row);
        bytes.extend(values.ok_or_else(|| format!("`{WORD_EMBEDDINGS}` has no row {id}"))?);
    }
    Ok(Values {
        dtype: table.dtype,
        shape: vec![kept.len(), width],
        bytes,
    })
}

/// Returns `tokenizer.json` with only the tokens `kept`, numbered from 0, and without truncation and padding.
fn cut_tokenizer(mut tokenizer: Value, kept: &[u32]) -> std::result::Result<Value, String> {
    if tokenizer["model"]["type"] != "WordPiece" {
        return Err(format!(
            "its model is {}, expected WordPiece",
            tokenizer["model"]["type"]
        ));
    }
    let new: HashMap<u64, usize> = kept
        .iter()
        .enumerate()
        .map(|(new, &old)| (u64::from(old), new))
        .collect();
    let renumbered = |old: &Value| old.as_u64().and_then(|old| new.get(&old)).copied();
    let vocabulary = tokenizer["model"]["vocab"]
        .as_object()
        .cloned()
        .unwrap_or_default();
    let mut entries: Vec<(usize, String)> = vocabulary
        .into_iter()
        .filter_map(|(token, old)| Some((renumbered(&old)?, token)))
        .collect();
    entries.sort_unstable();
    if entries.len() != kept.len() {
        return Err(format!(
            "it has {} of the {} tokens to keep",
            entries.len(),
            kept.len()
        ));
    }
    let entries = entries.into_iter().map(|(id, token)| (token, json!(id)));
    tokenizer["model"]["vocab"] = Value::Object(entries.collect());
    if let Some(added) = tokenizer["added_tokens"].as_array_mut() {
        added.retain(|token| renumbered(&token["id"]).is_some());
        for token in added {
            token["id"] = renumbered(&token["id"]).into();
        }
    }
    let special = tokenizer.pointer_mut("/post_processor/special_tokens");
    for token in special
        .and_then(Value::as_object_mut)
        .into_iter()
        .flat_map(Map::values_mut)
    {
        let ids = token["ids"].as_array().cloned().unwrap_or_default();
        token["ids"] = json!(ids.iter().map(renumbered).collect::<Vec<_>>());
    }
    tokenizer["truncation"] = Value::Null;
    tokenizer["padding"] = Value::Null;
    Ok(tokenizer)
}
