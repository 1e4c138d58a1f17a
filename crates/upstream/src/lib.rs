#![doc = include_str!("../README.md")]

mod answer;
mod budget;
mod complaint;
pub mod credential;
mod elsewhere;
mod encode;
mod exchange;
mod faults;
pub mod handle;
mod inject;
mod made;
mod needles;
mod paging;
mod query;
mod redact;
mod render;
mod rendered;
mod retry;
mod retry_after;
mod route;
mod scrub;
mod send;
mod slot_test;
mod upstream;
mod wiped;

pub use elsewhere::{Elsewhere, OtherRegion};
pub use exchange::{Always, Answer, Destination, Exchange, Fate, Revealed, StillAllowed, Unanswered};
pub use made::Made;
pub use needles::{MASK, Needles};
pub use paging::next_page;
pub use redact::Sought;
pub use rendered::Rendered;
pub use retry::RetryPolicy;
pub use scrub::Scrubber;
pub use slot_test::{SlotKey, SlotProbe, SlotVerdict, TESTS_PER_MINUTE, judge_refusal};
pub use upstream::{Settings, Upstream, UpstreamParts};
