//! What people do on the pages, as often as tests need it: each goes over the page's own form.

use crate::page::Page;
use crate::person::Person;
use keyferry_sandbox::RegionCredentials;

/// What a person types into the form that connects Segment. What is left out stays empty.
#[derive(Debug, Clone, Copy, Default)]
pub struct Typed<'a> {
    pub public_api: Option<&'a str>,
    pub tracking: Option<&'a str>,
    /// The token and its space.
    pub profiles: Option<(&'a str, &'a str)>,
}

impl<'a> Typed<'a> {
    /// The keys that open everything in a region of the sandbox.
    #[must_use]
    pub fn all(keys: &'a RegionCredentials) -> Self {
        Self {
            public_api: Some(&keys.public_api),
            tracking: keys.tracking(),
            profiles: Some((&keys.profiles, &keys.space_id)),
        }
    }
}

impl Person {
    /// Fills in the form that connects Segment and sends it. When it was taken, the page is the connection's.
    pub async fn connect(&self, label: &str, region: &str, keys: Typed<'_>) -> Page {
        let page = self.open("/dashboard/connect/segment").await;
        let mut form = page.press("Test and connect").fill("label", label).fill("region", region);
        if let Some(key) = keys.public_api {
            form = form.fill("secret.public_api", key);
        }
        if let Some(key) = keys.tracking {
            form = form.fill("secret.tracking", key);
        }
        if let Some((token, space)) = keys.profiles {
            form = form.fill("secret.profiles", token).fill("field.profiles.space_id", space);
        }
        self.send(form).await
    }

    /// Connects Segment and answers the connection's number.
    ///
    /// # Panics
    /// When it was not taken.
    pub async fn connected(&self, label: &str, region: &str, keys: Typed<'_>) -> i64 {
        let page = self.connect(label, region, keys).await;
        let number = page.path.strip_prefix("/dashboard/connections/").and_then(|number| number.parse().ok());
        number.unwrap_or_else(|| {
            panic!("not connected, but at {} ({}): {}", page.path, page.status, page.words())
        })
    }

    /// Makes a device by hand and answers its token.
    ///
    /// # Panics
    /// When the page shows none.
    pub async fn new_device(&self, label: &str, rule: &str) -> String {
        let page = self.open("/dashboard/devices").await;
        let mut form = page.press("Make a token").fill("label", label).fill("rule", rule);
        if rule == "trusted" {
            form = form.fill("trust_understood", "yes");
        }
        let words = self.send(form).await.words();
        let token = words.split_whitespace().find(|word| word.starts_with("kfd_"));
        token.unwrap_or_else(|| panic!("no token in: {words}")).to_owned()
    }

    /// Approves the call behind an approval's link.
    ///
    /// # Panics
    /// When the page has no such button, or does not say that it was done.
    pub async fn approve(&self, url: &str) {
        let page = self.open(url).await;
        self.send(page.press("Approve this call")).await.must_say("approved");
    }

    /// Says no to the call behind an approval's link.
    ///
    /// # Panics
    /// When the page has no such button, or does not say that it was done.
    pub async fn deny(&self, url: &str, reason: &str) {
        let page = self.open(url).await;
        self.send(page.press("Deny").fill("reason", reason)).await.must_say("denied");
    }

    /// Lets the device in that shows this code.
    ///
    /// # Panics
    /// When the pages do not come to that.
    pub async fn pair(&self, code: &str, rule: &str) -> Page {
        let page = self.open("/dashboard/pair").await;
        let review = self.send(page.form("/dashboard/pair").fill("code", code)).await;
        let form = review.form("/dashboard/pair/decision").fill("rule", rule).forge("decision", "approve");
        self.send(form).await
    }
}
