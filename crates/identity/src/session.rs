//! Browser sessions.
//!
//! The cookie carries 32 random bytes; the store has their SHA-256. A session ends 14 days after sign-in, or two
//! days after it was last used. What has high impact asks for a sign-in of the last ten minutes.

use crate::attempts::Refused;
use crate::secret::{hash, random_secret};
use crate::{IdentityParts, PasswordError};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use keyferry_core::{
    Actor, ExposeSecret, Principal, Role, SecretString, SessionId, TeamId, Timestamp, UserId,
};
use keyferry_store::{Session, StoreError, User, members, sessions, system, users};
use sha2::Sha256;
use std::net::IpAddr;
use std::time::Duration;
use subtle::ConstantTimeEq;

/// A session ends this long after sign-in, however much it is used.
pub const SESSION_LASTS: Duration = Duration::from_secs(14 * 24 * 60 * 60);
/// A session ends this long after it was last used.
pub const SESSION_IDLES: Duration = Duration::from_secs(2 * 24 * 60 * 60);
/// How recent a sign-in must be to approve what has high impact.
pub const FRESH_FOR: Duration = Duration::from_secs(10 * 60);
/// Use is written down at most this often.
const TOUCHED_EVERY: Duration = Duration::from_secs(60);
/// The longest user agent that is kept, in characters.
const LONGEST_USER_AGENT: usize = 200;

/// Why a cookie is not a signed-in person.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// Unknown, ended, expired, or the person was disabled: sign in again.
    #[error("the session is over; sign in again")]
    Over,
    /// The person belongs to no team any more.
    #[error("this account belongs to no team; ask an administrator for an invitation")]
    NoTeam,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a session was not made fresh.
#[derive(Debug, thiserror::Error)]
pub enum FreshenError {
    #[error("The password is not right.")]
    WrongPassword,
    #[error("Too many wrong passwords; try again in {} minutes.", .0.as_secs().div_ceil(60))]
    TooMany(Duration),
    #[error(transparent)]
    Password(#[from] PasswordError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<Refused> for FreshenError {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::TooMany(wait) => Self::TooMany(wait),
            Refused::Store(error) => Self::Store(error),
        }
    }
}

/// Where a browser speaks from.
#[derive(Debug, Clone)]
pub struct Browser {
    pub address: IpAddr,
    pub user_agent: String,
}

/// A session that just began. The cookie exists nowhere else.
#[derive(Debug)]
pub struct NewSession {
    pub id: SessionId,
    pub cookie: SecretString,
    pub user: UserId,
    pub team: TeamId,
    pub expires_at: Timestamp,
}

/// A person in a browser, with everything that a page asks about them.
#[derive(Debug)]
pub struct SignedIn {
    pub principal: Principal,
    pub user: User,
    pub session: Session,
    csrf: SecretString,
}

impl SignedIn {
    /// The token that each form of this session carries.
    #[must_use]
    pub fn csrf(&self) -> &str {
        self.csrf.expose_secret()
    }

    /// Whether a form carried this session's token. Compared in constant time.
    #[must_use]
    pub fn is_csrf(&self, given: &str) -> bool {
        self.csrf().as_bytes().ct_eq(given.as_bytes()).into()
    }

    /// Whether the person signed in, or entered the password again, within the last ten minutes.
    #[must_use]
    pub fn is_fresh(&self, now: Timestamp) -> bool {
        now.since(self.session.fresh_at) < FRESH_FOR
    }
}

/// Begins, finds and ends sessions.
#[derive(Clone)]
pub struct Sessions {
    parts: IdentityParts,
}

impl Sessions {
    pub(crate) fn new(parts: IdentityParts) -> Self {
        Self { parts }
    }

    /// Begins a session of a person who just proved who they are.
    pub(crate) async fn begin(&self, user: &UserId, browser: &Browser) -> Result<NewSession, SessionError> {
        let (now, cookie) = (self.parts.now(), random_secret());
        let team = self.first_team(user).await?;
        let row = Session {
            id: SessionId::new(),
            secret_hash: hash(cookie.expose_secret()),
            user: user.clone(),
            team: team.clone(),
            address: browser.address.to_string(),
            user_agent: browser.user_agent.chars().take(LONGEST_USER_AGENT).collect(),
            created_at: now,
            expires_at: now + SESSION_LASTS,
            fresh_at: now,
            last_seen_at: now,
            ended_at: None,
        };
        sessions::insert(&self.parts.db, &row).await?;
        Ok(NewSession { id: row.id, cookie, user: user.clone(), team, expires_at: row.expires_at })
    }

    /// The person behind a cookie. Read from the store each time: what ended is over at once, everywhere.
    ///
    /// # Errors
    /// [`SessionError::Over`] for everything that a new sign-in mends.
    pub async fn find(&self, cookie: &SecretString) -> Result<SignedIn, SessionError> {
        let (db, now) = (&self.parts.db, self.parts.now());
        let session = system::session_by_secret_hash(db, &hash(cookie.expose_secret()), now).await?;
        let mut session = session.filter(|session| is_open(session, now)).ok_or(SessionError::Over)?;
        let user = users::get(db, &session.user).await?;
        let user = user.filter(|user| user.disabled_at.is_none()).ok_or(SessionError::Over)?;
        let role = self.role_or_other_team(&mut session).await?;
        if now.since(session.last_seen_at) > TOUCHED_EVERY {
            sessions::touch(db, &session.id, now, now - TOUCHED_EVERY).await?;
        }
        let actor = Actor::Person { session: session.id.clone() };
        let principal = Principal { team: session.team.clone(), user: user.id.clone(), role, actor };
        Ok(SignedIn { principal, user, session, csrf: csrf_of(cookie) })
    }

    /// Every open session of a person, the newest first.
    ///
    /// # Errors
    /// The store's.
    pub async fn list(&self, user: &UserId) -> Result<Vec<Session>, StoreError> {
        let now = self.parts.now();
        let all = sessions::of_user(&self.parts.db, user, now).await?;
        Ok(all.into_iter().filter(|session| is_open(session, now)).collect())
    }

    /// Ends one session of a person; another person's is left alone. Says whether there was one.
    ///
    /// # Errors
    /// The store's.
    pub async fn end(&self, user: &UserId, session: &SessionId) -> Result<bool, StoreError> {
        sessions::end(&self.parts.db, user, session, self.parts.now()).await
    }

    /// Ends every session of a person.
    ///
    /// # Errors
    /// The store's.
    pub async fn end_all(&self, user: &UserId) -> Result<(), StoreError> {
        sessions::end_all(&self.parts.db, user, None, self.parts.now()).await?;
        Ok(())
    }

    /// Turns the session to another team of the person.
    ///
    /// # Errors
    /// [`SessionError::NoTeam`] when the person is not in it.
    pub async fn switch_team(&self, signed_in: &SignedIn, team: &TeamId) -> Result<(), SessionError> {
        let user = &signed_in.principal.user;
        if members::role(&self.parts.db, team, user).await?.is_none() {
            return Err(SessionError::NoTeam);
        }
        sessions::set_team(&self.parts.db, user, &signed_in.session.id, team).await?;
        Ok(())
    }

    /// The role in the session's team; when the person was removed from it, the session turns to another.
    async fn role_or_other_team(&self, session: &mut Session) -> Result<Role, SessionError> {
        if let Some(role) = members::role(&self.parts.db, &session.team, &session.user).await? {
            return Ok(role);
        }
        let memberships = members::memberships_of(&self.parts.db, &session.user).await?;
        let other = memberships.into_iter().next().ok_or(SessionError::NoTeam)?;
        sessions::set_team(&self.parts.db, &session.user, &session.id, &other.team).await?;
        session.team = other.team;
        Ok(other.role)
    }

    async fn first_team(&self, user: &UserId) -> Result<TeamId, SessionError> {
        let memberships = members::memberships_of(&self.parts.db, user).await?;
        memberships.into_iter().next().map(|member| member.team).ok_or(SessionError::NoTeam)
    }
}

fn is_open(session: &Session, now: Timestamp) -> bool {
    session.ended_at.is_none() && now < session.expires_at && now.since(session.last_seen_at) < SESSION_IDLES
}

/// The form token that belongs to a cookie. Derived, so that a page can be rendered without storing it anywhere, and
/// that it is worth nothing beside another cookie.
fn csrf_of(cookie: &SecretString) -> SecretString {
    let mut mac = Hmac::<Sha256>::new_from_slice(cookie.expose_secret().as_bytes())
        .expect("HMAC takes a key of any length");
    mac.update(b"keyferry csrf");
    SecretString::from(URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
}
