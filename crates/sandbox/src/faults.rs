//! What is to go wrong next. Armed by `POST /__sandbox/faults`, used up in order, one for each request.

mod echo;
mod refusal;

pub(crate) use echo::echo;
pub(crate) use refusal::refusal;

use crate::place::{Api, Area, Place};
use http::{Method, StatusCode};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

const MOST_FAULTS: usize = 1_000;

/// A fault as it is asked for, and as it is listed with the times that are left.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct FaultRequest {
    #[serde(default, rename = "match")]
    matching: Matching,
    #[serde(default = "once")]
    times: u32,
    kind: Kind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ms: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    retry_after: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    compressed: Option<bool>,
}

#[derive(Debug, Clone, Copy, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Delay,
    Cut,
    CutAfterDone,
    Status,
    EchoSecret,
}

/// Which requests; what is left out matches all.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Matching {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    region: Option<Area>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    api: Option<Api>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    method: Option<String>,
    /// Below the API's prefix, or whole; `*` at its end stands for any rest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    path: Option<String>,
}

/// What is done to one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    Delay(Duration),
    Cut,
    CutAfterDone,
    Status { status: StatusCode, retry_after: Option<u64> },
    EchoSecret { status: StatusCode, compressed: bool },
}

#[derive(Debug, Default)]
pub(crate) struct Faults(Mutex<VecDeque<FaultRequest>>);

impl Faults {
    /// # Errors
    /// A sentence, when the fault makes no sense.
    pub(crate) fn arm(&self, fault: FaultRequest) -> Result<(), String> {
        fault.action()?;
        if fault.times == 0 {
            return Err("times: 0 would never happen; leave it out for once".to_owned());
        }
        let mut armed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if armed.len() >= MOST_FAULTS {
            return Err(format!("{MOST_FAULTS} faults are armed already; DELETE clears them"));
        }
        armed.push_back(fault);
        Ok(())
    }

    pub(crate) fn armed(&self) -> Vec<FaultRequest> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    pub(crate) fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Uses up one of the oldest fault that matches.
    pub(crate) fn take(&self, place: &Place, method: &Method, whole_path: &str) -> Option<Action> {
        let mut armed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let index = armed.iter().position(|fault| fault.matching.covers(place, method, whole_path))?;
        let action = armed[index].action().ok();
        armed[index].times -= 1;
        if armed[index].times == 0 {
            armed.remove(index);
        }
        action
    }
}

impl FaultRequest {
    fn action(&self) -> Result<Action, String> {
        match self.kind {
            Kind::Delay => self
                .ms
                .map(|ms| Action::Delay(Duration::from_millis(ms)))
                .ok_or_else(|| "delay needs ms".to_owned()),
            Kind::Cut => Ok(Action::Cut),
            Kind::CutAfterDone => Ok(Action::CutAfterDone),
            Kind::Status => {
                let status = self.status.ok_or("kind status needs status")?;
                Ok(Action::Status { status: final_status(status)?, retry_after: self.retry_after })
            }
            Kind::EchoSecret => Ok(Action::EchoSecret {
                status: final_status(self.status.unwrap_or(200))?,
                compressed: self.compressed.unwrap_or(false),
            }),
        }
    }
}

fn final_status(status: u16) -> Result<StatusCode, String> {
    match StatusCode::from_u16(status) {
        Ok(known) if (200..600).contains(&status) => Ok(known),
        _ => Err(format!("status {status}: 200 to 599 can be answered")),
    }
}

fn once() -> u32 {
    1
}

impl Matching {
    fn covers(&self, place: &Place, method: &Method, whole_path: &str) -> bool {
        self.region.is_none_or(|area| area == place.area)
            && self.api.is_none_or(|api| api == place.api)
            && self.method.as_deref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(method.as_str()))
            && self.path.as_deref().is_none_or(|wanted| fits(wanted, &place.path) || fits(wanted, whole_path))
    }
}

fn fits(wanted: &str, path: &str) -> bool {
    match wanted.strip_suffix('*') {
        Some(start) => path.starts_with(start),
        None => path == wanted,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn arm(faults: &Faults, fault: Value) -> Result<(), String> {
        faults.arm(serde_json::from_value(fault).map_err(|e| e.to_string())?)
    }

    fn take(faults: &Faults, method: Method, whole: &str) -> Option<Action> {
        faults.take(&Place::of(whole).unwrap(), &method, whole)
    }

    #[test]
    fn the_oldest_that_matches_is_used_up_first() {
        let faults = Faults::default();
        arm(&faults, json!({"match": {"api": "tracking"}, "times": 2, "kind": "cut"})).unwrap();
        arm(&faults, json!({"kind": "delay", "ms": 5})).unwrap();
        let track = "/us/tracking/v1/track";
        assert_eq!(take(&faults, Method::POST, track), Some(Action::Cut));
        let other = take(&faults, Method::GET, "/us/public_api/sources");
        assert_eq!(other, Some(Action::Delay(Duration::from_millis(5))));
        assert_eq!(take(&faults, Method::POST, track), Some(Action::Cut));
        assert_eq!(take(&faults, Method::POST, track), None);
    }

    #[test]
    fn a_path_is_matched_below_its_prefix_or_whole_and_may_end_in_a_star() {
        let whole = "/eu/public_api/sources/abc";
        for (path, covers) in [
            ("/sources/abc", true),
            ("/sources/*", true),
            ("/eu/public_api/sources/abc", true),
            ("/eu/*", true),
            ("/sources", false),
            ("/us/*", false),
        ] {
            let faults = Faults::default();
            arm(&faults, json!({"match": {"method": "delete", "path": path}, "kind": "cut_after_done"}))
                .unwrap();
            assert_eq!(take(&faults, Method::GET, whole), None, "{path}");
            assert_eq!(take(&faults, Method::DELETE, whole).is_some(), covers, "{path}");
        }
    }

    #[test]
    fn a_fault_that_makes_no_sense_is_refused() {
        let faults = Faults::default();
        for wrong in [
            json!({"kind": "delay"}),
            json!({"kind": "status"}),
            json!({"kind": "status", "status": 101}),
            json!({"kind": "explode"}),
            json!({"kind": "cut", "times": 0}),
            json!({"kind": "cut", "match": {"host": "x"}}),
        ] {
            assert!(arm(&faults, wrong.clone()).is_err(), "{wrong}");
        }
        assert!(faults.armed().is_empty());
    }
}
