//! Groups of themes: the second, coarser level.

use crate::vectors::Vectors;

/// Two groups are merged if their similarity is at least this part of the way from the mean similarity of any two texts to the
/// mean similarity of two texts of one theme. For the themes of `clinc150` (all of its training texts, and 3,000 of them), groups
/// agree best with its domains at a third.
const CLOSENESS: f64 = 1.0 / 3.0;

/// The group of each theme, from 0, the group with the most texts first.
///
/// The two groups whose texts are most similar, on average over all pairs, are joined until no two are similar enough. `of` has the theme
/// of each distinct vector, `sizes` the texts of each theme.
///
/// Leiden with a lower resolution would not work. In dense themes, all neighbours of a text are in the same theme, so the graph
/// does not show how near two themes are, and Leiden would join small themes.
///
/// # References
///
/// Sokal and Michener 1958, "A statistical method for evaluating systematic relationships" (average linkage).
pub(super) fn groups(vectors: &Vectors, of: &[Option<usize>], sizes: &[usize]) -> Vec<usize> {
    let mut similarity = Similarity::new(vectors, of, sizes.len());
    let limit = similarity.limit();
    let mut group_of: Vec<usize> = (0..sizes.len()).collect();
    while let Some([a, b]) = similarity.nearest(limit) {
        similarity.join(a, b);
        group_of
            .iter_mut()
            .filter(|group| **group == b)
            .for_each(|group| *group = a);
    }
    numbered(&group_of, sizes)
}

/// Numbers groups by their number of texts. If two groups have the same number of texts, the group with the first theme comes
/// first.
fn numbered(group_of: &[usize], sizes: &[usize]) -> Vec<usize> {
    let mut texts = vec![0; sizes.len()];
    for (&group, size) in group_of.iter().zip(sizes) {
        texts[group] += size;
    }
    let mut order: Vec<usize> = (0..sizes.len()).filter(|&group| texts[group] > 0).collect();
    order.sort_by_key(|&group| std::cmp::Reverse(texts[group]));
    let mut numbers = vec![0; sizes.len()];
    for (number, group) in order.into_iter().enumerate() {
        numbers[group] = number;
    }
    group_of.iter().map(|&group| numbers[group]).collect()
}

/// How similar the texts of groups are.
struct Similarity {
    /// The sum of the dot products of all texts of one group with all of another.
    products: Vec<Vec<f64>>,
    /// The sum of the dot products of each text of a group with itself.
    own: Vec<f64>,
    /// How many texts each group has; 0 if it was joined to another.
    n_texts: Vec<f64>,
}

impl Similarity {
    fn new(vectors: &Vectors, of: &[Option<usize>], n_themes: usize) -> Self {
        let mut sums = vec![vec![0_i64; vectors.n_columns()]; n_themes];
        let (mut own, mut n_texts) = (vec![0.0; n_themes], vec![0.0; n_themes]);
        for (row, theme) in of.iter().enumerate() {
            if let Some(theme) = *theme {
                for (sum, &value) in sums[theme].iter_mut().zip(vectors.row(row)) {
                    *sum += i64::from(value);
                }
                own[theme] += f64::from(vectors.dot(row, vectors, row));
                n_texts[theme] += 1.0;
            }
        }
        // Products of long sums leave the range of `i64`; the order of addition is fixed.
        let product =
            |a: &[i64], b: &[i64]| -> f64 { a.iter().zip(b).map(|(a, b)| *a as f64 * *b as f64).sum() };
        let products = sums.iter().map(|a| sums.iter().map(|b| product(a, b)).collect());
        Self {
            products: products.collect(),
            own,
            n_texts,
        }
    }

    /// The mean product that two groups must have to be joined.
    fn limit(&self) -> f64 {
        let (mut within, mut weight, mut all) = (0.0, 0.0, 0.0);
        for (theme, products) in self.products.iter().enumerate() {
            let n = self.n_texts[theme];
            if n > 1.0 {
                within += (products[theme] - self.own[theme]) / (n - 1.0);
                weight += n;
            }
            all += products.iter().sum::<f64>() - self.own[theme];
        }
        let n: f64 = self.n_texts.iter().sum();
        let any = all / (n * (n - 1.0));
        any + CLOSENESS * (within / weight - any)
    }

    /// The two groups with the largest mean product, if it reaches the limit.
    fn nearest(&self, limit: f64) -> Option<[usize; 2]> {
        let mut best = None;
        let mut largest = limit;
        for a in 0..self.n_texts.len() {
            for b in a + 1..self.n_texts.len() {
                let n_pairs = self.n_texts[a] * self.n_texts[b];
                if n_pairs > 0.0 && self.products[a][b] / n_pairs > largest {
                    largest = self.products[a][b] / n_pairs;
                    best = Some([a, b]);
                }
            }
        }
        best
    }

    /// Joins group `b` to group `a`.
    fn join(&mut self, a: usize, b: usize) {
        for other in 0..self.n_texts.len() {
            self.products[other][a] += self.products[other][b];
        }
        for other in 0..self.n_texts.len() {
            self.products[a][other] += self.products[b][other];
        }
        self.n_texts[a] += self.n_texts[b];
        self.n_texts[b] = 0.0;
    }
}
