//! A device with its token, speaking to a gateway.

use crate::wire::{Answer, Wire};
use reqwest::Method;
use serde_json::{Map, Value, json};

#[derive(Debug, Clone)]
pub struct Device {
    pub wire: Wire,
    /// Without a slash at its end.
    pub base: String,
    pub token: String,
}

impl Device {
    /// One request; `Null` sends no body.
    pub async fn json(&self, method: &str, path: &str, body: Value) -> Answer {
        self.wire.send(self.request(method, path, body)).await
    }

    /// The same, for when the gateway may not be there.
    ///
    /// # Errors
    /// When no answer comes.
    pub async fn try_json(&self, method: &str, path: &str, body: Value) -> Result<Answer, reqwest::Error> {
        self.wire.try_send(self.request(method, path, body)).await
    }

    fn request(&self, method: &str, path: &str, body: Value) -> reqwest::RequestBuilder {
        let method: Method = method.parse().expect("a method");
        let request =
            self.wire.client.request(method, format!("{}{path}", self.base)).bearer_auth(&self.token);
        if body.is_null() { request } else { request.json(&body) }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.json("GET", path, Value::Null).await
    }

    pub async fn preview(&self, tool: &str, arguments: Value) -> Answer {
        self.preview_with(tool, arguments, json!({})).await
    }

    pub async fn call(&self, tool: &str, arguments: Value) -> Answer {
        self.call_with(tool, arguments, json!({})).await
    }

    /// `with` are the fields beside `arguments`: `{"connectionId": 2}`.
    pub async fn preview_with(&self, tool: &str, arguments: Value, with: Value) -> Answer {
        self.json("POST", &format!("/api/tools/{tool}/preview"), body(arguments, with)).await
    }

    /// `with` are the fields beside `arguments`: `{"connectionId": 2, "idempotencyKey": "k"}`.
    pub async fn call_with(&self, tool: &str, arguments: Value, with: Value) -> Answer {
        self.json("POST", &format!("/api/tools/{tool}/execute"), body(arguments, with)).await
    }

    /// The journal's record of a call.
    pub async fn record(&self, call: &str) -> Value {
        self.get(&format!("/api/calls/{call}")).await.ok()
    }

    /// The journal's newest calls, newest first.
    pub async fn journal(&self) -> Vec<Value> {
        let list = self.get("/api/calls").await.ok();
        list["calls"].as_array().cloned().unwrap_or_default()
    }
}

fn body(arguments: Value, with: Value) -> Value {
    let mut body = Map::from_iter([("arguments".to_owned(), arguments)]);
    if let Value::Object(with) = with {
        body.extend(with);
    }
    Value::Object(body)
}
