//! What is asked of `arm_a_descriptor`.

use std::os::fd::{AsFd, AsRawFd};
use std::time::Duration;

use lab::check::{Lent, Run, Scene, Verdict, add_flags, is_blocked, left_in, quietly, status_flags, take_signal};
use nix::unistd::read;

use super::answer::arm;

/// What was answered, and whether SIGIO is blocked; then the signal that came, whether it named the socket, and the
/// socket's flags.
type Armed = ((Result<bool, i32>, bool), (Option<(i32, bool)>, i32));

pub fn check() -> Verdict {
    nothing_has_come()?;
    something_has_come()
}

/// Arms, takes the signal of what has happened until `gate` opens, and tells all that can be told.
fn armed(socket: &(impl AsFd + AsRawFd), gate: Option<&Lent>) -> Armed {
    let event = libc::SIGRTMIN();
    add_flags(socket, libc::O_NONBLOCK);
    let answer = arm(socket.as_fd(), event).map_err(|error| error.raw_os_error().unwrap_or_default());
    let blocked = is_blocked(libc::SIGIO);
    // A signal is sent by whoever writes: when the gate opens, it has come or will not come.
    let opened = gate.is_some_and(|gate| quietly(|| read(gate, &mut [0])) == Ok(1));
    // Where it is not blocked, to wait for it would be to hide that.
    let taken = if opened && is_blocked(event) { take_signal(&[event, libc::SIGIO], Duration::ZERO) } else { None };
    ((answer, blocked), (taken.map(|(signal, fd)| (signal, fd == socket.as_raw_fd())), status_flags(socket)))
}

fn nothing_has_come() -> Verdict {
    let mut scene = Scene::of("a non-blocking socket, on which nothing has come; when you are done, a client writes");
    let (client, server) = scene.stream_pair("socket");
    let (opens, gate) = scene.stream_pair("gate");
    scene.peer("the client", move |acts| {
        // The check's own wait at the gate is a read; the look is not to sleep at all.
        if acts.until_asleep()?.number != libc::SYS_read {
            acts.note("slept in the look");
        }
        acts.write(&client, b"hello")?;
        acts.write(&opens, b"!")
    });
    scene.because(killed_by_the_event);
    let run = scene.run(|| armed(&server.take(), Some(&gate.take())))?;
    in_order(&run)?;
    let ((answer, sigio_blocked), (taken, flags)) = run.value();
    run.demand(
        *flags & libc::O_ASYNC != 0,
        "O_ASYNC is not among the socket's status flags: nothing that happens on it becomes a signal",
        3,
    )?;
    run.demand(
        !matches!(taken, Some((libc::SIGIO, _))),
        "the event came as a plain SIGIO, which does not say on which descriptor it was",
        2,
    )?;
    run.demand(
        matches!(taken, Some((_, true))),
        "a client wrote, and no signal came to this process: who owns the socket's signals?",
        2,
    )?;
    run.demand(*flags & libc::O_NONBLOCK != 0, "the socket was non-blocking, and now its reads sleep", 3)?;
    run.demand(
        *sigio_blocked,
        "SIGIO is not blocked: when the queue is full it comes in place of your signal, and ends the process",
        1,
    )?;
    let slept = run.seen_by("the client").notes.iter().any(|note| note.starts_with("slept in"));
    run.demand(
        !slept,
        "nothing had come, and your look slept until something did: it is to say what there is, and not to wait",
        3,
    )?;
    run.demand(*answer == Ok(false), "nothing has come yet, and you said something else", 3)
}

fn something_has_come() -> Verdict {
    let mut scene = Scene::of("a client has written \"early\" before you arm the socket, and says no more");
    let (client, server) = scene.stream_pair("socket");
    client.sent(b"early");
    scene.because(killed_by_the_event);
    let run = scene.run(|| {
        let server = server.take();
        (armed(&server, None), left_in(&server))
    })?;
    let (((answer, _), _), left) = run.value();
    run.demand(
        *answer == Ok(true),
        "\"early\" was there before you armed, no signal will tell of it, and nor did you",
        3,
    )?;
    run.demand(left == b"early", "your look took what it found: whoever reads \"early\" will miss its beginning", 3)?;
    run.demand(
        run.looked_after_arming(),
        "you looked first and armed second: what comes in between is neither seen nor told",
        3,
    )
}

fn in_order(run: &Run) -> Verdict {
    run.demand(
        run.was_blocked_when_armed(libc::SIGRTMIN()),
        "you armed the socket while its signal was not blocked: an event at that moment ends the process",
        1,
    )
}

fn killed_by_the_event(run: &Run) -> Option<(&'static str, usize)> {
    (!run.was_blocked_when_armed(libc::SIGRTMIN()))
        .then_some(("an event came while its signal was not blocked, and nobody handles it", 1))
}
