//! Calls and previews in flight. They go on when the one who asked hangs up, so that each has its outcome; so how many
//! there may be is bounded here, and not only at the door.
//!
//! While the gateway keeps up, a device may have as many under way as its bound says. When calls begin late because
//! too much is ready to run, the device that begins most of them is narrowed: fewer of its calls are under way at a
//! time and the others of it wait for their turn, so that what the other devices ask for does not wait behind all of
//! them. It is widened again, step by step, when calls begin in time.

use crate::limits::Limits;
use keyferry_core::{DeviceId, ErrorCode, Failure};
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

/// When it is worth another try.
const SOON: Duration = Duration::from_secs(1);
/// How long a call waits for its device's turn.
const TURN: Duration = Duration::from_secs(5);
/// A call that begins so much later than it could is late.
const LATE: Duration = Duration::from_micros(400);
/// One that begins within this time is not.
const IN_TIME: Duration = Duration::from_micros(150);
/// How often widths are changed.
const STEP: Duration = Duration::from_millis(10);
/// A device has at least so many turns.
const NARROWEST: usize = 4;

/// Cheap to clone; the clones count together.
#[derive(Clone)]
pub(crate) struct InFlight(Arc<Counts>);

struct Counts {
    all: Arc<Semaphore>,
    devices: Mutex<Devices>,
    most_of_device: usize,
}

struct Devices {
    of: HashMap<DeviceId, Own>,
    changed: Instant,
}

/// What a device has in flight; there while it has anything.
struct Own {
    under_way: usize,
    /// How many may be under way at a time.
    width: usize,
    waiting: VecDeque<Waiting>,
    /// Calls that began since widths were changed.
    begun: usize,
}

/// It is in flight, too.
struct Waiting {
    turn: oneshot::Sender<Place>,
    one_of_all: OwnedSemaphorePermit,
}

/// One call's place; free again when it is dropped.
pub(crate) struct Place {
    in_flight: InFlight,
    device: DeviceId,
    _one_of_all: OwnedSemaphorePermit,
}

impl InFlight {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self(Arc::new(Counts {
            all: Arc::new(Semaphore::new(limits.calls)),
            devices: Mutex::new(Devices { of: HashMap::new(), changed: Instant::now() }),
            most_of_device: limits.calls_of_device,
        }))
    }

    /// A place, as soon as it is the call's turn.
    ///
    /// # Errors
    /// `rate_limited` when the device has too many in flight, `gateway_unavailable` when all of them together do.
    pub(crate) async fn enter(&self, device: &DeviceId) -> Result<Place, Failure> {
        match self.ask(device)? {
            Ok(place) => Ok(place),
            Err(turn) => match tokio::time::timeout(TURN, turn).await {
                Ok(Ok(place)) => Ok(place),
                _ => Err(too_many("This device's calls wait for each other for too long; nothing was sent.")),
            },
        }
    }

    /// A place, or the turn that is to be waited for.
    fn ask(&self, device: &DeviceId) -> Result<Result<Place, oneshot::Receiver<Place>>, Failure> {
        let one_of_all = Arc::clone(&self.0.all).try_acquire_owned().map_err(|_| {
            let message = "The gateway has too much in flight; nothing was sent.";
            Failure::unavailable(message, "all places are taken").retry_after(SOON)
        })?;
        let most = self.0.most_of_device;
        let mut devices = self.devices();
        let own = devices.of.entry(device.clone()).or_insert_with(|| Own::of(most));
        if own.under_way + own.waiting.len() >= most {
            return Err(too_many(&format!("This device has {most} calls in flight; nothing was sent.")));
        }
        if own.under_way < own.width {
            own.begin();
            return Ok(Ok(self.place(device, one_of_all)));
        }
        // One of its own that ends gives its place on.
        let (turn, given) = oneshot::channel();
        own.waiting.push_back(Waiting { turn, one_of_all });
        Ok(Err(given))
    }

    fn place(&self, device: &DeviceId, _one_of_all: OwnedSemaphorePermit) -> Place {
        Place { in_flight: self.clone(), device: device.clone(), _one_of_all }
    }

    /// Notes how long a call that could run waited to be run. `now` is the time of that.
    pub(crate) fn began_after(&self, waited: Duration, now: Instant) {
        if waited > IN_TIME && waited < LATE {
            return;
        }
        let mut devices = self.devices();
        if now.saturating_duration_since(devices.changed) < STEP {
            return;
        }
        devices.changed = now;
        if waited >= LATE { devices.narrow() } else { devices.widen(self.0.most_of_device) }
    }

    fn devices(&self) -> MutexGuard<'_, Devices> {
        // Each change of the map is whole before anything in it can panic.
        self.0.devices.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Devices {
    /// Narrows the device that begins most calls, where others wait for it.
    fn narrow(&mut self) {
        let alone = self.of.len() < 2;
        let most = self.of.values_mut().max_by_key(|own| own.begun);
        if let Some(own) = most.filter(|own| !alone && own.under_way > NARROWEST) {
            own.width = (own.width.min(own.under_way) / 2).max(NARROWEST);
        }
        self.of.values_mut().for_each(|own| own.begun = 0);
    }

    fn widen(&mut self, most: usize) {
        for own in self.of.values_mut() {
            own.width = (own.width + 1).min(most);
            own.begun = 0;
        }
    }
}

impl Own {
    fn of(width: usize) -> Self {
        Self { under_way: 0, width, waiting: VecDeque::new(), begun: 0 }
    }

    fn begin(&mut self) {
        self.under_way += 1;
        self.begun += 1;
    }
}

fn too_many(message: &str) -> Failure {
    Failure::new(ErrorCode::RateLimited, message).retry_after(SOON)
}

impl Drop for Place {
    /// Those whose turn it is then get it outside the lock: one who waits no more drops the place at once.
    fn drop(&mut self) {
        let mut next = Vec::new();
        let mut devices = self.in_flight.devices();
        let Some(own) = devices.of.get_mut(&self.device) else { return };
        own.under_way -= 1;
        while own.under_way < own.width
            && let Some(waiting) = own.waiting.pop_front()
        {
            own.begin();
            next.push(waiting);
        }
        if own.under_way == 0 {
            devices.of.remove(&self.device);
        }
        drop(devices);
        for Waiting { turn, one_of_all } in next {
            let _ = turn.send(self.in_flight.place(&self.device, one_of_all));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt;

    fn in_flight(calls: usize, calls_of_device: usize) -> InFlight {
        InFlight::new(&Limits { calls, calls_of_device, ..Limits::default() })
    }

    /// A place that is there at once.
    fn entered(in_flight: &InFlight, device: &DeviceId) -> Result<Place, ErrorCode> {
        let now = in_flight.enter(device).now_or_never().expect("it is this call's turn");
        now.map_err(|failure| failure.code)
    }

    /// Calls of the device were late `times` times.
    fn late(in_flight: &InFlight, times: u32) {
        let changed = in_flight.devices().changed;
        (1..=times).for_each(|time| in_flight.began_after(LATE, changed + STEP * time));
    }

    #[tokio::test]
    async fn one_device_and_all_together_are_bounded_and_a_place_is_free_again() {
        let in_flight = in_flight(3, 2);
        let (one, other) = (DeviceId::new(), DeviceId::new());
        let first = entered(&in_flight, &one).unwrap();
        let _second = entered(&in_flight, &one).unwrap();
        assert_eq!(entered(&in_flight, &one).err(), Some(ErrorCode::RateLimited));
        let _third = entered(&in_flight, &other).unwrap();
        assert_eq!(entered(&in_flight, &DeviceId::new()).err(), Some(ErrorCode::GatewayUnavailable));
        drop(first);
        let _again = entered(&in_flight, &one).unwrap();
        assert_eq!(in_flight.devices().of.len(), 2);
    }

    #[tokio::test]
    async fn while_calls_begin_late_the_device_that_begins_most_waits_for_itself() {
        let in_flight = in_flight(100, 50);
        let (greedy, modest) = (DeviceId::new(), DeviceId::new());
        let mut places: Vec<Place> = (0..20).map(|_| entered(&in_flight, &greedy).unwrap()).collect();
        let _modest: Vec<Place> = (0..5).map(|_| entered(&in_flight, &modest).unwrap()).collect();
        late(&in_flight, 1);
        let mut waiting = Box::pin(in_flight.enter(&greedy));
        assert!(waiting.as_mut().now_or_never().is_none(), "ten may be under way, and twenty are");
        let _another = entered(&in_flight, &modest).unwrap();
        places.truncate(10);
        assert!(waiting.as_mut().now_or_never().is_none());
        places.truncate(9);
        assert!(waiting.await.is_ok());
    }

    #[tokio::test]
    async fn a_turn_that_nobody_waits_for_any_more_is_the_next_ones() {
        let in_flight = in_flight(100, 50);
        let (device, other) = (DeviceId::new(), DeviceId::new());
        let _other = entered(&in_flight, &other).unwrap();
        let mut places: Vec<Place> = (0..8).map(|_| entered(&in_flight, &device).unwrap()).collect();
        late(&in_flight, 1);
        let mut gone = Box::pin(in_flight.enter(&device));
        let mut next = Box::pin(in_flight.enter(&device));
        assert!(gone.as_mut().now_or_never().is_none() && next.as_mut().now_or_never().is_none());
        drop(gone);
        places.truncate(3);
        let _place = next.await.unwrap();
        assert_eq!(in_flight.devices().of[&device].under_way, NARROWEST);
    }

    #[tokio::test]
    async fn it_is_widened_when_calls_begin_in_time_and_never_narrowed_to_nothing() {
        let in_flight = in_flight(100, 50);
        let (device, other) = (DeviceId::new(), DeviceId::new());
        let places: Vec<Place> = (0..50).map(|_| entered(&in_flight, &device).unwrap()).collect();
        let width = || in_flight.devices().of[&device].width;
        late(&in_flight, 9);
        assert_eq!(width(), 50, "alone, it keeps nobody waiting");
        let other = entered(&in_flight, &other).unwrap();
        late(&in_flight, 9);
        assert_eq!(width(), NARROWEST);
        let changed = in_flight.devices().changed;
        (1..=3).for_each(|time| in_flight.began_after(Duration::ZERO, changed + STEP * time));
        in_flight.began_after(Duration::ZERO, changed + STEP * 3);
        assert_eq!(width(), NARROWEST + 3, "one at each step");
        drop((places, other));
        assert!(in_flight.devices().of.is_empty(), "who has nothing in flight is forgotten");
    }
}
