//! Starting and stopping.

use crate::house::House;
use keyferry_sandbox::{Sandbox, SandboxCredentials, SandboxSettings, StartError};
use serde_json::json;
use std::net::TcpListener;

#[tokio::test]
async fn it_listens_on_loopback_only() {
    let settings = SandboxSettings::new("0.0.0.0:0".parse().unwrap(), SandboxCredentials::random());
    let refused = Sandbox::start(settings).await.unwrap_err();
    assert!(matches!(refused, StartError::NotLoopback(_)), "{refused}");
}

#[tokio::test]
async fn a_port_that_is_taken_is_named() {
    let house = House::open().await;
    let settings = SandboxSettings::new(house.sandbox.address, SandboxCredentials::random());
    let refused = Sandbox::start(settings).await.unwrap_err().to_string();
    assert!(refused.contains(&house.sandbox.address.to_string()), "{refused}");
    assert!(refused.contains("choose another port"), "{refused}");
}

#[tokio::test]
async fn stopping_does_not_wait_for_a_delay_and_gives_the_port_back() {
    let house = House::open().await;
    house.arm(json!({"kind": "delay", "ms": 3_600_000})).await;
    let slow = tokio::spawn(house.public("GET", "/").send());
    while house.requests(0).await.is_empty() {
        tokio::task::yield_now().await;
    }
    let address = house.sandbox.address;
    house.sandbox.stop().await;
    assert_eq!(slow.await.unwrap().unwrap().status(), 200);
    TcpListener::bind(address).unwrap();
}

#[tokio::test]
async fn ids_are_the_same_at_each_start_and_keys_are_not() {
    let (one, other) = (House::open().await, House::open().await);
    assert_eq!(one.source("website").await["id"], other.source("website").await["id"]);
    assert_ne!(one.source("website").await["writeKeys"], other.source("website").await["writeKeys"]);
}
