//! The properties of a JSON body as arguments.

use crate::Tool;
use keyferry_core::FieldFault;
use keyferry_core::pointer::child;
use serde_json::{Map, Value};

impl Tool {
    /// Reads the properties of a body into arguments, by their names on the wire and by no other: one that has the
    /// name of an argument of the path must not take its place.
    ///
    /// # Errors
    /// Everything in it that is not one of the operation's properties.
    pub fn read_body(
        &self,
        body: Map<String, Value>,
        arguments: &mut Map<String, Value>,
    ) -> Result<(), Vec<FieldFault>> {
        let known = self.request.body.as_ref().map(|body| body.fields.as_slice()).unwrap_or_default();
        let mut faults = Vec::new();
        for (wire_name, value) in body {
            match known.iter().find(|(_, wire)| *wire == wire_name) {
                Some((argument, _)) => _ = arguments.insert(argument.clone(), value),
                // A key that the client has: the connection's takes its place.
                None if self.rules.is_stripped(&wire_name) => {}
                None => faults.push(FieldFault::invalid(
                    child("", &wire_name),
                    "is not a property of this operation's body",
                )),
            }
        }
        if faults.is_empty() { Ok(()) } else { Err(faults) }
    }
}
