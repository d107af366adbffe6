//! What befalls the service: a signal, a departure, too many clients.

use std::io;
use std::os::fd::AsFd;

use lab::Family;
use lab::check::{Scene, Verdict, quietly};
use nix::sys::resource::{Resource, getrlimit, setrlimit};

use super::super::answer::serve;
use super::{arrive, leave, served_from, talk};

/// What the reader's process may still open: one for the set, and some for clients.
const DESCRIPTORS: usize = 4;
/// How many clients that is too few for.
const CROWD: usize = 6;

pub fn a_signal() -> Verdict {
    let mut scene = Scene::of("a signal with a handler comes while you wait, and then a client");
    scene.interruptible();
    let (address, listener) = scene.listener("listener");
    scene.peer("the client", move |acts| {
        acts.interrupt()?;
        let client = arrive(acts, address)?;
        talk(acts, &client, "hello")?;
        leave(acts, &client)
    });
    let run = scene.run(|| serve(listener.take().as_fd(), 1))?;
    run.demand(
        run.value().is_ok(),
        "a signal came while you waited: the wait said EINTR, and you ended the service",
        3,
    )?;
    run.demand(run.seen_by("the client").received == b"hello", "a signal came, and the client after it was lost", 3)
}

pub fn a_client_leaves() -> Verdict {
    let mut scene = Scene::of("a client says \"hello\" and leaves");
    let (address, listener) = scene.listener("listener");
    scene.peer("the client", move |acts| {
        let client = arrive(acts, address)?;
        talk(acts, &client, "hello")?;
        leave(acts, &client)
    });
    let run = scene.run(|| serve(listener.take().as_fd(), 1))?;
    let blind = run.calls_of(Family::Control).any(|call| matches!(call.errno(), Some(libc::EBADF | libc::ENOENT)));
    let seen = run.demand(!blind, "you closed a descriptor, and then took its number out of the set: EBADF", 3);
    seen.map_err(|diagnosis| {
        diagnosis
            .with("because", "a number that is closed is the next open's: with a second thread it is a stranger's now")
    })?;
    let open = run.left_open();
    run.demand(open.is_empty(), format!("you left descriptors open: {}", open.join(", ")), 3)
}

pub fn names_of_clients() -> Verdict {
    let mut scene =
        Scene::of("two clients come and speak; the first one leaves; a third one comes; the second one speaks again");
    let (address, listener) = scene.listener("listener");
    scene.peer("the second client", move |acts| {
        let first = arrive(acts, address)?;
        talk(acts, &first, "one ")?;
        let second = arrive(acts, address)?;
        talk(acts, &second, "two ")?;
        leave(acts, &first)?;
        let third = arrive(acts, address)?;
        talk(acts, &third, "three ")?;
        talk(acts, &second, "two again")?;
        leave(acts, &second)?;
        leave(acts, &third)
    });
    scene.because(|run| {
        let closed = run.seen_by("the second client").received == b"one two three ";
        closed.then_some((
            "the third client got the name that the second one has: its entry took the place of the other's, whose \
             connection was closed",
            3,
        ))
    });
    let run = scene.run(|| serve(listener.take().as_fd(), 3))?;
    run.demand(
        run.value().is_ok() && run.seen_by("the second client").received == b"one two three two again",
        "three clients came and went, and not all of them got their bytes back",
        3,
    )
}

pub fn out_of_descriptors() -> Verdict {
    let mut scene =
        Scene::of("six clients come, and you may open four descriptors; each says \"hello\" in its turn and leaves");
    let (address, listener) = scene.listener("listener");
    let (start, go) = scene.stream_pair("start");
    scene.peer("the next client", move |acts| {
        let crowd = (0..CROWD).map(|_| acts.connect(address)).collect::<Result<Vec<_>, _>>()?;
        acts.write(&start, b"!")?;
        acts.until_asleep()?;
        for client in &crowd {
            talk(acts, client, "hello")?;
            leave(acts, client)?;
        }
        Ok(())
    });
    scene.because(|run| {
        let full = run.met(Family::Accept, libc::EMFILE);
        let asked = run.calls_of(Family::Accept).filter(|call| call.errno() == Some(libc::EMFILE)).count();
        match (full, run.sleeps_in(Family::Ready)) {
            (true, true) => Some((
                "who waits in the queue makes no new edge: when a descriptor is free again, nobody will tell you",
                3,
            )),
            (true, false) if asked > CROWD => Some((
                "no descriptor is free before a client leaves, and no client can leave while you ask again and again",
                3,
            )),
            _ => None,
        }
    });
    let run = scene.run(|| {
        quietly(|| leave_descriptors(DESCRIPTORS))?;
        served_from(go, &listener.take(), CROWD as u64)
    })?;
    run.demand(run.value().is_ok(), "accept found no descriptor free, and you ended the service for all", 3)?;
    let greeted = run.seen_by("the next client").received == b"hello".repeat(CROWD);
    run.demand(greeted, "a client that had to wait in the queue was sent away unheard", 3)
}

/// Lowers this process's limit, so that it can open `count` more descriptors.
fn leave_descriptors(count: usize) -> io::Result<()> {
    // SAFETY: integers only.
    let is_free = |number: &i32| unsafe { libc::fcntl(*number, libc::F_GETFD) } == -1;
    let last = (0..).filter(is_free).nth(count - 1).expect("numbers without end");
    let (_, most) = getrlimit(Resource::RLIMIT_NOFILE)?;
    Ok(setrlimit(Resource::RLIMIT_NOFILE, last as u64 + 1, most)?)
}
