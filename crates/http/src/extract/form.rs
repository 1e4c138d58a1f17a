//! Form bodies of the OAuth doors.

use super::body;
use crate::oauth::OAuthError;
use crate::state::Doors;
use axum::body::Body;
use axum::extract::{FromRequest, Request};
use serde::de::DeserializeOwned;

/// A form read into a struct of optional texts. A parameter that stands twice is an error, an unknown one is passed
/// over (RFC 6749, section 3.2).
#[derive(Debug)]
pub(crate) struct Form<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<Doors> for Form<T> {
    type Rejection = OAuthError;

    async fn from_request(request: Request, doors: &Doors) -> Result<Self, OAuthError> {
        let (method, headers) = (request.method().clone(), request.headers().clone());
        let body = body::read(request, doors).await?;
        let holds_nul = body.contains(&0) || body.windows(3).any(|three| three == b"%00");
        let mut again = Request::new(Body::from(body));
        *again.method_mut() = method;
        *again.headers_mut() = headers;
        match axum::Form::<T>::from_request(again, doors).await {
            Ok(axum::Form(form)) if !holds_nul => Ok(Self(form)),
            _ => Err(OAuthError::invalid_request(
                "The body is not a form (application/x-www-form-urlencoded) with each parameter once.",
            )),
        }
    }
}
