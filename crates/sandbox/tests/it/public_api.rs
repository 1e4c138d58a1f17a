//! The Public API.

mod access;
mod reads;
mod writes;
