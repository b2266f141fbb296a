//! Agreement of clusters with labels, compared with scikit-learn.

use feedback_metrics::clustering::{adjusted_rand_index, outliers_alone, v_measure};

use super::draws::{Case, draw_classes};
use super::file::expected;

#[test]
fn five_hundred_clusterings_agree_with_scikit_learn() {
    let lines = expected("clustering.tsv");
    let n_lines = lines.len();
    for mut line in lines {
        let mut case = Case::new(8, line.case);
        let drawn = draw_classes(&mut case);
        let percent_out = case.parameter(50);
        let clusters: Vec<Option<usize>> = drawn
            .predictions
            .iter()
            .map(|&cluster| (case.draw_below(100) >= percent_out).then_some(cluster))
            .collect();
        let clusters = outliers_alone(&clusters);
        let index = adjusted_rand_index(&drawn.labels, &clusters).expect("valid");
        line.number("adjusted_rand_index", index);
        let scores = v_measure(&drawn.labels, &clusters).expect("valid");
        line.number("homogeneity", scores.homogeneity);
        line.number("completeness", scores.completeness);
        line.number("v_measure", scores.v_measure);
        line.finish();
    }
    assert_eq!(n_lines, 500);
}
