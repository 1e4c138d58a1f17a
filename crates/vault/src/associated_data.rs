//! Associated data: what a ciphertext is bound to, spelled so that no two lists of parts give the same bytes.

/// Parts in order, each behind its length as eight big-endian bytes.
#[derive(Default)]
pub(crate) struct AssociatedData(Vec<u8>);

impl AssociatedData {
    pub(crate) fn part(mut self, part: &[u8]) -> Self {
        self.0.extend_from_slice(&length_prefix(part));
        self.0.extend_from_slice(part);
        self
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// What stands before a part wherever parts are joined.
pub(crate) fn length_prefix(part: &[u8]) -> [u8; 8] {
    (part.len() as u64).to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined(parts: &[&[u8]]) -> Vec<u8> {
        parts.iter().fold(AssociatedData::default(), |data, part| data.part(part)).0
    }

    #[test]
    fn moving_a_byte_from_one_part_to_the_next_changes_the_data() {
        assert_ne!(joined(&[b"team", b"a"]), joined(&[b"tea", b"ma"]));
        assert_ne!(joined(&[b"team"]), joined(&[b"team", b""]));
    }
}
