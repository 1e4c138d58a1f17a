//! Ids that look like Segment's and are the same at each start, so that a person can keep one in a script.

const LETTERS: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const LENGTH: usize = 22;

/// The id of what is named, such as `["us", "source", "website"]`; each region has its own.
pub(super) fn stable_id(name: [&str; 3]) -> String {
    let mut state = fnv1a(name.join("/").as_bytes());
    (0..LENGTH)
        .map(|_| {
            state = splitmix64(state);
            char::from(LETTERS[usize::try_from(state % 62).expect("less than 62")])
        })
        .collect()
}

/// A number that is always the same for the same words; for counts that have to look alive.
pub(crate) fn stable_number(words: &[&str], below: u64) -> u64 {
    splitmix64(fnv1a(words.join("/").as_bytes())) % below
}

fn fnv1a(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

fn splitmix64(state: u64) -> u64 {
    let mut mixed = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
