//! A key that one region refuses may belong to another: people choose the region by hand, and an upstream says no more
//! than that it does not know the key.

use crate::slot_test::{SlotProbe, SlotVerdict};
use crate::upstream::Upstream;
use keyferry_core::{Failure, Region};
use std::collections::BTreeMap;
use url::Url;

/// Another region, with the server of each API there.
#[derive(Debug, Clone)]
pub struct OtherRegion {
    pub region: Region,
    pub servers: BTreeMap<String, Url>,
}

/// Where a key is good that was refused here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Elsewhere {
    /// It works there.
    Certain(Region),
    /// These did not refuse it, and gave no clear answer either.
    Perhaps(Vec<Region>),
    /// They all refuse it: the key is wrong, not the region.
    Nowhere,
}

impl Upstream {
    /// Tries a key that the connection's region refused in the others, until one takes it. Each is a test of its own.
    ///
    /// # Errors
    /// As [`Upstream::test_slot`].
    pub async fn look_elsewhere(
        &self,
        probe: &SlotProbe<'_>,
        others: &[OtherRegion],
    ) -> Result<Elsewhere, Failure> {
        let mut perhaps = Vec::new();
        for other in others {
            match self.test_slot(&SlotProbe { servers: &other.servers, ..*probe }).await? {
                SlotVerdict::Verified => return Ok(Elsewhere::Certain(other.region.clone())),
                SlotVerdict::Refused { .. } => {}
                SlotVerdict::Unverifiable { .. } | SlotVerdict::Unreachable { .. } => {
                    perhaps.push(other.region.clone());
                }
            }
        }
        Ok(if perhaps.is_empty() { Elsewhere::Nowhere } else { Elsewhere::Perhaps(perhaps) })
    }
}

impl Elsewhere {
    /// What to tell the person whose key was refused `here`.
    #[must_use]
    pub fn sentence(&self, here: &Region) -> String {
        match self {
            Self::Certain(there) => {
                format!("It is refused in {here} and works in {there}: choose {there} for this account.")
            }
            Self::Perhaps(others) => {
                let others: Vec<&str> = others.iter().map(Region::as_str).collect();
                format!("It is refused in {here}; {} gave no clear answer.", others.join(" and "))
            }
            Self::Nowhere => "It is refused in every region, so the key itself is wrong.".to_owned(),
        }
    }
}
