//! How the server waits: non-blocking, and each edge to its last.

use std::os::fd::AsFd;

use lab::check::{Scene, Verdict};
use lab::{Call, Family, Value};
use nix::sys::socket::{setsockopt, sockopt};

use super::super::answer::serve;
use super::{PIECE, arrive, leave, message, narrow, served_from, talk};

/// The calls that write, and a peer's note of a server that sleeps in one.
const WRITES: [i64; 4] = [libc::SYS_write, libc::SYS_sendto, libc::SYS_sendmsg, libc::SYS_writev];
const ASLEEP: &str = "asleep in a write";

pub fn a_client_that_does_not_read() -> Verdict {
    let mut scene =
        Scene::of("a client speaks and speaks and reads no answer, and is torn away; then another one says \"hello\"");
    let (address, listener) = scene.listener("listener");
    scene.peer("the other client", move |acts| {
        acts.until_asleep()?;
        let deaf = acts.connect_narrow(address)?;
        // A piece is not to wait for the acknowledgement of the one before it.
        acts.on(&deaf, |socket| Ok(setsockopt(&socket, sockopt::TcpNoDelay, &true)?))?;
        let mut asleep = false;
        for piece in message().chunks(PIECE) {
            // In a write, if only until an acknowledgement comes.
            asleep = WRITES.contains(&acts.until_asleep()?.number);
            if asleep {
                acts.note(ASLEEP);
                acts.reset(&deaf)?;
                break;
            }
            acts.write(&deaf, piece)?;
        }
        let client = arrive(acts, address)?;
        talk(acts, &client, "hello")?;
        leave(acts, &client)?;
        if asleep { Ok(()) } else { acts.reset(&deaf) }
    });
    scene.because(|run| {
        run.sleeps_in(Family::Accept).then_some((
            "the listener is in blocking mode, so whoever accepts until EAGAIN never sees EAGAIN; F_SETFD knows one \
             flag, FD_CLOEXEC, and takes any other without a word",
            1,
        ))
    });
    scene.because(|run| {
        run.sleeps_in(Family::Read).then_some((
            "the connection is in blocking mode, as accept leaves every new one, so whoever reads until EAGAIN never \
             sees EAGAIN",
            1,
        ))
    });
    let run = scene.run(|| {
        let listener = listener.take();
        narrow(&listener)?;
        serve(listener.as_fd(), 2)
    })?;
    let asleep = run.seen_by("the other client").notes.iter().any(|note| note == ASLEEP);
    let sleepless = run.demand(!asleep, "your write to one client sleeps, and all the others sleep with it", 1);
    sleepless.map_err(|diagnosis| diagnosis.with("because", why_it_sleeps(run.calls())))?;
    run.demand_past_errors(
        run.value().is_ok(),
        "one client did not read, and then reset its connection: you ended the service for all",
        1,
    )?;
    run.demand(run.seen_by("the other client").received == b"hello", "the other client did not get its bytes back", 1)
}

pub fn three_clients_at_once() -> Verdict {
    let mut scene = Scene::of("three clients have connected when you look first; each says \"hello\"");
    let (address, listener) = scene.listener("listener");
    let (start, go) = scene.stream_pair("start");
    scene.peer("the third client", move |acts| {
        let clients = [acts.connect(address)?, acts.connect(address)?, acts.connect(address)?];
        acts.write(&start, b"!")?;
        for client in &clients {
            talk(acts, client, "hello")?;
        }
        clients.iter().try_for_each(|client| leave(acts, client))
    });
    scene.because(|run| {
        let accepted = run.calls_of(Family::Accept).filter(|call| call.returned().is_some()).count();
        (accepted < 3).then_some((
            "an edge says that somebody has come, not how many: you accepted once, and the others wait for ever",
            1,
        ))
    });
    let run = scene.run(|| served_from(go, &listener.take(), 3))?;
    run.demand(run.value().is_ok(), "three clients came at once, and you ended the service", 1)?;
    let received = &run.seen_by("the third client").received;
    run.demand(received == b"hellohellohello", "three clients said \"hello\", and not all of it came back", 1)
}

pub fn more_than_one_read() -> Verdict {
    let mut scene = Scene::of("a client has sent 10,000 bytes when you look first; it waits for all of them");
    let (address, listener) = scene.listener("listener");
    let (start, go) = scene.stream_pair("start");
    scene.peer("the client", move |acts| {
        let client = arrive(acts, address)?;
        acts.write(&client, &message()[..10_000])?;
        acts.write(&start, b"!")?;
        acts.read_in_all(&client, 10_000)?;
        leave(acts, &client)
    });
    scene.because(|run| {
        let again = run.met(Family::Read, libc::EAGAIN);
        (!again).then_some((
            "you read once and went back to wait: the rest lies in the socket, and only a new arrival makes a new edge",
            1,
        ))
    });
    let run = scene.run(|| served_from(go, &listener.take(), 1))?;
    run.demand(run.value().is_ok(), "a client sent 10,000 bytes, and you ended the service", 1)?;
    run.demand(
        run.seen_by("the client").received == message()[..10_000],
        "a client sent 10,000 bytes, and they did not all come back in order",
        1,
    )
}

/// What keeps a connection from being non-blocking.
fn why_it_sleeps<'a>(mut calls: impl Iterator<Item = &'a Call>) -> &'static str {
    let in_vain = |call: &Call| {
        let more =
            matches!(call.arguments.get(2), Some(Value::Flags { bits, .. }) if *bits & libc::O_NONBLOCK as u64 != 0);
        call.shown() == "fcntl" && call.raw[1] == libc::F_SETFD as u64 && more
    };
    if calls.any(in_vain) {
        "F_SETFD knows one flag, FD_CLOEXEC, and takes any other without a word: the connection blocks as before"
    } else {
        "the connection is in blocking mode, which accept gives to every new one"
    }
}
