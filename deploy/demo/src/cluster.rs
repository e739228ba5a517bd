//! Stations as processes.

use std::net::{SocketAddr, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use fengsui_daemon::failure::{Code, Failure};
use serde_json::Value;

/// How long a station may take to answer after it was started. Slow disks are slow.
const START_MAX: Duration = Duration::from_secs(30);
/// How long a station may take to say goodbye.
const STOP_MAX: Duration = Duration::from_secs(20);

/// Which command line a station has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Township.
    Node,
    /// County, city or province.
    Hub,
}

impl Kind {
    /// The word on the demo's own command line.
    pub fn word(self) -> &'static str {
        match self {
            Self::Node => "node",
            Self::Hub => "hub",
        }
    }
}

/// One station and its process.
pub struct Station {
    /// Its command line.
    pub kind: Kind,
    /// Its directory.
    pub data: PathBuf,
    /// Its key.
    pub key: String,
    process: Option<Child>,
}

/// A failure of the demo itself.
pub fn failed(message: impl Into<String>) -> Failure {
    Failure::new(Code::Failed, message)
}

/// A UDP port that is free at this moment.
///
/// # Errors
/// When none can be had.
pub fn free_address() -> Result<SocketAddr, Failure> {
    let socket = UdpSocket::bind("127.0.0.1:0").and_then(|socket| socket.local_addr());
    socket.map_err(|error| failed(format!("failed to find a free port: {error}")))
}

impl Station {
    /// Sets a station up with its own `init` command.
    ///
    /// # Errors
    /// As the command says.
    pub fn init(kind: Kind, data: PathBuf, args: &[&str]) -> Result<Self, Failure> {
        let mut station = Self { kind, data, key: String::new(), process: None };
        let made = station.ask(&[&["init"], args].concat())?;
        station.key = text(&made, "key")?.to_owned();
        Ok(station)
    }

    /// Sets a station up with a join code.
    ///
    /// # Errors
    /// As `enroll` says.
    pub fn enroll(kind: Kind, data: PathBuf, code: &str, args: &[&str]) -> Result<Self, Failure> {
        let mut station = Self { kind, data, key: String::new(), process: None };
        let made = station.ask(&[&["enroll", code], args].concat())?;
        station.key = text(&made, "key")?.to_owned();
        Ok(station)
    }

    /// Runs a command of the station and reads its JSON.
    ///
    /// # Errors
    /// What the command says.
    pub fn ask(&self, args: &[&str]) -> Result<Value, Failure> {
        let output = self.command(args)?.arg("--json").output();
        let output = output.map_err(|error| failed(format!("failed to run a command: {error}")))?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            return Err(failed(format!("{} {}: {}", self.kind.word(), args.join(" "), said.trim())));
        }
        serde_json::from_slice(&output.stdout)
            .map_err(|error| failed(format!("{} {}: {error}", self.kind.word(), args.join(" "))))
    }

    fn command(&self, args: &[&str]) -> Result<Command, Failure> {
        let program =
            std::env::current_exe().map_err(|error| failed(format!("failed to find myself: {error}")))?;
        let mut command = Command::new(program);
        command.arg(self.kind.word()).args(args).arg("--data").arg(&self.data).stdin(Stdio::null());
        Ok(command)
    }

    /// Starts the daemon; comes back when it answers.
    ///
    /// # Errors
    /// When it does not.
    pub fn start(&mut self) -> Result<(), Failure> {
        self.start_with(&[])
    }

    /// The same with more on the command line of `run`.
    ///
    /// # Errors
    /// When it does not start.
    pub fn start_with(&mut self, args: &[&str]) -> Result<(), Failure> {
        let log = std::fs::File::create(self.log())
            .map_err(|error| failed(format!("failed to open a log: {error}")))?;
        let mut command = self.command(&[&["run"], args].concat())?;
        let child = command.stdout(Stdio::null()).stderr(log).spawn();
        self.process = Some(child.map_err(|error| failed(format!("failed to start a station: {error}")))?);
        let begun = Instant::now();
        let socket = self.data.join("control.sock");
        while !socket.exists() {
            let gone = self.process.as_mut().and_then(|child| child.try_wait().ok().flatten());
            if gone.is_some() || begun.elapsed() > START_MAX {
                let log = std::fs::read_to_string(self.log()).unwrap_or_default();
                return Err(failed(format!("{} did not start:\n{log}", self.data.display())));
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        Ok(())
    }

    /// Kills it as a power cut would.
    ///
    /// # Errors
    /// When it does not run.
    pub fn kill(&mut self) -> Result<(), Failure> {
        let mut child =
            self.process.take().ok_or_else(|| failed("a station that is to be killed does not run"))?;
        let killed = child.kill().and_then(|()| child.wait());
        killed.map_err(|error| failed(format!("failed to kill a station: {error}")))?;
        // The dead process has left its socket behind; the next one is waited for by it.
        let _ = std::fs::remove_file(self.data.join("control.sock"));
        Ok(())
    }

    /// What the daemon logs.
    pub fn log(&self) -> PathBuf {
        self.data.join("log")
    }

    /// Asks the daemon to end, and waits; after too long a wait it is killed, and that is a failure.
    ///
    /// # Errors
    /// When it did not end by itself with success.
    pub fn stop(&mut self) -> Result<(), Failure> {
        let Some(mut child) = self.process.take() else { return Ok(()) };
        if let Some(pid) = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw) {
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
        }
        let begun = Instant::now();
        while begun.elapsed() < STOP_MAX {
            match child.try_wait() {
                Ok(Some(status)) if status.success() => return Ok(()),
                Ok(Some(status)) => {
                    return Err(failed(format!("{} ended with {status}", self.data.display())));
                }
                _ => std::thread::sleep(Duration::from_millis(20)),
            }
        }
        let _ = child.kill();
        let _ = child.wait();
        Err(failed(format!("{} did not end in {} s", self.data.display(), STOP_MAX.as_secs())))
    }
}

impl Drop for Station {
    fn drop(&mut self) {
        let _ = self.stop();
    }
}

/// A text field of an answer.
///
/// # Errors
/// When it is not there.
pub fn text<'a>(value: &'a Value, field: &str) -> Result<&'a str, Failure> {
    value[field].as_str().ok_or_else(|| failed(format!("an answer has no '{field}': {value}")))
}

/// A directory of its own for the demo, gone when it ends.
pub struct Scratch(PathBuf);

impl Scratch {
    /// Makes one.
    ///
    /// # Errors
    /// When the system's directory for temporary files cannot be written.
    pub fn new() -> Result<Self, Failure> {
        Self::within(&std::env::temp_dir())
    }

    /// Makes one below `base`.
    ///
    /// # Errors
    /// When `base` cannot be written.
    pub fn within(base: &Path) -> Result<Self, Failure> {
        let mut bytes = [0; 4];
        getrandom::fill(&mut bytes).map_err(|error| failed(format!("failed to draw a name: {error}")))?;
        let path = base.join(format!("fengsui-demo-{:08x}", u32::from_le_bytes(bytes)));
        std::fs::create_dir_all(&path)
            .map_err(|error| failed(format!("failed to make {}: {error}", path.display())))?;
        Ok(Self(path))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
