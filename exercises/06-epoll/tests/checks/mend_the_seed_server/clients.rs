//! What clients do: read slowly, end their half, go away.

use std::net::SocketAddr;
use std::os::fd::{AsFd, AsRawFd};

use lab::check::{Gone, Peer, Scene, Verdict, has_default_action};
use lab::{Family, Set, Value};
use nix::sys::socket::{MsgFlags, send};

use super::super::answer::serve;
use super::{PIECE, PIECES, leave, message, served_from, served_narrowly, talk};

/// The client of the next two: it has said all before it reads any of it.
fn speaks_first(acts: &mut Peer<'_>, address: SocketAddr, ends: bool) -> Result<(), Gone> {
    // A connection has the listener's buffers as they are when it comes, which is before it is accepted.
    acts.until_asleep()?;
    let client = acts.connect_narrow(address)?;
    acts.write(&client, &message())?;
    if ends {
        acts.shutdown_write(&client)?;
    }
    acts.until_asleep()?;
    acts.read_in_all(&client, PIECE * PIECES)?;
    leave(acts, &client)
}

pub fn a_write_takes_a_part() -> Verdict {
    let mut scene = Scene::of("a client sends 32 KiB, and begins to read when your server sleeps; buffers are small");
    let (address, listener) = scene.listener("listener");
    scene.peer("the client", move |acts| speaks_first(acts, address, false));
    scene.because(|run| {
        let cut = run.met(Family::Write, libc::EAGAIN) || run.calls_of(Family::Write).any(is_short);
        cut.then_some((
            "a write took a part of what you gave it, or nothing: the rest is still yours to send, and epoll tells \
             when there is room only where it was asked for OUT",
            2,
        ))
    });
    let run = scene.run(|| served_narrowly(&listener.take(), 1))?;
    run.demand(run.value().is_ok(), "a client read slowly, and you ended the service", 2)?;
    run.demand(
        run.seen_by("the client").received == message(),
        "a client read slowly, and what it got is not what it had sent: a write that takes a part leaves you the rest",
        2,
    )
}

/// Whether a call moved less than it was given.
fn is_short(call: &lab::Call) -> bool {
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
        let client = acts.connect(address)?;
        acts.until_asleep()?;
        // The kernel keeps what is to be continued, and sends it with the FIN.
        acts.on(&client, |socket| {
            Ok(send(socket.as_raw_fd(), b"hello, and goodbye", MsgFlags::from_bits_retain(libc::MSG_MORE))?)
        })?;
        leave(acts, &client)
    });
    let run = scene.run(|| serve(listener.take().as_fd(), 1))?;
    let received = &run.seen_by("the client").received;
    run.demand(
        run.value().is_ok() && received == b"hello, and goodbye",
        "RDHUP says that the client will send no more: what it sent before that lay in the socket, unread, and you \
         closed",
        2,
    )?;

    let mut scene = Scene::of(
        "a client sends 32 KiB, ends its half, and begins to read when your server sleeps; buffers are small",
    );
    let (address, listener) = scene.listener("listener");
    scene.peer("the client", move |acts| speaks_first(acts, address, true));
    let run = scene.run(|| served_narrowly(&listener.take(), 1))?;
    run.demand(
        run.seen_by("the client").received == message(),
        "you read the client's end, and closed with bytes that were still to be sent to it",
        2,
    )
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
        let client = acts.connect(address)?;
        talk(acts, &client, "hello")?;
        leave(acts, &client)
    });
    scene.because(|run| {
        run.met(Family::Write, libc::EPIPE).then_some((
            "EPIPE would have told you of this one client, had you asked for the error without the signal",
            2,
        ))
    });
    let run = scene.run(|| (served_from(go, &listener.take(), 2), has_default_action(libc::SIGPIPE)))?;
    let (service, deadly) = run.value();
    run.demand(service.is_ok(), "one client had gone, and you ended the service for all", 2)?;
    let received = &run.seen_by("the other client").received;
    run.demand(received == b"hello", "one client had gone, and the other did not get its bytes back", 2)?;
    let without_signal = |value: &Value| matches!(value, Value::Flags { set: Set::Message, bits } if bits & libc::MSG_NOSIGNAL as u64 != 0);
    let careful = run.calls_of(Family::Write).all(|call| call.arguments.iter().any(without_signal));
    run.demand(
        careful || !deadly,
        "your writes can raise SIGPIPE, and SIGPIPE kills here: the next client that leaves at the wrong moment takes \
         the server along",
        2,
    )
}
