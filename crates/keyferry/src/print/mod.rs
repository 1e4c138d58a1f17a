//! What people read at a terminal: one form of table, one way to wrap, and bold only where it can be shown. Everything is
//! made as text first, for a screen of a known width, so that tests see what people see.

mod facts;
mod journal;
mod now;
mod preview;
mod refusal;
mod screen;
mod tool;
mod who;

pub(crate) use facts::{compact, facts, text};
pub(crate) use journal::{approvals, call, calls};
pub(crate) use now::Now;
pub(crate) use preview::{left, preview};
pub(crate) use refusal::refusal;
pub(crate) use screen::{Column, Screen, shows_style};
pub(crate) use tool::{Entry, description, entries};
pub(crate) use who::who;

use serde::Serialize;

/// As a program reads it.
pub(crate) fn json(value: &impl Serialize) -> anyhow::Result<()> {
    println!("{}", serde_json::to_string_pretty(value)?);
    Ok(())
}
