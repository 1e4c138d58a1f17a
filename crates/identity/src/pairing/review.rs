//! The person's side: find the pairing by the code that was typed or the link that was followed, look at where it
//! came from, approve or refuse it.

use super::Pairings;
use super::UserCode;
use crate::address::network_of;
use crate::attempts::{self, Limit, Refused};
use crate::secret::hash;
use keyferry_core::{Principal, Rule, Timestamp};
use keyferry_store::pairings::{self, PairingApproval};
use keyferry_store::{Pairing, PairingFlow, PairingStatus, StoreError};
use std::net::IpAddr;
use std::time::Duration;

const TEN_MINUTES: Duration = Duration::from_secs(10 * 60);
/// Wrong codes that one account may type.
const PER_ACCOUNT: Limit = Limit { name: "pair-code:account", most: 5, within: TEN_MINUTES };
/// Wrong codes that may be typed from one network.
const PER_NETWORK: Limit = Limit { name: "pair-code:network", most: 20, within: TEN_MINUTES };

/// What leads a person to a pairing. It is asked for again with the decision, so that nobody decides on a pairing
/// whose code or link they don't have.
#[derive(Debug, Clone, Copy)]
pub enum Claim<'a> {
    /// The code that the device shows, as it was typed.
    Code(&'a str),
    /// The token in the link of a flow without a code.
    Link(&'a str),
}

/// A pairing that waits for a decision, as the page shows it. All but the address and the time is what the device
/// says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    pub flow: PairingFlow,
    pub label: String,
    pub client: String,
    pub address: String,
    /// Whether it was started from the network that the person's browser is in.
    pub same_network: bool,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
}

/// What a person decided.
#[derive(Debug, Clone, Copy)]
pub struct Approval {
    /// What the device may do. A device that showed no code starts read-only whatever is chosen.
    pub rule: Rule,
    /// The person was told that the device is in another network than the browser, and wants it nevertheless.
    pub from_elsewhere: bool,
}

/// Why there is nothing to decide, or why it was not decided.
#[derive(Debug, thiserror::Error)]
pub enum ReviewError {
    /// A wrong or expired code; it counts.
    #[error("This code is not right, or it has expired; look at your device again.")]
    Unknown,
    #[error("Too many wrong codes; try again in {} minutes.", .0.as_secs().div_ceil(60))]
    TooMany(Duration),
    #[error("This device was approved or refused already.")]
    Decided,
    #[error("As a viewer of this team you can't add devices; ask an administrator.")]
    Viewer,
    /// A device that shows no code needs the person's own open window.
    #[error("Open pairing without a code on the Devices page first; it stays open for ten minutes.")]
    WindowClosed,
    /// The page has to warn, and ask again.
    #[error("The device is in another network than your browser; approve it only if you know why.")]
    Elsewhere,
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<Refused> for ReviewError {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::TooMany(wait) => Self::TooMany(wait),
            Refused::Store(error) => Self::Store(error),
        }
    }
}

impl Pairings {
    /// The pairing that a code or a link leads to.
    ///
    /// # Errors
    /// As [`ReviewError`] says.
    pub async fn look(
        &self,
        person: &Principal,
        claim: Claim<'_>,
        browser: IpAddr,
    ) -> Result<Waiting, ReviewError> {
        let pairing = self.find(person, claim, browser).await?;
        Ok(waiting(pairing, browser))
    }

    /// Lets the device in.
    ///
    /// # Errors
    /// [`ReviewError::Elsewhere`] until the person knows that the device is in another network; the rest as they
    /// say.
    pub async fn approve(
        &self,
        person: &Principal,
        claim: Claim<'_>,
        browser: IpAddr,
        approval: &Approval,
    ) -> Result<Waiting, ReviewError> {
        let pairing = self.find(person, claim, browser).await?;
        if pairing.network != network_of(browser) && !approval.from_elsewhere {
            return Err(ReviewError::Elsewhere);
        }
        let rule = if pairing.flow.shows_code() { approval.rule } else { Rule::ReadOnly };
        let approval = PairingApproval { team: &person.team, user: &person.user, rule };
        if !pairings::approve(&self.parts.db, &pairing.id, &approval, self.parts.now()).await? {
            return Err(ReviewError::Decided);
        }
        Ok(waiting(pairing, browser))
    }

    /// Refuses the device.
    ///
    /// # Errors
    /// As [`ReviewError`] says.
    pub async fn deny(
        &self,
        person: &Principal,
        claim: Claim<'_>,
        browser: IpAddr,
    ) -> Result<(), ReviewError> {
        let pairing = self.find(person, claim, browser).await?;
        let (from, to) = (PairingStatus::Pending, PairingStatus::Denied);
        let denied = pairings::advance(&self.parts.db, &pairing.id, from, to, self.parts.now()).await?;
        if denied { Ok(()) } else { Err(ReviewError::Decided) }
    }

    async fn find(
        &self,
        person: &Principal,
        claim: Claim<'_>,
        browser: IpAddr,
    ) -> Result<Pairing, ReviewError> {
        if !person.role.may_connect() {
            return Err(ReviewError::Viewer);
        }
        let pairing = match claim {
            Claim::Code(typed) => self.find_by_code(person, typed, browser).await?,
            Claim::Link(token) => self.find_by_link(person, token).await?,
        };
        match pairing.status {
            PairingStatus::Pending => Ok(pairing),
            _ => Err(ReviewError::Decided),
        }
    }

    async fn find_by_code(
        &self,
        person: &Principal,
        typed: &str,
        browser: IpAddr,
    ) -> Result<Pairing, ReviewError> {
        let limits = [(PER_ACCOUNT, person.user.as_str()), (PER_NETWORK, &network_of(browser))];
        let attempt = attempts::begin(&self.parts, &limits).await?;
        let code = UserCode::parse(typed).ok_or(ReviewError::Unknown)?;
        let pairing = pairings::by_user_code_hash(&self.parts.db, &code.hash(), self.parts.now()).await?;
        let pairing = pairing.ok_or(ReviewError::Unknown)?;
        attempt.forgive(&self.parts).await?;
        Ok(pairing)
    }

    async fn find_by_link(&self, person: &Principal, token: &str) -> Result<Pairing, ReviewError> {
        if self.window(person).await?.is_none() {
            return Err(ReviewError::WindowClosed);
        }
        let pairing = pairings::by_link_token_hash(&self.parts.db, &hash(token)).await?;
        let now = self.parts.now();
        pairing.filter(|pairing| pairing.expires_at > now).ok_or(ReviewError::Unknown)
    }
}

fn waiting(pairing: Pairing, browser: IpAddr) -> Waiting {
    Waiting {
        flow: pairing.flow,
        label: pairing.label,
        client: pairing.client,
        address: pairing.address,
        same_network: pairing.network == network_of(browser),
        created_at: pairing.created_at,
        expires_at: pairing.expires_at,
    }
}
