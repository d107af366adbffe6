//! What calls cost, measured where nobody watches: an observer's stop costs more than most of them.
//!
//! Time is the thread's own processor time, so a busy machine does not count. The median of many rounds is taken, not
//! the least: on a virtual machine a round now and then comes out far shorter than it can have been. The rounds of
//! what is compared are interleaved, so that all have met the same machine.

use std::io;
use std::os::fd::{AsRawFd, RawFd};
use std::time::Duration;

use lab::unobserved;
use nix::sys::epoll::Epoll;
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::time::{ClockId, clock_gettime};

/// Lets this process have as many descriptors as it may.
pub fn raise_limit() -> nix::Result<()> {
    let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE)?;
    setrlimit(Resource::RLIMIT_NOFILE, hard, hard)
}

/// Makes event counters on which nothing happens. They live as long as the process does, whose end closes
/// them all at once.
pub fn idle_counters(count: usize) -> io::Result<Vec<RawFd>> {
    let make = |_| {
        // SAFETY: integers only.
        let number = unsafe { unobserved(libc::SYS_eventfd2, [0, libc::EFD_CLOEXEC as usize, 0, 0, 0]) }?;
        RawFd::try_from(number).map_err(io::Error::other)
    };
    (0..count).map(make).collect()
}

/// `epoll_ctl`, for an event IN.
pub fn control(set: &Epoll, operation: i32, member: RawFd) -> io::Result<()> {
    let mut event = libc::epoll_event { events: libc::EPOLLIN as u32, u64: u64::MAX };
    let event = (&raw mut event) as usize;
    let arguments = [set.0.as_raw_fd() as usize, operation as usize, member as usize, event, 0];
    // SAFETY: the event is valid for the call.
    unsafe { unobserved(libc::SYS_epoll_ctl, arguments) }.map(drop)
}

/// `epoll_wait` that does not sleep.
pub fn wait(set: &Epoll) -> io::Result<usize> {
    let mut room = [libc::epoll_event { events: 0, u64: 0 }; 8];
    let arguments = [set.0.as_raw_fd() as usize, room.as_mut_ptr() as usize, room.len(), 0, 0];
    // SAFETY: the kernel stores as many events as there is room for; no mask is given.
    unsafe { unobserved(libc::SYS_epoll_pwait, arguments) }
}

/// `poll` that does not sleep.
pub fn poll(entries: &mut [libc::pollfd]) -> io::Result<usize> {
    let no_time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    let time = (&raw const no_time) as usize;
    // SAFETY: the entries and the time are valid for the call; no mask is given.
    unsafe { unobserved(libc::SYS_ppoll, [entries.as_mut_ptr() as usize, entries.len(), time, 0, 0]) }
}

/// Entries that ask for IN.
pub fn entries(descriptors: &[RawFd]) -> Vec<libc::pollfd> {
    descriptors.iter().map(|&fd| libc::pollfd { fd, events: libc::POLLIN, revents: 0 }).collect()
}

/// Something to be measured: how often it is done in a round, and the doing.
pub type Work<'a> = (u32, &'a mut dyn FnMut() -> io::Result<()>);

/// The processor time that each of these takes once: the median of so many rounds.
pub fn medians<const COUNT: usize>(rounds: usize, mut works: [Work<'_>; COUNT]) -> io::Result<[Duration; COUNT]> {
    let mut taken = [const { Vec::new() }; COUNT];
    for _ in 0..rounds {
        for ((times, work), taken) in works.iter_mut().zip(&mut taken) {
            let begun = processor_time()?;
            for _ in 0..*times {
                work()?;
            }
            taken.push((processor_time()? - begun) / *times);
        }
    }
    Ok(taken.map(|mut taken: Vec<Duration>| {
        taken.sort();
        taken[taken.len() / 2]
    }))
}

fn processor_time() -> io::Result<Duration> {
    Ok(clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID)?.into())
}

/// How often `less` goes into `more`, in words: a number would be another on each machine.
pub fn times(more: Duration, less: Duration) -> &'static str {
    match more.as_secs_f64() / less.as_secs_f64() {
        ..3.0 => "less than 3 times",
        ..20.0 => "3 to 20 times",
        _ => "more than 20 times",
    }
}
