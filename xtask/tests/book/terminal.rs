//! A reader at a terminal: a pseudo-terminal whose other end the test holds.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::process::{Child, ExitStatus};
use std::ptr;
use std::thread;
use std::time::{Duration, Instant};

use super::Asking;

/// How long anything may take before the test fails; far longer than it ever should.
const DEADLINE: Duration = Duration::from_secs(60);

/// The runner at a terminal.
pub struct Terminal {
    ours: File,
    /// Kept open, so that the terminal outlives the runner and can be asked for its settings.
    theirs: OwnedFd,
    child: Child,
    /// What was shown, and how much of it was expected already.
    shown: String,
    expected: usize,
}

impl Asking<'_> {
    /// It runs at a terminal that can show nothing but lines.
    pub fn at_a_terminal(mut self) -> Terminal {
        let (mut ours, mut theirs) = (-1, -1);
        // SAFETY: two numbers are written; name, settings and size are not asked for.
        let made = unsafe { libc::openpty(&raw mut ours, &raw mut theirs, ptr::null_mut(), ptr::null(), ptr::null()) };
        assert_eq!(made, 0, "openpty: {}", io::Error::last_os_error());
        // SAFETY: the kernel has just given us both.
        let (ours, theirs) = unsafe { (File::from_raw_fd(ours), OwnedFd::from_raw_fd(theirs)) };
        let end = || theirs.try_clone().unwrap();
        self.command.stdin(end()).stdout(end()).stderr(end()).env("TERM", "dumb");
        let ours_there = ours.as_raw_fd();
        let take = move || {
            // A session of its own, whose terminal this is: so ^C and hang-ups reach it.
            // SAFETY: integers only; all of them may be called between fork and exec.
            unsafe {
                libc::close(ours_there);
                libc::setsid();
                libc::ioctl(0, libc::TIOCSCTTY, 0);
            }
            Ok(())
        };
        // SAFETY: see above.
        unsafe { self.command.pre_exec(take) };
        let child = self.command.spawn().unwrap();
        Terminal { ours, theirs, child, shown: String::new(), expected: 0 }
    }
}

impl Terminal {
    /// Waits until this is shown, after all that was expected before.
    #[track_caller]
    pub fn shows(&mut self, text: &str) -> &mut Terminal {
        let deadline = Instant::now() + DEADLINE;
        loop {
            if let Some(at) = self.shown[self.expected..].find(text) {
                self.expected += at + text.len();
                return self;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(!left.is_zero() && self.hear(left), "it does not show {text:?}; it showed\n{}", self.shown);
        }
    }

    /// Waits for the prompt.
    #[track_caller]
    pub fn asks(&mut self) -> &mut Terminal {
        self.shows("q quit > ")
    }

    /// Reads what is shown next; `false` where nothing comes in time.
    fn hear(&mut self, patience: Duration) -> bool {
        let mut ready = libc::pollfd { fd: self.ours.as_raw_fd(), events: libc::POLLIN, revents: 0 };
        // SAFETY: one struct pollfd, which outlives the call.
        if unsafe { libc::poll(&raw mut ready, 1, patience.as_millis() as i32 + 1) } != 1 {
            return false;
        }
        let mut bytes = [0; 4096];
        let Ok(count @ 1..) = self.ours.read(&mut bytes) else { return false };
        // A letter cut in two is shown as what it is not; no test expects one of those.
        self.shown += &String::from_utf8_lossy(&bytes[..count]);
        true
    }

    /// Presses a key, or several.
    pub fn press(&mut self, keys: &str) -> &mut Terminal {
        self.ours.write_all(keys.as_bytes()).unwrap();
        self
    }

    /// Sends a signal to the runner alone.
    pub fn signal(&mut self, signal: i32) -> &mut Terminal {
        // SAFETY: integers only. The child was not waited for, so its number is not another's.
        unsafe { libc::kill(self.child.id().cast_signed(), signal) };
        self
    }

    /// Waits for the runner's end.
    #[track_caller]
    pub fn ends(&mut self) -> ExitStatus {
        let deadline = Instant::now() + DEADLINE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(Instant::now() < deadline, "it does not end; it showed\n{}", self.shown);
            self.hear(Duration::from_millis(1));
        }
    }

    /// Whether lines are edited and keys shown, as a shell leaves a terminal.
    pub fn is_the_shells(&self) -> bool {
        let mut settings = std::mem::MaybeUninit::<libc::termios>::uninit();
        // SAFETY: the kernel writes one struct termios.
        assert_eq!(unsafe { libc::tcgetattr(self.theirs.as_raw_fd(), settings.as_mut_ptr()) }, 0);
        // SAFETY: it has.
        let settings = unsafe { settings.assume_init() };
        settings.c_lflag & (libc::ICANON | libc::ECHO) == libc::ICANON | libc::ECHO
    }

    /// Whether the runner is stopped, as ^Z stops it (proc(5), state T).
    pub fn is_stopped(&self) -> bool {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap_or_default();
        stat.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with('T'))
    }
}

/// A test that fails leaves nobody behind.
impl Drop for Terminal {
    fn drop(&mut self) {
        if self.child.try_wait().unwrap().is_none() {
            self.signal(libc::SIGTERM);
            self.child.wait().unwrap();
        }
    }
}

/// Waits until a condition holds.
#[track_caller]
pub fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + DEADLINE;
    while !holds() {
        assert!(Instant::now() < deadline, "it never came to this: {what}");
        thread::sleep(Duration::from_millis(1));
    }
}

/// Whether a process is there still.
pub fn is_there(pid: &str) -> bool {
    // SAFETY: integers only. Signal 0 asks, and is not sent.
    unsafe { libc::kill(pid.trim().parse().unwrap(), 0) == 0 }
}
