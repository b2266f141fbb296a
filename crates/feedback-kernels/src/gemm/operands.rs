//! What a product reads, and where its sums start.

/// A matrix of any orientation in a slice.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Matrix<'a> {
    data: &'a [f32],
    rows: usize,
    columns: usize,
    row_stride: usize,
    column_stride: usize,
}

impl<'a> Matrix<'a> {
    /// Rows that follow each other.
    pub(crate) fn new(data: &'a [f32], rows: usize, columns: usize) -> Self {
        Self::strided(data, rows, columns, columns)
    }

    /// Rows that start `stride` numbers apart.
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

    /// The same numbers with rows and columns exchanged.
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

    /// Whether the numbers of a row follow each other.
    pub(crate) fn has_contiguous_rows(&self) -> bool {
        self.column_stride == 1
    }

    pub(crate) fn row_stride(&self) -> usize {
        self.row_stride
    }

    /// The numbers from this element on.
    #[inline(always)]
    pub(crate) fn from(&self, row: usize, column: usize) -> &'a [f32] {
        &self.data[row * self.row_stride + column * self.column_stride..]
    }

    /// The number of numbers of the slice that are used.
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
    /// 0; what C contains is not read.
    Zero,
    /// What C contains.
    Add,
    /// One value per column, such as a bias.
    Row(&'a [f32]),
}
