//! Trains an encoder so that texts with the same label get similar vectors. A classifier on these vectors then needs few labelled
//! texts.
//!
//! Every text of a batch is compared with every other text: it should be more similar to the texts with its label than to the
//! other texts. The loss is the supervised contrastive loss of Khosla et al. 2020 (arXiv:2004.11362, equation 2). SetFit
//! (Tunstall et al. 2022, arXiv:2209.11055) compares two texts at a time, so it needs more passes of the encoder for as many
//! comparisons.

mod objective;
mod options;
mod pairs;
mod train;

pub use options::ContrastiveOptions;
pub use train::train_contrastive;
