//! Which account a call means: the number given, the only one, or the default.

use keyferry_catalog::Integration;
use keyferry_core::{ErrorCode, Failure};
use keyferry_store::connections::{Connection, ConnectionState};
use std::sync::Arc;
use url::Url;

/// # Errors
/// `needs_connection` when there is none, `not_found` when none has the number, `ambiguous_connection` when there
/// are several and none is the default. Connections that the caller may not use are as if they didn't exist.
pub(crate) fn choose(
    visible: &[Arc<Connection>],
    integration: &Integration,
    number: Option<i64>,
    public_url: &Url,
) -> Result<Arc<Connection>, Failure> {
    let of_it: Vec<&Arc<Connection>> =
        visible.iter().filter(|connection| connection.integration == integration.slug).collect();
    if of_it.is_empty() && number.is_none() {
        return Err(needs_connection(integration, public_url));
    }
    let chosen = match number {
        Some(number) => of_it.iter().find(|connection| connection.number == number).copied(),
        None => default_of(of_it.iter().copied()),
    };
    chosen.map(Arc::clone).ok_or_else(|| match number {
        Some(number) => unknown(integration, number, &of_it),
        None => ambiguous(integration, &of_it),
    })
}

/// The only one; else the person's own default, else the team's.
pub(crate) fn default_of<'a>(
    connections: impl IntoIterator<Item = &'a Arc<Connection>>,
) -> Option<&'a Arc<Connection>> {
    let mut all: Vec<&Arc<Connection>> = connections.into_iter().collect();
    if all.len() == 1 {
        return all.pop();
    }
    all.retain(|connection| connection.is_default);
    all.sort_by_key(|connection| connection.owner.is_none());
    all.first().copied()
}

/// How an integration's accounts do, in ClawLink's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountHealth {
    NotConnected,
    Healthy,
    StaleAuth,
    /// There are several, and none is the default: a call has to name one.
    Ambiguous,
}

impl AccountHealth {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotConnected => "not_connected",
            Self::Healthy => "healthy",
            Self::StaleAuth => "stale_auth",
            Self::Ambiguous => "error",
        }
    }
}

/// Of the account that a call without a number would use.
pub(crate) fn health_of<'a>(
    connections: impl IntoIterator<Item = &'a Arc<Connection>> + Clone,
) -> AccountHealth {
    match default_of(connections.clone()) {
        Some(connection) if connection.state == ConnectionState::Active => AccountHealth::Healthy,
        Some(_) => AccountHealth::StaleAuth,
        None if connections.into_iter().next().is_some() => AccountHealth::Ambiguous,
        None => AccountHealth::NotConnected,
    }
}

fn needs_connection(integration: &Integration, public_url: &Url) -> Failure {
    let link = connect_link(public_url, &integration.slug);
    Failure::new(ErrorCode::NeedsConnection, format!("{} is not connected.", integration.name))
        .hint(format!("A person has to connect it: {link}"))
}

fn ambiguous(integration: &Integration, connections: &[&Arc<Connection>]) -> Failure {
    let message = format!("{} has several connections and none is the default.", integration.name);
    Failure::new(ErrorCode::AmbiguousConnection, message)
        .hint("Name one by its number, as `connectionId`.")
        .details(connections.iter().map(|connection| line(connection)))
}

fn unknown(integration: &Integration, number: i64, connections: &[&Arc<Connection>]) -> Failure {
    Failure::new(ErrorCode::NotFound, format!("{} has no connection {number}.", integration.name))
        .hint("Call without `connectionId` for the default one, or with one of the numbers in `details`.")
        .details(connections.iter().map(|connection| line(connection)))
}

fn line(connection: &Connection) -> String {
    format!("{}: {} ({})", connection.number, connection.label, connection.region)
}

/// Where a person connects an integration.
pub(crate) fn connect_link(public_url: &Url, slug: &str) -> String {
    format!("{}/connect/{slug}", public_url.as_str().trim_end_matches('/'))
}
