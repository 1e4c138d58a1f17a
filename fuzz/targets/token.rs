//! A device's token.
#![no_main]
#![expect(dead_code, reason = "the modules hold more than what is tried here")]

#[path = "../../crates/identity/src/device_token.rs"]
mod device_token;
#[path = "../../crates/identity/src/secret.rs"]
mod secret;

use device_token::DeviceToken;
use keyferry_core::SecretString;
use libfuzzer_sys::fuzz_target;
use secret::{SECRET_LENGTH, is_base62};

fuzz_target!(|given: (&str, u8, u8)| {
    let (text, at, with) = given;
    if let Ok(token) = DeviceToken::parse(text) {
        assert_eq!(token.expose(), text);
    }
    let random: String =
        text.bytes().filter(|byte| is_base62(*byte)).map(char::from).take(SECRET_LENGTH).collect();
    if random.len() < SECRET_LENGTH {
        return;
    }
    let made = DeviceToken::of(&SecretString::from(random));
    assert!(DeviceToken::parse(made.expose()).is_ok());
    let mut bytes = made.expose().as_bytes().to_vec();
    let at = usize::from(at) % bytes.len();
    if bytes[at] != with {
        bytes[at] = with;
        let changed = String::from_utf8_lossy(&bytes);
        assert!(DeviceToken::parse(&changed).is_err(), "one byte is another, and it is taken");
    }
});
