//! The API's own description, made from the handlers.

use crate::router;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Keyferry",
        description = "Lets agents call people's accounts without holding the keys. A superset of ClawLink's wire.",
    ),
    modifiers(&DeviceSecurity),
    tags(
        (name = "discovery", description = "What there is to call, and how."),
        (name = "calls", description = "Previewing, calling, and looking back."),
        (name = "connections", description = "Connected accounts, and connecting one."),
        (name = "pairing", description = "Pairing as ClawLink's OpenClaw plugin does it."),
        (name = "oauth", description = "Pairing by a code, and keeping tokens fresh."),
        (name = "operations", description = "For those who run the gateway."),
    )
)]
struct Description;

struct DeviceSecurity;

impl Modify for DeviceSecurity {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let components = openapi.components.get_or_insert_default();
        let bearer = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("A device token (`kfd_…`) or an access token."))
            .build();
        components.add_security_scheme("device_token", SecurityScheme::Http(bearer));
        let key = ApiKeyValue::with_description(
            "X-Keyferry-Key",
            "The same. One that is present and wrong is refused, whatever else is sent. `X-ClawLink-API-Key` is read alike.",
        );
        components.add_security_scheme("device_key", SecurityScheme::ApiKey(ApiKey::Header(key)));
    }
}

/// OpenAPI 3.1 as JSON: the same bytes for the same source, with a newline at the end.
#[must_use]
pub fn openapi() -> String {
    let mut api = Description::openapi();
    api.merge(router::described());
    let mut text = api.to_pretty_json().expect("a description of texts and numbers is JSON");
    text.push('\n');
    text
}
