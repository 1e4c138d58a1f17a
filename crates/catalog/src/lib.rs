#![doc = include_str!("../README.md")]

mod accept;
mod catalog;
mod error;
mod load;
mod model;
mod pointer;
mod search;
mod yaml;

pub use accept::{ArgumentFaults, Arguments, Unresolved};
pub use catalog::Catalog;
pub use error::CatalogError;
pub use model::{
    Affected, AnswerShape, Api, Before, Body, Change, ErrorStyle, Example, Filling, FoundSecret, Guidance,
    Inject, Integration, Limit, Location, Lookup, Made, MadeKind, ObjectOf, OkRule, Owner, OwnerId,
    Pagination, PaginationStyle, Parameter, PathPiece, PathTemplate, QueryStyle, RegionEntry, RequestShape,
    SecretInput, SecretPlace, Shorthand, Slot, SlotField, SlotTest, Stability, ThingKind, Tool, ToolRef,
};
pub use pointer::{Found, Pattern, PatternError, Step};
pub use search::Hit;
