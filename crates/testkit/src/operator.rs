//! What the operator of a gateway can do that no door does: invitations, and a look past the clock. Done with the rooms
//! themselves, over the running gateway's own database.

use crate::demo::Demo;
use crate::person::Person;
use keyferry_core::{Clock, Clocks, ExposeSecret, Principal, Role, SecretString, SystemClock};
use keyferry_identity::{Browser, Follower, Identity, IdentityParts};
use keyferry_store::{Db, system};
use keyferry_vault::{KeyFile, KeyProvider, Vault};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

/// Longer than any call may take and any sweep waits.
const LATER: Duration = Duration::from_secs(3600);

impl Demo {
    /// Invites somebody into the demo's team, who accepts with a new account: a member there, and the owner of a team of
    /// their own. Answers them, signed in and looking at the demo's team.
    ///
    /// # Panics
    /// When the pages do not come to that.
    pub async fn join(&self, name: &str, role: Role) -> Person {
        let link = self.invite(role).await;
        let page = self.stranger().open(&link).await;
        let (email, password) = (format!("{name}@keyferry.example"), format!("a password of {name}'s own"));
        let form = page.press("Make the account and join").fill("name", name).fill("email", &email);
        let form = form.fill("password", &password).fill("password_again", &password);
        let person = self.stranger();
        let page = person.send(form).await;
        assert_eq!(page.path, "/dashboard", "{}", page.words());
        person
    }

    /// Somebody with an account and a team of their own, who is in no other.
    ///
    /// # Panics
    /// When the pages do not come to that.
    pub async fn outsider(&self, name: &str) -> Person {
        let person = self.join(name, Role::Viewer).await;
        let identity = self.identity().await;
        let owner = self.owner(&identity).await;
        let members = identity.members.list(&owner).await.expect("an owner may see the members");
        let member = members.into_iter().find(|member| member.name == name).expect("who just joined");
        identity.members.remove(&owner, &member.user).await.expect("an owner may remove a viewer");
        person
    }

    /// The path of a new invitation into the demo's team.
    async fn invite(&self, role: Role) -> String {
        let identity = self.identity().await;
        let owner = self.owner(&identity).await;
        let token = identity.invitations.invite(&owner, role).await.expect("an owner may invite");
        format!("/dashboard/invitation/{}", token.expose_secret())
    }

    async fn owner(&self, identity: &Identity) -> Principal {
        let browser = Browser { address: IpAddr::V4(Ipv4Addr::LOCALHOST), user_agent: "testkit".to_owned() };
        let password = SecretString::from(self.file.password.clone());
        let session = identity.sign_in.with_password(&self.file.email, &password, &browser).await;
        let cookie = session.expect("the demo's account signs in").cookie;
        identity.sessions.find(&cookie).await.expect("a session just begun").principal
    }

    async fn identity(&self) -> Identity {
        let db = self.db().await;
        let ring = KeyFile(self.settings.key_file.clone()).load().expect("the demo's key file");
        let first = ring.ids().into_iter().next().expect("a ring holds a key");
        let vault = Vault::new(ring, first).expect("the ring holds its own key");
        let clock: Clocks = Arc::new(SystemClock);
        let follower =
            Follower::new(db.clone(), Arc::clone(&clock)).await.expect("the demo's database answers");
        Identity::new(IdentityParts { db, vault, clock, follower, issuer: self.base() })
    }

    /// The gateway's database, opened beside it.
    ///
    /// # Panics
    /// When it does not open.
    pub async fn db(&self) -> Db {
        Db::open(&self.database_url()).await.expect("the demo's database opens")
    }

    /// Does what the gateway's sweep does, as if an hour had passed: what a killed process left behind becomes unknown.
    /// Answers how many calls that were.
    ///
    /// # Panics
    /// When the database does not do it.
    pub async fn sweep_as_if_later(&self) -> usize {
        let (db, later) = (self.db().await, SystemClock.now() + LATER);
        let swept = system::sweep_overdue(&db, later, SystemClock.now(), 100).await.expect("the sweep runs");
        db.close().await;
        swept.len()
    }
}
