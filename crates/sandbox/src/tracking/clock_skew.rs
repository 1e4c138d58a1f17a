//! When an event happened. Segment trusts the sender's clock only as far as `sentAt` shows how wrong it is:
//! `timestamp = receivedAt - (sentAt - originalTimestamp)`. A stale `sentAt` therefore moves every historic event.

use keyferry_core::Timestamp;
use serde_json::{Map, Value};

/// `sent_at` is the event's own or its batch's. Without a readable `timestamp` it happened when it was received.
pub(super) fn corrected(
    event: &Map<String, Value>,
    sent_at: Option<&Value>,
    received_at: Timestamp,
) -> Timestamp {
    let Some(original) = event.get("timestamp").and_then(instant) else { return received_at };
    let Some(sent) = event.get("sentAt").or(sent_at).and_then(instant) else { return original };
    Timestamp(received_at.0.saturating_sub(sent.0.saturating_sub(original.0)))
}

fn instant(value: &Value) -> Option<Timestamp> {
    let instant: jiff::Timestamp = value.as_str()?.parse().ok()?;
    Some(Timestamp(instant.as_millisecond().saturating_mul(1000)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn at(event: Value) -> String {
        let received = instant(&json!("2026-11-20T12:00:00Z")).unwrap();
        corrected(event.as_object().unwrap(), None, received).rfc3339()
    }

    #[test]
    fn a_stale_sent_at_moves_history() {
        let original = "2026-11-01T00:00:00Z";
        assert_eq!(at(json!({"timestamp": original})), "2026-11-01T00:00:00.000Z");
        assert_eq!(
            at(json!({"timestamp": original, "sentAt": "2026-11-20T12:00:00Z"})),
            "2026-11-01T00:00:00.000Z"
        );
        assert_eq!(
            at(json!({"timestamp": original, "sentAt": "2026-11-02T00:00:00Z"})),
            "2026-11-19T12:00:00.000Z"
        );
    }

    #[test]
    fn without_a_time_it_happened_now() {
        assert_eq!(at(json!({})), "2026-11-20T12:00:00.000Z");
        assert_eq!(at(json!({"timestamp": "yesterday"})), "2026-11-20T12:00:00.000Z");
    }
}
