//! A PostgreSQL of its own for one question, from the Debian package `postgresql`: a new cluster in the benchmark's
//! directory, reached through a socket there and through nothing else.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use fengsui_daemon::failure::Failure;

use crate::failed;
use crate::figure::percentile;

/// Where Debian puts the programs that are not for everybody's path.
const DEBIAN: &str = "/usr/lib/postgresql";
/// The server refuses to run as root; the package makes this user for it.
const USER: &str = "postgres";
/// Times that the question is asked.
const ASKS: usize = 50;

/// One report.
pub struct Row {
    /// Number of the event.
    pub event: usize,
    /// Whose.
    pub division: u64,
    /// Its number.
    pub revision: u32,
    /// The indicator that is asked for.
    pub value: i64,
}

/// Where its programs are.
pub struct Postgres {
    programs: PathBuf,
}

impl Postgres {
    /// Finds the programs.
    ///
    /// # Errors
    /// When they are not installed: a comparison that is left out would look like one that was made.
    pub fn find() -> Result<Self, Failure> {
        let versions = std::fs::read_dir(DEBIAN).into_iter().flatten().flatten();
        let programs = versions.map(|version| version.path().join("bin"));
        let programs = programs.filter(|programs| programs.join("initdb").exists()).max();
        let missing = || failed("find PostgreSQL's initdb: install the Debian package postgresql");
        Ok(Self { programs: programs.ok_or_else(missing)? })
    }

    /// Loads `rows`, and asks for the sum of the last revisions on event 0: median milliseconds, and the sum.
    ///
    /// # Errors
    /// When a program fails, with its words.
    pub fn ask(&self, dir: &Path, rows: &[Row]) -> Result<(f64, i64), Failure> {
        // A directory that nobody but its owner may enter is in the way of the server's user: this one is its own.
        let own = tempfile::tempdir_in(dir.parent().unwrap_or(dir)).map_err(failed)?;
        let dir = own.path();
        let table = dir.join("report.csv");
        std::fs::write(&table, csv(rows)).map_err(failed)?;
        if is_root()? {
            run(Command::new("chown").args(["-R", USER]).arg(dir))?;
        }
        let data = dir.join("data");
        run(self.program("initdb")?.args(["--no-sync", "--auth=trust", "--pgdata"]).arg(&data))?;
        let server = Server::start(self, dir, &data)?;
        let load = format!(
            "CREATE TABLE report (event int, division bigint, revision int, value bigint);\n\
             \\copy report FROM '{}' CSV\n\
             CREATE INDEX ON report (event, division, revision);\nVACUUM ANALYZE report;\n",
            table.display()
        );
        server.say(&load)?;
        let question = "SELECT sum(value) FROM report JOIN (SELECT division, max(revision) AS revision FROM report \
             WHERE event = 0 GROUP BY division) AS last USING (division, revision) WHERE event = 0;\n";
        let said = server.say(&format!("\\timing on\n{}", question.repeat(ASKS)))?;
        let sum = said.lines().find_map(|line| line.trim().parse().ok());
        let times: Vec<f64> = said.lines().filter_map(milliseconds).collect();
        match sum {
            Some(sum) if times.len() == ASKS => Ok((percentile(&times, 50), sum)),
            _ => Err(failed(format!("read what psql says: {said}"))),
        }
    }

    fn program(&self, name: &str) -> Result<Command, Failure> {
        let program = self.programs.join(name);
        Ok(match is_root()? {
            true => {
                let mut command = Command::new("runuser");
                command.args(["-u", USER, "--"]).arg(program);
                command
            }
            false => Command::new(program),
        })
    }
}

/// The server, while it runs.
struct Server<'p> {
    postgres: &'p Postgres,
    dir: PathBuf,
    data: PathBuf,
}

impl<'p> Server<'p> {
    fn start(postgres: &'p Postgres, dir: &Path, data: &Path) -> Result<Self, Failure> {
        let server = Self { postgres, dir: dir.to_path_buf(), data: data.to_path_buf() };
        // No TCP at all. What it writes need not survive.
        let options =
            format!("-c listen_addresses= -c unix_socket_directories={} -c fsync=off", dir.display());
        let log = dir.join("log");
        let mut start = postgres.program("pg_ctl")?;
        start.arg("start").arg("--wait").arg("--pgdata").arg(data).arg("--log").arg(&log);
        // Its own streams stay open with the server.
        let started =
            start.arg("--options").arg(options).stdout(Stdio::null()).stderr(Stdio::null()).status();
        match started.map_err(failed)?.success() {
            true => Ok(server),
            false => {
                Err(failed(format!("start PostgreSQL: {}", std::fs::read_to_string(log).unwrap_or_default())))
            }
        }
    }

    /// What psql prints for these lines.
    fn say(&self, lines: &str) -> Result<String, Failure> {
        let script = self.dir.join("script.sql");
        std::fs::write(&script, lines).map_err(failed)?;
        let mut psql = self.postgres.program("psql")?;
        psql.args(["--no-psqlrc", "--tuples-only", "--quiet", "--set=ON_ERROR_STOP=1", "--dbname=postgres"]);
        let output = run(psql.arg("--host").arg(&self.dir).arg("--file").arg(&script))?;
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

impl Drop for Server<'_> {
    fn drop(&mut self) {
        let stop = self.postgres.program("pg_ctl").map(|mut stop| {
            let stop = stop.arg("stop").arg("--pgdata").arg(&self.data).args(["--mode", "immediate"]);
            stop.stdout(Stdio::null()).status()
        });
        if !matches!(stop, Ok(Ok(status)) if status.success()) {
            eprintln!("failed to stop PostgreSQL in {}", self.data.display());
        }
    }
}

fn csv(rows: &[Row]) -> String {
    let mut text = String::with_capacity(rows.len() * 32);
    for row in rows {
        let _ = writeln!(text, "{},{},{},{}", row.event, row.division, row.revision, row.value);
    }
    text
}

/// `Time: 1.234 ms`, and with minutes behind it where there are any.
fn milliseconds(line: &str) -> Option<f64> {
    line.strip_prefix("Time: ")?.split_whitespace().next()?.parse().ok()
}

fn is_root() -> Result<bool, Failure> {
    let output = run(Command::new("id").arg("-u"))?;
    Ok(output.stdout.trim_ascii() == b"0")
}

fn run(command: &mut Command) -> Result<Output, Failure> {
    let output = command.output().map_err(|error| failed(format!("run {command:?}: {error}")))?;
    match output.status.success() {
        true => Ok(output),
        false => Err(failed(format!("run {command:?}: {}", String::from_utf8_lossy(&output.stderr)))),
    }
}
