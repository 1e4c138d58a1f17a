//! Connecting an account: its keys are tried, and what they are for is saved in one transaction, or nothing is.

use crate::connections::edit::{checked_label, may_still_connect, no_right};
use crate::connections::session::no_link;
use crate::connections::slot::{Sealed, SlotInput, checked, trimmed};
use crate::connections::testing::Tester;
use crate::view::ConnectionView;
use crate::{Broker, unavailable};
use keyferry_catalog::Integration;
use keyferry_core::{
    ConnectSessionId, ConnectionId, ErrorCode, Failure, FieldFault, Principal, Region, SecretString,
};
use keyferry_store::connections::{self, Connection, ConnectionState};
use keyferry_store::credentials::{self, Credential};
use keyferry_store::{ConnectStatus, StoreError, connect_sessions};
use keyferry_upstream::{SlotKey, SlotVerdict};
use std::collections::BTreeMap;

/// What a person decides about a new connection.
#[derive(Debug, Clone)]
pub struct NewConnection {
    pub integration: String,
    pub region: Region,
    pub label: String,
    /// For the whole team; otherwise the person's own.
    pub shared: bool,
}

/// What came of connecting.
#[derive(Debug, Clone)]
pub struct Connected {
    pub connection: ConnectionView,
    /// What the test of each key said, in the order of the integration's form. A refused key is saved too, so that the
    /// connection's page shows what is there.
    pub verdicts: Vec<SlotVerdict>,
    /// Whether the device's link ended with it: there has to be a key that was not refused.
    pub link_ended: bool,
}

impl Broker {
    /// Connects an account with its keys, each tried before anything is saved. `link` is the token of the link by which
    /// a device asked for it.
    ///
    /// # Errors
    /// `policy_denied` without the right to connect; `invalid_arguments` for a region, label or key that is none, all
    /// of them at once; `not_found` for an integration, slot or link that does not exist.
    pub async fn connect_with(
        &self,
        person: &Principal,
        new: &NewConnection,
        keys: Vec<SlotInput>,
        link: Option<&SecretString>,
    ) -> Result<Connected, Failure> {
        self.must_be_heard()?;
        self.may_connect(person, new.shared)?;
        let integration = self.catalog().integration(&new.integration).ok_or_else(no_integration)?;
        let link = match link {
            Some(token) => Some(self.waiting_link(person, token, integration).await?),
            None => None,
        };
        let draft = self.draft(person, new, integration)?;
        let keys = taken(integration, keys)?;
        let mut rows = Vec::with_capacity(keys.len());
        let mut verdicts = Vec::with_capacity(keys.len());
        let tester = Tester { team: &person.team, user: &person.user, device: None, beneath: None };
        for slot in integration.slots.iter().filter(|slot| keys.contains_key(&slot.name)) {
            let verdict = self.try_typed_slot(&draft, &slot.name, &keys, tester).await?;
            let sealed = Sealed { connection: &draft, slot: &slot.name, before: None, verdict: &verdict };
            rows.push(self.sealed(&sealed, keys[&slot.name].clone())?);
            verdicts.push(verdict);
        }
        let usable = verdicts.iter().any(|verdict| !matches!(verdict, SlotVerdict::Refused { .. }));
        let link = link.filter(|_| usable);
        let written = self.write_connection(person, draft, &rows, link.as_ref(), usable).await;
        let (number, link_ended) =
            written.map_err(unavailable::store)?.ok_or_else(|| no_right(new.shared))?;
        self.follower().catch_up_soon().await;
        Ok(Connected { connection: self.connection(person, number).await?, verdicts, link_ended })
    }

    /// The link, while it waits for an account of this integration.
    async fn waiting_link(
        &self,
        person: &Principal,
        token: &SecretString,
        integration: &Integration,
    ) -> Result<ConnectSessionId, Failure> {
        let request = self.connect_request(person, token).await?;
        let waits = request.status == ConnectStatus::Awaiting && request.integration == integration.slug;
        if waits { Ok(request.id) } else { Err(no_link()) }
    }

    /// The connection as it will be written; it has no number yet.
    fn draft(
        &self,
        person: &Principal,
        new: &NewConnection,
        integration: &Integration,
    ) -> Result<Connection, Failure> {
        if integration.region(&new.region).is_none() {
            let known: Vec<&str> = integration.regions.iter().map(|entry| entry.region.as_str()).collect();
            let fault = FieldFault::invalid("/region", format!("is one of {}", known.join(", ")));
            return Err(
                Failure::new(ErrorCode::InvalidArguments, "There is no such region.").faults(vec![fault])
            );
        }
        let label = if new.label.trim().is_empty() { &integration.name } else { &new.label };
        let now = self.now();
        Ok(Connection {
            id: ConnectionId::new(),
            team: person.team.clone(),
            number: 0,
            integration: integration.slug.clone(),
            owner: (!new.shared).then(|| person.user.clone()),
            label: checked_label(label)?,
            region: new.region.clone(),
            is_default: false,
            state: ConnectionState::Active,
            state_code: None,
            state_message: None,
            created_by: person.user.clone(),
            created_at: now,
            updated_at: now,
            last_used_at: None,
            last_success_at: None,
            last_error_at: None,
            last_error_code: None,
            last_error_message: None,
            deleted_at: None,
        })
    }

    /// Everything at once: the connection, its keys and what is known of them, the end of the link. Answers the number,
    /// and whether the link still waited; `None`, and nothing is written, for who lost the right while the keys were tried.
    async fn write_connection(
        &self,
        person: &Principal,
        draft: Connection,
        rows: &[Credential],
        link: Option<&ConnectSessionId>,
        usable: bool,
    ) -> Result<Option<(i64, bool)>, StoreError> {
        let mut tx = self.db().begin().await?;
        if !may_still_connect(&mut tx, person, draft.owner.is_none()).await? {
            return Ok(None);
        }
        let visible = connections::visible(&mut tx, &person.team, &person.user).await?;
        let alike = |one: &Connection| one.integration == draft.integration && one.owner == draft.owner;
        // A default whose keys are refused gives way to an account that works.
        let broken = |one: &Connection| one.is_default && one.state != ConnectionState::Active;
        let alike: Vec<&Connection> = visible.iter().filter(|one| alike(one)).collect();
        let is_default = alike.is_empty() || (usable && alike.iter().any(|one| broken(one)));
        let connection = connections::insert(&mut tx, &row_of(draft, is_default)).await?;
        for row in rows {
            credentials::put(&mut tx, row).await?;
        }
        self.settle_state(&mut tx, &person.team, &person.user, &connection).await?;
        let ended = match link {
            Some(link) => {
                connect_sessions::complete(&mut tx, &person.team, link, &connection.id, self.now()).await?
            }
            None => false,
        };
        tx.commit().await?;
        Ok(Some((connection.number, ended)))
    }
}

fn row_of(draft: Connection, is_default: bool) -> connections::NewConnection {
    connections::NewConnection {
        is_default,
        id: draft.id,
        team: draft.team,
        integration: draft.integration,
        owner: draft.owner,
        label: draft.label,
        region: draft.region,
        created_by: draft.created_by,
        created_at: draft.created_at,
    }
}

/// The keys by slot, or all their faults at once.
fn taken(integration: &Integration, inputs: Vec<SlotInput>) -> Result<BTreeMap<String, SlotKey>, Failure> {
    let mut keys = BTreeMap::new();
    let mut faults = Vec::new();
    for input in inputs {
        let at = format!("/keys/{}", input.slot);
        let (_, wrong) = checked(integration, &input, &at)?;
        faults.extend(wrong);
        let key = SlotKey { secret: trimmed(&input.secret), fields: input.fields };
        if keys.insert(input.slot, key).is_some() {
            faults.push(FieldFault::invalid(at, "There are two keys for it."));
        }
    }
    if faults.is_empty() {
        return Ok(keys);
    }
    Err(Failure::new(ErrorCode::InvalidArguments, "Nothing was connected.").faults(faults))
}

fn no_integration() -> Failure {
    Failure::new(ErrorCode::NotFound, "There is no such integration.")
}
