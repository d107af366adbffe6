//! One connection wakes every sleeper that watches the listener in a set of its own; EPOLLEXCLUSIVE wakes one.
//!
//! Each set is an entry in the listener's wait queue, and the whole queue is called. All but one are woken to
//! find nothing. With EPOLLEXCLUSIVE the walk ends at the first set in which somebody sleeps. The promise
//! is "one or more", not one. And it is for those who gave the flag, with ADD: a set that was added without it
//! is woken all the same.
//!
//! Rests on: epoll_ctl(2), EPOLLEXCLUSIVE ("one or more of the epoll file descriptors will receive an event");
//! Linux fs/eventpoll.c, `ep_ptable_queue_proc` and `ep_poll_callback`; kernel/sched/wait.c, `__wake_up_common`.

use std::io;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::fd::AsRawFd;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use lab::Lesson;
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};
use nix::sys::eventfd::{EfdFlags, EventFd};
use nix::sys::socket;
use nix::unistd::read;

/// Who sleeps, and in which set.
const SLEEPERS: [(&str, &str); 4] = [("one", "set 1"), ("two", "set 2"), ("three", "set 3"), ("four", "set 4")];

/// Lets four threads wait for one connection, each in a set of its own.
pub fn thundering_herd(lesson: &Lesson) -> io::Result<()> {
    lesson.say("each added the listener as usual");
    let all = lesson.ask(
        "Four threads sleep, each in a set of its own. One client comes. How many wake up?",
        &[
            ("1", "One would do. But nobody has told the listener that these four want the same."),
            ("2", "The kernel does not guess how many are needed. It calls the whole queue."),
            ("4", "Each set is an entry of its own in the listener's queue, and all are called."),
        ],
        || woken(lesson, EpollFlags::EPOLLIN).map_or_else(|error| error.to_string(), |woken| woken.to_string()),
    );
    lesson.say("each added it with EPOLLEXCLUSIVE");
    let exclusive = lesson.ask(
        "The same with EPOLLEXCLUSIVE. How many wake up now?",
        &[
            ("1", "The walk through the queue ends at the first set in which somebody sleeps."),
            ("2", "It may be more than one, says the manual, but not where the first that is called sleeps."),
            ("4", "So it was without the flag."),
        ],
        || {
            let mask = EpollFlags::EPOLLIN | EpollFlags::EPOLLEXCLUSIVE;
            woken(lesson, mask).map_or_else(|error| error.to_string(), |woken| woken.to_string())
        },
    );
    lesson.seen(
        "one connection wakes all four sets that watch the listener, or, with EPOLLEXCLUSIVE, one of them",
        (all.as_str(), exclusive.as_str()) == ("4", "1"),
    );
    Ok(())
}

/// How many of the sleepers one connection wakes, where each has added the listener with this mask.
fn woken(lesson: &Lesson, mask: EpollFlags) -> io::Result<usize> {
    let listener = lesson.quietly(|| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)))?;
    lesson.name(&listener, "listener");
    let address = lesson.quietly(|| listener.local_addr())?;
    let counted = lesson.quietly(|| EventFd::from_value_and_flags(0, EfdFlags::EFD_CLOEXEC))?;
    let woken = AtomicUsize::new(0);
    let count = thread::scope(|scope| -> io::Result<usize> {
        for (name, set) in SLEEPERS {
            let epoll = lesson.quietly(|| Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC))?;
            lesson.name(&epoll.0, set);
            epoll.add(&listener, EpollEvent::new(mask, 0))?;
            let woken = &woken;
            lesson.peer(scope, name, move |_| {
                epoll.wait(&mut [EpollEvent::empty(); 4], EpollTimeout::NONE)?;
                woken.fetch_add(1, Ordering::Relaxed);
                lesson.quietly(|| drop(epoll));
                Ok(())
            });
        }
        lesson.peer(scope, "client", |turn| {
            let client = TcpStream::connect(address)?;
            lesson.name(&client, "client");
            turn.next();
            // Whoever was woken has had a turn by now: nobody accepts, so nobody can come too late.
            lesson.quietly(|| counted.write(1))?;
            lesson.quietly(|| drop(client));
            Ok(())
        });
        lesson.quietly(|| read(&counted, &mut [0; 8]))?;
        let count = woken.load(Ordering::Relaxed);
        if count < SLEEPERS.len() {
            lesson.say("the listener is shut down, which ends the sleep of the others");
        }
        lesson.quietly(|| socket::shutdown(listener.as_raw_fd(), socket::Shutdown::Both))?;
        Ok(count)
    })?;
    lesson.quietly(|| drop((listener, counted)));
    Ok(count)
}
