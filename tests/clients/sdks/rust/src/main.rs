//! Every call of the crate `segment`. Host and key come from the environment; so does a token for the gateway's own
//! header, for a client that is pointed at another account.

use segment::message::{
    Alias, Batch, BatchMessage, Group, Identify, Message, Page, Screen, Track, User,
};
use segment::{Client, HttpClient};
use serde_json::json;
use std::env;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let key = env::var("WRITE_KEY")?;
    let mut headers = reqwest::header::HeaderMap::new();
    if let Ok(token) = env::var("TOKEN") {
        headers.insert("x-keyferry-key", token.parse()?);
    }
    let http = reqwest::Client::builder().no_proxy().default_headers(headers).build()?;
    let client = HttpClient::new(http, env::var("HOST")?);
    for message in messages() {
        client.send(key.clone(), message).await?;
    }
    Ok(())
}

fn messages() -> Vec<Message> {
    let user = || User::UserId { user_id: "u-1001".to_owned() };
    let track = |event: &str| Track {
        user: user(),
        event: event.to_owned(),
        properties: json!({"revenue": 12.5, "writeKey": "their own", "text": "Zoë 😀 \" \\"}),
        ..Track::default()
    };
    let keyed = serde_json::Map::from_iter([("writeKey".to_owned(), json!("slipped in"))]);
    vec![
        Message::from(Identify { user: user(), traits: json!({"plan": "pro"}), ..Identify::default() }),
        Message::from(track("Ordered")),
        Message::from(Page { user: user(), name: "Prices".to_owned(), ..Page::default() }),
        Message::from(Screen { user: user(), name: "Start".to_owned(), ..Screen::default() }),
        Message::from(Group { user: user(), group_id: "acme".to_owned(), ..Group::default() }),
        Message::from(Alias { user: user(), previous_id: "anonymous-1".to_owned(), ..Alias::default() }),
        Message::from(Batch {
            batch: vec![
                BatchMessage::Track(Track { extra: keyed.clone(), ..track("First") }),
                BatchMessage::Track(track("Second")),
            ],
            extra: keyed,
            ..Batch::default()
        }),
    ]
}
