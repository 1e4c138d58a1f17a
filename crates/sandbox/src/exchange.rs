//! The way of every request that goes to an API: recorded, made to fail where that was asked for, answered.

use crate::connection::Line;
use crate::faults::{Action, Faults, echo, refusal};
use crate::place::{Api, Area, Place};
use crate::received::{Received, Unreadable};
use crate::record::Record;
use crate::running::SandboxSettings;
use crate::state::{Intake, Region};
use crate::{profiles, public_api, tracking};
use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::{StatusCode, Uri};
use keyferry_core::Clocks;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tower::ServiceExt;

/// All that the doors share.
pub(crate) struct House {
    pub(crate) record: Record,
    pub(crate) faults: Faults,
    pub(crate) intake: Arc<Intake>,
    us: Apis,
    eu: Apis,
    clock: Clocks,
    stopping: watch::Receiver<bool>,
}

/// One region's APIs, each served as if it stood alone on its host.
struct Apis {
    region: Arc<Region>,
    public_api: Router,
    tracking: Router,
    profiles: Router,
}

impl Apis {
    fn new(region: Region) -> Self {
        let region = Arc::new(region);
        Self {
            public_api: public_api::router(Arc::clone(&region)),
            tracking: tracking::router(Arc::clone(&region)),
            profiles: profiles::router(Arc::clone(&region)),
            region,
        }
    }
}

impl House {
    pub(crate) fn new(settings: &SandboxSettings, stopping: watch::Receiver<bool>) -> Self {
        let intake = Arc::new(Intake::default());
        let apis =
            |area, credentials| Apis::new(Region::seeded(area, credentials, settings, Arc::clone(&intake)));
        Self {
            record: Record::default(),
            faults: Faults::default(),
            us: apis(Area::Us, &settings.credentials.us),
            eu: apis(Area::Eu, &settings.credentials.eu),
            clock: Arc::clone(&settings.clock),
            intake,
            stopping,
        }
    }

    fn of(&self, area: Area) -> &Apis {
        match area {
            Area::Us => &self.us,
            Area::Eu => &self.eu,
        }
    }

    pub(crate) fn region(&self, area: Area) -> &Region {
        &self.of(area).region
    }

    fn api(&self, place: &Place) -> Router {
        let apis = self.of(place.area);
        match place.api {
            Api::Public => apis.public_api.clone(),
            Api::Tracking => apis.tracking.clone(),
            Api::Profiles => apis.profiles.clone(),
        }
    }

    /// A delay ends early when the sandbox is stopped, so that stopping never waits for a fault.
    async fn pause(&self, length: Duration) {
        let mut stopping = self.stopping.clone();
        tokio::select! {
            () = tokio::time::sleep(length) => {}
            _ = stopping.wait_for(|stop| *stop) => {}
        }
    }
}

/// Answers one request. It runs as a task of its own: what has arrived is done, whether or not the caller still waits,
/// as it would be at a real upstream.
pub(crate) async fn exchange(State(house): State<Arc<House>>, request: Request) -> Response {
    let line = request.extensions().get::<ConnectInfo<Line>>().map(|ConnectInfo(line)| line.clone());
    let answer = tokio::spawn(answered(house, request)).await;
    match (answer, line) {
        (Ok(Some(response)), _) => response,
        (Ok(None), Some(line)) => {
            line.cut();
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
        (Ok(None) | Err(_), _) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// None: the line is to be cut.
async fn answered(house: Arc<House>, request: Request) -> Option<Response> {
    let place = Place::of(request.uri().path());
    let received = Received::read(request).await;
    let number = house.record.arrived(house.clock.now(), place.as_ref(), &received);
    let response = match place {
        Some(place) => at_place(&house, &place, received).await?,
        None => nowhere(received.parts.uri.path()),
    };
    house.record.answered(number, response.status());
    Some(response)
}

async fn at_place(house: &House, place: &Place, received: Received) -> Option<Response> {
    let fault = house.faults.take(place, &received.parts.method, received.parts.uri.path());
    match fault {
        None => Some(served(house, place, received).await),
        Some(Action::Cut) => None,
        Some(Action::CutAfterDone) => {
            served(house, place, received).await;
            None
        }
        Some(Action::Delay(length)) => {
            house.pause(length).await;
            Some(served(house, place, received).await)
        }
        Some(Action::Status { status, retry_after }) => Some(refusal(place.api, status, retry_after)),
        Some(Action::EchoSecret { status, compressed }) => Some(echo(&received, status, compressed)),
    }
}

async fn served(house: &House, place: &Place, received: Received) -> Response {
    let Received { mut parts, body } = received;
    let body = match body {
        Ok(body) => body,
        Err(why) => return unreadable(place.api, why),
    };
    parts.uri = below(&parts.uri, place);
    match house.api(place).oneshot(http::Request::from_parts(parts, Body::from(body))).await {
        Ok(response) => response,
        Err(never) => match never {},
    }
}

fn below(uri: &Uri, place: &Place) -> Uri {
    let path_and_query = match uri.query() {
        Some(query) => format!("{}?{query}", place.path),
        None => place.path.clone(),
    };
    Uri::try_from(path_and_query).expect("the tail of a valid path is a valid path")
}

/// Tracking answers 400 to all that it cannot read; the others name what is wrong.
fn unreadable(api: Api, why: Unreadable) -> Response {
    match (api, why) {
        (Api::Tracking, _) => tracking::bad_request(),
        (_, Unreadable::TooLarge) => refusal(api, StatusCode::PAYLOAD_TOO_LARGE, None),
        (_, Unreadable::Broken) => refusal(api, StatusCode::BAD_REQUEST, None),
    }
}

fn nowhere(path: &str) -> Response {
    let said =
        format!("{path}: the sandbox serves /us and /eu, each with /public_api, /tracking and /profiles\n");
    (StatusCode::NOT_FOUND, Bytes::from(said)).into_response()
}
