use crate::gateway::{Answering, Gateway};
use crate::reading;
use keyferry_client::{CallBody, CallsAsked, Client, ClientError, DeviceFlow, PollOutcome, Refusal, Reply};
use serde::de::DeserializeOwned;
use serde_json::json;
use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

/// A walk through all that the client can ask, with what it found on its way.
struct Walk {
    gateway: Gateway,
    taken: BTreeSet<&'static str>,
    faults: Vec<String>,
}

impl Walk {
    /// Notes what is read of the last answer, or of a part of it, and is not described.
    fn read<T: DeserializeOwned>(&mut self, function: &'static str, part: Option<&str>, _: &T) {
        self.taken.insert(function);
        let (method, path) = self.gateway.last();
        let Some(operation) = self.gateway.description.operation(&method, &path) else { return };
        let answer = operation.answer().unwrap();
        let read = match part {
            Some(part) => answer.properties().remove(part).map(reading::faults::<T>),
            None => Some(reading::faults::<T>(answer)),
        };
        let read =
            read.unwrap_or_else(|| vec![format!("/{} is read, and is not there", part.unwrap_or_default())]);
        self.faults.extend(read.into_iter().map(|fault| format!("{method} {path}: {fault}")));
    }

    fn replied<T: DeserializeOwned>(&mut self, function: &'static str, reply: &Reply<T>) {
        self.read(function, None, &reply.value);
    }

    async fn discover(&mut self, client: &Client) {
        self.replied("whoami", &client.whoami().await.unwrap());
        let integrations = client.integrations().await.unwrap();
        self.read("integrations", Some("integrations"), &integrations.value);
        let connections = client.connections().await.unwrap();
        self.read("connections", Some("connections"), &connections.value);
        let approvals = client.approvals().await.unwrap();
        self.read("approvals", Some("approvals"), &approvals.value);
        self.replied("tools", &client.tools(Some("segment")).await.unwrap());
        self.replied("search", &client.search("list sources", Some("segment"), Some(3)).await.unwrap());
        self.replied("describe", &client.describe("segment_list_sources").await.unwrap());
        let asked = CallsAsked {
            tool: Some("segment_track".to_owned()),
            state: Some("failed".to_owned()),
            limit: Some(3),
        };
        self.replied("calls", &client.calls(&asked).await.unwrap());
        self.replied("one_call", &client.one_call("call_x").await.unwrap());
        client.ready().await.unwrap();
        self.taken.insert("ready");
    }

    async fn act(&mut self, client: &Client) {
        let body =
            CallBody { arguments: json!({}), connection_id: Some(1), idempotency_key: Some("k".to_owned()) };
        self.replied("preview", &client.preview("segment_list_sources", &body).await.unwrap());
        self.replied("connect", &client.connect("segment").await.unwrap());
        self.replied("call", &client.call("segment_list_sources", &body).await.unwrap());
    }

    async fn pair(&mut self, client: &Client) {
        let mut flow = DeviceFlow::begin(client, "laptop").await.unwrap();
        self.read("begin", None, flow.authorization());
        let PollOutcome::Paired(tokens) = flow.poll().await.unwrap() else { panic!("tokens were answered") };
        self.read("poll", None, &tokens);
        self.read("refresh", None, &client.refresh("kfr_x").await.unwrap());
        client.revoke("kfr_x").await.unwrap();
        self.taken.insert("revoke");
    }
}

/// Every function of the client that asks a gateway something.
fn functions() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for file in std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("src")).unwrap() {
        let source = std::fs::read_to_string(file.unwrap().path()).unwrap();
        let names = source.split("pub async fn ").skip(1).filter_map(|rest| rest.split(['(', '<']).next());
        found.extend(names.map(str::to_owned));
    }
    found
}

#[tokio::test]
async fn all_that_it_asks_sends_and_reads_is_described() {
    for answering in [Answering::Whole, Answering::Bare] {
        let gateway = Gateway::start(answering).await;
        let client = gateway.client();
        let mut walk = Walk { gateway, taken: BTreeSet::new(), faults: Vec::new() };
        walk.discover(&client).await;
        walk.act(&client).await;
        walk.pair(&client).await;
        assert_eq!(walk.gateway.faults(), Vec::<String>::new(), "asked or sent, and not described");
        assert_eq!(walk.faults, Vec::<String>::new());
        let taken: BTreeSet<String> = walk.taken.iter().map(|name| (*name).to_owned()).collect();
        assert_eq!(taken, functions(), "a function that this walk does not take");
    }
}

async fn refused(schema: &'static str, whole: bool) -> Refusal {
    let gateway = Gateway::start(Answering::Failing(schema, whole)).await;
    match gateway.client().whoami().await {
        Err(ClientError::Refused(refusal)) => *refusal,
        other => panic!("{schema} is no refusal to the client: {other:?}"),
    }
}

#[tokio::test]
async fn each_field_of_a_refusal_is_read_where_it_is_described() {
    let text = |text: &str| Some(text.to_owned());
    let retry_after = Some(Duration::from_millis(1));

    let ours = refused("FailureAnswer", true).await;
    assert_eq!((ours.code.as_str(), ours.message.as_str()), ("/error/code", "/error/message"));
    assert_eq!((ours.hint, ours.approval_url), (text("/hint"), text("/approvalUrl")));
    assert_eq!((ours.details, ours.retry_after), (vec!["/details/0".to_owned()], retry_after));

    let flat = refused("FlatFailure", true).await;
    assert_eq!((flat.code.as_str(), flat.message.as_str()), ("/code", "/error"));
    assert_eq!((flat.hint, flat.retry_after), (text("/hint"), retry_after));
    assert_eq!(flat.details, ["/details/0"]);

    let oauth = refused("OAuthErrorBody", true).await;
    assert_eq!((oauth.code.as_str(), oauth.message.as_str()), ("/error", "/error_description"));
}

#[tokio::test]
async fn a_refusal_that_says_no_more_than_it_must_is_still_one() {
    for schema in ["FailureAnswer", "FlatFailure", "OAuthErrorBody"] {
        assert_eq!(refused(schema, false).await.status, 418, "{schema}");
    }
}
