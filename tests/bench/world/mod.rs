//! What the gateway stands in while it is measured: a store with people, devices and credentials in it, an upstream that
//! answers at once, and the processes, whose time and memory are read from `/proc`.

mod catalog;
mod deaf;
mod house;
mod process;
mod seed;
mod upstream;

pub(crate) use deaf::Deaf;
pub(crate) use house::{Ground, House, settle};
pub(crate) use process::{Spent, SpentBy, resident};
pub(crate) use seed::{Planted, Seed, Seeded};
use upstream::WRITE_KEY;
pub(crate) use upstream::{PUBLIC_API_KEY, Upstream};
