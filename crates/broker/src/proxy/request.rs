//! What a proxied request is for, and the request itself.

use crate::Broker;
use crate::failed::Failed;
use crate::proxy::ProxyAnswer;
use crate::trail::Trail;
use futures::FutureExt;
use http::Method;
use keyferry_catalog::{Filling, Parameter, Recognized, RequestShape, Tool};
use keyferry_core::{ErrorCode, Failure, Principal};
use keyferry_upstream::RawBody;
use serde_json::{Map, Value};

/// The operation that a method and a path name. Its body is still to be read.
#[derive(Debug, Clone)]
pub struct Target {
    pub(crate) recognized: Recognized,
    /// The field in which a client of this API gives a key, where the body is all of the request; then it passes as it
    /// came.
    body_key: Option<String>,
}

impl Target {
    /// The field of the body in which a client of this API may give a key. Such a body passes as it came, but for
    /// that field; any other is read into arguments.
    #[must_use]
    pub fn body_key(&self) -> Option<&str> {
        self.body_key.as_deref()
    }

    pub(crate) fn tool(&self) -> &Tool {
        &self.recognized.tool
    }
}

/// A request's body, as its target wants it.
#[derive(Debug)]
pub enum ProxyBody {
    Nothing,
    Json(Map<String, Value>),
    Raw(RawBody),
}

#[derive(Debug)]
pub struct ProxyRequest {
    pub target: Target,
    /// The connection's number; the default one when absent.
    pub connection: Option<i64>,
    /// The query string as it came.
    pub query: String,
    pub body: ProxyBody,
    /// The id of the HTTP request, for the answer's `meta`.
    pub request_id: Option<String>,
}

/// Whether the body is all that the operation takes. What stands beside it is read, and then the body with it.
fn is_its_body(request: &RequestShape) -> bool {
    let beside = |one: &Parameter| matches!(one.filled_from, Filling::Argument(_));
    request.body.is_some() && !request.parameters.iter().any(beside)
}

impl Broker {
    /// The operation of an API that a request is for. `path` is as it came and begins with a slash.
    ///
    /// # Errors
    /// `not_found` for an integration, an API or a path that the catalog does not name.
    pub fn proxy_target(
        &self,
        integration: &str,
        api: &str,
        method: &Method,
        path: &str,
    ) -> Result<Target, Failure> {
        let Some(known) = self.catalog().integration(integration).filter(|known| known.api(api).is_some())
        else {
            return Err(
                Failure::new(ErrorCode::NotFound, "There is no such API.").details(self.proxied_bases())
            );
        };
        let recognized = self.catalog().recognize(integration, api, method, path).ok_or_else(|| {
            Failure::new(
                ErrorCode::NotFound,
                format!(
                    "{} is not known to have an operation at this method and path; nothing was sent.",
                    known.name
                ),
            )
            .hint("The proxy sends what the catalog names: `GET /api/tools` lists it.")
        })?;
        let slot = known.slot(&recognized.tool.slot);
        let body_key =
            slot.and_then(|slot| slot.also_body.clone()).filter(|_| is_its_body(&recognized.tool.request));
        Ok(Target { recognized, body_key })
    }

    /// Sends a request to the upstream, if the device may. It goes on when the one who asked hangs up.
    ///
    /// # Errors
    /// Every code of the API; the failure says who mends it and how.
    pub async fn proxy(&self, principal: &Principal, request: ProxyRequest) -> Result<ProxyAnswer, Failed> {
        let (broker, caller) = (self.clone(), principal.clone());
        let (began, id) = (self.now(), request.request_id.clone());
        let work = async move { broker.proxied_now(&caller, request).await };
        self.finish(principal, work.boxed()).await.unwrap_or_else(|failure| {
            Err(Failed { failure, meta: Box::new(Trail::begin(began, None).meta(id, self.now())) })
        })
    }
}
