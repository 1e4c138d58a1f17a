//! What a sealed record belongs to. It is not in the record: whoever opens it must know it.

use crate::associated_data::AssociatedData;

/// The row that a secret was sealed for. Opening it for any other row fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Binding<'a> {
    /// What the secret is: `credential`, `signing_key`, …
    pub kind: &'static str,
    /// The tenant; empty for what belongs to the whole gateway.
    pub team: &'a str,
    /// The id of the row.
    pub record: &'a str,
    /// The version of the credential, so that an older one can't be put back. 0 where rows have no versions.
    pub version: i64,
    /// Names and values of what else the row is fixed to (connection, integration, slot), in a fixed order.
    pub context: &'a [(&'static str, &'a str)],
}

impl Binding<'_> {
    pub(crate) fn associated_data(&self, format: u8) -> AssociatedData {
        let data = AssociatedData::default()
            .part(&[format])
            .part(self.kind.as_bytes())
            .part(self.team.as_bytes())
            .part(self.record.as_bytes())
            .part(&self.version.to_be_bytes());
        self.context
            .iter()
            .fold(data, |data, (name, value)| data.part(name.as_bytes()).part(value.as_bytes()))
    }
}
