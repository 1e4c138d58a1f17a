//! The upstream of every way that is measured: an nginx that answers 1 KB from memory, and 401 to whom the key was not
//! injected, so that a way that forgets it can't look fast.

use keyferry_testkit::Daemon;
use std::net::SocketAddr;
use std::path::Path;
use tokio::process::Command;

const CONFIGURATION: &str = include_str!("upstream.conf");

/// The credentials that it takes, as long as Segment's own.
pub(crate) const PUBLIC_API_KEY: &str = "sgp_benchQ7mZr2Xk9TtVw4Lc8NpYd3FhJs6GaBe1UoKi5MxCz0RvWqEnTyH";
pub(crate) const WRITE_KEY: &str = "benchW8kT3xQm6RvZp1LcYd9NsJf4Ha7";
/// `WRITE_KEY:` in base64.
const WRITE_KEY_BASIC: &str = "YmVuY2hXOGtUM3hRbTZSdlpwMUxjWWQ5TnNKZjRIYTc6";

/// What is answered to every request: a list of labels, and what Segment says to an event, in one.
pub(crate) const ANSWER: &str = concat!(
    r#"{"success":true,"data":{"labels":["#,
    r#"{"key":"environment","value":"production","description":"What customers use; change nothing here without a second look."},"#,
    r#"{"key":"environment","value":"staging","description":"The last stop before production, with the data of last month."},"#,
    r#"{"key":"environment","value":"development","description":"Where everybody tries things; what is here may go at any time."},"#,
    r#"{"key":"team","value":"growth","description":"Website, landing pages and everything that a campaign leads to."},"#,
    r#"{"key":"team","value":"payments","description":"Checkout, invoices, refunds and whatever else moves money about."},"#,
    r#"{"key":"team","value":"mobile","description":"The two apps, their servers and the events that they send home."},"#,
    r#"{"key":"region","value":"eu","description":"Data of people in the European Union, which has to stay there."},"#,
    r#"{"key":"region","value":"us","description":"Data of everybody else, unless their contract says otherwise."}"#,
    r#"]}}"#
);

pub(crate) struct Upstream(Daemon);

impl Upstream {
    pub(crate) async fn start() -> Self {
        let words = [("@BEARER@", PUBLIC_API_KEY), ("@BASIC@", WRITE_KEY_BASIC), ("@ANSWER@", ANSWER)];
        Self(Daemon::start("nginx.conf", CONFIGURATION, &words, nginx).await)
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.0.address
    }
}

/// nginx in the foreground, as one process.
pub(crate) fn nginx(file: &Path, folder: &Path) -> Command {
    let mut command = Command::new("nginx");
    command.arg("-c").arg(file).arg("-p").arg(folder).args(["-e", "stderr"]);
    command
}
