//! `cargo xtask contract`: every worked example of Segment's Public API, sent through a real gateway to a mock server that
//! knows the API from another description than ours. What the mock refuses, Segment would refuse.

mod copy;

use keyferry_testkit::{Answer, Demo, Device, Engine, Person};
use serde_json::{Value, json};

/// APIs of Segment that the mock does not speak; their tools have the API's name as their area.
const OTHERS: [&str; 2] = ["tracking", "profiles"];
/// Sent where an example names a secret by its handle: no handle of an example is one of this gateway.
const PLAIN: &str = "w7k2mq9xzr4tbn8v5c3d";

#[tokio::main]
async fn main() {
    let mock =
        std::env::var("KEYFERRY_CONTRACT_SERVER").expect("`cargo xtask contract` says where the mock is");
    let folder = copy::with_room();
    let demo = start(&mock, &folder.path().display().to_string()).await;
    let person = demo.person().await;
    let device = demo.device_with(&person.new_device("Contract", "trusted").await);
    let contract = Contract { demo: &demo, person, device };
    let (mut accepted, mut tools) = (0, 0);
    for name in contract.names().await {
        let Some(faults) = contract.faults_of(&name).await else { continue };
        tools += 1;
        accepted += usize::from(faults.is_empty());
        faults.iter().for_each(|fault| println!("{name}: {fault}"));
    }
    println!("accepted {accepted} of {tools}");
    std::process::exit(i32::from(accepted < tools));
}

async fn start(mock: &str, integrations: &str) -> Demo {
    let host = mock.strip_prefix("http://").unwrap_or(mock);
    let allow = format!("[{{integration=\"segment\",host=\"{host}\",network=\"127.0.0.0/8\"}}]");
    let plan = Demo::plan()
        .variable("KEYFERRY_INTEGRATIONS_DIR", integrations)
        .variable("KEYFERRY_INTEGRATIONS__SEGMENT__SERVERS__US__PUBLIC_API", mock)
        .variable("KEYFERRY_EGRESS__ALLOW", &allow);
    plan.start(Engine::Sqlite).await
}

struct Contract<'c> {
    demo: &'c Demo,
    person: Person,
    device: Device,
}

impl Contract<'_> {
    async fn names(&self) -> Vec<String> {
        let list = self.device.get("/api/tools?integration=segment&view=brief").await.ok();
        let tools = list["tools"].as_array().cloned().unwrap_or_default();
        tools.iter().filter_map(|tool| tool["name"].as_str().map(str::to_owned)).collect()
    }

    /// What is refused of a tool's examples; `None` for a tool of another API.
    async fn faults_of(&self, name: &str) -> Option<Vec<String>> {
        let tool = self.device.get(&format!("/api/tools/{name}")).await.ok()["tool"].take();
        if OTHERS.contains(&tool["area"].as_str().unwrap_or_default()) {
            return None;
        }
        let examples = tool["examples"].as_array().cloned().unwrap_or_default();
        let mut faults = Vec::new();
        if examples.is_empty() {
            faults.push("it has no worked example".to_owned());
        }
        for mut example in examples {
            let arguments = plain(example["args"].take());
            let answer = self.called(name, arguments).await;
            if answer.status != 200 {
                faults.push(format!(
                    "{} is refused: {} {}",
                    example["user"], answer.status, answer.body["error"]
                ));
            }
        }
        Some(faults)
    }

    /// Calls a tool; where a person has to agree first, one does.
    async fn called(&self, name: &str, arguments: Value) -> Answer {
        let with = json!({"connectionId": self.demo.file.connection_id});
        let first = self.device.call_with(name, arguments.clone(), with.clone()).await;
        let Some(url) = first.body["approvalUrl"].as_str() else { return first };
        self.person.approve(url).await;
        self.device.call_with(name, arguments, with).await
    }
}

/// The arguments without handles.
fn plain(arguments: Value) -> Value {
    match arguments {
        Value::String(text) if text.starts_with("kfs_") => json!(PLAIN),
        Value::Array(items) => items.into_iter().map(plain).collect(),
        Value::Object(map) => map.into_iter().map(|(name, value)| (name, plain(value))).collect(),
        other => other,
    }
}
