//! Starts a subject, meets it at the handshake, and follows it to its end.

use std::io::{self, PipeReader, PipeWriter, Read, Write, pipe};
use std::os::fd::{AsRawFd, RawFd};
use std::os::unix::process::CommandExt;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::{Arc, PoisonError, RwLockReadGuard};
use std::thread;
use std::{mem, ptr};

use super::Listener;
use super::output::{OUTPUT_KEPT, drain, of_the_closure};
use super::record::Observation;
use super::room::Room;
use super::subject::{ATTACHED, Ready, Role, UNWATCHED, VARIABLE};
use super::tracer::{Tracer, ending};
use super::watch::{Limits, Watch};
use super::{Begun, Orders, STARTING, blind, ptrace};
use crate::wire::from_bytes;

/// How many subjects this process has started.
static STARTED: AtomicI32 = AtomicI32::new(0);

/// Starts `command` as a subject and returns what it did.
pub(super) fn start(command: &mut Command, past: Option<RawFd>, orders: &mut Orders<'_>) -> io::Result<Observation> {
    // One thread starts the child and traces it: waitpid(2) with __WNOTHREAD then tells this child's
    // story and nobody else's.
    thread::scope(|scope| {
        let tracer = thread::Builder::new().name("tracer".into());
        let tracer = tracer.spawn_scoped(scope, || follow(command, past, orders))?;
        tracer.join().unwrap_or_else(|panic| resume_unwind(panic))
    })
}

fn follow(command: &mut Command, past: Option<RawFd>, orders: &mut Orders<'_>) -> io::Result<Observation> {
    let _room = Room::take();
    let (ready, ready_there) = pipe()?;
    let (go_there, go) = pipe()?;
    let (output, output_there) = pipe()?;
    let role = Role {
        place: orders.place,
        observer: std::process::id().cast_signed(),
        serial: STARTED.fetch_add(1, Ordering::Relaxed),
        ready: ready_there.as_raw_fd(),
        go: go_there.as_raw_fd(),
        past,
        handed_down: orders.handed_down.clone(),
    };
    let role_told = role.to_string();
    command.env(VARIABLE, &role_told);
    command.stdin(Stdio::null()).stdout(output_there.try_clone()?).stderr(output_there);
    // A group of its own, so that what it sends to its group (kill(2), 0) does not reach ours.
    command.process_group(0);
    // SAFETY: `prepare` makes only calls that are safe between fork and exec.
    unsafe { command.pre_exec(move || prepare(&role)) };
    let starting = STARTING.read().unwrap_or_else(PoisonError::into_inner);
    let child = command.spawn()?;
    // The command holds our ends of the output, and would keep them open.
    command.stdout(Stdio::null()).stderr(Stdio::null());
    drop((ready_there, go_there));
    let subject = child.id().cast_signed();

    let watch = Arc::new(Watch::default());
    watch.started(subject);
    let limits = Limits {
        time: orders.deadline,
        resumed: orders.resumed.as_deref(),
        processor: orders.processor,
        quiet: orders.quiet.as_deref(),
    };
    thread::scope(|scope| {
        let keeper = scope.spawn(|| watch.keep(&limits));
        let drain = scope.spawn(|| drain(output, OUTPUT_KEPT, || watch.is_over()));
        let meeting = Meeting { subject, ready, go, role: &role_told, watch: &watch };
        // A listener may panic. Nobody would end the subject then, nor wake the two threads that wait for it.
        let observation =
            catch_unwind(AssertUnwindSafe(|| meeting.hold(starting, &mut *orders.begun, &mut *orders.listener)));
        if !matches!(observation, Ok(Ok(_))) {
            watch.kill_all();
            reap(subject, &watch);
        }
        kill_group(subject);
        watch.close();
        let finished = keeper.join().and(drain.join());
        let peers = (orders.ended)();
        let output = finished.unwrap_or_else(|panic| resume_unwind(panic));
        let mut observation = observation.unwrap_or_else(|panic| resume_unwind(panic))?;
        (observation.output, observation.output_length) = of_the_closure(output);
        observation.peers = peers;
        Ok(observation)
    })
}

/// A subject that was started, and how to speak with it.
struct Meeting<'a> {
    subject: i32,
    ready: PipeReader,
    go: PipeWriter,
    /// What it was told in its environment.
    role: &'a str,
    watch: &'a Arc<Watch>,
}

impl Meeting<'_> {
    /// The handshake, and what follows from how it goes.
    fn hold(
        mut self,
        starting: RwLockReadGuard<'_, ()>,
        begun: &mut Begun<'_>,
        listener: &mut Listener<'_>,
    ) -> io::Result<Observation> {
        let mut bytes = [0; 4096];
        let length = loop {
            match self.ready.read(&mut bytes) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                answer => break answer?,
            }
        };
        drop(starting);
        let Some(Ready { tid, unfiltered }) = from_bytes(&bytes[..length]) else {
            return Ok(never_came(self.subject, self.watch));
        };
        let mut tracer = Tracer::new(self.subject, Arc::clone(self.watch), listener);
        let attached = match unfiltered {
            Some(reason) => Err(format!("seccomp filters are refused here: {reason}")),
            None => tracer.attach(tid).map_err(|error| format!("ptrace is refused here: {error}")),
        };
        begun(self.subject, tid, attached.is_ok());
        match attached {
            // Who is being killed cannot be attached to either: at a deadline that has come already, say.
            Err(_) if self.watch.cut().is_some() || !is_thread(self.subject, tid) => {
                Ok(never_came(self.subject, self.watch))
            }
            Err(why) => {
                self.answer(UNWATCHED);
                Ok(blind::listen(self.subject, self.ready, self.role, self.watch, why))
            }
            Ok(()) => {
                self.answer(ATTACHED);
                drop(self.go);
                tracer.follow()
            }
        }
    }

    fn answer(&mut self, answer: u8) {
        // It fails only where the subject is gone, and then its end is what is seen next.
        let _ = self.go.write_all(&[answer]);
        // Behind the answer, which wakes it: who has begun and sleeps may count as stuck.
        self.watch.begin();
    }
}

/// The child ended before the handshake: it never reached the observation.
fn never_came(subject: i32, watch: &Watch) -> Observation {
    let status = reap(subject, watch);
    let mut observation = Observation::new();
    observation.ending = watch.cut().map_or_else(|| ending(status, false, None), |cut| cut.why.into());
    observation
}

/// Ends whoever is left of the subject's group: a process that was kept from the tracer (clone(2),
/// CLONE_UNTRACED), or all of them where nobody traces.
pub(super) fn kill_group(subject: i32) {
    // SAFETY: integers only. ESRCH where nobody of the group is left.
    unsafe { libc::kill(-subject, libc::SIGKILL) };
}

/// Whether a thread is there, and will be there for more than its end.
fn is_thread(pid: i32, tid: i32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/task/{tid}/stat")).unwrap_or_default();
    stat.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with(['Z', 'X']))
}

/// Whether the subject has ended, which is looked at and not taken; with `sleep` it is waited for.
pub(super) fn ended(subject: i32, sleep: bool) -> bool {
    let flags = libc::WEXITED | libc::WNOWAIT | if sleep { 0 } else { libc::WNOHANG };
    loop {
        // SAFETY: all zeroes is a valid siginfo_t, and outlives the call.
        let (answer, pid) = unsafe {
            let mut info: libc::siginfo_t = mem::zeroed();
            (libc::waitid(libc::P_PID, subject.cast_unsigned(), &raw mut info, flags), info.si_pid())
        };
        match answer {
            0 => return pid == subject,
            _ if io::Error::last_os_error().kind() == io::ErrorKind::Interrupted => {}
            _ => return true,
        }
    }
}

/// Waits until the subject and all that is attached to has ended; returns how the subject did.
pub(super) fn reap(subject: i32, watch: &Watch) -> i32 {
    let mut status = 0;
    loop {
        match ptrace::wait(true) {
            Ok(Some(change)) if !libc::WIFSTOPPED(change.status) => {
                watch.ended(change.tid);
                if change.tid == subject {
                    status = change.status;
                    watch.kill_all();
                }
            }
            Ok(Some(change)) => drop(ptrace::go_on(change.tid, 0)),
            Ok(None) => {}
            // ECHILD: none is left.
            Err(_) => return status,
        }
    }
}

/// Between fork and exec: hands these descriptors on and none that whoever started us left open; gives every signal
/// its default action, whatever whoever started us ignores; and blocks all signals but the tracer's, which the
/// subject's own thread unblocks.
fn prepare(role: &Role) -> io::Result<()> {
    // SAFETY: integers only. A kernel before 5.11 refuses it, and hands on what it would have.
    unsafe { libc::syscall(libc::SYS_close_range, 3, u32::MAX, libc::CLOSE_RANGE_CLOEXEC) };
    for descriptor in role.descriptors() {
        // SAFETY: integers only.
        if unsafe { libc::fcntl(descriptor, libc::F_SETFD, 0) } != 0 {
            return Err(io::Error::last_os_error());
        }
    }
    // SAFETY: the set is initialised before it is used, and outlives the calls. No signal has a handler
    // in the program to come; for those that cannot be changed the call fails, and changes nothing.
    unsafe {
        for signal in 1..=libc::SIGRTMAX() {
            libc::signal(signal, libc::SIG_DFL);
        }
        let mut all: libc::sigset_t = mem::zeroed();
        libc::sigfillset(&raw mut all);
        libc::sigdelset(&raw mut all, libc::SIGTRAP);
        libc::sigprocmask(libc::SIG_SETMASK, &raw const all, ptr::null_mut());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::time::{Duration, Instant};

    use crate::observe::{Ending, Orders, observe_with};
    use crate::words::{Word, say};

    #[test]
    fn a_listener_that_panics_takes_the_subject_along_and_not_the_time_until_the_deadline() {
        let orders =
            Orders { listener: Box::new(|_, _| panic!("heard enough")), ..Orders::until(Duration::from_secs(60)) };
        let began = Instant::now();
        let observing = AssertUnwindSafe(|| {
            let subject = Box::new(|| {
                say(&Word::Say { sentence: "listen".into() });
                loop {
                    std::thread::park();
                }
            });
            observe_with(orders, subject)
        });
        assert!(catch_unwind(observing).is_err());
        assert!(began.elapsed() < Duration::from_secs(30));
    }

    #[test]
    fn who_still_waits_for_the_observer_is_not_stuck() {
        let orders = Orders {
            quiet: Some(Box::new(|| true)),
            begun: Box::new(|_, _, _| std::thread::sleep(Duration::from_millis(200))),
            ..Orders::until(Duration::from_secs(60))
        };
        assert_eq!(observe_with(orders, Box::new(Vec::new)).ending, Ending::Returned {});
    }

    #[test]
    fn who_is_waited_for_again_and_again_has_its_time_anew() {
        let orders =
            Orders { resumed: Some(Box::new(|| Some(Instant::now()))), ..Orders::until(Duration::from_secs(1)) };
        let subject = Box::new(|| {
            std::thread::sleep(Duration::from_millis(1500));
            Vec::new()
        });
        assert_eq!(observe_with(orders, subject).ending, Ending::Returned {});
    }
}
