//! The digest: what exactly will be done, as 32 bytes.
//!
//! A confirmation counts for one digest. So everything that makes two calls different stands in it, in one spelling
//! (RFC 8785), under a key of the team, so that a digest says nothing to who can't make it.

use keyferry_catalog::{Arguments, Tool};
use keyferry_core::{DeviceId, Failure, TeamId};
use keyferry_store::connections::Connection;
use keyferry_vault::DataKey;
use serde::Serialize;
use serde_json::Value;
use url::Url;

/// What the gateway makes itself (message ids, send time) is outside: it is made once per call.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Doing<'a> {
    team: &'a str,
    device: &'a str,
    tool: &'a str,
    operation: String,
    connection: i64,
    credential_version: i64,
    region: &'a str,
    server: &'a str,
    arguments: Value,
}

/// # Errors
/// `internal` when the arguments have no canonical form; the door lets none of those in.
pub(crate) fn digest(
    key: &DataKey,
    (team, device): (&TeamId, &DeviceId),
    (tool, arguments): (&Tool, &Arguments),
    (connection, credential_version, server): (&Connection, i64, &Url),
) -> Result<[u8; 32], Failure> {
    let doing = Doing {
        team: team.as_str(),
        device: device.as_str(),
        tool: &tool.name,
        operation: hex::encode(tool.hash),
        connection: connection.number,
        credential_version,
        region: connection.region.as_str(),
        server: server.as_str(),
        arguments: arguments.to_value(),
    };
    Ok(key.mac(&[&canonical(&doing)?]))
}

/// RFC 8785.
pub(crate) fn canonical(value: &impl Serialize) -> Result<Vec<u8>, Failure> {
    serde_json_canonicalizer::to_vec(value).map_err(Failure::internal)
}
