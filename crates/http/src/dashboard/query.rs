//! The query of a page's address. What can't be read is as if it were not there: a page is still a page.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;
use std::convert::Infallible;

#[derive(Debug)]
pub(super) struct Query<T>(pub(super) T);

impl<T: DeserializeOwned + Default, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let holds_nul = parts.uri.query().is_some_and(|query| query.contains("%00"));
        let read = axum::extract::Query::<T>::try_from_uri(&parts.uri);
        Ok(Self(
            read.ok().filter(|_| !holds_nul).map(|axum::extract::Query(asked)| asked).unwrap_or_default(),
        ))
    }
}
