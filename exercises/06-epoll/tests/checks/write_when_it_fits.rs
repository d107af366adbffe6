//! What is asked of `write_when_it_fits`.

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd};

use lab::check::{Finished, Gone, Ours, Peer, Run, Scene, Theirs, Verdict, quietly};
use lab::{Call, Family, Value};
use nix::errno::Errno;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::epoll::EpollFlags;
use nix::sys::socket::{MsgFlags, send};

use super::answer::{MOST, echo};

/// Far more than may be kept, and a narrow pair's buffers hold.
const LENGTH: usize = 6 * MOST;

pub fn check() -> Verdict {
    a_quiet_client()?;
    a_client_that_reads_late()?;
    a_client_that_reads_now_and_then()?;
    a_client_that_ends_before_it_reads()?;
    a_stalled_client_and_another()?;
    a_client_that_goes_without_its_echo()?;
    a_client_that_goes()
}

/// A message in which no two places look alike.
fn message() -> Vec<u8> {
    (0..LENGTH as u32 / 4).flat_map(u32::to_be_bytes).collect()
}

const MISSING: &str = "the echo has holes: a write took less than all, and you let the rest go";
const OUT_OF_ORDER: &str = "the bytes come back in another order: you wrote new ones while older ones were kept";

/// What goes through a narrow pair's buffer in one piece or not at all.
const PIECE: usize = 2 << 10;

/// The clients' sockets, as the task promises them.
fn non_blocking<const N: usize>(clients: [Theirs; N]) -> Vec<OwnedFd> {
    let own = clients.map(|client| client.take().given());
    quietly(|| {
        for client in &own {
            fcntl(client, FcntlArg::F_SETFL(OFlag::O_NONBLOCK)).expect("a socket takes this flag");
        }
    });
    own.into()
}

/// Whenever the subject sleeps, reads a piece if it `reads` and one is there, or else writes a piece of `message`,
/// until nothing moves any more; says how much was written.
fn exchange(acts: &mut Peer<'_>, end: &Ours, message: &[u8], reads: bool) -> Result<usize, Gone> {
    let mut written = 0;
    loop {
        acts.until_asleep()?;
        if reads && acts.on(end, is_readable)? {
            acts.read(end, PIECE)?;
            continue;
        }
        let rest = &message[written..];
        match acts.on(end, |end| write_now(end, &rest[..rest.len().min(PIECE)]))? {
            0 => return Ok(written),
            more => written += more,
        }
    }
}

fn write_now(end: BorrowedFd<'_>, piece: &[u8]) -> io::Result<usize> {
    match send(end.as_raw_fd(), piece, MsgFlags::MSG_DONTWAIT | MsgFlags::MSG_NOSIGNAL) {
        Err(Errno::EAGAIN) => Ok(0),
        written => Ok(written?),
    }
}

fn is_readable(end: BorrowedFd<'_>) -> io::Result<bool> {
    Ok(poll(&mut [PollFd::new(end, PollFlags::POLLIN)], PollTimeout::ZERO)? > 0)
}

fn a_quiet_client() -> Verdict {
    let mut scene = Scene::of("a client says \"hello\", gets it back, thinks for a while, and goes");
    let (client, server) = scene.narrow_pair("server");
    scene.peer("the client", move |acts| {
        acts.until_asleep()?;
        acts.write(&client, b"hello")?;
        acts.read_in_all(&client, 5)?;
        acts.until_asleep()?;
        acts.shutdown_write(&client)?;
        acts.read_to_end(&client)
    });
    scene.because(asks_for_what_is_there);
    scene.because(asks_in_vain);
    let run = scene.run(|| echo(non_blocking([server])))?;
    nothing_failed(&run)?;
    let received = &run.seen_by("the client").received;
    run.demand(received == b"hello", "the client did not get back what it had said", 1)?;
    let open = run.left_open();
    run.demand(open.is_empty(), format!("you left descriptors open: {}", open.join(", ")), 3)
}

fn a_client_that_reads_late() -> Verdict {
    let mut scene = Scene::of(
        "a client sends as much as it can and reads nothing; then it reads, and sends the rest of 96 KiB; then \"bye\"",
    );
    let (client, server) = scene.narrow_pair("server");
    scene.peer("the client", move |acts| {
        let message = message();
        let written = exchange(acts, &client, &message, false)?;
        exchange(acts, &client, &message[written..], true)?;
        exchange(acts, &client, b"bye", true)?;
        acts.shutdown_write(&client)?;
        acts.read_to_end(&client)
    });
    scene.because(asks_in_vain);
    scene.because(asks_for_what_is_there);
    let run = scene.run(|| echo(non_blocking([server])))?;
    let (sent, received) = ([message(), b"bye".into()].concat(), &run.seen_by("the client").received);
    nothing_failed(&run)?;
    let breaks_off = received.len() < sent.len() && sent.starts_with(received);
    run.demand(
        !breaks_off,
        "the echo breaks off: what you kept was not written, as no wait of yours told when there was room again",
        2,
    )?;
    run.demand(received.len() >= sent.len(), MISSING, 1)?;
    run.demand(
        received.len() == sent.len(),
        "the client got more than it had sent: after a short write only the rest is still to be written",
        1,
    )?;
    run.demand(*received == sent, OUT_OF_ORDER, 1)?;
    let bounded = most_kept(&run) <= MOST as i64;
    run.demand(bounded, "the client took nothing, and you read on: you kept more for it than MOST", 2)
}

fn a_client_that_reads_now_and_then() -> Verdict {
    let mut scene = Scene::of("a client sends 12 KiB; then it reads 2 KiB, sends 2 KiB, reads 2 KiB, and so on");
    let (client, server) = scene.narrow_pair("server");
    scene.peer("the client", move |acts| {
        let message = message();
        let mut written = exchange(acts, &client, &message[..6 * PIECE], false)?;
        for _ in 0..6 {
            acts.until_asleep()?;
            if acts.on(&client, is_readable)? {
                acts.read(&client, PIECE)?;
            }
            acts.until_asleep()?;
            written += acts.on(&client, |client| write_now(client, &message[written..written + PIECE]))?;
        }
        exchange(acts, &client, &[], true)?;
        acts.note(written.to_string());
        acts.shutdown_write(&client)?;
        acts.read_to_end(&client)
    });
    scene.because(asks_in_vain);
    let run = scene.run(|| echo(non_blocking([server])))?;
    nothing_failed(&run)?;
    let seen = run.seen_by("the client");
    let all = seen.notes.first().is_some_and(|written| *written == seen.received.len().to_string());
    run.demand(all, MISSING, 1)?;
    run.demand(message().starts_with(&seen.received), OUT_OF_ORDER, 1)
}

fn a_client_that_ends_before_it_reads() -> Verdict {
    let mut scene = Scene::of("a client sends as much as it can, ends its half, and only then begins to read");
    let (client, server) = scene.narrow_pair("server");
    scene.peer("the client", move |acts| {
        let written = exchange(acts, &client, &message(), false)?;
        acts.note(written.to_string());
        acts.shutdown_write(&client)?;
        acts.until_asleep()?;
        acts.read_to_end(&client)
    });
    scene.because(asks_in_vain);
    let run = scene.run(|| echo(non_blocking([server])))?;
    nothing_failed(&run)?;
    let seen = run.seen_by("the client");
    let all = seen.notes.first().is_some_and(|written| *written == seen.received.len().to_string());
    run.demand(
        all && message().starts_with(&seen.received),
        "the client had ended its half, and you closed before it had got all its bytes back",
        3,
    )
}

fn a_stalled_client_and_another() -> Verdict {
    let mut scene = Scene::of("one client sends as much as it can and reads nothing; another says \"hello\"");
    let (stalled, first) = scene.narrow_pair("stalled");
    let (lively, second) = scene.narrow_pair("lively");
    scene.peer("lively", move |acts| {
        let message = message();
        let written = exchange(acts, &stalled, &message, false)?;
        acts.write(&lively, b"hello")?;
        acts.read_in_all(&lively, 5)?;
        acts.shutdown_write(&lively)?;
        acts.read_to_end(&lively)?;
        exchange(acts, &stalled, &message[written..], true)?;
        acts.shutdown_write(&stalled)?;
        acts.read_to_end(&stalled)
    });
    scene.because(waits_for_one_alone);
    let run = scene.run(|| echo(non_blocking([first, second])))?;
    nothing_failed(&run)?;
    let received = &run.seen_by("lively").received;
    run.demand(received.starts_with(b"hello"), "one client reads nothing, and you do not serve the other", 2)?;
    run.demand(received[5..] == message(), "a client read late, and did not get all its bytes back", 1)?;
    let open = run.left_open();
    run.demand(open.is_empty(), format!("you left descriptors open: {}", open.join(", ")), 3)
}

fn a_client_that_goes_without_its_echo() -> Verdict {
    let mut scene = Scene::of("one client says \"hello\" and is gone before it reads the echo; another says \"hello\"");
    let (gone, first) = scene.narrow_pair("gone");
    let (lively, second) = scene.narrow_pair("lively");
    scene.peer("lively", move |acts| {
        acts.until_asleep()?;
        acts.write(&gone, b"hello")?;
        acts.until_asleep()?;
        acts.close(&gone);
        acts.until_asleep()?;
        acts.write(&lively, b"hello")?;
        acts.read_in_all(&lively, 5)?;
        acts.shutdown_write(&lively)?;
        acts.read_to_end(&lively)
    });
    let run = scene.run(|| echo(non_blocking([first, second])))?;
    one_end_is_not_all(&run)?;
    nothing_failed(&run)?;
    let received = &run.seen_by("lively").received;
    run.demand(received == b"hello", "one client had gone, and the other did not get its bytes back", 3)
}

fn a_client_that_goes() -> Verdict {
    let mut scene = Scene::of(
        "a signal comes while you wait; one client sends as much as it can, reads nothing and is gone; another says \
         \"hello\"",
    );
    scene.interruptible();
    let (gone, first) = scene.narrow_pair("gone");
    let (lively, second) = scene.narrow_pair("lively");
    scene.peer("lively", move |acts| {
        acts.interrupt()?;
        exchange(acts, &gone, &message(), false)?;
        // The end is told before the room is free again that the unread bytes took (net/unix/af_unix.c,
        // unix_release_sock): whether the same wait tells of OUT is chance.
        acts.close(&gone);
        acts.until_asleep()?;
        acts.write(&lively, b"hello")?;
        acts.read_in_all(&lively, 5)?;
        acts.shutdown_write(&lively)?;
        acts.read_to_end(&lively)
    });
    let run = scene.run(|| echo(non_blocking([first, second])))?;
    let errno = run.value().as_ref().err().and_then(io::Error::raw_os_error);
    run.demand(errno != Some(libc::EINTR), "a signal came while you waited, and you ended the service for all", 3)?;
    one_end_is_not_all(&run)?;
    nothing_failed(&run)?;
    let received = &run.seen_by("lively").received;
    run.demand(received == b"hello", "one client had gone, and the other did not get its bytes back", 3)
}

fn one_end_is_not_all(run: &Finished<io::Result<()>>) -> Verdict {
    let errno = run.value().as_ref().err().and_then(io::Error::raw_os_error);
    run.demand(
        !matches!(errno, Some(libc::EPIPE | libc::ECONNRESET)),
        "one client had gone, and you ended the service for all: its error is its own end",
        3,
    )
}

fn nothing_failed(run: &Finished<io::Result<()>>) -> Verdict {
    let again = matches!(run.value(), Err(error) if error.kind() == io::ErrorKind::WouldBlock);
    run.demand(
        !again,
        "a write found no room, and you ended the service for all: EAGAIN is no error, but \"later\"",
        2,
    )?;
    run.demand(run.value().is_ok(), "you returned an error, and nothing had gone wrong", 3)
}

/// How much was read and not yet written, where it was most.
fn most_kept(run: &Run) -> i64 {
    let moved = run.calls().filter_map(|call| match (call.family(), call.returned()?) {
        (Family::Read, count) => Some(count),
        (Family::Write, count) => Some(-count),
        _ => None,
    });
    let kept = moved.scan(0, |kept, count| {
        *kept += count;
        Some(*kept)
    });
    kept.max().unwrap_or(0)
}

/// What an epoll set is asked for, or tells of.
fn events(of: Option<&Value>) -> EpollFlags {
    let Some(Value::Flags { bits, .. }) = of.and_then(|event| event.field("events")) else {
        return EpollFlags::empty();
    };
    EpollFlags::from_bits_retain(*bits as i32)
}

/// Who asks for what it has no use for, and runs in circles: a wait returns at once, for ever.
fn asks_for_what_is_there(run: &Run) -> Option<(&'static str, usize)> {
    let asked = |call: &Call| events(call.arguments.get(3)).contains(EpollFlags::EPOLLOUT);
    if run.calls().find(|call| call.shown() == "epoll_ctl").is_some_and(asked) {
        return Some(("you ask for EPOLLOUT and have nothing to write: there is room, and every wait says so", 2));
    }
    let told = run.calls_of(Family::Ready).rev().find_map(|call| match call.argument(1)? {
        Value::List { items } => Some(events(items.first())),
        _ => None,
    })?;
    Some(if told.contains(EpollFlags::EPOLLOUT) {
        ("all is written, and you still ask for EPOLLOUT: there is room, and every wait says so", 2)
    } else {
        ("something is kept, you do not read, and still ask for EPOLLIN: there is more, and every wait says so", 2)
    })
}

fn asks_in_vain(run: &Run) -> Option<(&'static str, usize)> {
    run.kept_asking().then_some(("the buffer is full, and you write again and again; the set can wait for room", 2))
}

fn waits_for_one_alone(run: &Run) -> Option<(&'static str, usize)> {
    let served = run.seen_by("lively").received.len() >= 5;
    (!served).then_some(("one client reads nothing; you wait for it alone, and the other waits with you", 2))
}
