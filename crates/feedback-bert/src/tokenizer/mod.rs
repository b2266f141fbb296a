//! Turns texts into token ids.

mod beginning;
mod bert_tokenizer;
mod bounds;
mod encoding;
mod files;
mod training;

pub use bert_tokenizer::BertTokenizer;
pub use encoding::{Encoding, TokenSpan};
pub(crate) use files::{TOKENIZER, VOCABULARY};
