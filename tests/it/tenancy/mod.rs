//! Another member's and another team's ids, on every route: nothing is read, nothing is changed, and the answer is the
//! same as for ids that don't exist.

mod every_route;
mod hers;
mod nobodys;
mod stream;
mod visits;

use hers::{Hers, snapshot};
use keyferry_core::Role;
use keyferry_testkit::{Answer, Demo, Device, Engine, Page, Person};
use rstest::rstest;
use serde_json::Value;
use visits::{Sends, Visit, lists, of_the_team, with_an_id};

/// Somebody with a session and a device of their own.
struct Stranger {
    person: Person,
    device: Device,
}

async fn member(demo: &Demo) -> Stranger {
    let person = demo.join("member", Role::Member).await;
    let device = demo.device_with(&person.new_device("member's", "trusted").await);
    Stranger { person, device }
}

async fn outsider(demo: &Demo) -> Stranger {
    let person = demo.outsider("outsider").await;
    let device = demo.device_with(&person.new_device("outsider's", "trusted").await);
    Stranger { person, device }
}

impl Stranger {
    /// What comes of a visit, in one form whoever made it.
    async fn make(&self, visit: &Visit) -> Page {
        let Answer { status, text, .. } = match &visit.sends {
            Sends::Nothing if !visit.is_api() => return self.person.open(&visit.path).await,
            Sends::Nothing => self.device.get(&visit.path).await,
            Sends::Json(body) => self.device.json(visit.method(), &visit.path, body.clone()).await,
            Sends::Mcp(call) => {
                let Device { wire, base, token } = &self.device;
                let asking = wire.client.post(format!("{base}{}", visit.path)).bearer_auth(token).json(call);
                let asking = asking.header("accept", "application/json, text/event-stream");
                wire.send(asking.header("mcp-protocol-version", "2025-06-18")).await
            }
            Sends::Form(fields) => {
                let csrf = self.person.csrf().await;
                let fields = fields.iter().map(|(name, value)| (*name, value.as_str()));
                let fields: Vec<(&str, &str)> = fields.chain([("csrf", csrf.as_str())]).collect();
                self.person.post_fields(&visit.path, &fields).await
            }
        };
        Page { status, path: visit.path.clone(), html: text }
    }

    /// What a visit tells, its ids taken out.
    async fn told(&self, ids: &Hers, visit: &Visit) -> (u16, String) {
        let page = self.make(visit).await;
        (page.status, ids.masked(&said(&page)))
    }
}

/// A page's words, or an answer's body without what differs each time.
fn said(page: &Page) -> String {
    match serde_json::from_str::<Value>(&page.html) {
        Ok(mut body) => {
            without_meta(&mut body);
            body.to_string()
        }
        Err(_) => page.words(),
    }
}

/// Times and ids of the asking itself, also where an MCP answer repeats the body as a text.
fn without_meta(body: &mut Value) {
    let Some(fields) = body.as_object_mut() else { return };
    fields.retain(|name, _| name != "meta" && name != "content");
    fields.values_mut().for_each(without_meta);
}

#[rstest]
#[tokio::test]
async fn nothing_of_hers_is_there_for_anybody_else(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let demo = Demo::start(engine).await;
    let hers = Hers::of(&demo).await;
    let nobodys = hers.nobodys();
    let before = (snapshot(&demo, &hers).await, demo.sandbox.last().await);
    for (who, stranger) in [("a member", member(&demo).await), ("another team", outsider(&demo).await)] {
        let of_team = who == "another team";
        let visits = |ids: &Hers| {
            let of_the_team = if of_team { of_the_team(ids) } else { Vec::new() };
            with_an_id(ids).into_iter().chain(of_the_team)
        };
        for (there, nowhere) in visits(&hers).zip(visits(&nobodys)) {
            let what = format!("{who}: {} {}", there.method(), there.path);
            let (told, expected) =
                (stranger.told(&hers, &there).await, stranger.told(&nobodys, &nowhere).await);
            assert_eq!(told, expected, "{what}");
            assert!(there.is_refused(&told), "{what}: {told:?}");
        }
        for visit in lists(&hers) {
            let answer = stranger.make(&visit).await;
            let told = hers.told_in(&answer.html);
            assert!(told.is_empty(), "{who}: {} tells {told:?}: {}", visit.route, answer.html);
        }
    }
    assert_eq!(snapshot(&demo, &hers).await, before.0, "something of hers was changed");
    assert_eq!(demo.sandbox.requests(before.1).await, Vec::<Value>::new(), "her key was used");
}
