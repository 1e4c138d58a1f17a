//! A running process of ours: what it says is kept, and it goes with the value.

use crate::wait::{PATIENCE, until_within};
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::task::JoinHandle;

/// How a process ended, and all that it said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// `None`: a signal ended it.
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Output {
    /// Standard output as JSON.
    ///
    /// # Panics
    /// When it is none.
    #[must_use]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("no JSON ({error}) in {self:#?}"))
    }
}

#[derive(Debug)]
pub struct Program {
    child: Child,
    stdout: Stream,
    stderr: Stream,
}

#[derive(Debug)]
struct Stream {
    text: Arc<Mutex<String>>,
    reading: JoinHandle<()>,
}

impl Stream {
    fn read(source: impl AsyncRead + Send + Unpin + 'static) -> Self {
        let text = Arc::new(Mutex::new(String::new()));
        let kept = Arc::clone(&text);
        let reading = tokio::spawn(async move {
            let mut source = BufReader::new(source);
            let mut line = Vec::new();
            while source.read_until(b'\n', &mut line).await.is_ok_and(|count| count > 0) {
                kept.lock().unwrap_or_else(PoisonError::into_inner).push_str(&String::from_utf8_lossy(&line));
                line.clear();
            }
        });
        Self { text, reading }
    }

    fn text(&self) -> String {
        self.text.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Program {
    /// Starts it without a terminal and without input.
    ///
    /// # Panics
    /// When it can't be started.
    #[must_use]
    pub fn start(command: &mut Command) -> Self {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().unwrap_or_else(|error| panic!("can't start {command:?}: {error}"));
        let stdout = Stream::read(child.stdout.take().expect("stdout is piped"));
        let stderr = Stream::read(child.stderr.take().expect("stderr is piped"));
        Self { child, stdout, stderr }
    }

    /// Starts it and waits for its end.
    ///
    /// # Panics
    /// When it does not end within [`PATIENCE`].
    pub async fn run(command: &mut Command) -> Output {
        Self::start(command).ended().await
    }

    /// The first of its lines in which `find` finds something.
    ///
    /// # Panics
    /// When it ends without such a line, or says none within [`PATIENCE`].
    pub async fn line<T>(&mut self, what: &str, find: impl Fn(&str) -> Option<T>) -> T {
        let look = async || {
            let ended = self.child.try_wait().expect("a child of ours can be waited for");
            let found =
                [self.stderr.text(), self.stdout.text()].iter().find_map(|text| text.lines().find_map(&find));
            assert!(
                found.is_some() || ended.is_none(),
                "it ended ({ended:?}) without {what}:\n{}",
                self.stderr.text()
            );
            found
        };
        until_within(PATIENCE, what, look).await
    }

    /// Its number among the system's processes.
    ///
    /// # Panics
    /// When it has ended.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id().expect("it runs")
    }

    /// Everything on standard error so far: the log.
    #[must_use]
    pub fn log(&self) -> String {
        self.stderr.text()
    }

    #[must_use]
    pub fn stdout(&self) -> String {
        self.stdout.text()
    }

    /// SIGKILL: it can't finish anything.
    pub async fn kill9(mut self) -> Output {
        self.child.start_kill().expect("a child of ours can be killed");
        self.ended().await
    }

    /// SIGTERM: it may finish what it does.
    pub async fn terminate(self) -> Output {
        let id = self.id().to_string();
        let sent = std::process::Command::new("kill").args(["-TERM", &id]).status();
        assert!(sent.is_ok_and(|status| status.success()), "SIGTERM could not be sent");
        self.ended().await
    }

    /// Its end.
    ///
    /// # Panics
    /// When it does not end within [`PATIENCE`].
    pub async fn ended(self) -> Output {
        self.ended_within(PATIENCE).await
    }

    /// The same with a bound of its own.
    ///
    /// # Panics
    /// When it does not end within the bound.
    pub async fn ended_within(mut self, bound: Duration) -> Output {
        let ended = tokio::time::timeout(bound, self.child.wait()).await;
        let Ok(ended) = ended else {
            panic!("it did not end within {bound:?}; it said:\n{}", self.stderr.text())
        };
        let code = ended.expect("a child of ours can be waited for").code();
        // A grandchild may hold the pipes open; what the process itself said is in them by now.
        for reading in [&mut self.stdout.reading, &mut self.stderr.reading] {
            tokio::time::timeout(Duration::from_secs(5), reading).await.ok();
        }
        Output { code, stdout: self.stdout.text(), stderr: self.stderr.text() }
    }
}
