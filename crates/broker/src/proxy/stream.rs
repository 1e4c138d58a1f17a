//! An answer on its way through: piece by piece, within limits of time for either side, and ended by whatever ends the
//! device's leave.

use super::permission::Passage;
use crate::journal::Ticket;
use crate::plan::{Doing, Plan};
use crate::request::Caller;
use crate::standing::Leave;
use crate::{Broker, outcome};
use bytes::Bytes;
use keyferry_core::{Consent, ErrorCode, Failure};
use keyferry_store::Change;
use keyferry_upstream::{Answer, Fate, StillAllowed, Streamed, Unanswered};
use serde_json::Value;
use std::fmt;
use std::time::Duration;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior};

/// The longest that an answer may be on its way.
pub(super) const LONGEST: Duration = Duration::from_secs(10 * 60);
/// How long a client may take no piece.
const CLIENT: Duration = Duration::from_secs(30);
/// How often the leave is asked for although nothing changed: a device may expire.
const ASK_AGAIN: Duration = Duration::from_secs(15);
/// Pieces that wait for the client.
const AHEAD: usize = 2;

/// What the client's side gets.
enum Piece {
    Bytes(Bytes),
    End,
}

/// The pieces of an answer. It is over only when it says so: one that breaks off must not look like one that is whole.
pub struct ProxyStream(mpsc::Receiver<Piece>);

impl fmt::Debug for ProxyStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ProxyStream")
    }
}

impl ProxyStream {
    /// The next piece; `None` at the end.
    ///
    /// # Errors
    /// When the answer broke off. Why stands in the journal.
    pub async fn next(&mut self) -> Result<Option<Bytes>, BrokenOff> {
        match self.0.recv().await {
            Some(Piece::Bytes(bytes)) => Ok(Some(bytes)),
            Some(Piece::End) => Ok(None),
            None => Err(BrokenOff),
        }
    }
}

/// An answer that was ended before its end.
#[derive(Debug)]
pub struct BrokenOff;

impl fmt::Display for BrokenOff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the answer broke off")
    }
}

impl std::error::Error for BrokenOff {}

/// Lets an answer through, beside the calls; the ticket is paid when it is over.
pub(super) fn begin(
    broker: &Broker,
    caller: &Caller,
    plan: &Plan,
    (status, streamed): (u16, Box<Streamed>),
    ticket: Ticket,
) -> ProxyStream {
    let (client, pieces) = mpsc::channel(AHEAD);
    let mut pump = Pump {
        broker: broker.clone(),
        caller: caller.clone(),
        doing: plan.doing.clone(),
        consent: plan.consent,
        changes: broker.follower().subscribe(),
        streamed,
        client,
    };
    broker.go_on(async move {
        let ended = pump.run().await;
        let bytes = pump.streamed.bytes();
        let result = match ended {
            Ok(()) => Ok(Answer { status, body: Value::Null, request_id: None, attempts: 1, bytes }),
            Err(failure) => Err(Unanswered {
                failure,
                fate: Fate::Answered,
                status: Some(status),
                attempts: 1,
                credential_refused: false,
            }),
        };
        ticket.finish(outcome::exchanged(&result, pump.broker.now()));
    });
    ProxyStream(pieces)
}

struct Pump {
    broker: Broker,
    caller: Caller,
    doing: Doing,
    consent: Consent,
    changes: Receiver<Change>,
    streamed: Box<Streamed>,
    client: mpsc::Sender<Piece>,
}

impl Pump {
    async fn run(&mut self) -> Result<(), Failure> {
        let over = Instant::now() + LONGEST;
        let mut ask = tokio::time::interval(ASK_AGAIN);
        ask.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut held: Option<Piece> = None;
        let mut moved = Instant::now();
        loop {
            let waiting = held.is_some();
            let patience = self.patience(waiting);
            tokio::select! {
                biased;
                change = self.changes.recv() => self.heard(change).await?,
                _ = ask.tick() => self.still_allowed().await?,
                () = tokio::time::sleep_until(over) => return Err(too_slow("The answer took too long")),
                () = tokio::time::sleep_until(moved + patience) => {
                    let whose = if waiting { "The client took nothing for too long" } else { "The answer stopped coming" };
                    return Err(too_slow(whose));
                }
                place = self.client.reserve(), if waiting => {
                    // A client that hung up has what it wanted.
                    let (Ok(place), Some(piece)) = (place, held.take()) else { return Ok(()) };
                    let is_end = matches!(piece, Piece::End);
                    place.send(piece);
                    if is_end {
                        return Ok(());
                    }
                    moved = Instant::now();
                }
                next = self.streamed.next(), if !waiting => {
                    held = Some(next?.map_or(Piece::End, Piece::Bytes));
                    moved = Instant::now();
                }
            }
        }
    }

    fn patience(&self, waits_for_client: bool) -> Duration {
        if waits_for_client { CLIENT } else { self.doing.tool.timeout }
    }

    async fn heard(&self, change: Result<Change, RecvError>) -> Result<(), Failure> {
        match change {
            Ok(change) if !self.concerns(&change) => Ok(()),
            // One who missed changes treats everything as changed. They never end: the broker here has their sender.
            Ok(_) | Err(_) => self.still_allowed().await,
        }
    }

    fn concerns(&self, change: &Change) -> bool {
        change.team.as_ref().is_none_or(|team| *team == self.caller.team)
    }

    async fn still_allowed(&self) -> Result<(), Failure> {
        let (broker, caller, doing) = (&self.broker, &self.caller, &self.doing);
        Passage(Leave { broker, caller, doing, consent: self.consent, approver: None }).check().await
    }
}

fn too_slow(what: &str) -> Failure {
    Failure::new(ErrorCode::UpstreamTimeout, format!("{what}; it was cut off."))
}
