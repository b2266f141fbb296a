//! The recipes through the public interface of the crate.

mod corrections;
