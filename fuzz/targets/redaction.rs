//! An answer with the injected secret in it, in some spelling, somewhere, cut anywhere.
#![no_main]
#![expect(dead_code, reason = "the modules hold more than what is tried here")]

#[path = "../../crates/upstream/src/needles.rs"]
mod needles;
#[path = "../../crates/upstream/src/scrub.rs"]
mod scrub;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use libfuzzer_sys::fuzz_target;
use needles::Needles;
use scrub::Scrubber;

const SECRET: &str = "sgp_0aB-9/z~K \"q\\x";

/// The spellings that an upstream may answer with.
fn spelled(how: u8) -> String {
    match how % 7 {
        0 => SECRET.to_owned(),
        1 => serde_json::to_string(SECRET).expect("a text can be written"),
        2 => hex::encode(SECRET),
        3 => STANDARD.encode(SECRET),
        4 => STANDARD.encode(format!("a{SECRET}b")),
        5 => STANDARD.encode(format!("user:{SECRET}")),
        _ => percent_encoding::utf8_percent_encode(SECRET, percent_encoding::NON_ALPHANUMERIC).to_string(),
    }
}

fuzz_target!(|given: (Vec<(u8, u8, &[u8])>,)| {
    let needles = Needles::of([SECRET]);
    let mut whole = Vec::new();
    let mut scrubber = Scrubber::new(&needles);
    let mut cut = Vec::new();
    for (how, length, between) in given.0 {
        let text = spelled(how);
        // Sometimes only a part of it: two halves that are not one must not become one either.
        let part = &text.as_bytes()[..text.len().min(usize::from(length))];
        for piece in [between, part] {
            whole.extend_from_slice(piece);
            cut.extend(scrubber.push(piece));
        }
    }
    cut.extend(scrubber.finish());
    let mut at_once = Scrubber::new(&needles);
    let mut clean = at_once.push(&whole);
    clean.extend(at_once.finish());
    assert_eq!(cut, clean, "what comes out depends on how it was cut");
    assert!(!needles.found_in(&clean), "the secret is still there");
});
