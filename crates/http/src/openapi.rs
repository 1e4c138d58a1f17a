//! The API's own description, made from the handlers.

use crate::api::wire::FailureAnswer;
use crate::flat_failure::FlatFailure;
use crate::oauth::OAuthErrorBody;
use crate::reader::Reader;
use crate::{proxy, router};
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::{ContentBuilder, Ref, RefOr, Response, ResponseBuilder};
use utoipa::{Modify, OpenApi, ToSchema};

const TOKEN: &str = "device_token";
const KEY: &str = "device_key";
const USER_NAME: &str = "device_user_name";

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Keyferry",
        description = "Lets agents call people's accounts without holding the keys. A superset of ClawLink's wire.",
    ),
    components(schemas(FailureAnswer, FlatFailure, OAuthErrorBody)),
    modifiers(&DeviceSecurity),
    tags(
        (name = "discovery", description = "What there is to call, and how."),
        (name = "calls", description = "Previewing, calling, and looking back."),
        (name = "connections", description = "Connected accounts, and connecting one."),
        (name = "canonical", description = "ClawLink's documented API: the same calls in its words."),
        (name = "pairing", description = "Pairing as ClawLink's plugins do it."),
        (name = "proxy", description = "For programs that speak an upstream's own language."),
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
        components.add_security_scheme(TOKEN, SecurityScheme::Http(bearer));
        let key = ApiKeyValue::with_description(
            "X-Keyferry-Key",
            "The same. One that is present and wrong is refused, whatever else is sent. `X-ClawLink-API-Key` is read alike.",
        );
        components.add_security_scheme(KEY, SecurityScheme::ApiKey(ApiKey::Header(key)));
        let basic = HttpBuilder::new()
            .scheme(HttpAuthScheme::Basic)
            .description(Some(
                "A device token as the user name; the password is passed over. For the proxy alone.",
            ))
            .build();
        components.add_security_scheme(USER_NAME, SecurityScheme::Http(basic));
    }
}

/// What the operations of a device have in common: they take its token, and refuse who has none with a sentence.
pub(crate) fn guard(api: &mut utoipa::openapi::OpenApi) {
    for operation in api.paths.paths.values_mut().flat_map(operations) {
        operation.security = Some(vec![scheme(TOKEN), scheme(KEY)]);
        operation
            .responses
            .responses
            .insert("401".to_owned(), refusal::<FlatFailure>("Who asks is not let in."));
    }
}

fn scheme(name: &str) -> SecurityRequirement {
    SecurityRequirement::new(name, Vec::<String>::new())
}

/// Where the proxy takes a device's token; of some APIs in a field of the body, too.
pub(crate) fn proxy_tokens() -> [SecurityRequirement; 3] {
    [scheme(USER_NAME), scheme(TOKEN), scheme(KEY)]
}

/// A refusal as the device's doors tell it.
pub(crate) fn failure(description: &str) -> RefOr<Response> {
    refusal::<FailureAnswer>(description)
}

/// Each door tells its refusals in one form, whatever they are.
fn tell_refusals(api: &mut utoipa::openapi::OpenApi) {
    for (path, item) in &mut api.paths.paths {
        let told = match Reader::at(path, false) {
            Reader::ClawLink => refusal::<FlatFailure>,
            Reader::OAuthClient => refusal::<OAuthErrorBody>,
            Reader::Device | Reader::Person => refusal::<FailureAnswer>,
        };
        for operation in operations(item) {
            let responses = &mut operation.responses.responses;
            responses.entry("default".to_owned()).or_insert_with(|| told("Why it was not done."));
        }
    }
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    let PathItem { get, post, put, patch, delete, .. } = item;
    [get, post, put, patch, delete].into_iter().flatten()
}

fn refusal<T: ToSchema>(description: &str) -> RefOr<Response> {
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name(T::name()))).build();
    ResponseBuilder::new().description(description).content("application/json", content).build().into()
}

/// OpenAPI 3.1 as JSON: the same bytes for the same source, with a newline at the end.
#[must_use]
pub fn openapi() -> String {
    let mut api = Description::openapi();
    api.merge(router::described());
    proxy::describe(&mut api);
    tell_refusals(&mut api);
    let mut text = api.to_pretty_json().expect("a description of texts and numbers is JSON");
    text.push('\n');
    text
}
