//! What arrived: every request below a region, and every stray one, in order. Bounded in number and in bytes; the oldest
//! go first.

use crate::place::{Api, Area, Place};
use crate::received::Received;
use http::StatusCode;
use keyferry_core::Timestamp;
use serde::Serialize;
use serde_json::Value;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, PoisonError};

const MOST_REQUESTS: usize = 10_000;
const MOST_BYTES: usize = 64 * 1024 * 1024;

/// One request. `region` and `api` are null, and `path` is whole, when it went to no API.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Recorded {
    n: u64,
    at: String,
    region: Option<Area>,
    api: Option<Api>,
    method: String,
    /// Below the API's prefix, percent-encoded as it came.
    path: String,
    /// As it came, without the question mark.
    query: String,
    /// Names in lower case; repeated ones are joined by a comma.
    headers: BTreeMap<String, String>,
    /// Parsed when it is JSON, else text; null when there was none or it could not be read.
    body: Value,
    /// Null while unanswered.
    status: Option<u16>,
    #[serde(skip)]
    bytes: usize,
}

#[derive(Debug, Default)]
pub(crate) struct Record(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    last: u64,
    bytes: usize,
    requests: VecDeque<Recorded>,
}

impl Record {
    /// Notes a request before anything is done with it, and answers its number.
    pub(crate) fn arrived(&self, at: Timestamp, place: Option<&Place>, received: &Received) -> u64 {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.last += 1;
        let n = kept.last;
        kept.push(recorded(n, at, place, received));
        n
    }

    pub(crate) fn answered(&self, n: u64, status: StatusCode) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Ok(index) = kept.requests.binary_search_by_key(&n, |request| request.n) {
            kept.requests[index].status = Some(status.as_u16());
        }
    }

    pub(crate) fn after(&self, n: u64) -> Vec<Recorded> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.requests.iter().filter(|request| request.n > n).cloned().collect()
    }

    /// Numbers go on from where they were, so that an `after` taken earlier stays good.
    pub(crate) fn clear(&self) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.requests.clear();
        kept.bytes = 0;
    }
}

impl Kept {
    fn push(&mut self, request: Recorded) {
        self.bytes += request.bytes;
        self.requests.push_back(request);
        while self.requests.len() > MOST_REQUESTS || self.bytes > MOST_BYTES {
            let Some(oldest) = self.requests.pop_front() else { break };
            self.bytes -= oldest.bytes;
        }
    }
}

fn recorded(n: u64, at: Timestamp, place: Option<&Place>, received: &Received) -> Recorded {
    let uri = &received.parts.uri;
    let headers = headers(received);
    let body = received.body.as_deref().unwrap_or_default();
    Recorded {
        n,
        at: at.rfc3339(),
        region: place.map(|place| place.area),
        api: place.map(|place| place.api),
        method: received.parts.method.to_string(),
        path: place.map_or_else(|| uri.path().to_owned(), |place| place.path.clone()),
        query: uri.query().unwrap_or_default().to_owned(),
        bytes: uri.to_string().len()
            + headers.iter().map(|(k, v)| k.len() + v.len()).sum::<usize>()
            + body.len(),
        headers,
        body: readable(body),
        status: None,
    }
}

fn headers(received: &Received) -> BTreeMap<String, String> {
    let mut headers = BTreeMap::<String, String>::new();
    for (name, value) in &received.parts.headers {
        let value = String::from_utf8_lossy(value.as_bytes());
        headers
            .entry(name.as_str().to_owned())
            .and_modify(|before| {
                before.push_str(", ");
                before.push_str(&value);
            })
            .or_insert_with(|| value.into_owned());
    }
    headers
}

fn readable(body: &[u8]) -> Value {
    if body.is_empty() {
        return Value::Null;
    }
    serde_json::from_slice(body).unwrap_or_else(|_| String::from_utf8_lossy(body).into_owned().into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    fn request(body: Vec<u8>) -> Received {
        let (parts, ()) = http::Request::post("/us/tracking/v1/track").body(()).unwrap().into_parts();
        Received { parts, body: Ok(Bytes::from(body)) }
    }

    #[test]
    fn the_oldest_go_first_when_there_are_too_many_or_they_weigh_too_much() {
        let record = Record::default();
        for _ in 0..MOST_REQUESTS + 5 {
            record.arrived(Timestamp(0), None, &request(Vec::new()));
        }
        let kept = record.after(0);
        assert_eq!((kept.len(), kept[0].n), (MOST_REQUESTS, 6));

        for _ in 0..20 {
            record.arrived(Timestamp(0), None, &request(vec![b'x'; 4 * 1024 * 1024]));
        }
        assert!(record.after(0).len() < 16, "{}", record.after(0).len());
    }

    #[test]
    fn numbers_go_on_after_it_was_emptied() {
        let record = Record::default();
        record.arrived(Timestamp(0), None, &request(Vec::new()));
        record.clear();
        assert_eq!(record.arrived(Timestamp(0), None, &request(Vec::new())), 2);
        record.answered(2, StatusCode::OK);
        assert_eq!(record.after(1)[0].status, Some(200));
    }
}
