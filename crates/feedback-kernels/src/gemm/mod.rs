//! Matrix products.
//!
//! C += A B is computed in tiles. A tile has `TILE_ROWS` rows and `TILE_VECTORS` vectors of columns; its sums
//! stay in registers. B is packed first, so that a tile reads it from front to back. A is read in place if its
//! rows are contiguous, and packed otherwise. This is the design of Goto and van de Geijn (2008), but with only
//! one level of blocks, because the rows in a transformer are short.
//!
//! Each element of C is computed by one chain of fused multiply-adds over k, in the same order for every tile,
//! thread and instruction set. Therefore the result does not depend on the number of rows, the number of
//! threads or the processor.

mod operands;
mod packed;
mod product;
mod tasks;
mod tile;

pub(crate) use operands::{Matrix, Start};
pub(crate) use packed::Packed;
pub(crate) use product::{multiply, multiply_serial};
pub(crate) use tasks::for_tasks;
