//! A packed body.
#![no_main]

#[path = "../../crates/http/src/proxy/inflate.rs"]
mod inflate;

use libfuzzer_sys::fuzz_target;

const LIMIT: usize = 512_000;
/// As the module has it.
const RATIO: usize = 256;

fuzz_target!(|packed: &[u8]| {
    if let Ok(plain) = inflate::inflated(packed, LIMIT) {
        assert!(plain.len() <= LIMIT.min(packed.len() * RATIO), "{} of {}", plain.len(), packed.len());
    }
});
