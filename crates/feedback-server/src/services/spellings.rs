//! How the values of a field are spelt.

use crate::error::Result;
use crate::problem::ServiceResult;
use crate::state::Inner;
use feedback_store::{Dimension, FieldValue, Filter};

/// In a field with more combinations of value and labels, the case counts.
const MAX_COUNTS: usize = 20_000;

/// Returns the values of a field that differ from the wanted one only in case; `None` if a text has exactly this value, or none differs
/// only in case.
pub(super) async fn spellings(state: &Inner, wanted: FieldValue) -> ServiceResult<Option<Vec<String>>> {
    let _turn = state.lists.acquire().await;
    let found = state.store.run(move |store| -> Result<_> {
        let exact = Filter {
            fields: vec![wanted.clone().into()],
            ..Filter::default()
        };
        if wanted.value.is_empty() || !store.ids(&exact, 1)?.is_empty() {
            return Ok(None);
        }
        let by = Dimension::Field(wanted.name);
        let counts = store.breakdown(&Filter::default(), &by, MAX_COUNTS)?;
        let lower = wanted.value.to_lowercase();
        let mut values: Vec<String> = counts
            .unwrap_or_default()
            .into_iter()
            .map(|one| one.value)
            .collect();
        values.retain(|value| value.to_lowercase() == lower);
        values.dedup(); // sorted
        Ok(Some(values).filter(|values| !values.is_empty()))
    });
    Ok(found.await?)
}
