//! One station: its directory, its process, its log, and the commands a person would type at it.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

/// How long a station may take to start, to answer, to hear from its neighbours. Two loaded cores are slow; a minute is
/// not a matter of load any more.
pub const PATIENCE: Duration = Duration::from_secs(60);
/// Pause between two looks.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Looks until `look` gives something; fails with what was waited for and what was seen last.
pub fn wait_for<T>(what: &str, limit: Duration, mut look: impl FnMut() -> Result<T, String>) -> T {
    let begun = Instant::now();
    loop {
        match look() {
            Ok(found) => return found,
            Err(seen) if begun.elapsed() > limit => {
                panic!("waited {} s for {what}; last seen: {seen}", limit.as_secs())
            }
            Err(_) => std::thread::sleep(LOOK_EVERY),
        }
    }
}

/// What a command said.
#[derive(Debug)]
pub struct Said {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Said {
    /// Fails unless the exit code is this and standard error names all of these.
    #[track_caller]
    pub fn refused(&self, code: i32, names: &[&str]) {
        assert_eq!(self.code, code, "exit code of {self:?}");
        for name in names {
            assert!(self.err.contains(name), "{name:?} is not named in {self:?}");
        }
    }

    /// Standard output of a command that succeeded.
    #[track_caller]
    pub fn text(&self) -> &str {
        assert_eq!(self.code, 0, "exit code of {self:?}");
        &self.out
    }
}

impl From<Output> for Said {
    fn from(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).expect("programs write UTF-8");
        let code = output.status.code().unwrap_or(-1);
        Self { code, out: text(output.stdout), err: text(output.stderr) }
    }
}

/// A station that was set up, running or not. Dropped, it is killed, and its log must not hold an unexpected ERROR.
pub struct Station {
    program: PathBuf,
    dir: PathBuf,
    log: PathBuf,
    child: Option<Child>,
    expected: Vec<&'static str>,
    environment: Vec<(&'static str, String)>,
    pub key: String,
    pub division: String,
    pub address: Option<String>,
}

impl Station {
    /// A directory in which nothing is set up yet.
    pub fn blank(program: PathBuf, dir: PathBuf, division: &str) -> Self {
        let log = dir.with_extension("log");
        let (key, division, environment) = (String::new(), division.into(), Vec::new());
        Self {
            program,
            dir,
            log,
            child: None,
            expected: Vec::new(),
            environment,
            key,
            division,
            address: None,
        }
    }

    /// Sets up a station with `enroll` and these arguments.
    #[track_caller]
    pub fn enroll(program: PathBuf, dir: PathBuf, division: &str, args: &[&str]) -> Self {
        let mut station = Self::blank(program, dir, division);
        let made = station.json(&[&["enroll"], args].concat());
        station.key = made["key"].as_str().expect("enroll prints the key").into();
        station
    }

    /// Sets up a station with `init` and these arguments.
    pub fn init(program: PathBuf, dir: PathBuf, division: &str, args: &[&str]) -> Self {
        let mut station = Self::blank(program, dir, division);
        let made = station.json(&[&["init", "--division", division], args].concat());
        station.key = made["key"].as_str().expect("init prints the key").into();
        station
    }

    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// An ERROR line with this in it is part of the test.
    pub fn expect_error(&mut self, part: &'static str) {
        self.expected.push(part);
    }

    /// Gives this variable to every process of the station from now on.
    pub fn set(&mut self, name: &'static str, value: &str) {
        self.environment.push((name, value.into()));
    }

    /// Runs a command.
    pub fn command(&self, args: &[&str]) -> Said {
        self.typed(args, "")
    }

    /// Runs a command with this on its standard input.
    pub fn typed(&self, args: &[&str], input: &str) -> Said {
        let mut child = Command::new(&self.program)
            .arg("--data")
            .arg(&self.dir)
            .args(args)
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut stdin = child.stdin.take().expect("standard input is piped");
        // A command that does not read its input closes it; that is no failure here.
        let _ = stdin.write_all(input.as_bytes());
        drop(stdin);
        child.wait_with_output().expect("the program ends").into()
    }

    /// A command that must succeed, as JSON.
    #[track_caller]
    pub fn json(&self, args: &[&str]) -> Value {
        let said = self.command(&[args, &["--json"]].concat());
        serde_json::from_str(said.text()).unwrap_or_else(|error| panic!("{args:?}: {error}: {said:?}"))
    }

    /// Asks the running station over its control socket, in the words that its own commands use.
    pub fn ask(&self, request: &Value) -> Value {
        let socket = self.dir.join("control.sock");
        let mut stream = UnixStream::connect(&socket).expect("the station runs");
        stream.write_all(format!("{request}\n").as_bytes()).expect("the station hears");
        let mut line = String::new();
        BufReader::new(stream).read_line(&mut line).expect("the station answers");
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{request}: {error}: {line}"))
    }

    /// `status`.
    #[track_caller]
    pub fn status(&self) -> Value {
        self.json(&["status"])
    }

    /// `submit` with these arguments; the entry's reference.
    #[track_caller]
    pub fn submit(&self, args: &[&str]) -> String {
        let submitted = self.json(&[&["submit"], args].concat());
        submitted["entry"].as_str().expect("a report that was kept has an entry").into()
    }

    /// Starts `run`, and waits until it answers.
    pub fn start(&mut self) {
        self.spawn();
        let socket = self.dir.join("control.sock");
        wait_for(&format!("{} to answer", self.dir.display()), PATIENCE, || {
            if let Some(ended) = self.ended() {
                panic!("{} ended by itself: {ended}\n{}", self.dir.display(), self.log());
            }
            if !socket.exists() {
                return Err("no socket".into());
            }
            let said = self.command(&["status"]);
            if said.code == 0 { Ok(()) } else { Err(format!("{said:?}")) }
        });
    }

    /// Starts `run` and does not wait.
    pub fn spawn(&mut self) {
        assert!(self.child.is_none(), "{} runs already", self.dir.display());
        // A killed process leaves its socket behind; only a new one means that the station answers.
        let _ = std::fs::remove_file(self.dir.join("control.sock"));
        let log = OpenOptions::new().create(true).append(true).open(&self.log).expect("the log opens");
        let child = Command::new(&self.program)
            .arg("--data")
            .arg(&self.dir)
            .arg("run")
            .env_remove("FENGSUI_LOG")
            .env_remove("FENGSUI_LOG_FORMAT")
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("the program starts");
        self.child = Some(child);
    }

    fn ended(&mut self) -> Option<ExitStatus> {
        self.child.as_mut()?.try_wait().expect("the process can be asked")
    }

    /// Waits until the process ends by itself; its exit code.
    pub fn wait_end(&mut self) -> i32 {
        let name = self.dir.display().to_string();
        let ended = wait_for(&format!("{name} to end"), PATIENCE, || self.ended().ok_or("it runs".into()));
        self.child = None;
        ended.code().unwrap_or(-1)
    }

    /// Sends the running process a signal, like STOP or CONT.
    pub fn signal(&self, name: &str) {
        let id = self.child.as_ref().expect("it runs").id().to_string();
        let sent = Command::new("kill").args([&format!("-{name}"), &id]).status().expect("kill runs");
        assert!(sent.success(), "SIG{name} was not sent");
    }

    /// As a power cut: kill -9.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().expect("the process can be killed");
            child.wait().expect("the process ends");
        }
    }

    /// SIGTERM; the exit code, and how long it took.
    pub fn stop(&mut self) -> (i32, Duration) {
        let begun = Instant::now();
        self.signal("TERM");
        (self.wait_end(), begun.elapsed())
    }

    /// Everything it has logged so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Waits for a line in the log.
    pub fn wait_log(&self, part: &str) {
        wait_for(&format!("{part:?} in {}", self.log.display()), PATIENCE, || {
            let log = self.log();
            if log.contains(part) { Ok(()) } else { Err(log) }
        });
    }

    /// Begins a new log, so that what is looked for is of the next run.
    pub fn forget_log(&self) {
        self.check_log();
        File::create(&self.log).expect("the log can be emptied");
    }

    fn check_log(&self) {
        let log = self.log();
        let unexpected: Vec<&str> = log
            .lines()
            .filter(|line| line.contains(" ERROR ") || line.contains("panicked"))
            .filter(|line| !self.expected.iter().any(|part| line.contains(part)))
            .collect();
        assert!(unexpected.is_empty(), "{} logged: {unexpected:#?}", self.log.display());
    }
}

impl Drop for Station {
    fn drop(&mut self) {
        self.kill();
        // A second panic would hide the first.
        if !std::thread::panicking() {
            self.check_log();
        }
    }
}
