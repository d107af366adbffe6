//! epoll_wait counts in milliseconds; epoll_pwait2 takes a timespec, and can wait for a tenth of one.
//!
//! A timer that is due in 100 µs leaves a loop two wrong choices: 0, and it spins until then; 1, and it comes
//! ten times too late. epoll_pwait2, since Linux 5.11, has no such step (and takes a null pointer for ever, not -1).
//! Late it is all the same: a timer is never early, and the kernel adds 50 µs of slack unless it is asked for less.
//!
//! Rests on: epoll_pwait2(2); prctl(2), PR_SET_TIMERSLACK; Linux fs/eventpoll.c, `ep_timeout_to_timespec`.

use std::io;
use std::os::fd::AsRawFd;
use std::ptr;
use std::time::{Duration, Instant};

use lab::Lesson;
use nix::errno::Errno;
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollTimeout};

const SHORT: Duration = Duration::from_micros(100);
const MILLISECOND: Duration = Duration::from_millis(1);
/// How often a short wait is tried: on a busy machine many come back late.
const TRIES: usize = 50;

/// Waits for 100 µs, as far as each call can.
pub fn finer_timeouts(lesson: &Lesson) -> io::Result<()> {
    let epoll = lesson.quietly(|| Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC))?;
    lesson.name(&epoll.0, "epoll");
    let mut events = [EpollEvent::empty(); 4];

    lesson.say("100 µs in whole milliseconds: rounded down, rounded up");
    lesson.predict(
        "A timer is due in 100 µs. Rounded down, the timeout is 0. What does the wait do?",
        &[
            ("sleeps", "0 is no short sleep, it is none: the loop goes round and round until the timer is due."),
            ("nothing", "It returns at once, and so does the next."),
            ("EINVAL", "0 is a good timeout: it asks without waiting."),
        ],
        || epoll.wait(&mut events, EpollTimeout::ZERO),
    )?;
    let begun = Instant::now();
    epoll.wait(&mut events, 1u8)?;
    let rounded_up = begun.elapsed();
    lesson.say("and as they are");
    let mut shortest = timed_wait(&epoll, SHORT)?;
    lesson.quietly(|| -> io::Result<()> {
        for _ in 1..TRIES {
            shortest = shortest.min(timed_wait(&epoll, SHORT)?);
        }
        Ok(())
    })?;
    lesson.seen("epoll_wait's shortest sleep is a millisecond", rounded_up >= MILLISECOND);
    lesson.seen(
        "of fifty waits of 100 µs with epoll_pwait2 the shortest took at least that, and less than a millisecond",
        (SHORT..MILLISECOND).contains(&shortest),
    );
    lesson.quietly(|| drop(epoll));
    Ok(())
}

/// Waits for nothing, and tells for how long.
fn timed_wait(set: &Epoll, time: Duration) -> io::Result<Duration> {
    let mut event = libc::epoll_event { events: 0, u64: 0 };
    let limit = libc::timespec { tv_sec: 0, tv_nsec: time.subsec_nanos().into() };
    let no_mask = ptr::null::<libc::sigset_t>();
    let begun = Instant::now();
    // SAFETY: there is room for one event, the time outlives the call, and there is no mask whose size would count.
    Errno::result(unsafe {
        libc::syscall(libc::SYS_epoll_pwait2, set.0.as_raw_fd(), &raw mut event, 1, &raw const limit, no_mask, 0)
    })?;
    Ok(begun.elapsed())
}
