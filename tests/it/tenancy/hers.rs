//! What belongs to the demo's owner alone, and the same shapes that belong to nobody.

use keyferry_testkit::{Demo, Typed};
use serde_json::{Value, json};

/// The label of the connection that is hers alone.
pub(super) const LABEL: &str = "Hers alone";

pub(super) struct Hers {
    pub(super) number: i64,
    pub(super) call: String,
    pub(super) approval: String,
    pub(super) device: String,
    pub(super) team: String,
    pub(super) connect_link: String,
}

impl Hers {
    pub(super) async fn of(demo: &Demo) -> Self {
        let (device, person) = (demo.device(), demo.person().await);
        let number = person.connected(LABEL, "eu", Typed::all(&demo.keys.eu)).await;
        let with = json!({"connectionId": number});
        let listed = device.call_with("segment_list_sources", json!({"limit": 100}), with.clone()).await.ok();
        let source = listed["result"]["data"]["sources"][0]["id"].clone();
        let deletion = json!({"sourceId": source});
        device.preview_with("segment_delete_source", deletion.clone(), with.clone()).await.ok();
        let asked = device.call_with("segment_delete_source", deletion, with).await;
        let approval =
            asked.body["approvalUrl"].as_str().and_then(|url| url.rsplit('/').next()).expect("an approval");
        let connect = json!({"integration": "segment", "reuseIfConnected": false});
        let started = device.json("POST", "/api/connect/start", connect).await.ok();
        let whoami = device.get("/api/agent/whoami").await.ok();
        Self {
            number,
            call: text(&listed["meta"]["callId"]),
            approval: approval.to_owned(),
            device: text(&whoami["device"]["id"]),
            team: text(&whoami["team"]["id"]),
            connect_link: text(&started["sessionToken"]),
        }
    }

    /// The same shapes, and nobody's.
    pub(super) fn nobodys(&self) -> Self {
        let other = |id: &String| {
            let (kept, last) = id.split_at(id.len() - 4);
            format!("{kept}{}", if last == "0000" { "1111" } else { "0000" })
        };
        Self {
            number: 987_654,
            call: other(&self.call),
            approval: other(&self.approval),
            device: other(&self.device),
            team: other(&self.team),
            connect_link: other(&self.connect_link),
        }
    }

    /// Of this shape only: no such row was ever there.
    pub(super) fn sketch() -> Self {
        let id = |prefix: &str| format!("{prefix}_0123456789abcdef0123456789abcdef");
        Self {
            number: 1,
            call: id("call"),
            approval: id("cnf"),
            device: id("dev"),
            team: id("team"),
            connect_link: id("link"),
        }
    }

    /// Takes the ids out of an answer, so that two answers can be compared.
    pub(super) fn masked(&self, text: &str) -> String {
        let ids = [&self.call, &self.approval, &self.device, &self.team, &self.connect_link];
        let text = ids.into_iter().fold(text.to_owned(), |text, id| text.replace(id.as_str(), "ID"));
        ["connection ", "connections/", "Connection ", "Number "].into_iter().fold(text, |text, before| {
            text.replace(&format!("{before}{}", self.number), &format!("{before}NUMBER"))
        })
    }

    /// Whatever of hers a text tells.
    pub(super) fn told_in(&self, text: &str) -> Vec<&str> {
        let hers = [self.call.as_str(), &self.approval, &self.device, LABEL, "Demo workspace"];
        hers.into_iter().filter(|mark| text.contains(mark)).collect()
    }
}

/// What she would notice.
pub(super) async fn snapshot(demo: &Demo, hers: &Hers) -> Value {
    let device = demo.device();
    let mut connection = device.get(&format!("/api/connections/{}", hers.number)).await.ok();
    connection.as_object_mut().expect("a connection").remove("lastUsedAt");
    let approvals = device.get("/api/approvals").await.ok();
    let whoami = device.get("/api/agent/whoami").await.ok();
    let session = device.get(&format!("/api/connect/sessions/{}", hers.connect_link)).await.ok();
    json!({
        "connection": connection,
        "approvals": approvals["approvals"],
        "device": [whoami["device"]["label"], whoami["device"]["rule"]],
        "session": session["session"]["status"],
    })
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}
