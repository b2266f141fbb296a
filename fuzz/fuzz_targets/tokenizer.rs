//! Any bytes as `tokenizer.json`, and texts for what could be loaded: `scripts/fuzz.sh tokenizer 600`

#![no_main]

#[path = "common/folder.rs"]
mod folder;
#[path = "common/memory.rs"]
mod memory;

const TEXTS: [&str; 4] = [
    "The export button does nothing",
    "",
    "ÄÖÜ ﬁ 東京 🙂 a\u{0}b \u{200B}",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa [MASK] [SEP]",
];

// Panics of the tokenizers library are caught and become errors, so libFuzzer must not end the process at once; one that is not
// caught still does.
libfuzzer_sys::fuzz_target!(init: std::panic::set_hook(Box::new(|_| {})), |data: &[u8]| {
    let Some(model) = folder::load_with("tokenizer.json", data) else { return };
    let tokenizer = &model.tokenizer;
    for text in TEXTS {
        let part = tokenizer.decisive_part(text);
        assert!(text.starts_with(part) || text.contains(part));
        // A tokenizer may be unable to say anything of a text; it may not panic.
        if let Ok(encodings) = tokenizer.encode(&[text]) {
            assert!(encodings[0].len() <= tokenizer.max_length());
        }
    }
});
