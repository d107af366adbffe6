//! Signals: taken by handlers, by descriptors, by waiting calls, and by threads that the C library makes.

use std::ffi::{c_int, c_void};
use std::io::{Write, pipe};
use std::mem;
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;
use std::ptr;
use std::sync::atomic::{AtomicI32, AtomicI64, Ordering};

use lab::{Event, Value, transcript};

use super::support::{
    block, calls, checked, data, fork, handle, nothing, number, observed, only, put, take, taken, until_stopped,
    wait_for,
};

/// What a handler saw in its siginfo.
static SEEN_DESCRIPTOR: AtomicI32 = AtomicI32::new(-1);
static SEEN_BAND: AtomicI64 = AtomicI64::new(-1);
static SEEN_VALUE: AtomicI64 = AtomicI64::new(-1);

extern "C" fn keep_poll(_: c_int, info: *mut libc::siginfo_t, _: *mut c_void) {
    // siginfo_t as F_SETSIG's signals have it: three ints, a gap, the band, the descriptor.
    // SAFETY: the kernel hands over a whole siginfo_t, 128 bytes.
    let (band, descriptor) = unsafe { (info.cast::<i64>().add(2).read(), info.cast::<i32>().add(6).read()) };
    SEEN_BAND.store(band, Ordering::Relaxed);
    SEEN_DESCRIPTOR.store(descriptor, Ordering::Relaxed);
}

extern "C" fn keep_value(_: c_int, info: *mut libc::siginfo_t, _: *mut c_void) {
    // SAFETY: a queued signal carries a value.
    SEEN_VALUE.store(unsafe { (*info).si_value().sival_ptr } as i64, Ordering::Relaxed);
}

#[test]
fn a_real_time_signal_for_readiness_arrives_with_its_siginfo_intact() {
    const F_SETSIG: c_int = 10; // asm-generic/fcntl.h
    let observation = observed(|| {
        let (near, mut far) = UnixStream::pair().unwrap();
        handle(libc::SIGRTMIN() + 1, 0, keep_poll);
        // SAFETY: integers only.
        unsafe {
            checked(libc::fcntl(near.as_raw_fd(), F_SETSIG, libc::SIGRTMIN() + 1)).unwrap();
            checked(libc::fcntl(near.as_raw_fd(), libc::F_SETOWN, libc::getpid())).unwrap();
            checked(libc::fcntl(near.as_raw_fd(), libc::F_SETFL, libc::O_ASYNC)).unwrap();
        }
        far.write_all(b"!").unwrap();
        let seen = vec![SEEN_DESCRIPTOR.load(Ordering::Relaxed).into(), SEEN_BAND.load(Ordering::Relaxed)];
        (i64::from(near.as_raw_fd()), seen)
    });
    let (near, seen) = observation.value::<(i64, Vec<i64>)>().unwrap();
    // The other end's close sends another.
    let [(signal, true, info), ..] = taken(&observation)[..] else { panic!("{:?}", taken(&observation)) };
    assert_eq!(signal, libc::SIGRTMIN() + 1);
    assert_eq!(vec![number(info, "fd"), number(info, "band")], seen);
    assert_eq!((seen[0], seen[1] & i64::from(libc::POLLIN)), (near, i64::from(libc::POLLIN)));
}

#[test]
fn a_queued_signal_arrives_with_its_value() {
    let observation = observed(|| {
        handle(libc::SIGRTMIN(), 0, keep_value);
        let value = libc::sigval { sival_ptr: ptr::without_provenance_mut(4711) };
        // SAFETY: integers only; the pointer is never followed.
        checked(unsafe { libc::sigqueue(libc::getpid(), libc::SIGRTMIN(), value) }).unwrap();
        SEEN_VALUE.load(Ordering::Relaxed)
    });
    assert_eq!(observation.value::<i64>(), Some(4711));
    let [(_, true, info)] = taken(&observation)[..] else { panic!("{:?}", taken(&observation)) };
    assert_eq!(number(info, "value"), 4711);
}

#[test]
fn queued_signals_arrive_in_their_order_and_all_of_them() {
    let observation = observed(|| {
        handle(libc::SIGRTMIN(), 0, nothing);
        handle(libc::SIGRTMIN() + 1, 0, nothing);
        let blocked = [libc::SIGRTMIN(), libc::SIGRTMIN() + 1].map(block);
        for signal in [1, 0, 1, 0] {
            // SAFETY: integers only.
            checked(unsafe { libc::kill(libc::getpid(), libc::SIGRTMIN() + signal) }).unwrap();
        }
        for set in &blocked {
            // SAFETY: the set outlives the call.
            unsafe { libc::pthread_sigmask(libc::SIG_UNBLOCK, set, ptr::null_mut()) };
        }
    });
    let order: Vec<_> = taken(&observation).iter().map(|(signal, ..)| signal - libc::SIGRTMIN()).collect();
    assert_eq!(order, [0, 0, 1, 1]);
}

#[test]
fn a_signal_read_from_a_signalfd_is_data_and_no_signal() {
    let observation = observed(|| {
        let set = block(libc::SIGUSR2);
        let mut bytes = [0_u8; 128]; // struct signalfd_siginfo
        // SAFETY: the set and the buffer outlive the calls.
        unsafe {
            let descriptor = checked(libc::signalfd(-1, &raw const set, libc::SFD_CLOEXEC)).unwrap();
            checked(libc::kill(libc::getpid(), libc::SIGUSR2)).unwrap();
            assert_eq!(libc::read(descriptor, bytes.as_mut_ptr().cast(), bytes.len()), 128);
        }
    });
    assert_eq!(only(&observation, "signalfd").arguments[1], Value::Signals { bits: 1 << (libc::SIGUSR2 - 1) });
    let read = only(&observation, "read");
    assert_eq!((read.returned(), data(read, 1)[0]), (Some(128), libc::SIGUSR2 as u8));
    assert_eq!(taken(&observation), []);
}

#[test]
fn whatever_signal_a_descriptor_sends_is_told_with_its_reason_and_its_name() {
    const F_SETSIG: c_int = 10; // asm-generic/fcntl.h
    let signals = [libc::SIGRTMIN(), libc::SIGIO, libc::SIGUSR1, libc::SIGCHLD];
    let observation = observed(move || {
        let (near, mut far) = UnixStream::pair().unwrap();
        for signal in signals {
            let set = block(signal);
            // SAFETY: integers; the set outlives the call, and nobody asks for the siginfo but the observer.
            unsafe {
                checked(libc::fcntl(near.as_raw_fd(), F_SETSIG, signal)).unwrap();
                checked(libc::fcntl(near.as_raw_fd(), libc::F_SETOWN, libc::getpid())).unwrap();
                checked(libc::fcntl(near.as_raw_fd(), libc::F_SETFL, libc::O_ASYNC)).unwrap();
                far.write_all(b"!").unwrap();
                let mut info: libc::siginfo_t = mem::zeroed();
                checked(libc::sigtimedwait(&raw const set, &raw mut info, ptr::null())).unwrap();
            }
        }
    });
    let text = transcript::plain_text(&transcript::lines(&observation));
    // SIGCHLD has codes of its own, of which POLL_IN would be one.
    for told in ["SIGRTMIN: POLL_IN", "SIGIO: POLL_IN", "SIGUSR1: POLL_IN", "SIGCHLD: SI_SIGIO"] {
        assert!(text.contains(&format!("{told}, band IN|RDNORM, fd socket\n")), "{told}:\n{text}");
    }
}

#[test]
fn a_signal_taken_by_a_waiting_call_is_its_result() {
    let observation = observed(|| {
        let set = block(libc::SIGRTMIN() + 2);
        let value = libc::sigval { sival_ptr: ptr::without_provenance_mut(12) };
        // SAFETY: the set and the siginfo outlive the calls; the pointer is never followed.
        unsafe {
            let mut info: libc::siginfo_t = mem::zeroed();
            let soon = libc::timespec { tv_sec: 10, tv_nsec: 0 };
            checked(libc::sigqueue(libc::getpid(), libc::SIGRTMIN() + 2, value)).unwrap();
            libc::sigtimedwait(&raw const set, &raw mut info, &raw const soon)
        }
    });
    let wait = only(&observation, "sigtimedwait");
    assert_eq!(wait.returned(), observation.value::<i32>().map(i64::from));
    assert_eq!(number(wait.argument(1).unwrap(), "value"), 12);
    assert_eq!(taken(&observation), []);
}

#[test]
fn a_handler_that_a_child_inherits_is_known_to_run() {
    let observation = observed(|| {
        handle(libc::SIGUSR1, 0, nothing);
        // SAFETY: integers only.
        let child = fork(|| unsafe { libc::raise(libc::SIGUSR1) }).unwrap();
        wait_for(child, 0).unwrap()
    });
    let handled: Vec<_> = taken(&observation).iter().map(|(signal, handled, _)| (*signal, *handled)).collect();
    assert_eq!(handled, [(libc::SIGUSR1, true), (libc::SIGCHLD, false)]);
}

#[test]
fn a_handler_for_one_signal_only_is_known_to_be_gone_after_it() {
    let observation = observed(|| {
        handle(libc::SIGURG, libc::SA_RESETHAND, nothing);
        // SAFETY: integers only. By default SIGURG does nothing.
        unsafe { (libc::raise(libc::SIGURG), libc::raise(libc::SIGURG)).1 }
    });
    let handled: Vec<_> = taken(&observation).iter().map(|(_, handled, _)| *handled).collect();
    assert_eq!(handled, [true, false]);
}

#[test]
fn a_stopped_child_stays_stopped_until_it_is_continued() {
    let observation = observed(|| {
        let (reader, writer) = pipe().unwrap();
        let child = fork(|| {
            // SAFETY: integers only.
            unsafe { libc::raise(libc::SIGSTOP) };
            // Until it has been seen to go on.
            take(reader.as_raw_fd()).map_or(1, |_| 0)
        });
        let child = child.unwrap();
        let stopped = wait_for(child, libc::WUNTRACED).unwrap();
        // SAFETY: integers only.
        checked(unsafe { libc::kill(child, libc::SIGCONT) }).unwrap();
        let continued = wait_for(child, libc::WCONTINUED).unwrap();
        put(writer.as_raw_fd(), b'x').unwrap();
        vec![stopped, continued, wait_for(child, 0).unwrap()]
    });
    let [stopped, continued, ended] = observation.value::<Vec<i32>>().unwrap()[..] else { panic!("three statuses") };
    assert!(libc::WIFSTOPPED(stopped) && libc::WSTOPSIG(stopped) == libc::SIGSTOP);
    assert!(libc::WIFCONTINUED(continued) && libc::WIFEXITED(ended));
}

#[test]
fn a_subject_that_stops_itself_is_continued_by_its_child() {
    let observation = observed(|| {
        // SAFETY: integers only.
        let (subject, signal) = unsafe { (libc::getpid(), libc::SIGCONT) };
        let child = fork(|| {
            until_stopped(subject);
            // SAFETY: integers only.
            unsafe { libc::kill(subject, signal) }
        });
        // SAFETY: integers only.
        unsafe { libc::raise(libc::SIGSTOP) };
        wait_for(child.unwrap(), 0).unwrap()
    });
    assert_eq!(observation.value::<i32>(), Some(0));
}

/// glibc's struct sigevent for SIGEV_THREAD: libc's has no name for the function.
#[repr(C)]
struct Notification {
    value: libc::sigval,
    signal: c_int,
    notify: c_int,
    function: extern "C" fn(libc::sigval),
    attributes: *const c_void,
}

#[test]
#[cfg(target_env = "gnu")]
fn the_threads_behind_posix_aio_and_its_notification_are_seen() {
    static PIPE: AtomicI32 = AtomicI32::new(-1);
    extern "C" fn done(_: libc::sigval) {
        put(PIPE.load(Ordering::Relaxed), b'd').unwrap();
    }
    let observation = observed(|| {
        let file = std::fs::File::open("/proc/self/exe").unwrap();
        let (finished, writer) = pipe().unwrap();
        PIPE.store(writer.as_raw_fd(), Ordering::Relaxed);
        let mut buffer = [0_u8; 4];
        let (value, signal) = (libc::sigval { sival_ptr: ptr::null_mut() }, 0);
        let event = Notification { value, signal, notify: libc::SIGEV_THREAD, function: done, attributes: ptr::null() };
        // SAFETY: all zeroes is a valid aiocb; `Notification` is glibc's layout, and shorter than the
        // sigevent; block and buffer live until the notification has come.
        unsafe {
            let mut block: libc::aiocb = mem::zeroed();
            (block.aio_fildes, block.aio_buf, block.aio_nbytes) = (file.as_raw_fd(), buffer.as_mut_ptr().cast(), 4);
            (&raw mut block.aio_sigevent).cast::<Notification>().write(event);
            checked(libc::aio_read(&raw mut block)).unwrap();
            take(finished.as_raw_fd()).unwrap();
            assert_eq!(libc::aio_return(&raw mut block), 4);
        }
        buffer.to_vec()
    });
    assert_eq!(observation.value::<Vec<u8>>().as_deref(), Some(&b"\x7fELF"[..]));
    let pread = only(&observation, "pread");
    assert_eq!(data(pread, 1), b"\x7fELF");
    let notified = calls(&observation, "write").into_iter().find(|call| data(call, 1) == b"d").unwrap();
    assert!(pread.actor != 0 && notified.actor != 0 && notified.actor != pread.actor);
    assert!(observation.events.contains(&Event::Began { actor: notified.actor, parent: pread.actor }));
}
