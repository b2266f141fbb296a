//! Saved views: pages with their filters, by name.

use feedback_store::Store;

use crate::error::Result;
use crate::http::url::{encoded, with_query};
use crate::labels::same_name;
use crate::problem::{Code, Problem, ServiceResult};
use crate::state::Inner;
pub(crate) use crate::views::View;
use crate::views::Views;

/// The pages that can be saved with their filters.
pub(crate) const PAGES: [&str; 5] = ["/explore", "/history", "/dashboard", "/themes", "/review"];
/// Maximum length of a name, in characters.
const MAX_NAME: usize = 80;
/// Maximum length of the query of a view, in bytes.
const MAX_QUERY: usize = 2_000;
/// Maximum number of views.
const MAX_VIEWS: usize = 100;

impl View {
    /// Returns the address of the page.
    pub(crate) fn address(&self) -> String {
        with_query(&self.page, &self.query)
    }
}

/// Returns all views, sorted by name.
///
/// # Errors
///
/// Errors of the store.
pub(crate) async fn all(state: &Inner) -> ServiceResult<Vec<View>> {
    let mut views = state.store.run(Views::read).await?;
    views.views.sort_by_key(|view| view.name.to_lowercase());
    Ok(views.views)
}

/// Saves a page with its filters under a name. A view of the same name is replaced.
///
/// # Errors
///
/// `invalid_request` if the name, the page or the query is not usable; `conflict` if there are too many views.
pub(crate) async fn save(state: &Inner, name: &str, address: &str, actor: &str) -> ServiceResult<View> {
    let view = checked(name, address, actor)?;
    let kept = view.clone();
    let write = move |store: &dyn Store| -> Result<ServiceResult<()>> {
        let mut views = Views::read(store)?;
        views.views.retain(|other| !same_name(&other.name, &kept.name));
        if views.views.len() >= MAX_VIEWS {
            let detail = format!("{MAX_VIEWS} views are saved, which is the maximum; remove one first");
            return Ok(Err(Problem::new(Code::Conflict, detail)));
        }
        // The audit trail never has words of texts, and a name or a filter may be some.
        store.add_audit(&kept.actor, "view.save", &kept.page, "")?;
        views.views.push(kept);
        views.write(store)?;
        Ok(Ok(()))
    };
    let _one_at_a_time = state.theme_edits.lock().await;
    state.store.run(write).await??;
    Ok(view)
}

/// Removes a view.
///
/// # Errors
///
/// `not_found` if there is none of this name.
pub(crate) async fn remove(state: &Inner, name: &str, actor: &str) -> ServiceResult<()> {
    let (name, actor) = (name.to_owned(), actor.to_owned());
    let write = move |store: &dyn Store| -> Result<ServiceResult<()>> {
        let mut views = Views::read(store)?;
        let Some(place) = views.views.iter().position(|view| same_name(&view.name, &name)) else {
            return Ok(Err(Problem::not_found("view", name)));
        };
        let removed = views.views.remove(place);
        store.add_audit(&actor, "view.remove", &removed.page, "")?;
        views.write(store)?;
        Ok(Ok(()))
    };
    let _one_at_a_time = state.theme_edits.lock().await;
    state.store.run(write).await?
}

/// Checks a name and the address of a page of this server.
fn checked(name: &str, address: &str, actor: &str) -> ServiceResult<View> {
    let name = name.trim();
    if !(1..=MAX_NAME).contains(&name.chars().count()) || name.chars().any(char::is_control) {
        return Err(Problem::invalid(format!(
            "`name` must have 1 to {MAX_NAME} characters on one line"
        )));
    }
    let (page, query) = address.split_once('?').unwrap_or((address, ""));
    if !PAGES.contains(&page) || query.len() > MAX_QUERY {
        let pages = PAGES.join(", ");
        return Err(Problem::invalid(format!(
            "`address` must be one of the pages {pages}, with at most {MAX_QUERY} bytes of filters"
        )));
    }
    // Written anew, so that a saved address has only what a query can have. The place in a list is not saved.
    let fields = form_urlencoded::parse(query.as_bytes());
    let kept = fields.filter(|(name, value)| !value.is_empty() && name != "before");
    let pairs: Vec<String> = kept
        .map(|(name, value)| format!("{}={}", encoded(&name), encoded(&value)))
        .collect();
    Ok(View {
        name: name.to_owned(),
        page: page.to_owned(),
        query: pairs.join("&"),
        actor: actor.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_this_server_are_kept_and_others_refused() {
        let query = |address: &str| checked(" Pro ", address, "ann").map(|view| view.address()).ok();
        let kept = query("/explore?label=bug&field[plan]=pro&before=7&q=&x=%3Cb%3E");
        assert_eq!(
            kept.as_deref(),
            Some("/explore?label=bug&field%5Bplan%5D=pro&x=%3Cb%3E")
        );
        assert_eq!(query("/themes").as_deref(), Some("/themes"));
        for wrong in [
            "",
            "https://example.org/explore",
            "//example.org",
            "/explorer",
            "/models",
            "/explore/../models",
            "explore",
        ] {
            assert_eq!(query(wrong), None, "{wrong}");
        }
        let long = format!("/history?q={}", "x".repeat(MAX_QUERY));
        assert_eq!(query(&long), None);
        assert!(checked("", "/explore", "ann").is_err() && checked("a\nb", "/explore", "ann").is_err());
    }
}
