//! One region: a workspace, its space of profiles, and what guards them.

use super::event::{Event, EventKind};
use super::intake::Intake;
use super::people::People;
use super::workspace::Workspace;
use crate::credentials::{RegionCredentials, letters};
use crate::limits::Windows;
use crate::place::Area;
use crate::running::SandboxSettings;
use keyferry_core::{Clocks, Timestamp};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

pub(crate) struct Region {
    pub(crate) area: Area,
    pub(crate) credentials: RegionCredentials,
    clock: Clocks,
    pub(crate) intake: Arc<Intake>,
    pub(crate) public_api_windows: Windows,
    pub(crate) tracking_windows: Windows,
    pub(crate) profiles_windows: Windows,
    workspace: Mutex<Workspace>,
    people: Mutex<People>,
}

impl Region {
    pub(crate) fn seeded(
        area: Area,
        credentials: &RegionCredentials,
        settings: &SandboxSettings,
        intake: Arc<Intake>,
    ) -> Self {
        let name = match area {
            Area::Us => "us",
            Area::Eu => "eu",
        };
        let limits = settings.limits;
        let workspace = Workspace::seeded(name, credentials);
        let people = seeded_people(&workspace, whole_millis(settings.clock.now()));
        Self {
            area,
            credentials: credentials.clone(),
            clock: Arc::clone(&settings.clock),
            intake,
            public_api_windows: Windows::new(limits.public_api_per_minute, Duration::from_mins(1)),
            tracking_windows: Windows::new(limits.tracking_per_second, Duration::from_secs(1)),
            profiles_windows: Windows::new(limits.profiles_per_second, Duration::from_secs(1)),
            workspace: Mutex::new(workspace),
            people: Mutex::new(people),
        }
    }

    /// In whole milliseconds, as Segment keeps and tells its times.
    pub(crate) fn now(&self) -> Timestamp {
        whole_millis(self.clock.now())
    }

    /// An id that nothing has.
    pub(crate) fn new_id(&self, prefix: &str) -> String {
        format!("{prefix}{}", letters(22))
    }

    pub(crate) fn workspace(&self) -> MutexGuard<'_, Workspace> {
        self.workspace.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn people(&self) -> MutexGuard<'_, People> {
        self.people.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn whole_millis(at: Timestamp) -> Timestamp {
    Timestamp(at.micros().div_euclid(1000) * 1000)
}

/// `user_id:u-1001`, with more traits than one page shows by default, three pages of events, and an account.
fn seeded_people(workspace: &Workspace, now: Timestamp) -> People {
    let mut people = People::default();
    let source = workspace.source_of_slug("website");
    let mut take = |kind, hours_ago: u64, n: u32, body: Value| {
        people.take(&Event {
            kind,
            source_id: source.to_owned(),
            message_id: format!("seed-{hours_ago}-{n}"),
            timestamp: now - Duration::from_hours(hours_ago),
            body: body.as_object().cloned().unwrap_or_default(),
        });
    };
    take(
        EventKind::Identify,
        300,
        0,
        json!({"userId": "u-1001", "anonymousId": "anon-1001", "traits": ada()}),
    );
    take(
        EventKind::Group,
        299,
        0,
        json!({"userId": "u-1001", "groupId": "acme", "traits": {"name": "Acme", "employees": 120, "plan": "team"}}),
    );
    for n in 0..25 {
        let body = json!({
            "userId": "u-1001",
            "event": if n % 5 == 0 { "Order Completed" } else { "Product Viewed" },
            "properties": {"order": n, "price": 19.5},
            "context": {"ip": "203.0.113.7", "library": {"name": "seed"}},
        });
        take(EventKind::Track, 100 - u64::from(n), n, body);
    }
    people
}

fn ada() -> Value {
    json!({
        "email": "ada@acme.example", "first_name": "Ada", "last_name": "Marsh", "plan": "team", "city": "Porto",
        "country": "PT", "language": "pt", "age": 36, "newsletter": true, "orders": 25, "title": "Engineer",
        "phone": "+351210000000", "created": "2024-03-01", "referrer": "friend",
    })
}
