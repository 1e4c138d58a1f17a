//! Short links into the dashboard, as devices print them.

use super::named::Named;
use super::refusal::Refusal;
use axum::extract::OriginalUri;
use axum::response::Redirect;
use keyferry_core::ConfirmationId;

/// `GET /`, `GET /dashboard/`
pub(super) async fn home() -> Redirect {
    Redirect::to("/dashboard")
}

/// `GET /pair`. A code in the query is not passed on: it is typed.
pub(super) async fn pair() -> Redirect {
    Redirect::to("/dashboard/pair")
}

/// `GET /connect/{slug}?session=`
pub(super) async fn connect(OriginalUri(uri): OriginalUri) -> Redirect {
    let path = uri.path_and_query().map_or("", |path| path.as_str());
    Redirect::to(&format!("/dashboard{path}"))
}

/// `GET /approve/{id}`
pub(super) async fn approve(Named(id): Named<ConfirmationId>) -> Result<Redirect, Refusal> {
    Ok(Redirect::to(&format!("/dashboard/approvals/{id}")))
}
