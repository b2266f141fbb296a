//! Small systems of linear equations.

/// Solves `matrix` · x = `right`, where `matrix` is row-major and square; `None` if it is singular, to rounding.
///
/// Gaussian elimination with partial pivoting.
pub(super) fn solve(mut matrix: Vec<f64>, mut right: Vec<f64>) -> Option<Vec<f64>> {
    let n = right.len();
    for column in 0..n {
        let pivot = (column..n).max_by(|&a, &b| {
            let size = |row: usize| matrix[row * n + column].abs();
            size(a).total_cmp(&size(b))
        })?;
        if matrix[pivot * n + column].abs() < 1e-10 {
            return None;
        }
        if pivot != column {
            (0..n).for_each(|j| matrix.swap(pivot * n + j, column * n + j));
            right.swap(pivot, column);
        }
        for row in column + 1..n {
            let factor = matrix[row * n + column] / matrix[column * n + column];
            if factor != 0.0 {
                for j in column..n {
                    matrix[row * n + j] -= factor * matrix[column * n + j];
                }
                right[row] -= factor * right[column];
            }
        }
    }
    for row in (0..n).rev() {
        let known: f64 = (row + 1..n).map(|j| matrix[row * n + j] * right[j]).sum();
        right[row] = (right[row] - known) / matrix[row * n + row];
    }
    Some(right)
}

#[cfg(test)]
mod tests {
    use super::solve;

    #[test]
    fn by_hand() {
        // x + 2y + z = 8, 3x + 5y = 13, y − z = −1
        let matrix = vec![1.0, 2.0, 1.0, 3.0, 5.0, 0.0, 0.0, 1.0, -1.0];
        let found = solve(matrix, vec![8.0, 13.0, -1.0]).expect("regular");
        for (found, expected) in found.iter().zip([1.0, 2.0, 3.0]) {
            assert!((found - expected).abs() < 1e-12, "{found}");
        }
        // The first pivot is 0, so the rows must be swapped.
        assert_eq!(
            solve(vec![0.0, 1.0, 1.0, 0.0], vec![5.0, 7.0]),
            Some(vec![7.0, 5.0])
        );
        assert_eq!(solve(vec![1.0, 2.0, 2.0, 4.0], vec![1.0, 2.0]), None);
    }
}
