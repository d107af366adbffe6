//! The other side of a reader's code, played by the check.
//!
//! A peer lives in the observer's process, where nobody traces it. It never sleeps to let the other
//! side run: it waits until the subject *is* asleep in a call, and acts then.

use std::fmt;
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::AsRawFd;
use std::process;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::ends::Ours;
use crate::asleep::{Sleep, asleep};
use crate::observe::Seen;

/// How often a peer looks whether the subject sleeps.
pub(super) const LOOK_INTERVAL: Duration = Duration::from_micros(200);

/// How long a peer may still be at its part when the subject is gone.
const GRACE: Duration = Duration::from_secs(5);

/// Where the subject is, and how far its peers are.
#[derive(Debug, Default)]
pub(super) struct Stage {
    state: Mutex<State>,
    bell: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// The subject's process and thread, once it is attached to.
    subject: Option<(i32, i32)>,
    ended: bool,
    peers: Vec<Doing>,
    /// When a peer last went on that had waited.
    resumed: Option<Instant>,
    /// By peer: the call that it slept in when all were quiet last.
    sleeps: Vec<Option<i64>>,
    /// All that the peers have open.
    ends: Vec<Ours>,
}

/// What a peer is at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Doing {
    /// It acts, or sleeps in a call of its own; in this thread.
    Acts(i32),
    /// It waits for the subject, or for time to pass: it will move by itself.
    Waits,
    /// It is done.
    Done,
}

impl Stage {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The subject is attached to, and about to begin.
    pub(super) fn begin(&self, pid: i32, tid: i32) {
        self.state().subject = Some((pid, tid));
        self.bell.notify_all();
    }

    /// The subject is gone.
    pub(super) fn end(&self) {
        self.state().ended = true;
        self.bell.notify_all();
    }

    /// Waits until the subject has begun. It may have ended since, and have left something behind.
    fn begun(&self) -> Result<(), Gone> {
        let state = self.bell.wait_while(self.state(), |state| state.subject.is_none() && !state.ended);
        let state = state.unwrap_or_else(PoisonError::into_inner);
        state.subject.map(drop).ok_or_else(Gone::ended)
    }

    /// The subject, as long as it is there.
    pub(super) fn subject(&self) -> Result<(i32, i32), Gone> {
        let state = self.state();
        state.subject.filter(|_| !state.ended).ok_or_else(Gone::ended)
    }

    pub(super) fn has_ended(&self) -> bool {
        self.state().ended
    }

    pub(super) fn enlist(&self) -> usize {
        let mut state = self.state();
        state.peers.push(Doing::Waits);
        state.peers.len() - 1
    }

    fn set(&self, peer: usize, doing: Doing) {
        let mut state = self.state();
        if state.peers[peer] == Doing::Waits && doing != Doing::Waits {
            state.resumed = Some(Instant::now());
        }
        state.peers[peer] = doing;
        drop(state);
        self.bell.notify_all();
    }

    /// When a peer last went on that had waited for the subject, or for time to pass.
    pub(super) fn resumed(&self) -> Option<Instant> {
        self.state().resumed
    }

    /// Whether no peer will move by itself: each is done, or sleeps in a call that only the subject
    /// could end.
    pub(super) fn quiet(&self) -> bool {
        let pid = process::id().cast_signed();
        // A futex is a lock of the check's own, which somebody is about to release.
        let endless = |sleep: &Sleep| !sleep.has_timeout() && sleep.number != libc::SYS_futex;
        let still = |doing: &Doing| match *doing {
            Doing::Done => Some(None),
            Doing::Waits => None,
            Doing::Acts(tid) => asleep(pid, tid).filter(endless).map(|sleep| Some(sleep.number)),
        };
        let peers = self.state().peers.clone();
        let Some(sleeps) = peers.iter().map(still).collect::<Option<Vec<_>>>() else { return false };
        self.state().sleeps = sleeps;
        true
    }

    /// One more end that a peer may sleep on.
    pub(super) fn keep(&self, end: &Ours) {
        self.state().ends.push(end.clone());
    }

    /// Waits until every peer has come to the end of its part, but not for ever: a client whose handshake the
    /// kernel never finished hears nothing of its server's death. After some time the connections are broken.
    pub(super) fn until_all_are_done(&self) {
        let busy = |state: &mut State| state.peers.iter().any(|doing| *doing != Doing::Done);
        let ends = self.state().ends.clone();
        ends.iter().filter(|end| end.is_datagrams()).for_each(Ours::break_off);
        let waited = self.bell.wait_timeout_while(self.state(), GRACE, busy);
        let (state, result) = waited.unwrap_or_else(PoisonError::into_inner);
        if result.timed_out() {
            state.ends.iter().for_each(Ours::break_off);
        }
    }

    /// The calls that the peers slept in when all were quiet last.
    pub(super) fn sleeps(&self) -> Vec<Option<i64>> {
        self.state().sleeps.clone()
    }
}

/// Why a peer leaves: the subject is gone, or a call of the peer's own failed.
#[derive(Debug)]
pub struct Gone(String);

impl Gone {
    pub(super) fn ended() -> Gone {
        Gone("the subject had ended".into())
    }
}

impl fmt::Display for Gone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<io::Error> for Gone {
    fn from(error: io::Error) -> Gone {
        let errno = error.raw_os_error().map_or_else(|| error.to_string(), crate::calls::errno_name);
        Gone(errno)
    }
}

/// One that plays the other side.
#[derive(Debug)]
pub struct Peer<'a> {
    pub(super) stage: &'a Stage,
    place: usize,
    seen: Seen,
}

impl Peer<'_> {
    /// Plays a part, from the subject's beginning on, and returns what was seen.
    pub(super) fn play(
        stage: &Stage,
        place: usize,
        name: String,
        part: impl FnOnce(&mut Peer<'_>) -> Result<(), Gone>,
    ) -> Seen {
        let mut peer = Peer { stage, place, seen: Seen { name, ..Seen::default() } };
        let played = stage.begun().and_then(|()| {
            peer.act();
            part(&mut peer)
        });
        stage.set(place, Doing::Done);
        if let Err(gone) = played {
            peer.seen.gave_up = !stage.has_ended();
            peer.seen.notes.push(gone.to_string());
        }
        peer.seen
    }

    /// From here on it acts, or sleeps in a call of its own.
    pub(super) fn act(&self) {
        // SAFETY: gettid has no preconditions.
        self.stage.set(self.place, Doing::Acts(unsafe { libc::gettid() }));
    }

    /// Waits until the subject sleeps in a call, and says in which.
    ///
    /// # Errors
    /// The subject ended first.
    pub fn until_asleep(&self) -> Result<Sleep, Gone> {
        self.wait();
        let (pid, tid) = self.stage.subject()?;
        loop {
            if let Some(sleep) = asleep(pid, tid) {
                self.act();
                return Ok(sleep);
            }
            if self.stage.has_ended() {
                return Err(Gone::ended());
            }
            thread::sleep(LOOK_INTERVAL);
        }
    }

    /// From here on it waits for the subject, or for time to pass.
    pub(super) fn wait(&self) {
        self.stage.set(self.place, Doing::Waits);
    }

    /// Does nothing for `time`: a timer that only time ends.
    pub fn pause(&self, time: Duration) {
        self.wait();
        thread::sleep(time);
        self.act();
    }

    /// Sends a signal to the subject's thread.
    ///
    /// # Errors
    /// The subject ended first.
    pub fn signal(&self, signal: i32) -> Result<(), Gone> {
        let (pid, tid) = self.stage.subject()?;
        // SAFETY: integers only.
        unsafe { libc::syscall(libc::SYS_tgkill, pid, tid, signal) };
        Ok(())
    }

    /// Writes all of `bytes`.
    ///
    /// # Errors
    /// EPIPE or ECONNRESET where the subject has closed its end.
    pub fn write(&self, to: &Ours, bytes: &[u8]) -> Result<(), Gone> {
        Ok(file(to)?.write_all(bytes)?)
    }

    /// Reads once, at most `limit` bytes, and notes what came.
    ///
    /// # Errors
    /// ECONNRESET where the subject reset the connection.
    pub fn read(&mut self, from: &Ours, limit: usize) -> Result<usize, Gone> {
        let mut buffer = vec![0; limit];
        let got = file(from)?.read(&mut buffer)?;
        self.took(&buffer[..got]);
        Ok(got)
    }

    /// Notes what was received: nothing is the end.
    pub(super) fn took(&mut self, bytes: &[u8]) {
        self.seen.received.extend_from_slice(bytes);
        if bytes.is_empty() {
            self.seen.notes.push("end of the stream".into());
        }
    }

    /// Reads until the subject closes its end.
    ///
    /// # Errors
    /// ECONNRESET where it reset the connection.
    pub fn read_to_end(&mut self, from: &Ours) -> Result<(), Gone> {
        while self.read(from, 64 << 10)? > 0 {}
        Ok(())
    }

    /// Ends the peer's own direction.
    ///
    /// # Errors
    /// ENOTCONN where there is no connection any more.
    pub fn shutdown_write(&self, of: &Ours) -> Result<(), Gone> {
        // SAFETY: integers only.
        match unsafe { libc::shutdown(file(of)?.as_raw_fd(), libc::SHUT_WR) } {
            0 => Ok(()),
            _ => Err(io::Error::last_os_error().into()),
        }
    }

    /// Closes the peer's end.
    pub fn close(&self, end: &Ours) {
        end.close();
    }

    /// Closes the peer's end of a TCP connection with a reset.
    ///
    /// # Errors
    /// EBADF where it is closed already.
    pub fn reset(&self, end: &Ours) -> Result<(), Gone> {
        let linger = libc::linger { l_onoff: 1, l_linger: 0 };
        let size = size_of::<libc::linger>() as libc::socklen_t;
        let socket = file(end)?;
        // SAFETY: the kernel reads `linger`, which outlives the call.
        let set = unsafe {
            libc::setsockopt(socket.as_raw_fd(), libc::SOL_SOCKET, libc::SO_LINGER, (&raw const linger).cast(), size)
        };
        if set != 0 {
            return Err(io::Error::last_os_error().into());
        }
        drop(socket);
        end.close();
        Ok(())
    }

    /// Notes something for the verdict.
    pub fn note(&mut self, note: impl Into<String>) {
        self.seen.notes.push(note.into());
    }
}

fn file(of: &Ours) -> Result<File, Gone> {
    Ok(File::from(of.for_a_call()?))
}
