//! The doors of ours that are measured, and what goes through them.

use crate::load::Request;
use crate::world::Seeded;

/// What an agent asks.
pub(crate) const READ: &str = "/labels";
const EVENT: &str = r#"{"arguments":{"userId":"u-1001","event":"Order completed","properties":{"orderId":"o-51","total":27.5,"currency":"EUR"}}}"#;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Door {
    ProxyRead,
    ToolRead,
    /// By a device that needs no preview.
    ToolWrite,
    /// Two requests, each counted as one.
    PreviewAndWrite,
    /// The newest of the device's own calls.
    Journal,
    Search,
}

impl Door {
    /// Those through which a call goes.
    pub(crate) const CALLS: [Self; 4] =
        [Self::ProxyRead, Self::ToolRead, Self::ToolWrite, Self::PreviewAndWrite];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::ProxyRead => "proxy read",
            Self::ToolRead => "tool read",
            Self::ToolWrite => "tool write",
            Self::PreviewAndWrite => "preview + write",
            Self::Journal => "journal's newest page",
            Self::Search => "search",
        }
    }

    /// The requests that so many connections send in turn: as many devices, or all that there are.
    pub(crate) fn requests<'a>(self, seeded: &'a Seeded, connections: Option<usize>) -> Vec<Request<'a>> {
        let some = |tokens: Vec<&'a str>, each: usize| {
            let most = connections.map_or(tokens.len(), |connections| connections * each);
            tokens.into_iter().take(most)
        };
        match self {
            Self::ProxyRead => some(seeded.all(), 1).map(through_proxy).collect(),
            Self::ToolRead => {
                some(seeded.all(), 1).map(|token| tool("segment_list_labels/execute", token, "{}")).collect()
            }
            Self::ToolWrite => {
                some(seeded.trusted(), 1).map(|token| tool("segment_track/execute", token, EVENT)).collect()
            }
            Self::PreviewAndWrite => {
                // All previews come before the first write. With four times as many devices as connections, each has
                // been answered long before its write goes out.
                let previews =
                    some(seeded.asking(), 4).map(|token| tool("segment_track/preview", token, EVENT));
                let writes =
                    some(seeded.asking(), 4).map(|token| tool("segment_track/execute", token, EVENT));
                previews.chain(writes).collect()
            }
            Self::Journal => some(seeded.all(), 1).map(|token| get("/api/calls", token)).collect(),
            Self::Search => {
                let path = "/api/tools/search?query=delete+a+source&view=brief";
                some(seeded.all(), 1).map(|token| get(path, token)).collect()
            }
        }
    }
}

fn through_proxy(bearer: &str) -> Request<'_> {
    get(&format!("/proxy/segment/public_api{READ}"), bearer)
}

fn get<'a>(path: &str, bearer: &'a str) -> Request<'a> {
    Request { method: "GET", path: path.to_owned(), bearer, body: None }
}

fn tool<'a>(path: &str, bearer: &'a str, body: &str) -> Request<'a> {
    Request { method: "POST", path: format!("/api/tools/{path}"), bearer, body: Some(body.to_owned()) }
}
