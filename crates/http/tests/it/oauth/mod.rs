pub(crate) mod code;
mod device_authorization;
mod metadata;
mod register;
mod revoke;
mod token;

use crate::gateway::{Answered, Gateway, Person};
use keyferry_core::Rule;
use keyferry_identity::{Approval, Claim};

pub(super) const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// A pairing by code that waits for a person.
pub(super) struct Begun {
    device_code: String,
    user_code: String,
}

impl Begun {
    async fn new(gateway: &Gateway) -> Self {
        let form = [("client_id", "cli"), ("device_label", "laptop")];
        let begun = gateway.post("/oauth/device_authorization").form(&form).send().await.json();
        let text = |name: &str| begun[name].as_str().unwrap().to_owned();
        Self { device_code: text("device_code"), user_code: text("user_code") }
    }

    async fn approve(&self, gateway: &Gateway, person: &Person) {
        let approval = Approval { rule: Rule::Confirm, from_elsewhere: false };
        let (claim, here) = (Claim::Code(&self.user_code), "0.0.0.0".parse().unwrap());
        gateway.identity.pairings.approve(&person.principal, claim, here, &approval).await.unwrap();
    }

    async fn poll(&self, gateway: &Gateway) -> Answered {
        let form = [("grant_type", DEVICE_CODE), ("client_id", "cli"), ("device_code", &self.device_code)];
        gateway.post("/oauth/token").form(&form).send().await
    }
}

/// An access token and a refresh token.
pub(super) fn tokens(answer: &Answered) -> (String, String) {
    let body = answer.json();
    let text = |name: &str| body[name].as_str().unwrap_or_else(|| panic!("{body}")).to_owned();
    (text("access_token"), text("refresh_token"))
}

pub(super) async fn paired(gateway: &Gateway) -> (String, String) {
    let person = gateway.person("ada@example.com").await;
    let begun = Begun::new(gateway).await;
    begun.approve(gateway, &person).await;
    tokens(&begun.poll(gateway).await)
}

pub(crate) async fn refresh(gateway: &Gateway, token: &str) -> Answered {
    gateway
        .post("/oauth/token")
        .form(&[("grant_type", "refresh_token"), ("refresh_token", token)])
        .send()
        .await
}
