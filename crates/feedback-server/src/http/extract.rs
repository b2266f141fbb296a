//! Extractors for handlers. Values that are not valid become a [`Problem`].

use axum::extract::{FromRequestParts, Path, Query};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use crate::auth::Visitor;
use crate::problem::{Code, Problem};
use crate::state::Shared;

/// The parsed query string of a request.
pub(crate) struct ApiQuery<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequestParts<Shared> for ApiQuery<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &Shared) -> Result<Self, Problem> {
        match Query::from_request_parts(parts, state).await {
            Ok(Query(query)) => Ok(Self(query)),
            Err(rejection) => Err(Problem::invalid(rejection.body_text())),
        }
    }
}

/// The numeric id in an address. If it is not a number, the response is 404.
pub(crate) struct Id(pub(crate) i64);

impl FromRequestParts<Shared> for Id {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &Shared) -> Result<Self, Problem> {
        let path = Path::<String>::from_request_parts(parts, state).await;
        let id = path.ok().and_then(|Path(id)| id.parse().ok());
        id.map(Self)
            .ok_or_else(|| Problem::new(Code::NotFound, "the id in the address must be a number"))
    }
}

/// The name of the visitor, for the audit trail.
pub(crate) struct Actor(pub(crate) String);

impl FromRequestParts<Shared> for Actor {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Shared) -> Result<Self, Problem> {
        let visitor = parts.extensions.get::<Visitor>();
        let visitor = visitor.ok_or_else(|| Problem::new(Code::Internal, "the request has no visitor"))?;
        Ok(Self(visitor.who.actor().to_owned()))
    }
}

/// Returns the maximum number of items in a list: 1 to 500, 50 by default.
pub(crate) fn limit(asked: Option<usize>) -> Result<usize, Problem> {
    match asked {
        None => Ok(50),
        Some(limit @ 1..=500) => Ok(limit),
        Some(_) => Err(Problem::invalid("`limit` must be 1 to 500")),
    }
}
