//! What is asked of `recover_from_overflow`.

use std::os::fd::{AsFd, AsRawFd, BorrowedFd};

use lab::Family;
use lab::check::{Finished, Lent, Run, Scene, Theirs, Verdict, arm, block, close_the_queue, left_in, quietly};

use super::answer::wait;

/// How often the caller waits before it gives the clients up.
const PATIENCE: usize = 12;

/// What the caller heard from each; and whether it was told of strangers, and once of all, or the error.
type Heard = (Vec<Vec<u8>>, Result<(bool, bool), i32>);

pub fn check() -> Verdict {
    one_event()?;
    an_overflow()?;
    no_room_at_all()?;
    strangers()?;
    signals_of_others()
}

/// The caller: waits, and reads where it is told to, until all have said `hello`.
fn serve(servers: &[Lent], mut heard: Vec<Vec<u8>>) -> Heard {
    let sockets: Vec<BorrowedFd<'_>> = servers.iter().map(AsFd::as_fd).collect();
    let (mut strangers, mut all) = (false, false);
    heard.resize(servers.len(), Vec::new());
    for _ in 0..PATIENCE {
        if heard.iter().all(|heard| heard == b"hello") {
            break;
        }
        let told = match wait(&sockets, libc::SIGRTMIN()) {
            Ok(told) => told,
            Err(error) => return (heard, Err(error.raw_os_error().unwrap_or_default())),
        };
        strangers |= told.iter().any(|number| sockets.iter().all(|socket| socket.as_raw_fd() != *number));
        all |= sockets.iter().all(|socket| told.contains(&socket.as_raw_fd()));
        for (place, server) in servers.iter().enumerate().filter(|(_, server)| told.contains(&server.as_raw_fd())) {
            heard[place].extend(left_in(server));
        }
    }
    (heard, Ok((strangers, all)))
}

fn armed(servers: Vec<Theirs>) -> Vec<Lent> {
    block(&[libc::SIGRTMIN(), libc::SIGIO]);
    let servers: Vec<Lent> = servers.into_iter().map(Theirs::take).collect();
    servers.iter().for_each(|server| arm(server, libc::SIGRTMIN()));
    servers
}

fn one_event() -> Verdict {
    let mut scene =
        Scene::of("two sockets; when you sleep the second client says hello, and when you sleep again the first");
    let (first, one) = scene.stream_pair("first");
    let (second, other) = scene.stream_pair("second");
    scene.peer("the clients", move |acts| {
        for client in [&second, &first] {
            acts.until_it_waits_for_a_signal()?;
            acts.write(client, b"hello")?;
        }
        Ok(())
    });
    scene.because(loses_somebody);
    let run = scene.run(|| serve(&armed(vec![one, other]), Vec::new()))?;
    no_error(&run)?;
    let elsewhere = run.seen_by("the clients").notes.iter().any(|note| note.starts_with("slept in"));
    run.demand(!elsewhere, "you slept in another call than the wait for a signal: what were the signals for?", 1)?;
    all_heard(&run)?;
    run.demand(
        !run.called(Family::Ready),
        "nothing was lost, and you asked all sockets all the same: the signal had named one",
        1,
    )
}

/// The kernel's SIGIO, a signal in the queue, and a client of whom no signal tells: as after an overflow. That the
/// queue was not full cannot be told from inside, and so the scene is the same for every user and on every host.
fn an_overflow() -> Verdict {
    let mut scene = Scene::of(
        "after an overflow: SIGIO is pending; a signal of the first client is queued, and one of the third, who has \
         been served since; that of the second was lost",
    );
    let (first, one) = scene.stream_pair("first");
    let (second, other) = scene.stream_pair("second");
    let (third, last) = scene.stream_pair("third");
    second.sent(b"hello");
    let (alarming, alarm) = scene.stream_pair("alarm");
    scene.peer("the clients", move |acts| {
        acts.until_asleep()?;
        acts.write(&third, b"hello")?;
        acts.write(&first, b"hello")?;
        acts.write(&alarming, b"!")
    });
    scene.because(loses_somebody);
    let run = scene.run(|| {
        let (alarm, servers) = (alarm.take(), armed(vec![one, other, last]));
        // A plain SIGIO of the kernel's, from a descriptor that nobody else knows of.
        arm(&alarm, 0);
        until_the_alarm();
        let served = left_in(&servers[2]);
        let heard = serve(&servers, vec![Vec::new(), Vec::new(), served]);
        drop(alarm);
        heard
    })?;
    no_error(&run)?;
    all_heard(&run)?;
    // Who empties the queue last and hands on what was in it has told of all three, and thrown nothing away.
    let told_all = matches!(run.value().1, Ok((_, true)));
    run.demand(
        told_all || !run.took_signals_after_asking(),
        "you asked first and emptied the queue second: what came in between you threw away unseen",
        3,
    )
}

/// Sleeps until the clients have made SIGIO pending, which they do last.
fn until_the_alarm() {
    let is_pending = |signal| {
        let mut pending = std::mem::MaybeUninit::uninit();
        // SAFETY: the kernel fills the set, which then only is read.
        unsafe { libc::sigpending(pending.as_mut_ptr()) == 0 && libc::sigismember(pending.as_ptr(), signal) == 1 }
    };
    quietly(|| {
        while !is_pending(libc::SIGIO) {
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
    });
}

fn no_room_at_all() -> Verdict {
    let mut scene =
        Scene::of("the queue has no room at all; three clients say hello, one after the other, when you sleep");
    let pairs: Vec<_> = ["first", "second", "third"].into_iter().map(|name| scene.stream_pair(name)).collect();
    let (clients, servers): (Vec<_>, Vec<_>) = pairs.into_iter().unzip();
    scene.peer("the clients", move |acts| {
        for client in &clients {
            acts.until_asleep()?;
            acts.write(client, b"hello")?;
        }
        Ok(())
    });
    scene.because(loses_somebody);
    let run = scene.run(|| {
        close_the_queue();
        serve(&armed(servers), Vec::new())
    })?;
    no_error(&run)?;
    all_heard(&run)
}

fn strangers() -> Verdict {
    let mut scene =
        Scene::of("a signal is queued of a socket that is none of yours any more; then a client says hello");
    let (gone, old) = scene.stream_pair("old socket");
    let (client, server) = scene.stream_pair("socket");
    scene.peer("the clients", move |acts| {
        acts.until_asleep()?;
        acts.write(&gone, b"goodbye")?;
        acts.write(&client, b"hello")
    });
    let run = scene.run(|| {
        let old = armed(vec![old]);
        let servers = armed(vec![server]);
        let heard = serve(&servers, Vec::new());
        drop(old);
        heard
    })?;
    no_error(&run)?;
    all_heard(&run)?;
    run.demand(
        matches!(run.value().1, Ok((false, _))),
        "you named a descriptor that is none of these: a signal may be older than its socket's end",
        2,
    )
}

fn signals_of_others() -> Verdict {
    let mut scene =
        Scene::of("while you sleep another signal comes, for which there is a handler; then a client says hello");
    scene.interruptible();
    let (client, server) = scene.stream_pair("socket");
    scene.peer("the client", move |acts| {
        acts.interrupt()?;
        acts.until_asleep()?;
        acts.write(&client, b"hello")
    });
    let run = scene.run(|| serve(&armed(vec![server]), Vec::new()))?;
    run.demand(
        run.value().1 != Err(libc::EINTR),
        "another signal was handled while you slept, and you took the EINTR for your own end",
        1,
    )?;
    no_error(&run)?;
    all_heard(&run)
}

fn no_error(run: &Finished<Heard>) -> Verdict {
    run.demand(run.value().1.is_ok(), "a signal came, and you told your caller of an error", 1)
}

fn all_heard(run: &Finished<Heard>) -> Verdict {
    run.demand(
        run.value().0.iter().all(|heard| heard == b"hello"),
        "you returned again and again, and never named a client who had spoken",
        2,
    )
}

fn loses_somebody(run: &Run) -> Option<(&'static str, usize)> {
    if !run.sleeps_in(Family::SignalWait) {
        return None;
    }
    let alarmed = run.calls_of(Family::SignalWait).any(|call| call.returned() == Some(libc::SIGIO.into()));
    Some(match (alarmed, run.called(Family::Ready)) {
        (false, _) => ("SIGIO is pending, and you never take it: it says that signals were lost", 1),
        (true, false) => ("SIGIO said that signals were lost, and you asked no socket: only they know whose", 2),
        (true, true) => ("a client has spoken, and neither your question nor a signal told you", 3),
    })
}
