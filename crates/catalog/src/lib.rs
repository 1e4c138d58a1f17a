#![doc = include_str!("../README.md")]

mod accept;
mod catalog;
mod error;
mod filter;
mod handle;
mod lint;
mod load;
mod model;
mod path_text;
mod pointer;
mod search;
mod wire;
mod yaml;

pub use accept::{ArgumentFaults, Arguments, Unresolved};
pub use catalog::Catalog;
pub use error::CatalogError;
pub use filter::Filter;
pub use handle::{HANDLE_PREFIX, is_handle};
pub use lint::Lint;
pub use model::{
    Affected, AnswerShape, Api, Before, Body, Change, ErrorStyle, Example, Filling, FoundSecret, Guidance,
    Inject, Integration, Limit, Location, Lookup, Made, MadeKind, ObjectOf, OkRule, Owner, OwnerId,
    Pagination, PaginationStyle, Parameter, PathPiece, PathTemplate, QueryStyle, Quota, QuotaPeriod,
    RegionEntry, RequestShape, SecretInput, SecretPlace, Shorthand, Slot, SlotField, SlotTest, Stability,
    ThingKind, Tool, ToolRef,
};
pub use path_text::unfit_for_path;
pub use pointer::{Found, Pattern, PatternError, Step};
pub use search::Hit;
pub use wire::Recognized;
