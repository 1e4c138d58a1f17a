//! The door in the API's description. A handler's annotation would name one operation; here the catalog says what a
//! path takes, so that the door stands there under each method that APIs use.

use crate::openapi;
use utoipa::openapi::path::{
    HttpMethod, Operation, OperationBuilder, Parameter, ParameterBuilder, ParameterIn, PathItemBuilder,
};
use utoipa::openapi::request_body::{RequestBody, RequestBodyBuilder};
use utoipa::openapi::{
    ContentBuilder, HeaderBuilder, Object, OpenApi, RefOr, Required, Response, ResponseBuilder, Schema, Type,
};

const PATH: &str = "/proxy/{integration}/{api}/{path}";
const ABOUT: &str = "Method and path are looked up in the catalog and written anew; what it does not name is 404. Reads pass \
    as the device's rule allows, writes of a trusted device or of one that a person let send the changes of this API, and \
    what has high impact never. Headers and query are those of the operation; nothing else goes up.";

/// Adds the door to a description.
pub(crate) fn describe(api: &mut OpenApi) {
    let item = PathItemBuilder::new()
        .operation(HttpMethod::Get, operation("proxyGet", None))
        .operation(HttpMethod::Post, operation("proxyPost", Some(body())))
        .operation(HttpMethod::Put, operation("proxyPut", Some(body())))
        .operation(HttpMethod::Patch, operation("proxyPatch", Some(body())))
        .operation(HttpMethod::Delete, operation("proxyDelete", None));
    api.paths.paths.insert(PATH.to_owned(), item.build());
}

fn operation(id: &str, body: Option<RequestBody>) -> Operation {
    OperationBuilder::new()
        .tag("proxy")
        .operation_id(Some(id))
        .summary(Some("Passes what an upstream's own client sends."))
        .description(Some(ABOUT))
        .parameter(part("integration", "`segment`, or `segment@2` for the connection with the number 2."))
        .parameter(part("api", "One of the integration's APIs: `public_api`, `tracking`, `profiles`."))
        .parameter(part("path", "As the upstream's documentation has it, slashes and all: `v1/batch`."))
        .request_body(body)
        .response("2XX", passed())
        .response("404", openapi::failure("The catalog names no such operation."))
        .response(
            "412",
            openapi::failure("It needs a preview or an approval, which no program can make here."),
        )
        .securities(Some(openapi::proxy_tokens()))
        .build()
}

fn part(name: &str, about: &str) -> Parameter {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Path)
        .required(Required::True)
        .description(Some(about))
        .schema(Some(text()))
        .build()
}

fn body() -> RequestBody {
    let any = ContentBuilder::new().schema(Some(Object::new())).build();
    RequestBodyBuilder::new()
        .description(Some("As the operation takes it: plain or gzip, 512,000 bytes at most, also unpacked."))
        .content("application/json", any)
        .build()
}

fn passed() -> Response {
    let call =
        HeaderBuilder::new().schema(Some(text())).description(Some("The journal's id of the call.")).build();
    ResponseBuilder::new()
        .description("The upstream's own answer, but for secret fields.")
        .header("X-Keyferry-Call", call)
        .build()
}

fn text() -> RefOr<Schema> {
    Object::with_type(Type::String).into()
}
