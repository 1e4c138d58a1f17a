//! A browser: it keeps cookies, says where a form comes from, and fills in the form's token from the last page.

use crate::gateway::{Answered, Asking, Gateway, PUBLIC_URL, Person};
use axum::http::Method;
use std::collections::BTreeMap;

/// Everybody's, in these tests.
pub(crate) const PASSWORD: &str = "correct horse battery staple";

pub(crate) struct Browser<'a> {
    gateway: &'a Gateway,
    cookies: BTreeMap<String, String>,
    csrf: String,
    pub(crate) origin: Option<String>,
}

impl<'a> Browser<'a> {
    pub(crate) fn new(gateway: &'a Gateway) -> Self {
        let origin = Some(PUBLIC_URL.to_owned());
        Self { gateway, cookies: BTreeMap::new(), csrf: String::new(), origin }
    }

    /// A browser in which the person is signed in.
    pub(crate) async fn of(gateway: &'a Gateway, email: &str) -> Self {
        let mut browser = Self::new(gateway);
        let done = browser.post("/dashboard/sign-in", &[("email", email), ("password", PASSWORD)]).await;
        assert_eq!(done.status, 303, "{}", done.text);
        browser.get("/dashboard/pair").await;
        browser
    }

    /// A browser in which somebody is signed in to the team of `person`.
    pub(crate) async fn in_team_of(gateway: &'a Gateway, person: &Person, email: &str) -> Self {
        let mut browser = Self::of(gateway, email).await;
        let team = person.principal.team.to_string();
        assert_eq!(browser.post("/dashboard/team", &[("team", &team)]).await.status, 303);
        browser
    }

    pub(crate) async fn get(&mut self, path: &str) -> Answered {
        let asking = self.with_cookies(self.gateway.get(path));
        self.take(asking).await
    }

    /// Sends a form with the token that the last page held.
    pub(crate) async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answered {
        let csrf = self.csrf.clone();
        let mut all = vec![("csrf", csrf.as_str())];
        all.extend_from_slice(fields);
        self.post_as_it_is(path, &all).await
    }

    /// Sends a form with just these fields.
    pub(crate) async fn post_as_it_is(&mut self, path: &str, fields: &[(&str, &str)]) -> Answered {
        let mut asking = self.gateway.ask(Method::POST, path).form(fields);
        if let Some(origin) = &self.origin {
            asking = asking.header("origin", origin);
        }
        let asking = self.with_cookies(asking);
        self.take(asking).await
    }

    /// What the browser keeps under a name.
    pub(crate) fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies.get(name).map(String::as_str)
    }

    pub(crate) fn csrf(&self) -> &str {
        &self.csrf
    }

    /// Puts the session of another browser into this one.
    pub(crate) fn steal(&mut self, other: &Self) {
        self.cookies = other.cookies.clone();
    }

    fn with_cookies(&self, asking: Asking) -> Asking {
        if self.cookies.is_empty() {
            return asking;
        }
        let pairs: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        asking.header("cookie", &pairs.join("; "))
    }

    async fn take(&mut self, asking: Asking) -> Answered {
        let answered = asking.send().await;
        for line in answered.headers.get_all("set-cookie") {
            let (pair, rest) = line.to_str().unwrap().split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            if rest.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        if let Some(csrf) = hidden(&answered.text, "csrf") {
            self.csrf = csrf;
        }
        answered
    }
}

/// The value of a hidden field.
pub(crate) fn hidden(html: &str, name: &str) -> Option<String> {
    let (_, rest) = html.split_once(&format!(r#"name="{name}" value=""#))?;
    rest.split_once('"').map(|(value, _)| value.to_owned())
}

/// Where a form led.
pub(crate) fn led_to(answered: &Answered) -> &str {
    assert_eq!(answered.status, 303, "{}", answered.text);
    answered.headers.get("location").unwrap().to_str().unwrap()
}

#[track_caller]
pub(crate) fn must_say(answered: &Answered, what: &str) {
    assert!(
        answered.text.contains(what),
        "the page ({}) does not say `{what}`:\n{}",
        answered.status,
        answered.text
    );
}

#[track_caller]
pub(crate) fn must_not_say(answered: &Answered, what: &str) {
    assert!(
        !answered.text.contains(what),
        "the page ({}) says `{what}`:\n{}",
        answered.status,
        answered.text
    );
}
