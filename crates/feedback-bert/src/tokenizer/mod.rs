//! Text to token ids.

mod bert_tokenizer;
mod encoding;
mod files;
mod training;

pub use bert_tokenizer::BertTokenizer;
pub use encoding::{Encoding, TokenSpan};
pub(crate) use files::{TOKENIZER, VOCABULARY};
