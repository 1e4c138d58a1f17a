//! Which door a path leads to: integration, connection, API, and what stands behind them.

use keyferry_core::{ErrorCode, Failure};

const PREFIX: &str = "/proxy/";

/// The parts of a proxied path. None of them is decoded: names of integrations and APIs need no escapes, and the rest
/// is the catalog's to read.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Door {
    pub(super) integration: String,
    /// The connection's number; the default one when absent.
    pub(super) connection: Option<i64>,
    pub(super) api: String,
    /// Begins with a slash.
    pub(super) path: String,
}

impl Door {
    pub(super) fn of(path: &str) -> Option<Self> {
        let (target, rest) = path.strip_prefix(PREFIX)?.split_once('/')?;
        let (integration, connection) = match target.split_once('@') {
            Some((integration, number)) => (integration, Some(positive(number)?)),
            None => (target, None),
        };
        let (api, path) = rest.split_once('/').unwrap_or((rest, ""));
        let (integration, api) = (integration.to_owned(), api.to_owned());
        Some(Self { integration, connection, api, path: format!("/{path}") })
    }
}

/// Digits and nothing else.
fn positive(number: &str) -> Option<i64> {
    number.bytes().all(|byte| byte.is_ascii_digit()).then(|| number.parse().ok()).flatten()
}

pub(super) fn nothing_here() -> Failure {
    Failure::new(ErrorCode::NotFound, "There is nothing at this path.")
        .hint("The proxy is at `/proxy/{integration}/{api}/…`, or `/proxy/{integration}@{number}/{api}/…`.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn door(path: &str) -> Option<(String, Option<i64>, String, String)> {
        Door::of(path).map(|door| (door.integration, door.connection, door.api, door.path))
    }

    #[test]
    fn a_path_names_integration_connection_api_and_the_rest_as_it_stands() {
        let told =
            |number, path: &str| Some(("segment".to_owned(), number, "tracking".to_owned(), path.to_owned()));
        assert_eq!(door("/proxy/segment/tracking/v1/batch"), told(None, "/v1/batch"));
        assert_eq!(door("/proxy/segment@2/tracking/v1/%62/"), told(Some(2), "/v1/%62/"));
        assert_eq!(door("/proxy/segment/tracking"), told(None, "/"));
        assert_eq!(door("/proxy/segment/tracking/"), told(None, "/"));
        assert_eq!(door("/proxy/segment/tracking//v1"), told(None, "//v1"));
        assert_eq!(door("/proxy/segment/tracking/../x"), told(None, "/../x"));
    }

    #[test]
    fn a_connection_is_a_number_or_nothing() {
        for path in [
            "/proxy/segment@/tracking/x",
            "/proxy/segment@+1/tracking/x",
            "/proxy/segment@a/t",
            "/proxy/segment",
        ] {
            assert_eq!(Door::of(path), None, "{path}");
        }
    }
}
