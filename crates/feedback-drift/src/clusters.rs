//! Groups of similar texts.

use feedback_metrics::statistics::Draws;

use crate::sketch::Sketch;

/// Rounds of k-means.
const ROUNDS: usize = 20;

/// Returns the cluster of each sketch, by k-means with squared Euclidean distance.
///
/// The result does not depend on the order of the sketches: a permutation test of the clusters' sizes needs that.
/// The first centres are drawn as in k-means++ (Arthur and Vassilvitskii 2007).
pub(crate) fn clusters(sketches: &[&Sketch], n_clusters: usize, seed: u64) -> Vec<u32> {
    let mut order: Vec<usize> = (0..sketches.len()).collect();
    order.sort_by_key(|&index| sketches[index]);
    let sorted: Vec<&Sketch> = order.iter().map(|&index| sketches[index]).collect();
    let mut centres = first_centres(&sorted, n_clusters, seed);
    let mut found = Vec::new();
    for _ in 0..ROUNDS {
        let next: Vec<u32> = sorted.iter().map(|sketch| nearest(&centres, sketch)).collect();
        if next == found {
            break;
        }
        found = next;
        move_centres(&mut centres, &sorted, &found);
    }
    let mut clusters = vec![0; sketches.len()];
    for (&index, cluster) in order.iter().zip(found) {
        clusters[index] = cluster;
    }
    clusters
}

type Centre = [f64; Sketch::WIDTH];

fn centre(sketch: &Sketch) -> Centre {
    sketch.0.map(f64::from)
}

fn squared_distance(centre: &Centre, sketch: &Sketch) -> f64 {
    let pairs = centre.iter().zip(&sketch.0);
    pairs.map(|(a, &b)| (a - f64::from(b)).powi(2)).sum()
}

fn first_centres(sketches: &[&Sketch], n_clusters: usize, seed: u64) -> Vec<Centre> {
    let mut draws = Draws::new(sketches.len(), seed);
    let Some(first) = sketches.get(draws.below(sketches.len() as u64)) else {
        return Vec::new();
    };
    let mut centres = vec![centre(first)];
    let mut distances = vec![f64::INFINITY; sketches.len()];
    while centres.len() < n_clusters {
        let newest = &centres[centres.len() - 1];
        for (distance, sketch) in distances.iter_mut().zip(sketches) {
            *distance = distance.min(squared_distance(newest, sketch));
        }
        // Whole numbers, since all sketches are: the draw is exact.
        let total = distances.iter().sum::<f64>() as u64;
        if total == 0 {
            break;
        }
        let mut left = draws.below(total) as f64;
        let drawn = distances.iter().position(|distance| {
            left -= distance;
            left < 0.0
        });
        centres.push(centre(sketches[drawn.unwrap_or(0)]));
    }
    centres
}

fn nearest(centres: &[Centre], sketch: &Sketch) -> u32 {
    let distances = centres.iter().map(|centre| squared_distance(centre, sketch));
    let nearest = distances.enumerate().min_by(|a, b| a.1.total_cmp(&b.1));
    nearest.map_or(0, |(index, _)| index as u32)
}

/// Moves each centre to the mean of its sketches; a centre without sketches stays.
fn move_centres(centres: &mut [Centre], sketches: &[&Sketch], clusters: &[u32]) {
    let mut sums = vec![([0i64; Sketch::WIDTH], 0u32); centres.len()];
    for (sketch, &cluster) in sketches.iter().zip(clusters) {
        let (sum, n) = &mut sums[cluster as usize];
        *n += 1;
        for (total, &number) in sum.iter_mut().zip(&sketch.0) {
            *total += i64::from(number);
        }
    }
    for (centre, (sum, n)) in centres.iter_mut().zip(sums) {
        if n > 0 {
            *centre = sum.map(|total| total as f64 / f64::from(n));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clusters_are_found_in_any_order() {
        let mut draws = Draws::new(9, 3);
        let mut sketch = |at: i8| {
            let mut numbers = [0i8; Sketch::WIDTH];
            numbers
                .iter_mut()
                .for_each(|number| *number = at + draws.below(9) as i8);
            Sketch(numbers)
        };
        let all: Vec<Sketch> = (0..90).map(|index| sketch([-60, 0, 60][index % 3])).collect();
        let forward: Vec<&Sketch> = all.iter().collect();
        let found = clusters(&forward, 3, 1);
        for index in 0..90 {
            assert_eq!(found[index], found[index % 3]);
        }
        assert!(found[0] != found[1] && found[1] != found[2] && found[0] != found[2]);
        let backward: Vec<&Sketch> = all.iter().rev().collect();
        assert!(clusters(&backward, 3, 1).iter().rev().eq(&found));
        assert_eq!(clusters(&[&all[0], &all[0]], 3, 1), [0, 0]);
        assert!(clusters(&[], 3, 1).is_empty());
    }
}
