//! Sending: find the way out that the integration has to the host, check the URL, send once.

use crate::address::{Standing, standing};
use crate::client::{self, Client, ClientSettings};
use crate::reach::Reach;
use crate::{AllowRule, EgressError, EgressSettings, Incoming, Outgoing, Refusal, SendError};
use http::header::{ACCEPT, HeaderValue};
use http::{Request, Uri};
use http_body_util::Full;
use std::net::IpAddr;
use std::sync::Arc;
use tokio::time::{Instant, timeout_at};
use url::{Host, Url};

/// The way to the outside. Cheap to clone; clones share their connections.
#[derive(Clone)]
pub struct Egress(Arc<Ways>);

struct Ways {
    public: Way,
    allowed: Vec<(Destination, Way)>,
    warnings: Vec<String>,
}

/// A connection pool and the addresses that it may dial.
struct Way {
    reach: Arc<Reach>,
    client: Client,
}

/// What a rule is about.
#[derive(PartialEq, Eq)]
struct Destination {
    integration: String,
    /// As the URL's parser spells it.
    host: String,
    port: u16,
}

impl Egress {
    /// Makes the connection pools: one for what is public, and one for each destination that has rules.
    ///
    /// # Errors
    /// When a rule can never hold, when `extra_ca` can't be read, or when the system has no certificate authorities.
    pub fn new(settings: EgressSettings) -> Result<Self, EgressError> {
        let extra_ca = settings.extra_ca.as_deref().map(client::read_certificates).transpose()?;
        let clients = ClientSettings::new(extra_ca.unwrap_or_default(), settings.connect_timeout)?;
        let allowed = group(&settings.allow)?
            .into_iter()
            .map(|(destination, networks)| (destination, Way::new(&clients, Reach::Within(networks))));
        Ok(Self(Arc::new(Ways {
            allowed: allowed.collect(),
            public: Way::new(&clients, Reach::Public),
            warnings: settings.allow.iter().map(warning).collect(),
        })))
    }

    /// Sends a request once and returns as soon as status and headers have come. What is left of the request's time is
    /// for the body.
    ///
    /// # Errors
    /// See [`SendError::nothing_sent`].
    pub async fn send(&self, outgoing: Outgoing) -> Result<Incoming, SendError> {
        let until = Instant::now() + outgoing.timeout;
        self.begin(outgoing, until, Some(until)).await
    }

    /// The same for an answer that is read piece by piece: the request's time ends with the headers, and whoever
    /// reads on keeps a clock of their own.
    ///
    /// # Errors
    /// See [`SendError::nothing_sent`].
    pub async fn open(&self, outgoing: Outgoing) -> Result<Incoming, SendError> {
        let until = Instant::now() + outgoing.timeout;
        self.begin(outgoing, until, None).await
    }

    async fn begin(
        &self,
        outgoing: Outgoing,
        head_until: Instant,
        body_until: Option<Instant>,
    ) -> Result<Incoming, SendError> {
        let Outgoing { integration, method, url, headers, body, .. } = outgoing;
        let host = || url.host_str().unwrap_or_default().to_owned();
        let way = self.way(&integration, &url).map_err(|why| SendError::Refused { host: host(), why })?;
        let malformed = |_| SendError::Refused { host: host(), why: Refusal::Malformed };
        let uri: Uri = url.as_str().parse().map_err(malformed)?;
        let mut request = Request::new(Full::new(body.unwrap_or_default()));
        (*request.method_mut(), *request.uri_mut()) = (method, uri);
        *request.headers_mut() = headers;
        request.headers_mut().entry(ACCEPT).or_insert(HeaderValue::from_static("*/*"));
        let response = timeout_at(head_until, way.client.request(request)).await;
        let response = response.map_err(|_| SendError::Timeout)?;
        let response = response.map_err(|error| SendError::from_client(&host(), error))?;
        Ok(Incoming::new(response, body_until))
    }

    /// One sentence for each rule that opens the filter, to be logged at start.
    #[must_use]
    pub fn warnings(&self) -> Vec<String> {
        self.0.warnings.clone()
    }

    /// Why nothing would be sent to a server, as far as its URL alone tells; a name's addresses are looked at later.
    #[must_use]
    pub fn refuses(&self, integration: &str, server: &Url) -> Option<Refusal> {
        self.way(integration, server).err()
    }

    /// The pool for this URL, when all that can be checked before resolving is in order.
    fn way(&self, integration: &str, url: &Url) -> Result<&Way, Refusal> {
        // The client would turn these into a header of its own.
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Refusal::UserInfo);
        }
        let way = self.0.allowed.iter().find(|(destination, _)| destination.is(integration, url));
        let way = way.map_or(&self.0.public, |(_, way)| way);
        match url.scheme() {
            "https" => {}
            "http" if way.reach.is_loopback_only() => {}
            "http" => return Err(Refusal::PlainHttp),
            _ => return Err(Refusal::Scheme),
        }
        literal(url).map_or(Ok(()), |address| way.reach.check(address))?;
        Ok(way)
    }
}

impl Way {
    fn new(clients: &ClientSettings, reach: Reach) -> Self {
        let reach = Arc::new(reach);
        Self { client: client::build(clients, &reach), reach }
    }
}

impl Destination {
    fn of(rule: &AllowRule) -> Result<Self, EgressError> {
        let host = Host::parse(&rule.host)
            .map_err(|_| refused(rule, "the host is neither a name nor an address (IPv6 in brackets)"))?;
        Ok(Self { integration: rule.integration.clone(), host: host.to_string(), port: rule.port })
    }

    fn is(&self, integration: &str, url: &Url) -> bool {
        self.integration == integration
            && url.port_or_known_default() == Some(self.port)
            && url.host_str() == Some(self.host.as_str())
    }
}

/// The address that stands in the URL itself. The URL's parser has undone every other spelling of it.
fn literal(url: &Url) -> Option<IpAddr> {
    match url.host()? {
        Host::Ipv4(address) => Some(address.into()),
        Host::Ipv6(address) => Some(address.into()),
        Host::Domain(_) => None,
    }
}

/// The networks of each destination, over all its rules.
fn group(rules: &[AllowRule]) -> Result<Vec<(Destination, Vec<ipnet::IpNet>)>, EgressError> {
    let mut grouped: Vec<(Destination, Vec<ipnet::IpNet>)> = Vec::new();
    for rule in rules {
        let network = rule.network.trunc();
        if network.prefix_len() == network.max_prefix_len()
            && matches!(standing(network.addr()), Standing::Never(_))
        {
            return Err(refused(rule, "no rule opens this address; remove the rule"));
        }
        let destination = Destination::of(rule)?;
        match grouped.iter_mut().find(|(known, _)| *known == destination) {
            Some((_, networks)) => networks.push(network),
            None => grouped.push((destination, vec![network])),
        }
    }
    Ok(grouped)
}

fn refused(rule: &AllowRule, why: &'static str) -> EgressError {
    EgressError::Rule { rule: rule.to_string(), why }
}

fn warning(rule: &AllowRule) -> String {
    format!("egress.allow opens the address filter: {rule}")
}
