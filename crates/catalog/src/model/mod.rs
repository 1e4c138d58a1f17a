//! What the rest of the gateway reads of an integration, once the files are read.

mod found_secret;
mod integration;
mod reference;
mod request;
mod secret;
mod tool;

pub use found_secret::FoundSecret;
pub use integration::{
    Api, ErrorStyle, Inject, Integration, Limit, OkRule, Quota, QuotaPeriod, RegionEntry, Slot, SlotField,
    SlotTest,
};
pub use reference::{
    Affected, Before, Change, ObjectOf, Pagination, PaginationStyle, Shorthand, ThingKind, ToolRef,
};
pub use request::{
    Body, Filling, Location, Made, MadeKind, Parameter, PathPiece, PathTemplate, QueryStyle, RequestShape,
};
pub use secret::{AnswerShape, Lookup, Owner, OwnerId, SecretInput, SecretPlace};
pub use tool::{Example, Guidance, Stability, Tool};
