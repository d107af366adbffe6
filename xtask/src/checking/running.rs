//! A check that is under way: `cargo test` for one exercise, which can be waited for beside other
//! things, and ended.
//!
//! Cargo writes to its standard output, a line of JSON each, what it has built; the line
//! `build-finished` comes before the test starts. So whether a file compiles is known from cargo, and no
//! code of the reader's has run by then that could say otherwise.

use std::fs;
use std::io::{self, Read};
use std::os::fd::{AsRawFd, RawFd};
use std::path::{Path, PathBuf};
use std::process::{self, ChildStderr, ChildStdout, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use super::compiler;
use super::household::{self, Household};
use super::judge::{Remains, judge};
use crate::cargo;
use crate::errno::told;
use crate::exercises::Exercise;
use crate::outcome::Stop;
use crate::verdict::{Form, Verdict};
use crate::workspace::Workspace;

/// How long a test may take, once it is built. Its own deadlines are far shorter; this one is for a
/// check that is broken itself.
const DEADLINE: Duration = Duration::from_secs(30);

/// How often we look whether cargo has ended, should the signal that says so be lost.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);

/// How much is kept of what cargo and the test write.
const KEPT: usize = 256 << 10;

/// Where a check is to write its verdict, and that it is to write JSON.
const VERDICT: &str = "READY_OR_DONE_VERDICT";
const VERDICT_JSON: &str = "READY_OR_DONE_VERDICT_JSON";

/// What is new of a check that is under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    /// Another cargo has the lock that this one needs.
    Waits(String),
    /// It compiles more than the exercise itself.
    Builds,
}

impl News {
    /// As a reader is told.
    pub fn told(&self) -> String {
        match self {
            News::Waits(what) => format!(
                "cargo waits: another cargo has the lock on the {what}, and this goes on when that one is done.\n\
                 Often that is rust-analyzer in an editor; its setting rust-analyzer.cargo.targetDir = true \
                 gives it a folder of its own."
            ),
            News::Builds => "building what the exercise stands on; only the first time takes so long".into(),
        }
    }
}

/// A check that is under way.
#[derive(Debug)]
pub struct Running {
    exercise: Exercise,
    form: Form,
    /// The hash of the reader's file when it began.
    seen: u64,
    household: Household,
    stdout: ChildStdout,
    stderr: ChildStderr,
    said: Vec<u8>,
    /// How much of `said` was looked at for news.
    heard: usize,
    news_told: Vec<News>,
    printed: Vec<u8>,
    /// Whether it was built, as soon as that is known.
    built: Option<bool>,
    deadline: Option<Instant>,
    file: PathBuf,
}

impl Running {
    /// Begins.
    pub(super) fn start(
        workspace: &Workspace,
        exercise: &Exercise,
        target: &Path,
        form: Form,
        colour: bool,
        seen: u64,
    ) -> Result<Running, Stop> {
        let file = verdict_file(target).map_err(|error| {
            Stop::host(
                format_args!("cannot write to {}: {}", target.display(), told(&error)),
                "df -h shows whether the disk is full",
            )
        })?;
        let mut command = cargo::command(workspace, &["test"]);
        command.args(["--package", &exercise.package(), "--test", &exercise.name]);
        command.args([
            "--message-format",
            "json-render-diagnostics",
            "--color",
            if colour { "always" } else { "never" },
        ]);
        // A quiet cargo would not say that it waits for a lock.
        command
            .env("CARGO_TERM_QUIET", "false")
            .env("CARGO_TERM_VERBOSE", "false")
            .env("CARGO_TERM_PROGRESS_WHEN", "never");
        command.env(VERDICT, &file).env_remove(VERDICT_JSON);
        if form == Form::Json {
            command.env(VERDICT_JSON, "1");
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut household = household::start(&mut command).map_err(|error| cargo::not_started(&error))?;
        let (stdout, stderr) = (
            household.leader.stdout.take().expect("it is piped"),
            household.leader.stderr.take().expect("it is piped"),
        );
        [stdout.as_raw_fd(), stderr.as_raw_fd()].into_iter().for_each(never_sleep);
        Ok(Running {
            exercise: exercise.clone(),
            form,
            seen,
            household,
            stdout,
            stderr,
            said: Vec::new(),
            heard: 0,
            news_told: Vec::new(),
            printed: Vec::new(),
            built: None,
            deadline: None,
            file,
        })
    }

    /// What to wait for: either may have something to read.
    pub fn stdout(&self) -> RawFd {
        self.stdout.as_raw_fd()
    }

    /// See [`Running::stdout`].
    pub fn stderr(&self) -> RawFd {
        self.stderr.as_raw_fd()
    }

    /// How long to wait for it before [`Running::verdict`] is to be asked again.
    pub fn patience(&self) -> Duration {
        let left = self.deadline.map_or(LOOK_INTERVAL, |deadline| deadline.saturating_duration_since(Instant::now()));
        left.min(LOOK_INTERVAL)
    }

    /// Whether the compiler warned of something in the exercise, or in its check.
    pub fn warned(&self) -> bool {
        compiler::warned(&String::from_utf8_lossy(&self.said), &self.exercise.package())
    }

    /// The hash of the reader's file when the check began.
    pub fn seen(&self) -> u64 {
        self.seen
    }

    /// Reads what there is to read, and returns what is new in it, each kind once.
    pub fn read(&mut self) -> Vec<News> {
        drain(&mut self.stdout, &mut self.printed);
        drain(&mut self.stderr, &mut self.said);
        if self.built.is_none()
            && let Some(built) = build_finished(&self.printed)
        {
            self.built = Some(built);
            self.deadline = Some(Instant::now() + DEADLINE);
        }
        let mut news = Vec::new();
        while let Some(end) = self.said[self.heard..].iter().position(|byte| *byte == b'\n') {
            let line = String::from_utf8_lossy(&self.said[self.heard..self.heard + end]).into_owned();
            self.heard += end + 1;
            if let Some(new) = self.news_in(&line)
                && !self.news_told.contains(&new)
            {
                self.news_told.push(new.clone());
                news.push(new);
            }
        }
        news
    }

    fn news_in(&self, line: &str) -> Option<News> {
        let (word, rest) = compiler::status(line)?;
        match &*word {
            "Blocking" => Some(News::Waits(rest.split_once("lock on ").map_or(&*rest, |(_, what)| what).to_owned())),
            "Compiling" if rest.split(' ').next() != Some(&self.exercise.package()) => Some(News::Builds),
            _ => None,
        }
    }

    /// The verdict, as soon as there is one.
    pub fn verdict(&mut self) -> Option<Verdict> {
        let late = self.deadline.is_some_and(|deadline| Instant::now() >= deadline);
        let status = match self.household.leader.try_wait() {
            Ok(Some(status)) => Some(status),
            Ok(None) if !late => return None,
            _ => None,
        };
        // The reader's code may have left somebody behind.
        if status.is_some() {
            self.household.sweep();
        } else {
            self.household.end();
        }
        self.read();
        Some(self.judge(status))
    }

    fn judge(&self, status: Option<ExitStatus>) -> Verdict {
        let written = fs::read(&self.file).unwrap_or_default();
        let _ = fs::remove_file(&self.file);
        let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
        let remains = Remains {
            exercise: &self.exercise,
            built: self.built,
            status,
            said: text(&self.said),
            printed: text(&self.printed),
            written: Verdict::read(&written),
        };
        judge(&remains, self.form)
    }

    /// Ends it; nothing of it is left.
    pub fn cancel(&mut self) {
        self.household.end();
        // Nobody wants what it may have written.
        let _ = fs::remove_file(&self.file);
    }
}

/// A file for a verdict: ours alone, and not there yet.
fn verdict_file(target: &Path) -> io::Result<PathBuf> {
    let folder = std::path::absolute(target)?.join("ready-or-done");
    fs::create_dir_all(&folder)?;
    let file = folder.join(format!("verdict-{}", process::id()));
    match fs::remove_file(&file) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(file),
    }
}

/// What cargo's standard output says of the build.
fn build_finished(printed: &[u8]) -> Option<bool> {
    const FINISHED: &[u8] = b"{\"reason\":\"build-finished\",";
    let line = printed.split(|byte| *byte == b'\n').find(|line| line.starts_with(FINISHED))?;
    Some(line.ends_with(b"\"success\":true}"))
}

/// Reads all that is there, and keeps the first of it.
pub fn drain(from: &mut impl Read, kept: &mut Vec<u8>) {
    let mut buffer = [0; 64 << 10];
    // At the end of the file, and where nothing is there any more, somebody else will say what is next.
    while let Ok(got @ 1..) = from.read(&mut buffer) {
        kept.extend_from_slice(&buffer[..got.min(KEPT - kept.len().min(KEPT))]);
    }
}

/// Makes reads from our end of a pipe return EAGAIN where they would sleep.
pub fn never_sleep(descriptor: RawFd) {
    // SAFETY: integers only. The pipe's other end is a file description of its own, and stays as it was.
    unsafe { libc::fcntl(descriptor, libc::F_SETFL, libc::O_RDONLY | libc::O_NONBLOCK) };
}

/// poll(2), for reading: the descriptors that are ready. EINTR counts as none.
pub(super) fn poll(descriptors: &[RawFd], patience: Duration) -> io::Result<Vec<RawFd>> {
    let mut set: Vec<libc::pollfd> =
        descriptors.iter().map(|fd| libc::pollfd { fd: *fd, events: libc::POLLIN, revents: 0 }).collect();
    // Rounded up: to wake before the time has come would be to spin until it has.
    let timeout = i32::try_from(patience.as_micros().div_ceil(1000)).unwrap_or(i32::MAX);
    // SAFETY: the array is as long as is said, and outlives the call.
    match unsafe { libc::poll(set.as_mut_ptr(), set.len() as libc::nfds_t, timeout) } {
        -1 if io::Error::last_os_error().kind() != io::ErrorKind::Interrupted => Err(io::Error::last_os_error()),
        -1 => Ok(Vec::new()),
        _ => Ok(set.iter().filter(|entry| entry.revents != 0).map(|entry| entry.fd).collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::build_finished;

    #[test]
    fn cargo_says_whether_it_could_build() {
        let artifact = "{\"reason\":\"compiler-artifact\",\"success\":true}\n";
        assert_eq!(build_finished(artifact.as_bytes()), None);
        let finished =
            |how: &str| format!("{artifact}{{\"reason\":\"build-finished\",\"success\":{how}}}\n\nrunning 1 test\n");
        assert_eq!(build_finished(finished("true").as_bytes()), Some(true));
        assert_eq!(build_finished(finished("false").as_bytes()), Some(false));
    }
}
