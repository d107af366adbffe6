//! Threads that share one set are woken one after the other for the same event; EPOLLET wakes one.
//!
//! The set wakes one sleeper. But a level-triggered member stays in the ready list when it has been told of, and
//! who leaves a list that is not empty wakes the next. So it goes on until somebody has taken what there was, or
//! everybody is awake; and two threads may read from the same client at once. With EPOLLET a member is told of to
//! one thread, once: of the sleepers it is the one who came last. With EPOLLONESHOT it is told of to nobody else
//! before that thread says so.
//!
//! Rests on: epoll(7), "Level-triggered and edge-triggered" ("just one of the threads (or processes) is awoken");
//! Linux fs/eventpoll.c, `ep_send_events` and `ep_done_scan` (`wake_up`).

use std::io;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use lab::Lesson;
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};
use nix::sys::eventfd::{EfdFlags, EventFd};
use nix::unistd::read;

const SLEEPERS: [&str; 4] = ["one", "two", "three", "four"];

/// Lets four threads wait in one set for one connection.
pub fn herd_on_one_set(lesson: &Lesson) -> io::Result<()> {
    let level = lesson.ask(
        "Four threads sleep in one set, level-triggered. One client comes. How many wake up?",
        &[
            (
                "1",
                "The set wakes one. But that one leaves the event in the list, and so wakes the next on its way out.",
            ),
            ("2", "The second wakes the third in the same way."),
            ("4", "Each wakes the next, as long as nobody has accepted."),
        ],
        || woken(lesson, EpollFlags::EPOLLIN).map_or_else(|error| error.to_string(), |woken| woken.to_string()),
    );
    lesson.say("the same, edge-triggered");
    let edge = lesson.ask(
        "And edge-triggered?",
        &[
            ("1", "An edge is told of once: the list is empty, and nobody is woken after."),
            ("2", "Two edges might wake two. This is one."),
            ("4", "So it was level-triggered."),
        ],
        || {
            let mask = EpollFlags::EPOLLIN | EpollFlags::EPOLLET;
            woken(lesson, mask).map_or_else(|error| error.to_string(), |woken| woken.to_string())
        },
    );
    lesson.seen(
        "four threads that share a set are all woken by one level-triggered event, and one of them by an edge",
        (level.as_str(), edge.as_str()) == ("4", "1"),
    );
    Ok(())
}

/// How many of the sleepers one connection wakes, where the listener was added with this mask.
fn woken(lesson: &Lesson, mask: EpollFlags) -> io::Result<usize> {
    let listener = lesson.quietly(|| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)))?;
    lesson.name(&listener, "listener");
    let address = lesson.quietly(|| listener.local_addr())?;
    let counted = lesson.quietly(|| EventFd::from_value_and_flags(0, EfdFlags::EFD_CLOEXEC))?;
    let epoll = lesson.quietly(|| Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC))?;
    lesson.name(&epoll.0, "epoll");
    epoll.add(&listener, EpollEvent::new(mask, 0))?;
    let woken = AtomicUsize::new(0);
    let count = thread::scope(|scope| -> io::Result<usize> {
        for name in SLEEPERS {
            lesson.peer(scope, name, |_| {
                epoll.wait(&mut [EpollEvent::empty(); 4], EpollTimeout::NONE)?;
                woken.fetch_add(1, Ordering::Relaxed);
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
            lesson.say("the member is asked for its level again, which ends the sleep of the others");
        }
        lesson.quietly(|| epoll.modify(&listener, &mut EpollEvent::new(EpollFlags::EPOLLIN, 0)))?;
        Ok(count)
    })?;
    lesson.quietly(|| drop((listener, counted, epoll)));
    Ok(count)
}
