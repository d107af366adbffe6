//! MOD asks anew: what is ready at that moment is an edge, though nothing arrives.
//!
//! Adding and modifying end with a look at the descriptor, and if it is ready it goes on the ready list. So
//! there are edges without an arrival: who registers late misses nothing, who changes what it is interested
//! in misses nothing, and who has left something behind can have it reported again for one call. The other
//! side of it: a server that adds and removes `EPOLLOUT` all the time hears of the same input again and again.
//!
//! Rests on: epoll(7), "Questions and answers": "Modify will reread available I/O"; fs/eventpoll.c, `ep_insert` and
//! `ep_modify`, which call `ep_item_poll` after the registration.

use std::io;
use std::os::unix::net::UnixStream;

use lab::Lesson;
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};
use nix::unistd::write;

const SERVER: u64 = 0;

/// Registers late, and then once more.
pub fn mod_rearms(lesson: &Lesson) -> io::Result<()> {
    let (client, server) = lesson.quietly(UnixStream::pair)?;
    lesson.name(&client, "client");
    lesson.name(&server, "server");
    let epoll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)?;
    let mut events = [EpollEvent::empty(); 8];
    let mut ask = || epoll.wait(&mut events, EpollTimeout::ZERO);
    let edge = EpollFlags::EPOLLIN | EpollFlags::EPOLLET;

    lesson.say("the bytes arrive before anybody is interested");
    write(&client, b"hello")?;
    epoll.add(&server, EpollEvent::new(edge, SERVER))?;
    let choices = [
        ("nothing", "An arrival would be an edge, and none has come since. But ADD ends with a look at the socket."),
        ("server: IN", "ADD looks at the socket, and what is ready then counts as an edge."),
    ];
    let added = lesson.predict("The arrival is past. What does the first wait report?", &choices, &mut ask)?;
    let silent = ask()?;

    lesson.say("the same registration, made again; nothing is read, nothing arrives");
    epoll.modify(&server, &mut EpollEvent::new(edge, SERVER))?;
    let choices = [
        ("nothing", "The registration is the same, but MOD does not compare: it looks at the socket."),
        ("server: IN", "MOD looks at the socket again, as ADD did."),
    ];
    let modified = lesson.predict("And now?", &choices, &mut ask)?;
    let silent_again = ask()?;

    lesson.say("to be interested in room to write as well says of the input, too");
    epoll.modify(&server, &mut EpollEvent::new(edge | EpollFlags::EPOLLOUT, SERVER))?;
    let both = ask()?;
    lesson.say("and an end is an edge to which no data belongs");
    drop(client);
    let end = ask()?;
    lesson.observe(
        "C160",
        "unread data alone is no edge; ADD or MOD while the data is there is one, and so is a hang-up",
        [added, silent, modified, silent_again, both, end] == [1, 0, 1, 0, 1, 1],
    );
    Ok(())
}
