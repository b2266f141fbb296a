//! The operands of a matrix product, and the initial values of its sums.

/// A matrix in a slice, stored row by row or column by column.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Matrix<'a> {
    data: &'a [f32],
    rows: usize,
    columns: usize,
    row_stride: usize,
    column_stride: usize,
}

impl<'a> Matrix<'a> {
    /// Creates a matrix whose rows follow each other without gaps.
    pub(crate) fn new(data: &'a [f32], rows: usize, columns: usize) -> Self {
        Self::strided(data, rows, columns, columns)
    }

    /// Creates a matrix whose rows start `stride` numbers apart.
    ///
    /// # Panics
    ///
    /// If the slice is too short.
    pub(crate) fn strided(data: &'a [f32], rows: usize, columns: usize, stride: usize) -> Self {
        let matrix = Self {
            data,
            rows,
            columns,
            row_stride: stride,
            column_stride: 1,
        };
        assert!(
            matrix.end() <= data.len(),
            "a matrix of {rows} x {columns} needs more numbers"
        );
        matrix
    }

    /// Returns the transposed matrix of the same numbers.
    pub(crate) fn transposed(self) -> Self {
        Self {
            data: self.data,
            rows: self.columns,
            columns: self.rows,
            row_stride: self.column_stride,
            column_stride: self.row_stride,
        }
    }

    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    pub(crate) fn columns(&self) -> usize {
        self.columns
    }

    /// Returns whether the numbers of a row are contiguous.
    pub(crate) fn has_contiguous_rows(&self) -> bool {
        self.column_stride == 1
    }

    pub(crate) fn row_stride(&self) -> usize {
        self.row_stride
    }

    /// Returns the slice from this element on.
    #[inline(always)]
    pub(crate) fn from(&self, row: usize, column: usize) -> &'a [f32] {
        &self.data[row * self.row_stride + column * self.column_stride..]
    }

    /// Returns the length of the part of the slice that the matrix uses.
    fn end(&self) -> usize {
        if self.rows == 0 || self.columns == 0 {
            return 0;
        }
        (self.rows - 1) * self.row_stride + (self.columns - 1) * self.column_stride + 1
    }
}

/// The value of each element of C before products are added.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Start<'a> {
    /// 0; the contents of C are not read.
    Zero,
    /// The contents of C.
    Add,
    /// One value per column, such as a bias.
    Row(&'a [f32]),
}
