//! Keeps pages in a browser from the doors that need no token. A page whose name was rebound to this machine could
//! otherwise begin a pairing from the victim's own address. Browsers send `Origin` with every POST, and no page can
//! leave it out; devices and programs send none.

use crate::rejection::Rejection;
use axum::extract::Request;
use axum::http::header;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use keyferry_core::{ErrorCode, Failure};

pub(crate) async fn refuse(request: Request, next: Next) -> Response {
    if request.headers().contains_key(header::ORIGIN) {
        let failure =
            Failure::new(ErrorCode::PolicyDenied, "A page in a browser may not speak to this door.")
                .hint("Devices and programs speak to it themselves, without the header `Origin`.");
        return Rejection::from(failure).into_response();
    }
    next.run(request).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;
    use axum::http::StatusCode;
    use axum::routing::post;
    use axum::{Router, middleware};
    use tower::ServiceExt;

    #[tokio::test]
    async fn a_page_is_refused_wherever_it_says_it_comes_from_and_a_program_is_not() {
        let router = Router::new().route("/", post(|| async {})).layer(middleware::from_fn(refuse));
        let ask = |origin: Option<&str>| {
            let request = Request::post("/");
            let request =
                origin.into_iter().fold(request, |request, origin| request.header(header::ORIGIN, origin));
            router.clone().oneshot(request.body(Body::empty()).unwrap())
        };
        assert_eq!(ask(None).await.unwrap().status(), StatusCode::OK);
        for origin in ["null", "http://127.0.0.1:8474", "https://evil.example"] {
            assert_eq!(ask(Some(origin)).await.unwrap().status(), StatusCode::FORBIDDEN, "{origin}");
        }
    }
}
