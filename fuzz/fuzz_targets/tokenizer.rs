//! Loads any bytes as `tokenizer.json`, and encodes some texts if the file can be loaded: `scripts/fuzz.sh tokenizer 600`

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

// Panics of the tokenizers library are caught and become errors, so the panic hook must not end the process. A panic that is not
// caught still ends it.
libfuzzer_sys::fuzz_target!(init: std::panic::set_hook(Box::new(|_| {})), |data: &[u8]| {
    let Some(model) = folder::load_with("tokenizer.json", data) else { return };
    let tokenizer = &model.tokenizer;
    for text in TEXTS {
        let part = tokenizer.decisive_part(text);
        assert!(text.starts_with(part) || text.contains(part));
        // A tokenizer may fail to encode a text, but it must not panic.
        if let Ok(encodings) = tokenizer.encode(&[text]) {
            assert!(encodings[0].len() <= tokenizer.max_length());
        }
    }
});
