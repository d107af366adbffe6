//! What is asked of `udp_echo_by_signal`.

use std::io;
use std::os::fd::{AsFd, AsRawFd};

use lab::Family;
use lab::check::{Diagnosis, Finished, Gone, Ours, Peer, Run, Scene, Verdict, close_the_queue, quietly};
use nix::sys::socket::{MsgFlags, send};
use nix::unistd::read;

use super::answer::serve;

/// The length of a question that is long for a datagram, and that one can be asked all the same.
const LONG: usize = 9000;

pub fn check() -> Verdict {
    let early = early_questions()?;
    two_clients()?;
    no_room_in_the_queue()?;
    early.demand(
        early.looked_after_arming(),
        "you looked first and armed second: a datagram that comes in between is neither seen nor told",
        1,
    )
}

fn early_questions() -> Result<Finished<io::Result<usize>>, Diagnosis> {
    let mut scene = Scene::of(
        "three datagrams have come before you begin; their client waits for the answers; when you sleep comes SIGTERM",
    );
    let (address, socket) = scene.datagram_socket("socket");
    let (opens, gate) = scene.stream_pair("gate");
    scene.peer("the client", move |acts| {
        let client = acts.datagrams(address)?;
        for question in ["one", "two", "three"] {
            acts.write(&client, question.as_bytes())?;
        }
        acts.write(&opens, b"!")?;
        for question in ["one", "two", "three"] {
            acts.read(&client, question.len())?;
        }
        stops(acts)
    });
    scene.because(forgets_what_had_come);
    scene.because(left_some);
    scene.because(left_by_sigterm);
    scene.because(deaf_to_sigterm);
    scene.because(sleeps_elsewhere);
    let run = scene.run(|| {
        let (socket, gate) = (socket.take(), gate.take());
        quietly(|| read(&gate, &mut [0])).map_err(io::Error::from)?;
        serve(socket.as_fd())
    })?;
    slept_well(&run, "the client")?;
    all_answered(&run, "the client", b"onetwothree", 3)?;
    Ok(run)
}

fn two_clients() -> Verdict {
    let mut scene = Scene::of(
        "when you sleep, two clients ask one after the other, twice; the second question of the first is an empty \
         datagram, that of the second has 9000 bytes; when you sleep again comes SIGTERM",
    );
    let (address, socket) = scene.datagram_socket("socket");
    scene.peer("the other side", move |acts| {
        let (one, other) = (acts.datagrams(address)?, acts.datagrams(address)?);
        for (client, question) in [(&one, "first "), (&other, "second "), (&one, ""), (&other, &".".repeat(LONG))] {
            acts.until_it_waits_for_a_signal()?;
            asks(acts, client, question)?;
            acts.read(client, LONG)?;
        }
        stops(acts)
    });
    scene.because(took_empty_for_the_end);
    scene.because(answers_somebody_else);
    scene.because(nobody_is_told);
    let run = scene.run(|| serve(socket.take().as_fd()))?;
    slept_well(&run, "the other side")?;
    run.demand(
        !matches!(run.value(), Ok(..4)),
        "a datagram was empty, and you took that for the end: it is a question like any other",
        3,
    )?;
    let answers = [b"first second ", vec![b'.'; LONG].as_slice()].concat();
    let received = &run.seen_by("the other side").received;
    let cut =
        received.len() < answers.len() && received.len() > b"first second ".len() && answers.starts_with(received);
    run.demand(!cut, "a question was longer than your buffer: the kernel cut it, and the rest of it is gone", 3)?;
    all_answered(&run, "the other side", &answers, 4)
}

fn no_room_in_the_queue() -> Verdict {
    let mut scene =
        Scene::of("the queue of signals has no room; when you sleep a client asks, twice; then comes SIGTERM");
    let (address, socket) = scene.datagram_socket("socket");
    scene.peer("the client", move |acts| {
        let client = acts.datagrams(address)?;
        for _ in 0..2 {
            acts.until_asleep()?;
            acts.write(&client, b"hello")?;
            acts.read(&client, 5)?;
        }
        stops(acts)
    });
    scene.because(dies_of_the_alarm);
    scene.because(deaf_to_the_alarm);
    let run = scene.run(|| {
        close_the_queue();
        serve(socket.take().as_fd())
    })?;
    run.demand(
        !matches!(run.value(), Ok(..2) | Err(_)),
        "the queue was full, SIGIO came in place of your signal, and you took it for the end",
        1,
    )?;
    all_answered(&run, "the client", b"hellohello", 2)?;
    // Who handles its signals needs not block them.
    run.demand(
        run.called_by_name("sigaction") || run.was_blocked_when_armed(libc::SIGIO),
        "you armed the socket and blocked its signals second: one that comes in between ends the process",
        1,
    )
}

/// Asks, where the question is empty too.
fn asks(acts: &Peer<'_>, client: &Ours, question: &str) -> Result<(), Gone> {
    acts.on(client, |socket| Ok(send(socket.as_raw_fd(), question.as_bytes(), MsgFlags::empty())?)).map(drop)
}

fn stops(acts: &mut Peer<'_>) -> Result<(), Gone> {
    acts.until_it_waits_for_a_signal()?;
    acts.signal(libc::SIGTERM)
}

fn slept_well(run: &Run, client: &str) -> Verdict {
    let elsewhere = run.seen_by(client).notes.iter().any(|note| note.starts_with("slept in"));
    run.demand(!elsewhere, "you slept in another call than a wait for signals: what were the signals for?", 2)
}

fn all_answered(run: &Finished<io::Result<usize>>, client: &str, answers: &[u8], count: usize) -> Verdict {
    run.demand(run.seen_by(client).received == answers, "not every question came back to who had asked it", 3)?;
    run.demand(
        matches!(run.value(), Ok(answered) if *answered == count),
        format!("{count} datagrams came and went back, and you counted otherwise"),
        3,
    )
}

fn forgets_what_had_come(run: &Run) -> Option<(&'static str, usize)> {
    (run.sleeps_in(Family::SignalWait) && !run.called(Family::Read))
        .then_some(("three datagrams came before the socket was armed: no signal tells of them, only a look does", 1))
}

fn left_some(run: &Run) -> Option<(&'static str, usize)> {
    let until_empty = run.calls_of(Family::Read).next_back().is_some_and(|read| read.errno() == Some(libc::EAGAIN));
    (run.sleeps_in(Family::SignalWait) && !until_empty)
        .then_some(("your last look did not say EAGAIN: there are more datagrams, and no signal tells of them", 2))
}

fn left_by_sigterm(run: &Run) -> Option<(&'static str, usize)> {
    (run.met(Family::Read, libc::EAGAIN)
        && !run.sleeps_in(Family::SignalWait)
        && !run.was_blocked_when_armed(libc::SIGTERM))
    .then_some(("SIGTERM was neither blocked nor handled: nobody was asked to end in good order", 1))
}

fn deaf_to_sigterm(run: &Run) -> Option<(&'static str, usize)> {
    run.sleeps_in(Family::SignalWait)
        .then_some(("all is answered, and SIGTERM has come: you do not take it, or take it and sleep again", 3))
}

fn sleeps_elsewhere(run: &Run) -> Option<(&'static str, usize)> {
    run.sleeps_in(Family::Read)
        .then_some(("you sleep in recv, which no blocked signal ends: SIGTERM is pending, and you do not hear it", 2))
}

fn took_empty_for_the_end(run: &Run) -> Option<(&'static str, usize)> {
    let empty = run.calls_of(Family::Read).next_back().is_some_and(|read| read.returned() == Some(0));
    empty.then_some(("a datagram was empty, and you answered nothing: it is a question like any other", 3))
}

fn answers_somebody_else(run: &Run) -> Option<(&'static str, usize)> {
    run.called(Family::Connect)
        .then_some(("you connected the socket to the first who asked: from then on it hears nobody else", 3))
}

fn nobody_is_told(run: &Run) -> Option<(&'static str, usize)> {
    let ended = run.calls_of(Family::SignalWait).any(|wait| wait.returned().is_some() || wait.errno().is_some());
    (run.sleeps_in(Family::SignalWait) && !ended)
        .then_some(("a client has asked, and no signal came: O_ASYNC is what sends one, and F_SETOWN says to whom", 1))
}

fn dies_of_the_alarm(run: &Run) -> Option<(&'static str, usize)> {
    (!run.was_blocked_when_armed(libc::SIGIO) && !run.sleeps_in(Family::SignalWait))
        .then_some(("the queue was full, so SIGIO came in place of your signal; it was neither blocked nor handled", 1))
}

fn deaf_to_the_alarm(run: &Run) -> Option<(&'static str, usize)> {
    run.sleeps_in(Family::SignalWait)
        .then_some(("the queue was full, SIGIO came in place of your signal, and you do not take it", 1))
}
