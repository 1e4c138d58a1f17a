//! Calls and previews in flight. They go on when the one who asked hangs up, so that each has its outcome; so how many
//! there may be is bounded here, and not only at the door.

use crate::limits::Limits;
use keyferry_core::{DeviceId, ErrorCode, Failure};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// When it is worth another try.
const SOON: Duration = Duration::from_secs(1);

/// Cheap to clone; the clones count together.
#[derive(Clone)]
pub(crate) struct InFlight(Arc<Counts>);

struct Counts {
    all: Arc<Semaphore>,
    of_devices: Mutex<HashMap<DeviceId, usize>>,
    most_of_device: usize,
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
            of_devices: Mutex::default(),
            most_of_device: limits.calls_of_device,
        }))
    }

    /// # Errors
    /// `rate_limited` when the device has too many in flight, `gateway_unavailable` when all of them together do.
    pub(crate) fn enter(&self, device: &DeviceId) -> Result<Place, Failure> {
        let one_of_all = Arc::clone(&self.0.all).try_acquire_owned().map_err(|_| {
            Failure::unavailable(
                "The gateway has too much in flight; nothing was sent.",
                "all places are taken",
            )
            .retry_after(SOON)
        })?;
        let most = self.0.most_of_device;
        let mut of_devices = self.of_devices();
        let count = of_devices.entry(device.clone()).or_default();
        if *count >= most {
            return Err(Failure::new(
                ErrorCode::RateLimited,
                format!("This device has {most} calls in flight; nothing was sent."),
            )
            .retry_after(SOON));
        }
        *count += 1;
        Ok(Place { in_flight: self.clone(), device: device.clone(), _one_of_all: one_of_all })
    }

    fn of_devices(&self) -> MutexGuard<'_, HashMap<DeviceId, usize>> {
        // Each change of the map is whole before anything in it can panic.
        self.0.of_devices.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut of_devices = self.in_flight.of_devices();
        if let Some(count) = of_devices.get_mut(&self.device) {
            *count -= 1;
            if *count == 0 {
                of_devices.remove(&self.device);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(result: Result<Place, Failure>) -> ErrorCode {
        result.err().unwrap().code
    }

    #[test]
    fn one_device_and_all_together_are_bounded_and_a_place_is_free_again() {
        let in_flight = InFlight::new(&Limits { calls: 3, calls_of_device: 2, ..Limits::default() });
        let (one, other) = (DeviceId::new(), DeviceId::new());
        let first = in_flight.enter(&one).unwrap();
        let _second = in_flight.enter(&one).unwrap();
        assert_eq!(code(in_flight.enter(&one)), ErrorCode::RateLimited);
        let _third = in_flight.enter(&other).unwrap();
        assert_eq!(code(in_flight.enter(&DeviceId::new())), ErrorCode::GatewayUnavailable);
        drop(first);
        let _again = in_flight.enter(&one).unwrap();
        assert_eq!(in_flight.of_devices().len(), 2);
    }
}
