//! What clients do: read slowly, end their half, go away.

use std::io;
use std::os::fd::{AsFd, AsRawFd};

use lab::check::{Diagnosis, Finished, Scene, Verdict, has_default_action, is_blocked, quietly};
use lab::{Call, Family, Set, Value};
use nix::sys::socket::{MsgFlags, send};
use nix::unistd::{read, write};

use super::super::answer::serve;
use super::{PIECE, PIECES, arrive, leave, message, narrow, served_from, talk};

/// Runs the server for a client that has said all before it reads any of it; and has ended its half, if it `ends`.
fn for_one_that_speaks_first(mut scene: Scene, ends: bool) -> Result<Finished<io::Result<()>>, Diagnosis> {
    let (address, listener) = scene.listener("listener");
    let (start, go) = scene.stream_pair("start");
    scene.peer("the client", move |acts| {
        // A connection has the listener's buffers as they are when it comes, which is before it is accepted.
        acts.on(&start, |start| Ok(read(start, &mut [0])?))?;
        let client = acts.connect_narrow(address)?;
        acts.write(&client, &message())?;
        if ends {
            acts.shutdown_write(&client)?;
        }
        acts.until_there(&client)?;
        acts.write(&start, b"!")?;
        acts.until_asleep()?;
        acts.read_in_all(&client, PIECE * PIECES)?;
        if ends { Ok(()) } else { leave(acts, &client) }
    });
    scene.run(|| {
        let (listener, start) = (listener.take(), go.take());
        narrow(&listener)?;
        quietly(|| write(&start, b"!").and_then(|_| read(&start, &mut [0])))?;
        serve(listener.as_fd(), 1)
    })
}

pub fn a_write_takes_a_part() -> Verdict {
    let mut scene = Scene::of("a client sends 32 KiB, and begins to read when your server sleeps; buffers are small");
    scene.because(|run| {
        let cut = run.met(Family::Write, libc::EAGAIN) || run.calls_of(Family::Write).any(is_short);
        let asked = run.calls_of(Family::Control).any(asks_for_room);
        match (cut, asked) {
            (false, _) => None,
            (true, false) => Some((
                "a write took a part of what you gave it, or nothing: keep the rest, and watch for OUT, as nobody else \
                 is told when there is room",
                2,
            )),
            (true, true) => Some((
                "OUT told you that there was room again, and you had nothing to send: what a write does not take is \
                 still yours to send",
                2,
            )),
        }
    });
    let run = for_one_that_speaks_first(scene, false)?;
    run.demand(run.value().is_ok(), "a client read slowly, and you ended the service", 2)?;
    let whole = run.seen_by("the client").received == message();
    run.demand(whole, "a client read slowly, and what it got is not what it had sent", 2)
}

/// Whether a call of epoll_ctl asks to be told of room for writing.
fn asks_for_room(call: &Call) -> bool {
    let out = |value: &Value| matches!(value, Value::Flags { bits, .. } if bits & libc::EPOLLOUT as u64 != 0);
    let event = call.arguments.get(3).filter(|_| call.shown() == "epoll_ctl");
    event.and_then(|event| event.field("events")).is_some_and(out)
}

/// Whether a call moved less than it was given.
fn is_short(call: &Call) -> bool {
    let given = call.arguments.iter().find_map(|value| match value {
        Value::Bytes { length, .. } => Some(*length),
        _ => None,
    });
    given.zip(call.returned()).is_some_and(|(given, taken)| taken.cast_unsigned() < given)
}

pub fn a_half_close() -> Verdict {
    let mut scene = Scene::of("a client says \"hello, and goodbye\" and ends its half: both come in one segment");
    let (address, listener) = scene.listener("listener");
    scene.peer("the client", move |acts| {
        let client = arrive(acts, address)?;
        acts.until_asleep()?;
        // The kernel keeps what is to be continued, and sends it with the FIN.
        acts.on(&client, |socket| {
            Ok(send(socket.as_raw_fd(), b"hello, and goodbye", MsgFlags::from_bits_retain(libc::MSG_MORE))?)
        })?;
        acts.shutdown_write(&client)?;
        acts.read_to_end(&client)
    });
    scene.because(|run| {
        let ended = run.calls_of(Family::Read).any(|call| call.returned() == Some(0));
        (!ended && run.sleeps_in(Family::Ready)).then_some((
            "a short read shows that the bytes are used up, and not that the end has not come: it had, in the same edge",
            1,
        ))
    });
    let run = scene.run(|| serve(listener.take().as_fd(), 1))?;
    let whole = run.value().is_ok() && run.seen_by("the client").received == b"hello, and goodbye";
    let read = run.demand(whole, "the client's last words lay in the socket unread, and you closed", 2);
    read.map_err(|diagnosis| {
        diagnosis
            .with("because", "RDHUP says that the client will send no more, and not that you have read all it sent")
    })?;

    let scene = Scene::of(
        "a client sends 32 KiB, ends its half, and begins to read when your server sleeps; buffers are small",
    );
    let run = for_one_that_speaks_first(scene, true)?;
    let whole = run.seen_by("the client").received == message();
    run.demand(whole, "you read the client's end, and closed with bytes that were still to be sent to it", 2)
}

pub fn a_client_that_has_gone() -> Verdict {
    let mut scene = Scene::of(
        "a client sends 12 KiB and closes, without reading; another says \"hello\". SIGPIPE kills in this process, as \
         it does by default",
    );
    scene.deadly_sigpipe();
    let (address, listener) = scene.listener("listener");
    let (start, go) = scene.stream_pair("start");
    scene.peer("the other client", move |acts| {
        let gone = acts.connect(address)?;
        acts.write(&gone, &message()[..12 * PIECE])?;
        acts.close(&gone);
        acts.write(&start, b"!")?;
        let client = arrive(acts, address)?;
        talk(acts, &client, "hello")?;
        leave(acts, &client)
    });
    scene.because(|run| {
        run.met(Family::Write, libc::EPIPE).then_some((
            "EPIPE would have told you of this one client, had you asked for the error without the signal",
            2,
        ))
    });
    let run = scene.run(|| {
        let service = served_from(go, &listener.take(), 2);
        (service, has_default_action(libc::SIGPIPE) && !is_blocked(libc::SIGPIPE))
    })?;
    let (service, deadly) = run.value();
    run.demand(service.is_ok(), "one client had gone, and you ended the service for all", 2)?;
    let received = &run.seen_by("the other client").received;
    run.demand(received == b"hello", "one client had gone, and the other did not get its bytes back", 2)?;
    let without_signal = |value: &Value| matches!(value, Value::Flags { set: Set::Message, bits } if bits & libc::MSG_NOSIGNAL as u64 != 0);
    let careful = run.calls_of(Family::Write).all(|call| call.arguments.iter().any(without_signal));
    let safe = run.demand(careful || !deadly, "your writes can raise SIGPIPE, and SIGPIPE kills here", 2);
    safe.map_err(|diagnosis| {
        diagnosis.with("because", "the next client that leaves at the wrong moment takes the whole server along")
    })
}
