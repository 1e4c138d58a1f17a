//! A gateway's folder and settings, to be started wrongly.

use keyferry_testkit::{Output, ServeSettings};
use tempfile::TempDir;

pub(crate) struct House {
    pub(crate) home: TempDir,
    pub(crate) settings: ServeSettings,
}

impl House {
    pub(crate) fn new() -> Self {
        let home = TempDir::new().expect("a temporary folder");
        let mut settings = ServeSettings::new(home.path(), &home.path().join("data"));
        settings.log = "error".to_owned();
        Self { home, settings }
    }

    pub(crate) fn write(&self, path: &str, text: &str) -> String {
        let path = self.home.path().join(path);
        std::fs::create_dir_all(path.parent().expect("a file stands in a folder")).expect("a folder");
        std::fs::write(&path, text).expect("a file");
        path.display().to_string()
    }

    pub(crate) fn variable(&mut self, name: &str, value: &str) {
        self.settings.more.push((name.to_owned(), value.to_owned()));
    }

    /// Starts, fails, and tells how: exit code and standard error, with what differs from run to run named.
    pub(crate) async fn told(&self) -> String {
        self.shown(&self.settings.run(&["serve"]).await)
    }

    pub(crate) fn shown(&self, output: &Output) -> String {
        let code = output.code.map_or_else(|| "a signal".to_owned(), |code| code.to_string());
        let text = output.stderr.replace(&self.home.path().display().to_string(), "[home]");
        assert_eq!(output.stdout, "", "a start that fails has nothing to say on standard output");
        format!("exit {code}\n{}", text.trim_end())
    }
}
