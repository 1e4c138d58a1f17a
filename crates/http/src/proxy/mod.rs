//! `ANY /proxy/{integration}[@{number}]/{api}/{path}`: for programs that speak an upstream's own language. They give
//! the gateway's token where the upstream wants its key. What a request is, whether it may pass and what of the answer
//! is shown is the broker's; here is only how it comes in and goes out.

mod answer;
mod body;
mod caller;
mod described;
mod door;
mod inflate;

use crate::client_address::ClientAddress;
use crate::places::{Full, Place};
use crate::rejection::Rejection;
use crate::request_log::Asker;
use crate::state::Doors;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use axum::{Extension, Router};
use caller::Shown;
use door::Door;
use keyferry_broker::Failed;
use keyferry_broker::proxy::{ProxyBody, ProxyRequest, Target};
use keyferry_broker::view::Meta;
use keyferry_core::{DeviceId, ErrorCode, Failure, Principal, RequestId};
use std::net::IpAddr;
use std::time::Duration;

pub(crate) use described::describe;

/// Whoever finds no place soon finds one.
const SOON: Duration = Duration::from_secs(1);

/// The door's routes. They are the same door whatever the method is: the catalog says what there is.
pub(crate) fn router() -> Router<Doors> {
    Router::new()
        .route("/proxy/{target}/{api}", any(pass))
        .route("/proxy/{target}/{api}/", any(pass))
        .route("/proxy/{target}/{api}/{*path}", any(pass))
}

/// Why a request did not pass, and what the journal knows of it.
struct Refused {
    failure: Failure,
    meta: Option<Box<Meta>>,
}

impl From<Failure> for Refused {
    fn from(failure: Failure) -> Self {
        Self { failure, meta: None }
    }
}

impl From<Failed> for Refused {
    fn from(Failed { failure, meta }: Failed) -> Self {
        Self { failure, meta: Some(meta) }
    }
}

async fn pass(
    State(doors): State<Doors>,
    ClientAddress(address): ClientAddress,
    Extension(id): Extension<RequestId>,
    request: Request,
) -> Response {
    let Some(door) = Door::of(request.uri().path()) else {
        return Rejection::from(door::nothing_here()).into_response();
    };
    match through(&doors, &door, (address, id), request).await {
        Ok(answer) => answer,
        Err(Refused { failure, meta }) => {
            let also = doors.broker.failure_for_clients(&door.integration, &door.api, &failure);
            Rejection::for_clients(failure, meta, also).into_response()
        }
    }
}

async fn through(
    doors: &Doors,
    door: &Door,
    (address, id): (IpAddr, RequestId),
    request: Request,
) -> Result<Response, Refused> {
    let asker = request.extensions().get::<Asker>().cloned().unwrap_or_default();
    let shown = caller::in_headers(request.headers());
    let known = match &shown {
        Some(shown) => Some(known(doors, shown, address, &asker).await?),
        None => None,
    };
    let broker = &doors.broker;
    let target = broker.proxy_target(&door.integration, &door.api, request.method(), &door.path)?;
    let query = request.uri().query().unwrap_or_default().to_owned();
    let (principal, body, place) = match known {
        Some(principal) => {
            let place = place(doors, &principal)?;
            (principal, body::read(doors, &target, request).await?, place)
        }
        None => stranger(doors, &target, (address, &asker), request).await?,
    };
    let request =
        ProxyRequest { target, connection: door.connection, query, body, request_id: Some(id.to_string()) };
    let answer = broker.proxy(&principal, request).await?;
    Ok(answer::response(answer, place))
}

/// One whose token can only be in the body. Until it is read he has a stranger's place and a stranger's time.
async fn stranger(
    doors: &Doors,
    target: &Target,
    (address, asker): (IpAddr, &Asker),
    request: Request,
) -> Result<(Principal, ProxyBody, Place<DeviceId>), Refused> {
    let field = target.body_key().ok_or_else(caller::missing)?.to_owned();
    let guest = doors.shared().strangers.take(Some(keyferry_identity::network_of(address)));
    let guest = guest.map_err(no_place)?;
    let body = body::read_soon(doors, target, request).await?;
    let ProxyBody::Raw(raw) = &body else { return Err(caller::missing().into()) };
    let shown = caller::in_body(&raw.keys(&field)).ok_or_else(caller::missing)?;
    let principal = known(doors, &shown, address, asker).await?;
    drop(guest);
    let place = place(doors, &principal)?;
    Ok((principal, body, place))
}

async fn known(doors: &Doors, shown: &Shown, address: IpAddr, asker: &Asker) -> Result<Principal, Failure> {
    let principal = shown.device(doors, address).await?;
    if let Some(device) = principal.device() {
        asker.is(device);
    }
    Ok(principal)
}

fn place(doors: &Doors, principal: &Principal) -> Result<Place<DeviceId>, Failure> {
    doors.shared().passing.take(principal.device().cloned()).map_err(no_place)
}

fn no_place(full: Full) -> Failure {
    let failure = match full {
        Full::Own => Failure::new(
            ErrorCode::RateLimited,
            "As many requests of this device or network are in flight as may be; nothing was sent.",
        ),
        Full::All => Failure::unavailable(
            "As many requests are in flight through the proxy as it takes; nothing was sent.",
            full,
        ),
    };
    failure.retry_after(SOON)
}
