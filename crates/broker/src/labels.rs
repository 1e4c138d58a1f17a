//! Bare labels (`"production"`) become whole ones before the digest, by the account's own list.

use crate::Broker;
use crate::beneath::Beneath;
use keyferry_catalog::{ArgumentFaults, Arguments};
use keyferry_core::Failure;
use keyferry_store::connections::Connection;
use serde_json::{Map, Value};
use std::sync::Arc;

/// More items than this are not looked through.
const ITEMS: usize = 2000;

impl Broker {
    /// The arguments with every short form written out. Each list that it takes is read once, journaled beneath.
    ///
    /// # Errors
    /// `invalid_arguments` with the candidates, and whatever the reading says.
    pub(crate) async fn resolved(
        &self,
        mut arguments: Arguments,
        connection: &Arc<Connection>,
        beneath: &Beneath,
    ) -> Result<Arguments, Failure> {
        while let Some(open) = arguments.unresolved().first() {
            let shorthand = Arc::clone(&open.shorthand);
            let items_of = |page: &Value| -> Vec<Value> {
                let lists = shorthand.at.find(page).into_iter().filter_map(|found| found.value.as_array());
                lists.flatten().cloned().collect()
            };
            let pages = self.pages_beneath(beneath, connection, &shorthand.tool, Map::new(), ITEMS, items_of);
            let (items, _) = pages.await?;
            arguments = arguments.resolve(&shorthand.tool, &items).map_err(not_resolved)?;
        }
        Ok(arguments)
    }
}

fn not_resolved(faults: ArgumentFaults) -> Failure {
    Failure::new(faults.code, "A short form in the arguments does not say which one is meant.")
        .hint("Write it out, as `key:value` or as an object.")
        .faults(faults.faults)
}
