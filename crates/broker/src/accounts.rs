//! What calls read over and over: connections, their credentials, a device's rules, and whether what a call goes by
//! stands. Cached until a change names their team or the person, ten seconds at most. Only sealed credentials are held.

use crate::limits::{CACHE_LIFE, CACHED};
use crate::unavailable;
use futures::FutureExt;
use futures::future::BoxFuture;
use keyferry_core::{ConnectionId, DeviceId, Failure, TeamId, UserId};
use keyferry_identity::{Cache, CacheKey, Epoch, Follower};
use keyferry_store::connections::{self, Connection};
use keyferry_store::credentials::{self, Credential};
use keyferry_store::device_rules::{self, Narrowing};
use keyferry_store::standing::{self, DependsOn, Standing};
use keyferry_store::{Db, StoreError};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The filled slots of a connection, by name.
pub(crate) type Slots = BTreeMap<String, Arc<Credential>>;

/// What was read, and when.
struct Read<T> {
    value: Arc<T>,
    epoch: Epoch,
}

type Readings<T> = Cache<Read<T>, Failure>;

pub(crate) struct Accounts {
    db: Db,
    follower: Follower,
    /// By team and user.
    connections: Readings<Vec<Arc<Connection>>>,
    /// By team, user and connection.
    slots: Readings<Slots>,
    /// By team and device.
    narrowings: Readings<Vec<Narrowing>>,
    /// By team, and what it is of.
    standings: Readings<Standing>,
}

impl Accounts {
    pub(crate) fn new(db: Db, follower: Follower) -> Self {
        Self {
            db,
            follower,
            connections: readings(),
            slots: readings(),
            narrowings: readings(),
            standings: readings(),
        }
    }

    /// The connections that a person's devices may use: the person's own and the team's.
    pub(crate) async fn connections(
        &self,
        team: &TeamId,
        user: &UserId,
    ) -> Result<Arc<Vec<Arc<Connection>>>, Failure> {
        let read = || {
            let rows = connections::visible(&self.db, team, user);
            async move { Ok(rows.await?.into_iter().map(Arc::new).collect()) }.boxed()
        };
        let key = CacheKey::of([team.as_str(), user.as_str()]);
        self.read(&self.connections, key, &[team.as_str()], read).await
    }

    /// The filled slots of a connection that the person may use.
    pub(crate) async fn slots(
        &self,
        team: &TeamId,
        user: &UserId,
        connection: &ConnectionId,
    ) -> Result<Arc<Slots>, Failure> {
        let read = || {
            let rows = credentials::of_connection(&self.db, team, user, connection);
            async move { Ok(rows.await?.into_iter().map(|row| (row.slot.clone(), Arc::new(row))).collect()) }
                .boxed()
        };
        let key = CacheKey::of([team.as_str(), user.as_str(), connection.as_str()]);
        self.read(&self.slots, key, &[team.as_str()], read).await
    }

    pub(crate) async fn narrowings(
        &self,
        team: &TeamId,
        device: &DeviceId,
    ) -> Result<Arc<Vec<Narrowing>>, Failure> {
        let read = || device_rules::of_device(&self.db, team, device).boxed();
        let key = CacheKey::of([team.as_str(), device.as_str()]);
        self.read(&self.narrowings, key, &[team.as_str()], read).await
    }

    pub(crate) async fn standing(&self, team: &TeamId, of: DependsOn) -> Result<Arc<Standing>, Failure> {
        let read = || standing::get(&self.db, team, &of).boxed();
        // A person who is disabled is so in every team: the change names no team.
        let people = [Some(&of.user), of.approver.as_ref()].into_iter().flatten().map(UserId::as_str);
        let ids: Vec<&str> = people.chain([team.as_str()]).collect();
        let approver = of.approver.as_ref().map_or("", UserId::as_str);
        let key = [team.as_str(), of.device.as_str(), of.user.as_str(), of.connection.as_str(), approver];
        self.read(&self.standings, CacheKey::of(key), &ids, read).await
    }

    /// One reading serves everyone who asks meanwhile. What changed after a reading began is read again.
    async fn read<'a, T: Send + Sync + 'static>(
        &self,
        readings: &Readings<T>,
        key: CacheKey,
        made_of: &[&str],
        read: impl Fn() -> BoxFuture<'a, Result<T, StoreError>> + Send + Sync,
    ) -> Result<Arc<T>, Failure> {
        loop {
            let epoch = self.follower.epoch();
            let reading = || async {
                let value = Arc::new(read().await.map_err(unavailable::store)?);
                Ok(Arc::new(Read { value, epoch }))
            };
            let known = readings.get_or_read(&key, reading).await;
            let known = known.map_err(|failure| unavailable::shared(&failure))?;
            if !self.follower.changed_since(made_of, known.epoch) {
                return Ok(Arc::clone(&known.value));
            }
            readings.forget(&key).await;
        }
    }
}

fn readings<T: Send + Sync + 'static>() -> Readings<T> {
    Cache::new(CACHED, CACHE_LIFE)
}
