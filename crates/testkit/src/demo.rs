//! A whole Keyferry that `keyferry demo --once` set up: an account, Segment connected, a device paired. The gateway then
//! runs by itself over that data, and the sandbox in this process, so that the one can be killed without the other.

use crate::binary;
use crate::database::{Database, Engine};
use crate::device::Device;
use crate::gateway::{Gateway, ServeSettings};
use crate::person::Person;
use crate::program::{Output, Program};
use crate::sandbox::TestSandbox;
use crate::wire::{Answer, Wire};
use keyferry_sandbox::SandboxCredentials;
use serde::Deserialize;
use serde_json::Value;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// `demo.json`, as far as tests go by it.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DemoFile {
    pub base_url: String,
    pub dashboard_url: String,
    pub sandbox_url: String,
    pub device_token: String,
    pub email: String,
    pub password: String,
    /// The connection's number.
    pub connection_id: i64,
    pub credentials: Value,
}

pub struct Demo {
    pub file: DemoFile,
    /// What the sandbox takes.
    pub keys: SandboxCredentials,
    pub sandbox: TestSandbox,
    pub settings: ServeSettings,
    pub wire: Wire,
    gateway: Option<Gateway>,
    /// What earlier processes said: the demo itself, gateways that were stopped.
    said: String,
    _database: Option<Database>,
    home: TempDir,
}

/// What a demo is made with, where that is not the usual.
#[derive(Default)]
pub struct DemoPlan {
    keys: Option<SandboxCredentials>,
    log: Option<String>,
    database: Option<String>,
    way: Option<String>,
    more: Vec<(String, String)>,
}

impl DemoPlan {
    /// Keys for the sandbox that the test chose.
    #[must_use]
    pub fn keys(mut self, keys: SandboxCredentials) -> Self {
        self.keys = Some(keys);
        self
    }

    /// What the gateway logs; `info` unless said.
    #[must_use]
    pub fn log(mut self, log: &str) -> Self {
        self.log = Some(log.to_owned());
        self
    }

    /// A further variable for the gateway.
    #[must_use]
    pub fn variable(mut self, name: &str, value: &str) -> Self {
        self.more.push((name.to_owned(), value.to_owned()));
        self
    }

    /// An empty Postgres database of the test's own.
    #[must_use]
    pub fn database(mut self, url: &str) -> Self {
        self.database = Some(url.to_owned());
        self
    }

    /// The way on which the gateway reaches that database, when it is not the straight one.
    #[must_use]
    pub fn database_by(mut self, way: &str) -> Self {
        self.way = Some(way.to_owned());
        self
    }

    /// Sets it up and starts it.
    ///
    /// # Panics
    /// When anything of it does not work.
    pub async fn start(self, engine: Engine) -> Demo {
        let home = tempfile::Builder::new().prefix("keyferry-demo-").tempdir().expect("a temporary folder");
        let data = home.path().join("demo");
        let made = match (engine, &self.database) {
            (Engine::Postgres, None) => Some(Database::empty(Engine::Postgres).await),
            _ => None,
        };
        let url = self.database.or_else(|| made.as_ref().map(|database| database.url().to_owned()));
        let keys = give_keys(&data, self.keys.unwrap_or_else(SandboxCredentials::random));
        let said = set_up(home.path(), &data, url.as_deref()).await;
        let file = DemoFile::read(&data);
        let sandbox = TestSandbox::start(keys.clone()).await;
        let mut settings = ServeSettings::new(home.path(), &data).with_sandbox(sandbox.address());
        settings.database = self.way.or(url);
        settings.log = self.log.unwrap_or(settings.log);
        settings.more.extend(self.more);
        let gateway = Gateway::start(&settings).await;
        settings.listen = gateway.address;
        settings.metrics = gateway.metrics;
        let (wire, gateway) = (Wire::default(), Some(gateway));
        Demo { file, keys, sandbox, settings, wire, gateway, said, _database: made, home }
    }
}

/// The demo takes the keys that stand in its data folder already.
fn give_keys(data: &Path, keys: SandboxCredentials) -> SandboxCredentials {
    use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
    std::fs::DirBuilder::new().mode(0o700).create(data).expect("a folder for the demo");
    let mut options = std::fs::OpenOptions::new();
    let file =
        options.write(true).create_new(true).mode(0o600).open(data.join("sandbox.json")).expect("a new file");
    serde_json::to_writer(file, &keys).expect("keys are JSON");
    keys
}

async fn set_up(home: &Path, data: &Path, database: Option<&str>) -> String {
    let mut command = binary::command(home);
    command
        .args(["demo", "--once", "--listen", "127.0.0.1:0", "--sandbox-listen", "127.0.0.1:0", "--data"])
        .arg(data);
    if let Some(database) = database {
        command.args(["--database", database]);
    }
    let Output { code, stdout, stderr } = Program::run(&mut command).await;
    assert_eq!(code, Some(0), "the demo did not come to its end:\n{stdout}\n{stderr}");
    stdout + &stderr
}

impl DemoFile {
    /// # Panics
    /// When there is none, or it has another form.
    #[must_use]
    pub fn read(data: &Path) -> Self {
        let text = std::fs::read_to_string(data.join("demo.json")).expect("the demo wrote demo.json");
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("demo.json: {error}"))
    }
}

impl Demo {
    /// Sets one up and starts it.
    ///
    /// # Panics
    /// When anything of it does not work.
    pub async fn start(engine: Engine) -> Self {
        DemoPlan::default().start(engine).await
    }

    #[must_use]
    pub fn plan() -> DemoPlan {
        DemoPlan::default()
    }

    /// The gateway's address, without a slash at its end. It stays the same over restarts.
    #[must_use]
    pub fn base(&self) -> String {
        format!("http://{}", self.settings.listen)
    }

    /// The device that the demo paired; its rule is `confirm`.
    #[must_use]
    pub fn device(&self) -> Device {
        self.device_with(&self.file.device_token)
    }

    #[must_use]
    pub fn device_with(&self, token: &str) -> Device {
        Device { wire: self.wire.clone(), base: self.base(), token: token.to_owned() }
    }

    /// The account that the demo made, signed in just now.
    pub async fn person(&self) -> Person {
        Person::signed_in(&self.wire, &self.base(), &self.file.email, &self.file.password).await
    }

    /// Somebody whom the gateway does not know.
    #[must_use]
    pub fn stranger(&self) -> Person {
        Person::stranger(&self.wire, &self.base())
    }

    /// One request with the demo's device.
    pub async fn json(&self, method: &str, path: &str, body: Value) -> Answer {
        self.device().json(method, path, body).await
    }

    /// Runs the executable as the demo's device, without a terminal.
    pub async fn cli(&self, arguments: &[&str]) -> Output {
        let mut command = binary::command(self.home.path());
        Program::run(self.as_device(&mut command).args(arguments)).await
    }

    /// Gives a command the gateway's address and the device's token.
    pub fn as_device<'a>(&self, command: &'a mut tokio::process::Command) -> &'a mut tokio::process::Command {
        command.env("KEYFERRY_URL", self.base()).env("KEYFERRY_TOKEN", &self.file.device_token)
    }

    /// What Prometheus would read.
    pub async fn metrics(&self) -> String {
        let address = self.gateway.as_ref().expect("the gateway runs").metrics;
        self.wire.send(self.wire.client.get(format!("http://{address}/metrics"))).await.text
    }

    /// SIGKILL to the gateway; the sandbox lives on.
    pub async fn kill9(&mut self) {
        let gateway = self.gateway.take().expect("the gateway runs");
        self.said.push_str(&gateway.kill9().await.stderr);
    }

    /// SIGTERM to the gateway, and its end.
    pub async fn stop(&mut self) -> Output {
        let gateway = self.gateway.take().expect("the gateway runs");
        let output = gateway.terminate().await;
        self.said.push_str(&output.stdout);
        self.said.push_str(&output.stderr);
        output
    }

    /// Starts the gateway again, where it was.
    pub async fn restart(&mut self) {
        assert!(self.gateway.is_none(), "it runs already");
        self.gateway = Some(Gateway::start(&self.settings).await);
    }

    /// Everything that the demo and its gateways ever said.
    #[must_use]
    pub fn log(&self) -> String {
        self.said.clone() + &self.gateway.as_ref().map(Gateway::log).unwrap_or_default()
    }

    /// What another process opens the database by.
    #[must_use]
    pub fn database_url(&self) -> String {
        let file = || format!("sqlite:{}", self.settings.data.join("keyferry.db").display());
        self.settings.database.clone().unwrap_or_else(file)
    }

    /// A folder of the test's own, beside the data.
    #[must_use]
    pub fn home(&self) -> PathBuf {
        self.home.path().to_owned()
    }
}
