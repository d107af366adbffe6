//! Read until EAGAIN, and a client who never stops sending never lets you go: give each a budget.
//!
//! A drain loop ends when the socket is empty. A client who sends as fast as the server reads keeps it from being
//! empty, and everybody else waits. So stop after a number of reads or bytes, and turn to the next. But the
//! edge is used up by then: the kernel will not say again that there is more, so the server has to keep
//! the debt itself, in a list that it works off before it sleeps. Level-triggered epoll keeps that list for you.
//!
//! Rests on: epoll(7), "Possible pitfalls and ways to avoid them", "Starvation (edge-triggered)"; fs/eventpoll.c,
//! `ep_send_events`.

use std::collections::VecDeque;
use std::io;
use std::os::unix::net::UnixStream;

use lab::Lesson;
use nix::errno::Errno;
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};
use nix::unistd::{read, write};

const LOUD: u64 = 0;
const QUIET: u64 = 1;
/// After so many reads we believe that the loop does not end.
const READS: usize = 1000;
/// How many reads a client has before the others have their turn.
const BUDGET: usize = 2;

/// A loud client and a quiet one, served without a budget and with one.
pub fn fairness_budget(lesson: &Lesson) -> io::Result<()> {
    let (loud_client, loud) = lesson.quietly(UnixStream::pair)?;
    let (quiet_client, quiet) = lesson.quietly(UnixStream::pair)?;
    lesson.name(&loud_client, "loud client");
    lesson.name(&loud, "loud");
    lesson.name(&quiet_client, "quiet client");
    lesson.name(&quiet, "quiet");
    lesson.quietly(|| loud.set_nonblocking(true).and_then(|()| quiet.set_nonblocking(true)))?;
    let epoll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)?;
    let edge = EpollFlags::EPOLLIN | EpollFlags::EPOLLET;
    epoll.add(&loud, EpollEvent::new(edge, LOUD))?;
    epoll.add(&quiet, EpollEvent::new(edge, QUIET))?;

    starve(lesson, &epoll, &loud_client, &loud, &quiet_client)?;
    take_turns(lesson, &epoll, &loud_client, [&loud, &quiet])
}

/// Drains the loud one, who goes on sending.
fn starve(
    lesson: &Lesson,
    epoll: &Epoll,
    loud_client: &UnixStream,
    loud: &UnixStream,
    quiet_client: &UnixStream,
) -> io::Result<()> {
    let mut events = [EpollEvent::empty(); 8];
    write(loud_client, b"more")?;
    write(quiet_client, b"a word")?;
    epoll.wait(&mut events, EpollTimeout::NONE)?;
    lesson.say("the loud client has a processor of its own: whenever we have read, it has written again");
    let reads = lesson.in_short(|| -> nix::Result<usize> {
        let mut reads = 0;
        while reads < READS && read(loud, &mut [0; 8]) != Err(Errno::EAGAIN) {
            reads += 1;
            write(loud_client, b"more")?;
        }
        Ok(reads)
    })?;
    lesson.seen("a thousand reads brought no EAGAIN, and the quiet client was not looked at", reads == READS);
    // Empty again, and no event left of it.
    lesson.quietly(|| {
        read(loud, &mut [0; 8])?;
        epoll.wait(&mut events, EpollTimeout::ZERO)
    })?;
    Ok(())
}

/// Gives each a few reads, and keeps a list of those that were not drained.
fn take_turns(lesson: &Lesson, epoll: &Epoll, loud_client: &UnixStream, clients: [&UnixStream; 2]) -> io::Result<()> {
    let mut events = [EpollEvent::empty(); 8];
    lesson
        .say("now with a budget of two reads; the quiet client is still owed its turn, the loud one sends five parts");
    write(loud_client, b"part 1part 2part 3part 4part 5")?;
    let count = epoll.wait(&mut events, EpollTimeout::NONE)?;
    let mut owed: VecDeque<u64> = events[..count].iter().map(EpollEvent::data).collect();
    owed.push_back(QUIET);
    let mut turns = Ok(Vec::new());
    let mut told_again = 0;
    let choices = [
        ("after each turn", "So level-triggered epoll would do, and you could forget the debt. Here it is yours."),
        ("never", "The edge was used up by the wait before the first turn, and nothing has arrived since."),
    ];
    let question = "After each turn the server looks for news. When does epoll name the loud client, not drained yet?";
    lesson.ask(question, &choices, || {
        turns = serve_in_turns(&mut owed, clients, || {
            // With a debt in the list this wait must not sleep.
            epoll.wait(&mut events, EpollTimeout::ZERO).inspect(|count| told_again += count)
        });
        if told_again == 0 { "never" } else { "after each turn" }
    });
    lesson.seen(
        "with a budget the quiet client waits for two reads, and the server's own list brings the rest",
        turns? == [LOUD, LOUD, QUIET, LOUD, LOUD, LOUD] && told_again == 0,
    );
    Ok(())
}

/// Reads from those who are owed it until nobody is; says who was read from, in order.
fn serve_in_turns(
    owed: &mut VecDeque<u64>,
    clients: [&UnixStream; 2],
    mut look_for_news: impl FnMut() -> nix::Result<usize>,
) -> nix::Result<Vec<u64>> {
    let mut served = Vec::new();
    // ANCHOR: turns
    while let Some(client) = owed.pop_front() {
        let mut left = BUDGET;
        let drained = loop {
            if left == 0 {
                break false;
            }
            left -= 1;
            match read(clients[client as usize], &mut [0; 6]) {
                Ok(_) => served.push(client),
                Err(Errno::EAGAIN) => break true,
                Err(error) => return Err(error),
            }
        };
        if !drained {
            // The kernel will not name this client again.
            owed.push_back(client);
        }
        look_for_news()?;
    }
    // ANCHOR_END: turns
    Ok(served)
}
