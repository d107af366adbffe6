//! Processes under test: none outlives its test, and no wait is endless.

use std::io::{self, BufRead, BufReader, Read};
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, ExitStatus};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// How long a process under test may live, and any one wait take.
pub(super) const DEADLINE: Duration = Duration::from_secs(60);
/// How often a state of `/proc` is looked at while it is waited for.
pub(super) const LOOK_INTERVAL: Duration = Duration::from_millis(1);

/// A process that is killed when it is dropped or has lived for `DEADLINE`.
#[derive(Debug)]
pub struct Process {
    child: Arc<Mutex<Child>>,
    /// Dropped to dismiss the watch.
    watch: Option<(Sender<()>, JoinHandle<()>)>,
}

impl Process {
    /// Starts `command`.
    pub fn start(command: &mut Command) -> Process {
        // SAFETY: between fork and exec only prctl is called, which is a bare system call. The kernel
        // kills the child should the thread that runs the test end first, however it ends.
        unsafe {
            command.pre_exec(|| match libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) {
                0 => Ok(()),
                _ => Err(io::Error::last_os_error()),
            })
        };
        let child = command.spawn().unwrap_or_else(|error| panic!("cannot start {command:?}: {error}"));
        let child = Arc::new(Mutex::new(child));
        let (dismiss, dismissed) = channel();
        let watched = Arc::clone(&child);
        let watch = thread::spawn(move || {
            if dismissed.recv_timeout(DEADLINE) == Err(RecvTimeoutError::Timeout) {
                // Child::kill signals nobody once the child has been waited for.
                let _ = lock(&watched).kill();
            }
        });
        Process { child, watch: Some((dismiss, watch)) }
    }

    /// Its standard input, output and error, where they are pipes and not taken yet.
    pub fn pipes(&self) -> (Option<ChildStdin>, Option<ChildStdout>, Option<ChildStderr>) {
        let mut child = lock(&self.child);
        (child.stdin.take(), child.stdout.take(), child.stderr.take())
    }

    /// Its number.
    #[must_use]
    pub fn pid(&self) -> i32 {
        lock(&self.child).id().cast_signed()
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: i32) {
        let child = lock(&self.child);
        // SAFETY: kill has no preconditions; the number is our child's as long as it is not waited for,
        // and waiting takes the lock.
        let answer = unsafe { libc::kill(child.id().cast_signed(), signal) };
        assert_eq!(answer, 0, "kill: {}", io::Error::last_os_error());
    }

    /// Waits for its end.
    #[must_use]
    pub fn end(self) -> ExitStatus {
        let mut status = None;
        wait_for("the process to end", || {
            status = lock(&self.child).try_wait().expect("our own child");
            status.is_some()
        });
        status.expect("waited for")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let mut child = lock(&self.child);
        // It may have ended already: then both have nothing to do.
        let _ = child.kill();
        let _ = child.wait();
        drop(child);
        if let Some((dismiss, watch)) = self.watch.take() {
            drop(dismiss);
            let _ = watch.join();
        }
    }
}

/// The child, also after a check that held it has panicked: it is to be killed all the same.
pub(super) fn lock(child: &Mutex<Child>) -> MutexGuard<'_, Child> {
    child.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Waits until `state` is so.
pub fn wait_for(what: &str, mut state: impl FnMut() -> bool) {
    let end = Instant::now() + DEADLINE;
    while !state() {
        assert!(Instant::now() < end, "waited {DEADLINE:?} in vain for {what}");
        thread::sleep(LOOK_INTERVAL);
    }
}

/// The lines of `stream` as they come.
pub(super) fn lines(stream: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        // Ends with the stream, or when nobody wants the lines any more.
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                break;
            }
        }
    });
    receiver
}
