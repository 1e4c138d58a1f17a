//! The stylesheet, built into the binary. Its address holds its hash, so that a browser may keep it for good.

use super::refusal::Refusal;
use axum::extract::Path;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use rust_embed::RustEmbed;
use std::sync::OnceLock;

#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/assets"]
struct Assets;

const STYLE: &str = "style.css";

/// The address of the stylesheet.
pub(super) fn style() -> &'static str {
    static ADDRESS: OnceLock<String> = OnceLock::new();
    ADDRESS.get_or_init(|| {
        let hash =
            Assets::get(STYLE).map(|file| hex::encode(&file.metadata.sha256_hash()[..6])).unwrap_or_default();
        format!("/dashboard/assets/{STYLE}?v={hash}")
    })
}

/// `GET /dashboard/assets/{file}`
pub(super) async fn get(Path(name): Path<String>) -> Result<Response, Refusal> {
    let (content_type, file) = match name.as_str() {
        STYLE => ("text/css; charset=utf-8", Assets::get(STYLE)),
        _ => ("", None),
    };
    let file = file.ok_or_else(Refusal::not_found)?;
    let headers = [
        (header::CONTENT_TYPE, content_type),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
    ];
    Ok((headers, file.data).into_response())
}
