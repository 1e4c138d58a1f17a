//! What calls read over and over: a device, a person's place in the team and connections, their credentials, a
//! device's rules. Cached until a change names their team or the person, ten seconds at most. Only sealed
//! credentials are held.

use crate::limits::CACHE_LIFE;
use crate::unavailable;
use futures::FutureExt;
use futures::future::BoxFuture;
use keyferry_core::{ConnectionId, DeviceId, Failure, Role, TeamId, UserId};
use keyferry_identity::{Epoch, Follower};
use keyferry_store::connections::{self, Connection};
use keyferry_store::credentials::{self, Credential};
use keyferry_store::device_rules::{self, Narrowing};
use keyferry_store::devices::{self, Device};
use keyferry_store::{Db, StoreError, members, users};
use moka::future::Cache;
use std::collections::BTreeMap;
use std::hash::Hash;
use std::sync::Arc;

/// The filled slots of a connection, by name.
pub(crate) type Slots = BTreeMap<String, Arc<Credential>>;

/// What was read, and when.
struct Read<T> {
    value: Arc<T>,
    epoch: Epoch,
}

impl<T> Clone for Read<T> {
    fn clone(&self) -> Self {
        Self { value: Arc::clone(&self.value), epoch: self.epoch }
    }
}

pub(crate) struct Accounts {
    db: Db,
    follower: Follower,
    connections: Cache<(TeamId, UserId), Read<Vec<Arc<Connection>>>>,
    slots: Cache<(TeamId, UserId, ConnectionId), Read<Slots>>,
    narrowings: Cache<(TeamId, DeviceId), Read<Vec<Narrowing>>>,
    devices: Cache<(TeamId, DeviceId), Read<Option<Device>>>,
    roles: Cache<(TeamId, UserId), Read<Option<Role>>>,
}

impl Accounts {
    pub(crate) fn new(db: Db, follower: Follower) -> Self {
        Self {
            db,
            follower,
            connections: cache(),
            slots: cache(),
            narrowings: cache(),
            devices: cache(),
            roles: cache(),
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
        self.read(&self.connections, (team.clone(), user.clone()), &[team.as_str()], read).await
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
        let key = (team.clone(), user.clone(), connection.clone());
        self.read(&self.slots, key, &[team.as_str()], read).await
    }

    pub(crate) async fn narrowings(
        &self,
        team: &TeamId,
        device: &DeviceId,
    ) -> Result<Arc<Vec<Narrowing>>, Failure> {
        let read = || device_rules::of_device(&self.db, team, device).boxed();
        self.read(&self.narrowings, (team.clone(), device.clone()), &[team.as_str()], read).await
    }

    /// The device's row; `None` when there is none.
    pub(crate) async fn device(
        &self,
        team: &TeamId,
        device: &DeviceId,
    ) -> Result<Arc<Option<Device>>, Failure> {
        let read = || devices::get(&self.db, team, device).boxed();
        self.read(&self.devices, (team.clone(), device.clone()), &[team.as_str()], read).await
    }

    /// What a person is in the team; `None` for one who is disabled or no member.
    pub(crate) async fn role(&self, team: &TeamId, user: &UserId) -> Result<Option<Role>, Failure> {
        let read = || role(&self.db, team, user).boxed();
        // A person who is disabled is so in every team: the change names no team.
        let ids = [team.as_str(), user.as_str()];
        self.read(&self.roles, (team.clone(), user.clone()), &ids, read).await.map(|role| *role)
    }

    /// One reading serves everyone who asks meanwhile. What changed after a reading began is read again.
    async fn read<'a, K, T>(
        &self,
        cache: &Cache<K, Read<T>>,
        key: K,
        made_of: &[&str],
        read: impl Fn() -> BoxFuture<'a, Result<T, StoreError>> + Send + Sync,
    ) -> Result<Arc<T>, Failure>
    where
        K: Hash + Eq + Clone + Send + Sync + 'static,
        T: Send + Sync + 'static,
    {
        loop {
            let began = self.follower.epoch();
            let reading = async {
                let value = Arc::new(read().await.map_err(unavailable::store)?);
                Ok::<_, Failure>(Read { value, epoch: began })
            };
            let known = cache.try_get_with(key.clone(), reading).await;
            let known = known.map_err(|failure| unavailable::shared(&failure))?;
            if !self.follower.changed_since(made_of, known.epoch) {
                return Ok(known.value);
            }
            cache.invalidate(&key).await;
        }
    }
}

async fn role(db: &Db, team: &TeamId, user: &UserId) -> Result<Option<Role>, StoreError> {
    let known = users::get(db, user).await?;
    if known.is_none_or(|user| user.disabled_at.is_some()) {
        return Ok(None);
    }
    members::role(db, team, user).await
}

fn cache<K: Hash + Eq + Send + Sync + 'static, T: Send + Sync + 'static>() -> Cache<K, Read<T>> {
    Cache::builder().max_capacity(10_000).time_to_live(CACHE_LIFE).build()
}
