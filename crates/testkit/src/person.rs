//! A person in a browser: keeps cookies, follows redirects, fills in forms that are on the page, sends `Origin`.

use crate::page::{Form, Page};
use crate::wire::{Answer, Wire};
use reqwest::{Method, RequestBuilder};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

const MOST_REDIRECTS: usize = 5;

#[derive(Debug, Clone)]
pub struct Person {
    wire: Wire,
    /// Without a slash at its end.
    base: String,
    cookies: Arc<Mutex<BTreeMap<String, String>>>,
}

impl Person {
    /// Somebody whom the gateway does not know.
    #[must_use]
    pub fn stranger(wire: &Wire, base: &str) -> Self {
        Self { wire: wire.clone(), base: base.to_owned(), cookies: Arc::default() }
    }

    /// Somebody with an account, signed in.
    ///
    /// # Panics
    /// When they are not taken.
    pub async fn signed_in(wire: &Wire, base: &str, email: &str, password: &str) -> Self {
        let person = Self::stranger(wire, base);
        let page = person.open("/dashboard/sign-in").await;
        let form = page.form("/dashboard/sign-in").fill("email", email).fill("password", password);
        let page = person.send(form).await;
        assert!(!page.path.starts_with("/dashboard/sign-in"), "not signed in: {}", page.words());
        person
    }

    /// Opens a page, by its path or by its whole address at this gateway.
    pub async fn open(&self, address: &str) -> Page {
        let path = self.path_of(address).to_owned();
        let answer = self.ask(Method::GET, &path, None).await;
        self.follow(path, answer).await
    }

    /// Sends a form as it was filled in.
    pub async fn send(&self, form: Form) -> Page {
        let path = self.path_of(&form.action).to_owned();
        let answer = self.ask(Method::POST, &path, Some(&form.fields)).await;
        self.follow(path, answer).await
    }

    /// Sends a form and answers the very answer, redirects not followed.
    pub async fn post(&self, form: &Form) -> Answer {
        self.ask(Method::POST, self.path_of(&form.action), Some(&form.fields)).await
    }

    /// What somebody sends who has no page of ours: any fields, to any path.
    pub async fn post_fields(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let fields: Vec<(String, String)> =
            fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        self.ask(Method::POST, path, Some(&fields)).await
    }

    /// The token that the forms of this session carry.
    ///
    /// # Panics
    /// When no form of the page has one.
    pub async fn csrf(&self) -> String {
        let page = self.open("/dashboard").await;
        let fields = page.forms().into_iter().flat_map(|form| form.fields);
        let csrf = fields.into_iter().find(|(name, _)| name == "csrf");
        csrf.unwrap_or_else(|| panic!("no form of the dashboard has a token:\n{}", page.html)).1
    }

    fn path_of<'a>(&self, address: &'a str) -> &'a str {
        address.strip_prefix(&self.base).filter(|path| path.starts_with('/')).unwrap_or(address)
    }

    async fn follow(&self, mut path: String, mut answer: Answer) -> Page {
        for _ in 0..MOST_REDIRECTS {
            let Some(next) = answer.header("location").map(|next| self.path_of(next).to_owned()) else {
                break;
            };
            answer = self.ask(Method::GET, &next, None).await;
            path = next;
        }
        Page { status: answer.status, path, html: answer.text }
    }

    async fn ask(&self, method: Method, path: &str, fields: Option<&[(String, String)]>) -> Answer {
        assert!(path.starts_with('/'), "`{path}` is not at this gateway");
        let request = self.wire.client.request(method, format!("{}{path}", self.base));
        let request = match fields {
            Some(fields) => request.header("origin", &self.base).form(fields),
            None => request,
        };
        let answer = self.wire.send(self.with_cookies(request)).await;
        self.keep_cookies(&answer);
        answer
    }

    fn with_cookies(&self, request: RequestBuilder) -> RequestBuilder {
        let cookies = self.cookies.lock().unwrap_or_else(PoisonError::into_inner);
        let pairs: Vec<String> = cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        if pairs.is_empty() { request } else { request.header("cookie", pairs.join("; ")) }
    }

    fn keep_cookies(&self, answer: &Answer) {
        let mut cookies = self.cookies.lock().unwrap_or_else(PoisonError::into_inner);
        for line in answer.headers.get_all("set-cookie") {
            let line = line.to_str().unwrap_or_default();
            let Some((name, value)) = line.split(';').next().and_then(|pair| pair.split_once('=')) else {
                continue;
            };
            if value.is_empty() || line.contains("Max-Age=0") {
                cookies.remove(name);
            } else {
                cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }
}
