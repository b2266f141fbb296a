//! Checks the limits for a `tokenizer.json` before a tokenizer is built from it.

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

/// Maximum size of the file in bytes. Files with multilingual vocabularies have about 20 MB.
const MAX_BYTES: usize = 256 << 20;
/// Maximum number of added tokens. With more of them, building the tokenizer takes minutes.
const MAX_ADDED: usize = 20_000;
/// Maximum number of steps of a normaliser or pre-tokenizer.
const MAX_STEPS: usize = 64;
/// Maximum factor by which the replacements of a normaliser may lengthen a text.
const MAX_GROWTH: f64 = 64.0;

/// The parts of the file that are checked.
#[derive(Deserialize)]
struct Parts {
    #[serde(default)]
    added_tokens: Option<Vec<IgnoredAny>>,
    #[serde(default)]
    normalizer: Value,
    #[serde(default)]
    pre_tokenizer: Value,
}

/// Returns an error that says which limit is exceeded. A file that cannot be parsed passes, because building
/// the tokenizer then gives a better error message.
pub(super) fn check(bytes: &[u8]) -> Result<(), String> {
    if bytes.len() > MAX_BYTES {
        return Err(format!(
            "it has {} bytes; at most {MAX_BYTES} are allowed",
            bytes.len()
        ));
    }
    let Ok(parts) = serde_json::from_slice::<Parts>(bytes) else {
        return Ok(());
    };
    let added = parts.added_tokens.map_or(0, |tokens| tokens.len());
    if added > MAX_ADDED {
        return Err(format!(
            "it has {added} added tokens; at most {MAX_ADDED} are allowed"
        ));
    }
    for (name, part) in [
        ("normalizer", &parts.normalizer),
        ("pre_tokenizer", &parts.pre_tokenizer),
    ] {
        let mut steps = Vec::new();
        collect(part, &mut steps);
        if steps.len() > MAX_STEPS {
            let n = steps.len();
            return Err(format!(
                "its {name} has {n} steps; at most {MAX_STEPS} are allowed"
            ));
        }
        let growth: f64 = steps.iter().map(|step| growth(step)).product();
        if growth > MAX_GROWTH {
            return Err(format!(
                "its {name} may make a text {growth:.0} times longer; at most {MAX_GROWTH} times is allowed"
            ));
        }
    }
    Ok(())
}

/// Adds the steps of a part to `steps`. Sequences may be nested.
fn collect<'a>(part: &'a Value, steps: &mut Vec<&'a Value>) {
    let inner = ["normalizers", "pretokenizers"]
        .iter()
        .find_map(|key| part.get(key)?.as_array());
    match inner {
        Some(inner) => inner.iter().for_each(|step| collect(step, steps)),
        None if part.is_object() => steps.push(part),
        None => {}
    }
}

/// Returns the maximum factor by which a step lengthens a text; 1 if the step replaces nothing.
fn growth(step: &Value) -> f64 {
    if step["type"] != "Replace" {
        return 1.0;
    }
    let length = |value: &Value| value.as_str().map_or(0, |text| text.chars().count());
    // A regular expression may match single characters, or the empty string.
    let replaced = length(&step["pattern"]["String"]).max(1);
    (length(&step["content"]) as f64 / replaced as f64).max(1.0)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn problem(file: Value) -> String {
        check(file.to_string().as_bytes()).err().unwrap_or_default()
    }

    #[test]
    fn files_that_would_use_up_the_memory_are_refused() {
        let many = problem(json!({ "added_tokens": vec![json!({ "id": 1 }); 200_000] }));
        assert!(many.contains("200000 added tokens"), "{many}");
        let replace = json!({ "type": "Replace", "pattern": { "String": "a" }, "content": "aaaa" });
        let steps = |n: usize| json!({ "normalizer": { "type": "Sequence", "normalizers": vec![replace.clone(); n] } });
        assert_eq!(problem(steps(3)), "");
        assert!(problem(steps(10)).contains("times longer"));
        assert!(problem(steps(65)).contains("65 steps"));
        let nested = json!({ "normalizer": { "normalizers": [steps(5)["normalizer"]] } });
        assert!(problem(nested).contains("times longer"));
    }

    #[test]
    fn usual_files_pass() {
        let clean = json!({ "type": "Replace", "pattern": { "Regex": " {2,}" }, "content": " " });
        assert_eq!(problem(json!({ "normalizer": clean, "pre_tokenizer": null })), "");
        assert_eq!(problem(json!({ "normalizer": null })), "");
        assert!(check(b"{broken").is_ok());
    }
}
