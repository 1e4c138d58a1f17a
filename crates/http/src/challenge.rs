//! What a 401 says besides "no": where the door's metadata stands, from which a client learns who gives tokens for it
//! (RFC 9728, section 5.1).

use crate::rejection::Rejection;
use crate::state::Doors;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;

const MCP: &str = "/mcp";
/// Where a request can carry a token.
const TOKENS: [&str; 3] = ["authorization", "x-keyferry-key", "x-clawlink-api-key"];

/// Lies around the doors that take devices.
pub(crate) async fn tell(State(doors): State<Doors>, request: Request, next: Next) -> Response {
    let resource = if request.uri().path() == MCP { "mcp" } else { "api" };
    let shown = has_token(request.headers());
    let mut response = next.run(request).await;
    let refused = response.extensions().get::<Rejection>().map_or(response.status(), Rejection::status);
    if refused == StatusCode::UNAUTHORIZED {
        let metadata = doors.link(&format!(".well-known/oauth-protected-resource/{resource}"));
        let error = if shown { ", error=\"invalid_token\"" } else { "" };
        let challenge = format!("Bearer realm=\"keyferry\"{error}, resource_metadata=\"{metadata}\"");
        if let Ok(challenge) = HeaderValue::from_str(&challenge) {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
        }
    }
    response
}

fn has_token(headers: &HeaderMap) -> bool {
    TOKENS.iter().any(|name| headers.contains_key(*name))
}
