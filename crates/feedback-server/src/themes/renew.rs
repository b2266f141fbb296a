//! Finds themes again, or adds new texts to those that were found.

use std::collections::{BTreeMap, HashMap};

use feedback_insight::{ThemeIds, ThemeOptions, Themes, Vectors};

use super::changes::changes;
use super::document::{Edits, Group, Theme, ThemesDocument, UNFAMILIAR};
use super::figures::{Periods, figures};
use super::parts::{Numbered, failed, keep_apart, split};
use super::rows::{Row, Rows};
use crate::clock::now_ms;
use crate::error::Result;

/// A category with fewer texts than this has no themes of its own.
const MIN_TEXTS: usize = 30;
/// The resolution is chosen again when there are this many times as many texts as when it was chosen.
const GROWTH: usize = 2;

/// What to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// New texts join the nearest theme, or wait.
    Add,
    /// The themes are found again, and those that are the same keep their ids.
    Find,
}

/// Returns the themes after a step.
///
/// # Errors
///
/// [`Error::Invalid`] if no themes can be found, which does not happen with vectors of an encoder.
pub(super) fn renew(
    previous: &ThemesDocument,
    rows: &Rows,
    step: Step,
    edits: &Edits,
) -> Result<ThemesDocument> {
    let dates = || rows.rows.iter().filter_map(|row| row.at);
    let periods = Periods::of(dates());
    let (mut next_id, mut apart) = (previous.next_id, previous.apart.clone());
    let mut groups = Vec::new();
    for (label, places) in scopes(&rows.rows) {
        let (Some(vectors), true) = (&rows.vectors, places.len() >= MIN_TEXTS) else {
            continue;
        };
        let before = previous.groups.iter().find(|group| group.label == label);
        let scope = Scope {
            label,
            rows: places.iter().map(|&place| &rows.rows[place]).collect(),
            vectors: vectors.select(&places),
            periods,
        };
        let group = match (before, step) {
            (Some(group), Step::Add) => Group {
                changes: group.changes.clone(),
                ..scope.add(group)?
            },
            (before, _) => {
                let found = scope.find(before, edits, &mut next_id, &mut apart)?;
                Group {
                    changes: before.map_or_else(Vec::new, |before| changes(before, &found)),
                    ..found
                }
            }
        };
        groups.push(group);
    }
    let seen = rows.rows.last().map_or(0, |row| row.id);
    let new = rows.rows.iter().filter(|row| row.id > previous.seen).count();
    Ok(ThemesDocument {
        found_at: match step {
            Step::Find => now_ms(),
            Step::Add => previous.found_at,
        },
        encoder: rows.encoder.clone(),
        next_id,
        seen: seen.max(previous.seen),
        texts: match step {
            Step::Find => rows.rows.len(),
            Step::Add => previous.texts,
        },
        added: match step {
            Step::Find => 0,
            Step::Add => previous.added + new,
        },
        groups,
        apart,
    })
}

/// The rows of all texts, those of each category, and those that are unlike the texts of the model's training: what they are about may
/// lack a label.
fn scopes(rows: &[Row]) -> Vec<(Option<String>, Vec<usize>)> {
    let mut of_labels: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (place, row) in rows.iter().enumerate() {
        of_labels.entry(&row.label).or_default().push(place);
    }
    let all = (None, (0..rows.len()).collect());
    let labels = of_labels
        .into_iter()
        .map(|(label, places)| (Some(label.to_owned()), places));
    let unfamiliar: Vec<usize> = (0..rows.len())
        .filter(|&place| rows[place].is_unfamiliar)
        .collect();
    let unfamiliar = (Some(UNFAMILIAR.to_owned()), unfamiliar);
    std::iter::once(all).chain(labels).chain([unfamiliar]).collect()
}

/// How often a theme was split, and whether it has no parts, by its id.
type Splits = HashMap<u64, (u32, bool)>;

/// The id, the name and the quotes of a theme.
type Described = (u64, Option<String>, Vec<i64>);

/// The texts of a group.
struct Scope<'a> {
    label: Option<String>,
    rows: Vec<&'a Row>,
    vectors: Vectors,
    periods: Option<Periods>,
}

/// The themes that were found before, in the texts that are left of them.
struct Before {
    themes: Themes,
    /// The places of the themes in the group, in the order of `themes`.
    places: Vec<usize>,
    /// Whether each row was looked at before.
    is_known: Vec<bool>,
}

impl Scope<'_> {
    /// Restores the themes of a group; themes without texts are left out.
    fn restore(&self, group: &Group) -> Result<Before> {
        let mut theme_of: HashMap<i64, Option<usize>> = group.waiting.iter().map(|id| (*id, None)).collect();
        for (place, theme) in group.themes.iter().enumerate() {
            theme_of.extend(theme.texts.iter().map(|id| (*id, Some(place))));
        }
        let found: Vec<Option<Option<usize>>> = self
            .rows
            .iter()
            .map(|row| theme_of.get(&row.id).copied())
            .collect();
        let mut places: Vec<usize> = found.iter().flatten().flatten().copied().collect();
        places.sort_unstable();
        places.dedup();
        let number = |place: usize| places.binary_search(&place).ok();
        let of_rows: Vec<Option<usize>> = found
            .iter()
            .map(|found| found.flatten().and_then(number))
            .collect();
        let themes = Themes::restore(&self.vectors, &of_rows, group.resolution).map_err(failed)?;
        Ok(Before {
            themes,
            places,
            is_known: found.iter().map(Option::is_some).collect(),
        })
    }

    /// Adds the texts that were not there before.
    fn add(&self, group: &Group) -> Result<Group> {
        let before = self.restore(group)?;
        let mut of_rows = before.themes.of_rows().to_vec();
        let new: Vec<usize> = (0..self.rows.len())
            .filter(|&row| !before.is_known[row])
            .collect();
        if before.themes.n_themes() > 0 && !new.is_empty() {
            let assigned = before.themes.assign(&self.vectors.select(&new)).map_err(failed)?;
            for (row, theme) in new.into_iter().zip(assigned) {
                of_rows[row] = theme;
            }
        }
        let themes = before.places.iter().map(|&place| &group.themes[place]);
        let themes = themes.map(|theme| (theme.id, theme.name.clone(), theme.quotes.clone()));
        let mut added = self.group(themes.collect(), &of_rows, (group.resolution, group.chosen_for));
        for theme in &mut added.themes {
            if let Some(old) = group.themes.iter().find(|old| old.id == theme.id) {
                (theme.splits, theme.indivisible) = (old.splits, old.indivisible);
            }
        }
        Ok(added)
    }

    /// Finds the themes again.
    fn find(
        &self,
        group: Option<&Group>,
        edits: &Edits,
        next_id: &mut u64,
        apart: &mut Vec<Vec<u64>>,
    ) -> Result<Group> {
        let before = group.map(|group| self.restore(group)).transpose()?;
        let found = match (&before, group) {
            (Some(before), Some(group)) if before.themes.n_themes() > 0 => {
                self.find_again(before, group, next_id)?
            }
            _ => {
                let themes = Themes::fit(&self.vectors, &ThemeOptions::default()).map_err(failed)?;
                let first = *next_id;
                *next_id += themes.n_themes() as u64;
                (themes, (first..*next_id).collect(), self.rows.len())
            }
        };
        let (themes, ids, chosen_for) = found;
        let found = Numbered {
            of_rows: themes.of_rows().to_vec(),
            ids,
        };
        let (found, splits) = self.divided(
            found,
            (&before, group),
            themes.resolution(),
            edits,
            (next_id, apart),
        )?;
        let themes = Themes::restore(&self.vectors, &found.of_rows, themes.resolution()).map_err(failed)?;
        let texts: Vec<&str> = self.rows.iter().map(|row| row.text.as_str()).collect();
        let summaries = themes.describe(&texts, &self.vectors).map_err(failed)?;
        let described = found.ids.into_iter().zip(summaries).map(|(id, summary)| {
            let quotes = summary.quotes.iter().map(|&row| self.rows[row].id);
            (id, Some(summary.name), quotes.collect())
        });
        let described = described.collect();
        let mut group = self.group(described, themes.of_rows(), (themes.resolution(), chosen_for));
        for theme in &mut group.themes {
            if let Some(&(n, indivisible)) = splits.get(&theme.id) {
                (theme.splits, theme.indivisible) = (n, indivisible);
            }
        }
        Ok(group)
    }

    /// Finds the themes of a group that had some. Returns them with their ids, and the number of texts for which the resolution was chosen.
    fn find_again(
        &self,
        before: &Before,
        group: &Group,
        next_id: &mut u64,
    ) -> Result<(Themes, Vec<u64>, usize)> {
        let (options, n) = (ThemeOptions::default(), self.rows.len());
        let mut chosen_for = n;
        let found = if n >= GROWTH * group.chosen_for {
            Themes::fit(&self.vectors, &options)
        } else {
            chosen_for = group.chosen_for;
            let places = before.themes.assign(&self.vectors).map_err(failed)?;
            let kept = before.themes.of_rows().iter().zip(places);
            let start: Vec<_> = kept.map(|(kept, assigned)| kept.or(assigned)).collect();
            before.themes.refit(&self.vectors, &start, &options)
        };
        let found = found.map_err(failed)?;
        let old = before.places.iter().map(|&place| group.themes[place].id);
        let old = ThemeIds::restore(old.collect(), *next_id).map_err(failed)?;
        let same = (0..n).filter(|&row| before.is_known[row]);
        let same: Vec<(usize, usize)> = same.map(|row| (row, row)).collect();
        let (next, _) = old.next(&before.themes, &found, &same).map_err(failed)?;
        *next_id = next.next_id();
        Ok((found, next.ids().to_vec(), chosen_for))
    }

    /// Keeps the parts of split themes apart, and splits those that people want to be split. Also returns how often each theme was
    /// split, and whether it has no parts.
    fn divided(
        &self,
        found: Numbered,
        (before, group): (&Option<Before>, Option<&Group>),
        resolution: f64,
        edits: &Edits,
        (next_id, apart): (&mut u64, &mut Vec<Vec<u64>>),
    ) -> Result<(Numbered, Splits)> {
        let (Some(before), Some(group)) = (before, group) else {
            return Ok((found, HashMap::new()));
        };
        let earlier = Numbered {
            of_rows: before.themes.of_rows().to_vec(),
            ids: before
                .places
                .iter()
                .map(|&place| group.themes[place].id)
                .collect(),
        };
        let mut found = keep_apart(&self.vectors, &earlier, found, apart);
        let known = group
            .themes
            .iter()
            .map(|theme| (theme.id, (theme.splits, theme.indivisible)));
        let mut splits: Splits = known.collect();
        for theme in 0..found.ids.len() {
            let id = found.ids[theme];
            let wanted = edits.themes.get(&id).map_or(0, |edit| edit.splits);
            if wanted <= splits.get(&id).map_or(0, |(done, _)| *done) {
                continue;
            }
            let parts = split(&self.vectors, &mut found, theme, resolution, next_id)?;
            splits.insert(id, (wanted, parts.is_none()));
            apart.extend(parts);
        }
        Ok((found, splits))
    }

    /// Puts the group together from id, name and quotes of each theme.
    fn group(
        &self,
        themes: Vec<Described>,
        of_rows: &[Option<usize>],
        (resolution, chosen_for): (f64, usize),
    ) -> Group {
        let dates =
            |rows: &[usize]| -> Vec<i64> { rows.iter().filter_map(|&row| self.rows[row].at).collect() };
        let all: Vec<usize> = (0..self.rows.len()).collect();
        let of = self
            .periods
            .map_or([0; 2], |periods| periods.count(dates(&all).into_iter()));
        let mut members: Vec<Vec<usize>> = vec![Vec::new(); themes.len()];
        let mut waiting = Vec::new();
        for (row, theme) in of_rows.iter().enumerate() {
            match *theme {
                Some(theme) => members[theme].push(row),
                None => waiting.push(self.rows[row].id),
            }
        }
        let theme = |((id, name, quotes), rows): (Described, Vec<usize>)| Theme {
            id,
            name,
            quotes,
            figures: figures(dates(&rows).into_iter(), self.periods, of),
            splits: 0,
            indivisible: false,
            texts: rows.iter().map(|&row| self.rows[row].id).collect(),
        };
        let mut themes: Vec<Theme> = themes.into_iter().zip(members).map(theme).collect();
        themes.retain(|theme| !theme.texts.is_empty());
        themes.sort_by_key(|theme| (std::cmp::Reverse(theme.texts.len()), theme.id));
        Group {
            label: self.label.clone(),
            resolution,
            chosen_for,
            themes,
            waiting,
            changes: Vec::new(),
        }
    }
}
