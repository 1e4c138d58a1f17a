//! The first start's work: an account, a connected Segment, a paired device. A later start finds all that in
//! `demo.json`.

use super::facts::{Credentials, Facts};
use super::say;
use anyhow::{Context, bail};
use keyferry_broker::{Broker, NewConnection, SlotInput, SlotVerdict};
use keyferry_client::{Client, DeviceFlow, PollOutcome};
use keyferry_core::{Principal, Region, Rule, SecretString};
use keyferry_identity::{Approval, Browser, Claim, Identity, NewAccount, NewDevice};
use keyferry_sandbox::RunningSandbox;
use rand::distr::{Alphanumeric, SampleString};
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::time::Duration;
use url::Url;

const EMAIL: &str = "demo@keyferry.example";
const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

pub(super) async fn settle(
    data: &Path,
    base: &Url,
    sandbox: &RunningSandbox,
    identity: &Identity,
    broker: &Broker,
) -> anyhow::Result<Facts> {
    if let Some(mut facts) = Facts::read(data)? {
        facts.base_url = without_slash(base);
        facts.dashboard_url = dashboard(base);
        facts.sandbox_url = sandbox.url();
        facts.write(data)?;
        say("found", "the account, the connection and the device of an earlier start");
        return Ok(facts);
    }
    let password = Alphanumeric.sample_string(&mut rand::rng(), 24);
    make_account(identity, &password).await?;
    let person = sign_in(identity, &password).await?;
    say("account", &format!("{EMAIL}, owner of its own team"));
    let credentials = credentials(sandbox)?;
    let connection_id = connect(broker, &person, &credentials).await?;
    pair(base, identity, &person).await?;
    let device = NewDevice { label: "Demo scripts", client: "curl", rule: Rule::Confirm, expires_at: None };
    let (_, token) = identity.devices.create(&person, &device).await?;
    let facts = Facts {
        base_url: without_slash(base),
        dashboard_url: dashboard(base),
        sandbox_url: sandbox.url(),
        device_token: token.expose().to_owned(),
        email: EMAIL.to_owned(),
        password,
        connection_id,
        credentials,
    };
    facts.write(data)?;
    Ok(facts)
}

fn without_slash(base: &Url) -> String {
    base.as_str().trim_end_matches('/').to_owned()
}

fn dashboard(base: &Url) -> String {
    format!("{}/dashboard", without_slash(base))
}

/// By the same one-time link that `serve` prints.
async fn make_account(identity: &Identity, password: &str) -> anyhow::Result<()> {
    let link = identity.setup.begin().await?;
    let link = link.context(
        "this demo's database has an account, but its demo.json is gone: start with an empty --data folder",
    )?;
    let account =
        NewAccount { email: EMAIL, name: "Demo", password: &SecretString::from(password.to_owned()) };
    identity.setup.complete(&link, &account).await?;
    Ok(())
}

async fn sign_in(identity: &Identity, password: &str) -> anyhow::Result<Principal> {
    let browser = Browser { address: HERE, user_agent: "keyferry demo".to_owned() };
    let session =
        identity.sign_in.with_password(EMAIL, &SecretString::from(password.to_owned()), &browser).await?;
    Ok(identity.sessions.find(&session.cookie).await?.principal)
}

fn credentials(sandbox: &RunningSandbox) -> anyhow::Result<Credentials> {
    let us = &sandbox.credentials.us;
    Ok(Credentials {
        public_api: us.public_api.clone(),
        tracking: us
            .tracking()
            .context("the sandbox's keys have no write key: delete sandbox.json")?
            .to_owned(),
        profiles: us.profiles.clone(),
        space_id: us.space_id.clone(),
    })
}

/// Each key is tested as it is saved, as on the page.
async fn connect(broker: &Broker, person: &Principal, keys: &Credentials) -> anyhow::Result<i64> {
    let new = NewConnection {
        integration: "segment".to_owned(),
        region: Region::new("us"),
        label: "Demo workspace".to_owned(),
        shared: false,
    };
    let space = BTreeMap::from([("space_id".to_owned(), keys.space_id.clone())]);
    let slots = [
        ("public_api", &keys.public_api, BTreeMap::new()),
        ("tracking", &keys.tracking, BTreeMap::new()),
        ("profiles", &keys.profiles, space),
    ];
    let inputs = slots.map(|(slot, secret, fields)| SlotInput {
        slot: slot.to_owned(),
        secret: SecretString::from(secret.clone()),
        fields,
    });
    let connected = broker.connect_with(person, &new, inputs.into(), None).await?;
    if let Some(verdict) = connected.verdicts.iter().find(|verdict| **verdict != SlotVerdict::Verified) {
        bail!("the sandbox did not take a key: {verdict:?}");
    }
    let number = connected.connection.number;
    say("connected", &format!("Segment (us) as connection {number}: three keys, each tested and sealed"));
    Ok(number)
}

/// RFC 8628, as `keyferry pair` does it; the person types the code. The device says who it is with its new token.
async fn pair(base: &Url, identity: &Identity, person: &Principal) -> anyhow::Result<()> {
    let client = Client::new(base.clone(), None)?;
    let mut flow = DeviceFlow::begin(&client, "Demo agent").await?;
    let code = flow.authorization().user_code.clone();
    let approval = Approval { rule: Rule::Confirm, from_elsewhere: false };
    identity.pairings.approve(person, Claim::Code(&code), HERE, &approval).await?;
    say("paired", &format!("a device: it showed {code}, a person typed it and chose `confirm`"));
    for _ in 0..10 {
        match flow.poll().await? {
            PollOutcome::Paired(tokens) => {
                let token = Some(SecretString::from(tokens.access_token));
                return Ok(Client::new(base.clone(), token)?.whoami().await.map(|_| ())?);
            }
            PollOutcome::Pending(_) => tokio::time::sleep(Duration::from_millis(200)).await,
            PollOutcome::Denied | PollOutcome::Expired => break,
        }
    }
    bail!("the device was approved, but got no token")
}
