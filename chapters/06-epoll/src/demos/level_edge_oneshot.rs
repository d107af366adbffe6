//! Level-triggered asks "is there something?", edge-triggered "has something come?", one-shot asks once.
//!
//! The same socket stands in three sets, and each is asked without sleeping whenever something has changed.
//! Level: at each wait the kernel looks at the socket again, and reports it while there is something to read.
//! Edge: the socket is reported when something arrives, and is then forgotten until the next arrival.
//! One-shot: after the first report the registration is switched off, whatever arrives, until
//! `EPOLL_CTL_MOD` switches it on.
//!
//! Rests on: epoll(7), "Level-triggered and edge-triggered"; epoll_ctl(2), `EPOLLONESHOT`; fs/eventpoll.c,
//! `ep_send_events`: it puts a level-triggered member back on the ready list, clears the event mask of a
//! one-shot one, and does neither for an edge-triggered one.

use std::io;
use std::os::unix::net::UnixStream;

use lab::Lesson;
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};
use nix::unistd::{read, write};

const SERVER: u64 = 0;

/// Registers one socket in three ways, and asks all three again and again.
pub fn level_edge_oneshot(lesson: &Lesson) -> io::Result<()> {
    let (client, server) = lesson.quietly(UnixStream::pair)?;
    lesson.name(&client, "client");
    lesson.name(&server, "server");
    let new = || Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC);
    let [level, edge, one_shot] = [new()?, new()?, new()?];
    lesson.name(&level.0, "level");
    lesson.name(&edge.0, "edge");
    lesson.name(&one_shot.0, "one-shot");
    // ANCHOR: register
    let once = EpollFlags::EPOLLIN | EpollFlags::EPOLLONESHOT;
    level.add(&server, EpollEvent::new(EpollFlags::EPOLLIN, SERVER))?;
    edge.add(&server, EpollEvent::new(EpollFlags::EPOLLIN | EpollFlags::EPOLLET, SERVER))?;
    one_shot.add(&server, EpollEvent::new(once, SERVER))?;
    // ANCHOR_END: register
    let sets = [&level, &edge, &one_shot];

    lesson.say("two bytes arrive");
    write(&client, b"hi")?;
    let arrived = who_speaks(sets)?;

    lesson.say("nobody reads them");
    let choices = [
        ("all three", "Two of them have said it already, and nothing has happened since."),
        ("level and edge", "An edge is the arrival, not the presence. Nothing has arrived since it was reported."),
        ("level", "Level looks at the socket anew each time; the others remember that they have told you."),
        ("nobody", "So it would be if all reported only changes. Level reports a state, as poll does."),
    ];
    let unread = ask(lesson, "Who reports the two bytes a second time?", &choices, sets)?;

    lesson.say("one byte is read, one is left");
    read(&server, &mut [0; 1])?;
    let leftover = who_speaks(sets)?;

    lesson.say("one more arrives");
    write(&client, b"!")?;
    let choices = [
        ("all three", "One-shot has had its shot: it is off until EPOLL_CTL_MOD."),
        ("level and edge", "An arrival, so an edge. One-shot is off."),
        ("level", "Something has arrived: that is what an edge is."),
        ("edge", "Level speaks as long as there is something to read, and there is."),
    ];
    let again = ask(lesson, "Who reports that?", &choices, sets)?;

    lesson.say("one-shot is armed anew");
    one_shot.modify(&server, &mut EpollEvent::new(once, SERVER))?;
    let armed = who_speaks(sets)?;

    lesson.say("all is read");
    read(&server, &mut [0; 16])?;
    one_shot.modify(&server, &mut EpollEvent::new(once, SERVER))?;
    let drained = who_speaks(sets)?;

    lesson.observe(
        "C159",
        "level-triggered, the default, reports at each wait for as long as unread data remains",
        [arrived, unread, leftover, again, armed].iter().all(|[level, ..]| *level) && !drained[0],
    );
    lesson.seen(
        "edge-triggered reports each arrival once, and nothing in between",
        [arrived, unread, leftover, again, armed].map(|[_, edge, _]| edge) == [true, false, false, true, false],
    );
    lesson.observe(
        "C075",
        "a one-shot registration fires once, and then not before EPOLL_CTL_MOD",
        [arrived, unread, leftover, again, armed].map(|[.., once]| once) == [true, false, false, false, true],
    );
    Ok(())
}

/// Which of the sets have something to report now.
fn who_speaks(sets: [&Epoll; 3]) -> nix::Result<[bool; 3]> {
    let mut speaks = [false; 3];
    for (set, speaks) in sets.iter().zip(&mut speaks) {
        *speaks = set.wait(&mut [EpollEvent::empty(); 8], EpollTimeout::ZERO)? == 1;
    }
    Ok(speaks)
}

fn ask(lesson: &Lesson, question: &str, choices: &[lab::Choice<'_>], sets: [&Epoll; 3]) -> nix::Result<[bool; 3]> {
    let mut spoke = Ok([false; 3]);
    lesson.ask(question, choices, || {
        spoke = who_speaks(sets);
        match spoke {
            Ok([true, true, true]) => "all three",
            Ok([true, true, false]) => "level and edge",
            Ok([true, false, false]) => "level",
            Ok([false, true, false]) => "edge",
            _ => "nobody",
        }
    });
    spoke
}
