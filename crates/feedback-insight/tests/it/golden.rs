//! Themes of real texts, compared with BERTopic's defaults on the same vectors.

use feedback_insight::{ThemeOptions, Themes};
use feedback_metrics::clustering::{adjusted_rand_index, outliers_alone, v_measure};

use super::samples::golden;

/// On few texts of clear intents, UMAP and HDBSCAN agree better with them; on all texts, themes do (docs/benchmarks/insight.md).
#[test]
fn themes_of_few_texts_are_not_far_from_bertopics() {
    let golden = golden();
    let themes = Themes::fit(&golden.vectors, &ThemeOptions::default()).unwrap();
    let found = outliers_alone(themes.of_rows());
    let index = adjusted_rand_index(&golden.labels, &found).unwrap();
    let measure = v_measure(&golden.labels, &found).unwrap().v_measure;
    let (their_index, their_measure) = golden.bertopic;
    assert!(index >= 0.8 * their_index, "{index}, BERTopic {their_index}");
    assert!(
        measure >= 0.8 * their_measure,
        "{measure}, BERTopic {their_measure}"
    );
    assert!(themes.n_unassigned() <= 30, "{}", themes.n_unassigned());
}

#[test]
fn one_and_two_threads_find_the_same_themes() {
    let golden = golden();
    let Some(texts) = golden.texts() else {
        return;
    };
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        pool.install(|| {
            let themes = Themes::fit(&golden.vectors, &ThemeOptions::default()).unwrap();
            let summaries = themes.describe(&texts, &golden.vectors).unwrap();
            (themes, summaries)
        })
    };
    assert_eq!(run(1), run(2));
}
