//! The catalog against another description of the same API: Prism answers by an OpenAPI document, and the worked examples
//! of all tools are sent to it through a gateway.

use crate::run::{cargo, root, run};
use crate::test::build_release;
use crate::tools::PRISM;
use anyhow::{Context, bail};
use std::fs::File;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

/// So long the mock may take until it listens.
const PATIENCE: Duration = Duration::from_secs(60);

/// The gateway is the one that `KEYFERRY_TEST_BINARY` names, else the release binary.
pub(crate) fn run_against(openapi: &Path) -> anyhow::Result<()> {
    let mock = Mock::start(openapi)?;
    let mut example = cargo();
    example.args(["run", "--quiet", "--locked", "--package", "keyferry-tests", "--example", "contract"]);
    example.env("KEYFERRY_CONTRACT_SERVER", format!("http://{}", mock.address));
    if std::env::var_os("KEYFERRY_TEST_BINARY").is_none() {
        build_release()?;
        example.env("KEYFERRY_TEST_BINARY", root().join("target/release/keyferry"));
    }
    run(&mut example).with_context(|| format!("what the mock has against a request stands in {}", mock.log))
}

/// Prism, until it is dropped.
struct Mock {
    process: Child,
    address: SocketAddr,
    log: String,
}

impl Mock {
    fn start(openapi: &Path) -> anyhow::Result<Self> {
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let path = root().join("target/contract-mock.log");
        let said = File::create(&path)?;
        let mut prism = Command::new(PRISM.installed()?);
        prism.args(["mock", "--host", "127.0.0.1", "--port", &address.port().to_string()]).arg(openapi);
        let process =
            prism.stdout(said.try_clone()?).stderr(said).spawn().context("Prism can't be started")?;
        let mut mock = Self { process, address, log: path.display().to_string() };
        mock.wait()?;
        Ok(mock)
    }

    fn wait(&mut self) -> anyhow::Result<()> {
        let begun = Instant::now();
        while TcpStream::connect(self.address).is_err() {
            if self.process.try_wait()?.is_some() || begun.elapsed() > PATIENCE {
                bail!("the mock server does not listen; what it says stands in {}", self.log);
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        Ok(())
    }
}

impl Drop for Mock {
    fn drop(&mut self) {
        // It may have ended by itself.
        self.process.kill().ok();
        self.process.wait().ok();
    }
}
