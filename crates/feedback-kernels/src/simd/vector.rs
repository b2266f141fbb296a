//! The operations that every instruction set provides.

/// Number of lanes of a vector.
pub(crate) const LANES: usize = 16;

/// An instruction set. A value of the type proves that the processor has it.
pub(crate) trait Simd: Copy + Send + Sync + 'static {
    /// Sixteen numbers.
    type Vector: Copy;

    /// Number of vectors side by side in one tile of a matrix product.
    const TILE_VECTORS: usize;
    /// Number of rows of one tile of a matrix product.
    const TILE_ROWS: usize;

    /// Returns a vector with the same number in each lane.
    fn splat(self, value: f32) -> Self::Vector;
    /// Reads 16 numbers.
    fn load(self, from: &[f32; LANES]) -> Self::Vector;
    /// Writes 16 numbers.
    fn store(self, value: Self::Vector, to: &mut [f32; LANES]);
    /// `a + b`
    fn add(self, a: Self::Vector, b: Self::Vector) -> Self::Vector;
    /// `a - b`
    fn sub(self, a: Self::Vector, b: Self::Vector) -> Self::Vector;
    /// `a * b`
    fn mul(self, a: Self::Vector, b: Self::Vector) -> Self::Vector;
    /// `a / b`
    fn div(self, a: Self::Vector, b: Self::Vector) -> Self::Vector;
    /// `a * b + c`, rounded once.
    fn fma(self, a: Self::Vector, b: Self::Vector, c: Self::Vector) -> Self::Vector;
    /// Returns the square root.
    fn sqrt(self, a: Self::Vector) -> Self::Vector;
    /// Returns `a` where `a > b`, otherwise `b`; therefore `b` if either is NaN.
    fn max(self, a: Self::Vector, b: Self::Vector) -> Self::Vector;
    /// Returns `a` where `a < b`, otherwise `b`; therefore `b` if either is NaN.
    fn min(self, a: Self::Vector, b: Self::Vector) -> Self::Vector;
    /// Rounds to the nearest integer; halves are rounded to even.
    fn round(self, a: Self::Vector) -> Self::Vector;
    /// Returns `2^n` for integers from -126 to 127.
    fn exp2(self, n: Self::Vector) -> Self::Vector;
    /// Returns `yes` where `a < b`, otherwise `no`; therefore `no` if either is NaN.
    fn select_less(
        self,
        a: Self::Vector,
        b: Self::Vector,
        yes: Self::Vector,
        no: Self::Vector,
    ) -> Self::Vector;
    /// Prefetches memory that will be read soon. The address need not be valid.
    #[inline(always)]
    fn prefetch(self, address: *const u8) {
        let _ = address;
    }
    /// Returns the lanes as an array.
    #[inline(always)]
    fn to_array(self, value: Self::Vector) -> [f32; LANES] {
        let mut lanes = [0.0; LANES];
        self.store(value, &mut lanes);
        lanes
    }
}
