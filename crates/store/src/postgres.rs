//! A Postgres server: the pool of connections to it, and how one is made.
//!
//! Behind a pooler that gives each transaction another of the server's sessions, nothing may be left in a session: no
//! settings, no prepared statement, no LISTEN. There each statement is a transaction, which says its settings itself.

use crate::db::{PATIENCE, without_password};
use crate::lease::ANSWER;
use crate::{StoreError, Unreachable};
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions};
use sqlx::{Connection, Error, Executor};
use std::io::{self, ErrorKind};
use std::str::FromStr;
use std::time::Duration;
use tokio::net::lookup_host;
use tokio::time::{Instant, sleep, timeout, timeout_at};

const CONNECTIONS: u32 = 16;
/// How long a connection that lay idle may take to say that it still works. A new one is made then, and there has to be
/// time for that within the patience for both.
const PING: Duration = Duration::from_secs(2);
/// What was used a moment ago is not asked; a busy gateway would ask before every transaction.
const IDLE: Duration = Duration::from_secs(1);
/// How long to wait before another try, while the server starts.
const PAUSE: Duration = Duration::from_millis(200);

/// What the law asks of each connection: a commit that returned is on disk, whatever the server's default says (a
/// stricter default stays), and each statement sees what was committed before it, so that who waited for a row decides
/// by what the other left there. And what keeps one stuck process from holding up the others: a statement does not run
/// without end, a lock is not waited for longer than a statement runs, and a transaction that does nothing holds none.
const SESSION: &str = "SELECT set_config('statement_timeout', '10s', false), \
     set_config('lock_timeout', '8s', false), \
     set_config('idle_in_transaction_session_timeout', '30s', false), \
     set_config('default_transaction_isolation', 'read committed', false), \
     set_config('synchronous_commit', CASE current_setting('synchronous_commit') \
     WHEN 'off' THEN 'on' WHEN 'local' THEN 'on' ELSE current_setting('synchronous_commit') END, false)";
/// The same for one transaction.
pub(crate) const BEGIN_BEHIND_POOLER: &str = "BEGIN ISOLATION LEVEL READ COMMITTED; \
     SELECT set_config('statement_timeout', '10s', true), \
     set_config('lock_timeout', '8s', true), \
     set_config('idle_in_transaction_session_timeout', '30s', true), \
     set_config('synchronous_commit', CASE current_setting('synchronous_commit') \
     WHEN 'off' THEN 'on' WHEN 'local' THEN 'on' ELSE current_setting('synchronous_commit') END, true)";
/// A migration takes as long as it takes, and a replica that starts at the same time waits for it.
const MIGRATION: &str =
    "SELECT set_config('statement_timeout', '0', false), set_config('lock_timeout', '0', false)";
/// How the address of such a pooler says so.
const POOLER: &str = "pooler=transaction";

/// A server, reached by itself or through a pooler of transactions.
#[derive(Debug, Clone)]
pub struct PostgresServer {
    pub pool: PgPool,
    pub(crate) pooler: bool,
}

pub(crate) async fn open(url: &str) -> Result<PostgresServer, StoreError> {
    let (url, pooler) = without_pooler(url);
    let options =
        PgConnectOptions::from_str(&url).map_err(|_| StoreError::Address(without_password(&url)))?;
    let options = options.application_name("keyferry").statement_cache_capacity(if pooler { 0 } else { 512 });
    // The pool would only say that it timed out.
    drop(reach(&options).await?);
    let pool = PgPoolOptions::new()
        .max_connections(CONNECTIONS)
        .acquire_timeout(PATIENCE)
        .test_before_acquire(false)
        .before_acquire(|connection, lay| {
            let long = lay.idle_for > IDLE;
            Box::pin(
                async move { if long { still_works(connection).await.map(|()| true) } else { Ok(true) } },
            )
        })
        .after_connect(move |connection, _| {
            Box::pin(
                async move { if pooler { Ok(()) } else { connection.execute(SESSION).await.map(|_| ()) } },
            )
        });
    Ok(PostgresServer { pool: pool.connect_with(options).await?, pooler })
}

/// The address without what it says about a pooler.
fn without_pooler(url: &str) -> (String, bool) {
    let Some((place, query)) = url.split_once('?') else { return (url.to_owned(), false) };
    let kept: Vec<&str> = query.split('&').filter(|option| *option != POOLER).collect();
    let pooler = kept.len() < query.split('&').count();
    let url = if kept.is_empty() { place.to_owned() } else { format!("{place}?{}", kept.join("&")) };
    (url, pooler)
}

/// A pool of one that is no part of `pool`, for who keeps a connection to himself.
pub(crate) fn beside(pool: &PgPool) -> PgPool {
    let alone = PgPoolOptions::new().max_connections(1).acquire_timeout(PATIENCE);
    alone.idle_timeout(None).max_lifetime(None).connect_lazy_with((*pool.connect_options()).clone())
}

/// A connection on which statements may take their time.
pub(crate) async fn to_migrate(pool: &PgPool) -> Result<PgConnection, StoreError> {
    let mut connection = reach(&pool.connect_options()).await?;
    timeout(ANSWER, connection.execute(MIGRATION)).await.map_err(|_| timed_out())??;
    Ok(connection)
}

async fn still_works(connection: &mut PgConnection) -> Result<(), Error> {
    timeout(PING, connection.ping()).await.unwrap_or_else(|_| Err(timed_out()))
}

/// One connection, or the reason why there is none. A server that is just starting is waited for.
async fn reach(options: &PgConnectOptions) -> Result<PgConnection, StoreError> {
    let give_up = Instant::now() + PATIENCE;
    loop {
        let tried = timeout_at(give_up, connect(options)).await;
        let tried = tried.unwrap_or_else(|_| Err(unreachable(options, timed_out())));
        let may_pass = matches!(&tried, Err(StoreError::Unreachable { what, .. }) if what.may_pass());
        if !may_pass || Instant::now() + PAUSE > give_up {
            return tried;
        }
        sleep(PAUSE).await;
    }
}

async fn connect(options: &PgConnectOptions) -> Result<PgConnection, StoreError> {
    let host = options.get_host();
    let named = options.get_socket().is_none() && !host.starts_with('/');
    if named && let Err(error) = lookup_host((host, options.get_port())).await {
        let what = Unreachable::NoSuchHost { host: host.to_owned() };
        return Err(StoreError::Unreachable { what, cause: error.into() });
    }
    PgConnection::connect_with(options).await.map_err(|error| unreachable(options, error))
}

fn unreachable(options: &PgConnectOptions, error: Error) -> StoreError {
    StoreError::Unreachable { what: Unreachable::of(options, &error), cause: error.into() }
}

fn timed_out() -> Error {
    io::Error::from(ErrorKind::TimedOut).into()
}
