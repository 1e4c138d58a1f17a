//! What a workspace knows: its sources and where they lead, the people that were tracked, and what came in.

mod event;
mod ids;
mod intake;
mod people;
mod pipeline;
mod region;
mod seed;
mod shelf;
mod things;
mod unify;
mod workspace;

pub(crate) use event::{Event, EventKind, text_of};
pub(crate) use ids::stable_number;
pub(crate) use intake::{Intake, Noted};
pub(crate) use people::{Collection, ExternalId, People, Profile, TrackedEvent, Trait};
pub(crate) use pipeline::{Hitch, Span, Trouble};
pub(crate) use region::Region;
pub(crate) use seed::SOURCES;
pub(crate) use shelf::Thing;
pub(crate) use workspace::{Destination, Label, Source, Warehouse, Workspace};
