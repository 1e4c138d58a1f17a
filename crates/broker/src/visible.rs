//! What a person approves is shown with nothing hidden in it; the one list of what deceives is core's.

pub use keyferry_core::{visible, visible_text};
