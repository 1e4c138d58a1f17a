//! A YAML document with the position of every value, so that each fault can name its line.

mod decode;
mod node;

pub(crate) use decode::{Misfit, Ordered};
pub(crate) use node::{Kind, Node};
