//! Low-rank adaptation: small trainable changes to frozen weights.

mod adapter_config;
mod lora_config;
mod peft;

pub use lora_config::{LoraConfig, merge_adapters};
pub use peft::{load_adapter, save_adapter};
