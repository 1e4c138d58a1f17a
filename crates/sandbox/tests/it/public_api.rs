//! The Public API.

mod access;
mod flow;
mod reads;
mod things;
mod writes;
