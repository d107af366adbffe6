//! A chapter's echo server, started, watched and stopped from outside.

use std::fs;
use std::io;
use std::net::SocketAddr;
use std::process::{Command, Stdio};
use std::sync::mpsc::Receiver;
use std::thread::{self};
use std::time::{Duration, Instant};

use super::client::*;
use super::process::*;

/// How long nothing must move for a server to count as stuck.
pub(super) const QUIET_INTERVAL: Duration = Duration::from_millis(20);

/// What a server says of itself in its last line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Totals {
    /// Clients accepted.
    pub clients: u64,
    /// Bytes echoed.
    pub bytes: u64,
    /// Clients whose connection failed.
    pub resets: u64,
    /// Clients that were not done when the server was told to stop.
    pub still_open: u64,
}

impl Totals {
    /// From `totals: clients 1, bytes 5, resets 0, still open 0`; a chapter may add fields of its own.
    #[must_use]
    pub fn parse(line: &str) -> Option<Totals> {
        let fields = line.strip_prefix("totals: ")?;
        let field =
            |name: &str| fields.split(", ").find_map(|field| field.strip_prefix(name)?.strip_prefix(' ')?.parse().ok());
        Some(Totals {
            clients: field("clients")?,
            bytes: field("bytes")?,
            resets: field("resets")?,
            still_open: field("still open")?,
        })
    }
}

/// `PROGRAM serve --port PORT`, its output in pipes.
pub(super) fn command(program: &str, port: u16) -> Command {
    let mut command = Command::new(program);
    command.args(["serve", "--port", &port.to_string()]);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// A running echo server.
#[derive(Debug)]
pub struct Server {
    /// Where it listens.
    pub address: SocketAddr,
    // Dropped in this order: the process is dead when its complaints are read out.
    process: Process,
    stdout: Receiver<String>,
    stderr: Complaints,
}

/// The lines of a server's standard error; shown when the check that held it fails.
#[derive(Debug)]
pub(super) struct Complaints(pub(super) Receiver<String>);

impl Complaints {
    /// Those that are left, up to the end of the stream.
    pub(super) fn rest(&self) -> String {
        let line = || self.0.recv_timeout(DEADLINE).ok();
        std::iter::from_fn(line).collect::<Vec<_>>().join("\n")
    }
}

impl Drop for Complaints {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!("the server's standard error: {:?}", self.rest());
        }
    }
}

impl Server {
    /// Starts `PROGRAM serve --port 0` and waits until it listens.
    #[must_use]
    pub fn start(program: &str) -> Server {
        Server::try_start(program, 0).unwrap_or_else(|error| panic!("the server did not start: {error}"))
    }

    /// Starts it on `port`.
    ///
    /// # Errors
    /// What it wrote to standard error in place of a first line.
    pub fn try_start(program: &str, port: u16) -> Result<Server, String> {
        Server::from_command(&mut command(program, port))
    }

    pub(super) fn from_command(command: &mut Command) -> Result<Server, String> {
        let process = Process::start(command);
        let (_, stdout, stderr) = process.pipes();
        let stdout = lines(stdout.expect("piped"));
        let stderr = Complaints(lines(stderr.expect("piped")));
        let Ok(first) = stdout.recv_timeout(DEADLINE) else {
            let status = process.end();
            return Err(format!("{status}: {}", stderr.rest()));
        };
        let address = first.strip_prefix("listening on ").and_then(|address| address.parse().ok());
        let address: SocketAddr = address.unwrap_or_else(|| panic!("a first line as agreed, not {first:?}"));
        assert!(address.ip().is_loopback() && address.port() != 0, "{address} is no port of loopback");
        Ok(Server { address, process, stdout, stderr })
    }

    /// Its process number.
    #[must_use]
    pub fn pid(&self) -> i32 {
        self.process.pid()
    }

    /// A new client of it.
    #[must_use]
    pub fn connect(&self) -> Client {
        Client::connect(self.address)
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: i32) {
        self.process.signal(signal);
    }

    /// Stops the process with SIGSTOP, runs `meanwhile`, and lets it go on.
    pub fn while_stopped<T>(&self, meanwhile: impl FnOnce() -> T) -> T {
        self.signal(libc::SIGSTOP);
        wait_for("SIGSTOP to take hold", || self.tasks().iter().all(|task| task.state.eq_ignore_ascii_case(&'t')));
        let value = meanwhile();
        self.signal(libc::SIGCONT);
        wait_for("SIGCONT to take hold", || self.tasks().iter().all(|task| !task.state.eq_ignore_ascii_case(&'t')));
        value
    }

    /// Waits until all its threads sleep and go on sleeping.
    pub fn wait_until_quiet(&self) {
        let mut before = Vec::new();
        wait_for("the server to sleep", || {
            let now = self.tasks();
            // An ended one sleeps for good.
            let quiet = now == before && now.iter().all(|task| matches!(task.state, 'S' | 'Z'));
            before = now;
            quiet || {
                thread::sleep(QUIET_INTERVAL);
                false
            }
        });
    }

    fn tasks(&self) -> Vec<Task> {
        let folder = format!("/proc/{}/task", self.pid());
        let tasks = fs::read_dir(folder).into_iter().flatten().flatten();
        // A task may end between the listing and the look.
        tasks.filter_map(|task| Task::parse(&fs::read_to_string(task.path().join("status")).ok()?)).collect()
    }

    /// The processor time it has used.
    #[must_use]
    pub fn processor_time(&self) -> Duration {
        let (mut clock, mut time) = (0, libc::timespec { tv_sec: 0, tv_nsec: 0 });
        // SAFETY: both are written by the calls that get them, and the process is our child.
        let answer =
            unsafe { libc::clock_getcpuclockid(self.pid(), &mut clock) | libc::clock_gettime(clock, &mut time) };
        assert_eq!(answer, 0, "the processor time of a child");
        Duration::new(time.tv_sec.cast_unsigned(), u32::try_from(time.tv_nsec).expect("below a second"))
    }

    /// How much memory it has in use, in bytes.
    #[must_use]
    pub fn resident_bytes(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid())).expect("a process of ours");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a living process");
        let kib: u64 = line.trim().trim_end_matches(" kB").parse().expect("a number: proc_pid_status(5)");
        kib << 10
    }

    /// Leaves it `most` descriptors, for good.
    pub fn limit_descriptors(&self, most: u64) {
        limit_descriptors(self.pid(), Some(libc::rlimit { rlim_cur: most, rlim_max: most }));
    }

    /// Waits for a line on its standard error that holds `word`, and returns it.
    pub fn wait_for_complaint(&self, word: &str) -> String {
        let end = Instant::now() + DEADLINE;
        let mut heard = String::new();
        while !heard.contains(word) {
            let line = self.stderr.0.recv_timeout(end.saturating_duration_since(Instant::now()));
            heard = line.unwrap_or_else(|_| panic!("no line with {word} on standard error"));
        }
        heard
    }

    /// Lets it have no descriptor beyond those it has now, until [`Starved::relieve`].
    pub fn without_descriptors(&self) -> Starved {
        // What it is about to close would come free again.
        self.wait_until_quiet();
        // Linux takes the descriptor before it waits for the client, so a server that sleeps in accept has
        // the next one already. Stopped and continued, it has to take it anew.
        self.while_stopped(|| {
            let entries = fs::read_dir(format!("/proc/{}/fd", self.pid())).expect("a process of ours");
            let numbers: Vec<u64> =
                entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect();
            // A new descriptor takes the lowest free number, and must stay below the limit.
            let lowest_free = (0..).find(|number| !numbers.contains(number)).expect("numbers without end");
            let former = limit_descriptors(self.pid(), None);
            limit_descriptors(self.pid(), Some(libc::rlimit { rlim_cur: lowest_free, ..former }));
            Starved { former }
        })
    }

    /// Stops it with SIGTERM and waits for its end.
    #[must_use]
    pub fn stop(self) -> Totals {
        self.signal(libc::SIGTERM);
        self.end()
    }

    /// Waits for the end of a server that has been told to stop.
    #[must_use]
    pub fn end(self) -> Totals {
        let last = self.last_line();
        Totals::parse(&last).unwrap_or_else(|| panic!("a last line with totals, not {last:?}"))
    }

    /// [`Server::end`], and the line itself, in which a chapter may tell more.
    #[must_use]
    pub fn last_line(self) -> String {
        let mut last = String::new();
        while let Ok(line) = self.stdout.recv_timeout(DEADLINE) {
            last = line;
        }
        let status = self.process.end();
        assert!(status.success(), "told to stop, it ended with {status}");
        last
    }
}

/// The limit that a server had before [`Server::without_descriptors`].
#[derive(Debug)]
#[must_use]
pub struct Starved {
    former: libc::rlimit,
}

impl Starved {
    /// Gives the limit back.
    pub fn relieve(self, server: &Server) {
        limit_descriptors(server.pid(), Some(self.former));
    }
}

/// Raises this process' own limit so that it may have `enough` descriptors; whether it could.
#[must_use]
pub fn raise_descriptor_limit(enough: u64) -> bool {
    let limit = limit_descriptors(0, None);
    let most = limit.rlim_max >= enough;
    if most {
        limit_descriptors(0, Some(libc::rlimit { rlim_cur: limit.rlim_cur.max(enough), ..limit }));
    }
    most
}

/// Sets a process' RLIMIT_NOFILE where a new one is given, and returns the former. 0 is this process.
pub(super) fn limit_descriptors(pid: i32, new: Option<libc::rlimit>) -> libc::rlimit {
    let mut former = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    let new = new.as_ref().map_or(std::ptr::null(), std::ptr::from_ref);
    // SAFETY: both pointers are valid or null, as prlimit(2) allows.
    let answer = unsafe { libc::prlimit(pid, libc::RLIMIT_NOFILE, new, &mut former) };
    assert_eq!(answer, 0, "prlimit: {}", io::Error::last_os_error());
    former
}

/// What tells whether a thread has moved.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Task {
    state: char,
    /// Context switches of both kinds.
    switches: u64,
}

impl Task {
    fn parse(status: &str) -> Option<Task> {
        let field = |name: &str| status.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
        let switches = |kind: &str| field(kind)?.parse::<u64>().ok();
        Some(Task {
            state: field("State:")?.chars().next()?,
            switches: switches("voluntary_ctxt_switches:")? + switches("nonvoluntary_ctxt_switches:")?,
        })
    }
}
