//! What is counted for whoever runs the gateway. Labels are names of the catalog and words of ours, never ids, so that
//! there are only so many.

use crate::trail::Trail;
use keyferry_catalog::Tool;
use keyferry_core::ErrorCode;
use std::time::Duration;

/// What became of a confirmation.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Confirmed {
    Previewed,
    Asked,
    Approved,
    Denied,
}

/// A call that was answered: `ok`, `replayed`, or the code that it was refused or failed with.
pub(crate) fn call(trail: &Trail, refused: Option<ErrorCode>) {
    let Some(tool) = &trail.tool else { return };
    let outcome = match refused {
        Some(code) => code.as_str(),
        None if trail.replayed.is_some() => "replayed",
        None => "ok",
    };
    let labels = [
        ("integration", tool.integration.clone()),
        ("impact", tool.impact.as_str().to_owned()),
        ("outcome", outcome.to_owned()),
    ];
    metrics::counter!("keyferry_calls_total", &labels).increment(1);
}

pub(crate) fn confirmation(event: Confirmed) {
    let event = match event {
        Confirmed::Previewed => "previewed",
        Confirmed::Asked => "asked",
        Confirmed::Approved => "approved",
        Confirmed::Denied => "denied",
    };
    metrics::counter!("keyferry_confirmations_total", "event" => event).increment(1);
}

/// One exchange, from waiting for the budget to the end of the answer, with what was tried again.
pub(crate) fn exchange(tool: &Tool, took: Duration) {
    let labels = [("integration", tool.integration.clone()), ("api", tool.api.clone())];
    metrics::histogram!("keyferry_upstream_seconds", &labels).record(took.as_secs_f64());
}
