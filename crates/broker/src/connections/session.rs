//! Connect links: a device asks, a person follows the link and types the secret into the gateway's own page. The
//! link's token reads the status only; it never lets anyone connect.

use crate::Broker;
use crate::connections::choose::{connect_link, default_of};
use crate::connections::form::meta;
use crate::connections::show::record;
use crate::limits::{CONNECT_LIFE, CONNECT_REUSE, OPEN_CONNECT_SESSIONS};
use crate::team_keys::Purpose;
use crate::unavailable;
use crate::view::{ConnectAnswer, ConnectSessionAnswer, ConnectSessionView};
use keyferry_catalog::Integration;
use keyferry_core::{
    ConnectSessionId, ConnectionId, DeviceId, ErrorCode, ExposeSecret, Failure, Principal, SecretString,
    TeamId, UserId,
};
use keyferry_store::connect_sessions::{self, ConnectSession, ConnectStatus};
use keyferry_store::connections;
use keyferry_store::{Admission, system};
use sha2::{Digest, Sha256};

/// How often a client asks for the status.
const POLL_MS: u64 = 3000;
/// The letters of a display code: none that is mistaken for another.
const CODE_LETTERS: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";

/// What the person who follows a link is told, and what the page needs.
#[derive(Debug, Clone)]
pub struct ConnectRequest {
    pub id: ConnectSessionId,
    pub integration: String,
    /// Whose device asked, and which.
    pub user: UserId,
    pub device: Option<DeviceId>,
    /// What the device calls itself.
    pub device_label: Option<String>,
    pub status: ConnectStatus,
}

impl Broker {
    /// A link on which a person connects an account, or the account that is there already.
    ///
    /// # Errors
    /// `not_found` for an integration that does not exist, `policy_denied` when the device's person may not connect,
    /// `rate_limited` when five links are open.
    pub async fn start_connection(
        &self,
        principal: &Principal,
        slug: &str,
        reuse: bool,
    ) -> Result<ConnectAnswer, Failure> {
        let integration = self.catalog().integration(slug);
        let integration =
            integration.ok_or_else(|| Failure::new(ErrorCode::NotFound, "There is no such integration."))?;
        if reuse && let Some(connected) = self.connected(principal, integration).await? {
            return Ok(connected);
        }
        if !principal.role.may_connect() {
            let message = "The person whose device this is may not connect accounts.";
            return Err(Failure::new(ErrorCode::PolicyDenied, message)
                .hint("An owner or admin of the team can change that person's role."));
        }
        let session = match self.open_session(principal, slug).await? {
            Some(open) => open,
            None => self.new_session(principal, slug).await?,
        };
        self.link_answer(&session).await
    }

    /// The status of a link, for whoever holds its token.
    ///
    /// # Errors
    /// `not_found`.
    pub async fn connect_session(&self, token: &SecretString) -> Result<ConnectSessionAnswer, Failure> {
        let session = self.session_of(token).await?;
        let number = self.number_of(&session.team, &session.user, session.connection.as_ref()).await?;
        let view = self.session_view(&session, token, number).await?;
        let meta = self.catalog().integration(&session.integration).map(meta);
        Ok(ConnectSessionAnswer { session: view, connection: None, integration_meta: meta })
    }

    /// The link as a signed-in member of the same team who may connect follows it. To anyone else it does not exist.
    ///
    /// # Errors
    /// `not_found`.
    pub async fn connect_request(
        &self,
        person: &Principal,
        token: &SecretString,
    ) -> Result<ConnectRequest, Failure> {
        let session = self.session_of(token).await?;
        if session.team != person.team || !person.role.may_connect() || person.device().is_some() {
            return Err(no_link());
        }
        let status = self.status(&session);
        let ConnectSession { id, integration, user, device, team, .. } = session;
        let device_label = match &device {
            Some(device) => Some(self.device_label(&team, device).await?),
            None => None,
        };
        Ok(ConnectRequest { id, integration, user, device, device_label, status })
    }

    /// Ends a link with the connection that the person made.
    ///
    /// # Errors
    /// `not_found` when the link or the connection is not the person's to use, or the link is over.
    pub async fn complete_connect(
        &self,
        person: &Principal,
        token: &SecretString,
        number: i64,
    ) -> Result<(), Failure> {
        let request = self.connect_request(person, token).await?;
        let connection = self.own_connection(person, number).await?;
        let completed = async {
            let mut tx = self.db().begin().await?;
            let now = self.now();
            let done =
                connect_sessions::complete(&mut tx, &person.team, &request.id, &connection.id, now).await?;
            tx.commit().await.map(|()| done)
        };
        let fits = connection.integration == request.integration;
        if fits && completed.await.map_err(unavailable::store)? { Ok(()) } else { Err(no_link()) }
    }

    async fn connected(
        &self,
        principal: &Principal,
        integration: &Integration,
    ) -> Result<Option<ConnectAnswer>, Failure> {
        let visible = self.accounts().connections(&principal.team, &principal.user).await?;
        let mut of_it = visible.iter().filter(|one| one.integration == integration.slug);
        // Several without a default are as connected as one: what is missing is not another.
        let Some(connection) = default_of(of_it.clone()).or_else(|| of_it.next()) else {
            return Ok(None);
        };
        let slots = self.accounts().slots(&principal.team, &principal.user, &connection.id).await?;
        if slots.is_empty() || connection.state == connections::ConnectionState::NeedsReauth {
            return Ok(None);
        }
        Ok(Some(ConnectAnswer::Already {
            already_connected: true,
            integration: integration.slug.clone(),
            connection: Box::new(record(connection, &slots, Some(integration))),
        }))
    }

    async fn open_session(
        &self,
        principal: &Principal,
        integration: &str,
    ) -> Result<Option<ConnectSession>, Failure> {
        let soon = self.now() + CONNECT_REUSE;
        let (team, user, device) = (&principal.team, &principal.user, principal.device());
        let open = connect_sessions::newest_open(self.db(), team, user, device, integration, soon);
        open.await.map_err(unavailable::store)
    }

    async fn new_session(&self, principal: &Principal, integration: &str) -> Result<ConnectSession, Failure> {
        let (id, now) = (ConnectSessionId::new(), self.now());
        let session = ConnectSession {
            token_hash: hash(&self.token(&principal.team, &id).await?),
            id,
            team: principal.team.clone(),
            user: principal.user.clone(),
            device: principal.device().cloned(),
            integration: integration.to_owned(),
            connection: None,
            status: ConnectStatus::Awaiting,
            error: None,
            created_at: now,
            expires_at: now + CONNECT_LIFE,
            completed_at: None,
        };
        let admission = connect_sessions::insert(self.db(), &session, OPEN_CONNECT_SESSIONS, now).await;
        match admission.map_err(unavailable::store)? {
            Admission::Admitted => Ok(session),
            Admission::Full | Admission::Gone => Err(Failure::new(
                ErrorCode::RateLimited,
                format!("{OPEN_CONNECT_SESSIONS} connect links are open already."),
            )
            .hint("Use one of them, or wait until they expire.")
            .retry_after(CONNECT_LIFE)),
        }
    }

    async fn link_answer(&self, session: &ConnectSession) -> Result<ConnectAnswer, Failure> {
        let token = self.token(&session.team, &session.id).await?;
        let secret = token.expose_secret();
        let link = connect_link(self.public_url(), &session.integration);
        Ok(ConnectAnswer::Link {
            session_id: session.id.to_string(),
            session_token: secret.to_owned(),
            display_code: self.code(&session.team, &session.id).await?,
            integration: session.integration.clone(),
            connection_id: None,
            status: session.status.as_str().to_owned(),
            expires_at: session.expires_at.rfc3339(),
            poll_interval_ms: POLL_MS,
            connect_url: format!("{link}?session={secret}"),
            status_url: self.link(&format!("api/connect/sessions/{secret}")),
        })
    }

    async fn session_of(&self, token: &SecretString) -> Result<ConnectSession, Failure> {
        let found = system::connect_session_by_token_hash(self.db(), &hash(token)).await;
        found.map_err(unavailable::store)?.ok_or_else(no_link)
    }

    async fn number_of(
        &self,
        team: &TeamId,
        user: &UserId,
        connection: Option<&ConnectionId>,
    ) -> Result<Option<i64>, Failure> {
        let Some(id) = connection else {
            return Ok(None);
        };
        let found = connections::get(self.db(), team, user, id).await.map_err(unavailable::store)?;
        Ok(found.map(|connection| connection.number))
    }

    async fn session_view(
        &self,
        session: &ConnectSession,
        token: &SecretString,
        number: Option<i64>,
    ) -> Result<ConnectSessionView, Failure> {
        Ok(ConnectSessionView {
            id: session.id.to_string(),
            token: token.expose_secret().to_owned(),
            display_code: self.code(&session.team, &session.id).await?,
            integration: session.integration.clone(),
            connection_id: number,
            status: self.status(session).as_str().to_owned(),
            flow_type: "hosted".to_owned(),
            error_message: session.error.clone(),
            expires_at: session.expires_at.rfc3339(),
            completed_at: session.completed_at.map(|at| at.rfc3339()),
            created_at: session.created_at.rfc3339(),
            updated_at: session.completed_at.map(|at| at.rfc3339()),
        })
    }

    fn status(&self, session: &ConnectSession) -> ConnectStatus {
        let over = session.expires_at <= self.now();
        if over && session.status == ConnectStatus::Awaiting {
            ConnectStatus::Expired
        } else {
            session.status
        }
    }

    /// A token is an HMAC of its session's id, so that the same link can be given again while only its hash is kept.
    async fn token(&self, team: &TeamId, id: &ConnectSessionId) -> Result<SecretString, Failure> {
        let key = self.keys().key(team, Purpose::Connect).await?;
        Ok(SecretString::from(format!("kcs_{}", hex::encode(key.mac(&[b"token", id.as_str().as_bytes()])))))
    }

    async fn code(&self, team: &TeamId, id: &ConnectSessionId) -> Result<String, Failure> {
        let key = self.keys().key(team, Purpose::Connect).await?;
        let mac = key.mac(&[b"display code", id.as_str().as_bytes()]);
        Ok(mac.iter().take(8).map(|byte| char::from(CODE_LETTERS[usize::from(byte % 32)])).collect())
    }
}

fn hash(token: &SecretString) -> Vec<u8> {
    Sha256::digest(token.expose_secret().as_bytes()).to_vec()
}

pub(crate) fn no_link() -> Failure {
    Failure::new(ErrorCode::NotFound, "There is no such connect link.")
}
