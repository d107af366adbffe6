//! What is asked of `drain_then_wait`.

use std::os::fd::{AsFd, AsRawFd};

use lab::Family;
use lab::check::{Finished, Run, Scene, Verdict, arm, block, leave_pending};

use super::answer::echo;

/// More than one read takes.
const LONG: usize = 80_000;

pub fn check() -> Verdict {
    early_words()?;
    a_long_message()?;
    a_late_signal()?;
    signals_of_others()?;
    the_end_right_behind()
}

/// Arms the socket, as the task says that it is, and echoes.
fn armed(socket: &(impl AsFd + AsRawFd)) -> Result<usize, i32> {
    let event = libc::SIGRTMIN();
    block(&[event, libc::SIGIO]);
    arm(socket, event);
    echo(socket.as_fd(), event).map_err(|error| error.raw_os_error().unwrap_or_default())
}

fn early_words() -> Verdict {
    let mut scene =
        Scene::of("a client said \"early\" before the socket was armed; it waits for the answer, and leaves");
    let (client, server) = scene.stream_pair("socket");
    client.sent(b"early");
    scene.peer("the client", move |acts| {
        acts.read_in_all(&client, 5)?;
        acts.until_it_waits_for_a_signal()?;
        acts.close(&client);
        Ok(())
    });
    scene.because(waits_first);
    scene.because(takes_the_end_for_a_pause);
    scene.because(asks_in_vain);
    let run = scene.run(|| armed(&server.take()))?;
    no_trouble(&run)?;
    slept_well(&run, "the client")?;
    run.demand(run.seen_by("the client").received == b"early", "the client did not get back what it had said", 1)?;
    run.demand(
        matches!(run.value(), Ok(5)),
        "the client had its 5 bytes back and left, and you returned something else: a read of 0 is the end",
        3,
    )
}

fn a_long_message() -> Verdict {
    let mut scene =
        Scene::of("a client says 80 kB at once, when you sleep; it waits for all of the answer, and leaves");
    let (client, server) = scene.wide_pair("socket");
    scene.peer("the client", move |acts| {
        acts.until_it_waits_for_a_signal()?;
        acts.write(&client, &vec![b'x'; LONG])?;
        acts.read_in_all(&client, LONG)?;
        acts.until_it_waits_for_a_signal()?;
        acts.close(&client);
        Ok(())
    });
    scene.because(left_some);
    scene.because(asks_in_vain);
    let run = scene.run(|| armed(&server.take()))?;
    no_trouble(&run)?;
    slept_well(&run, "the client")?;
    run.demand(matches!(run.value(), Ok(LONG)), "not all of the message came back", 2)
}

fn a_late_signal() -> Verdict {
    let mut scene = Scene::of("a signal is pending that tells of nothing any more; then a client speaks, and leaves");
    let (client, server) = scene.stream_pair("socket");
    scene.peer("the client", move |acts| {
        acts.until_it_waits_for_a_signal()?;
        acts.write(&client, b"hello")?;
        acts.read_in_all(&client, 5)?;
        acts.until_it_waits_for_a_signal()?;
        acts.close(&client);
        Ok(())
    });
    scene.because(asks_in_vain);
    let run = scene.run(|| {
        block(&[libc::SIGRTMIN()]);
        leave_pending(libc::SIGRTMIN());
        armed(&server.take())
    })?;
    no_trouble(&run)?;
    run.demand(
        matches!(run.value(), Ok(5)),
        "a signal came and there was nothing to read: that is neither an error nor the end",
        3,
    )
}

fn signals_of_others() -> Verdict {
    let mut scene =
        Scene::of("while you sleep another signal comes, for which there is a handler; then a client speaks");
    scene.interruptible();
    let (client, server) = scene.stream_pair("socket");
    scene.peer("the client", move |acts| {
        acts.interrupt()?;
        acts.until_asleep()?;
        acts.write(&client, b"hello")?;
        acts.read_in_all(&client, 5)?;
        acts.until_asleep()?;
        acts.close(&client);
        Ok(())
    });
    let run = scene.run(|| armed(&server.take()))?;
    run.demand(
        *run.value() != Err(libc::EINTR),
        "another signal was handled while you slept, and you took the EINTR for your own end",
        3,
    )?;
    run.demand(matches!(run.value(), Ok(5)), "the client did not get back what it had said", 3)
}

fn the_end_right_behind() -> Verdict {
    let mut scene = Scene::of(
        "a client said \"last words\" and ended its half at once, before the socket was armed; it waits for the answer",
    );
    let (client, server) = scene.stream_pair("socket");
    client.sent(b"last words");
    client.has_ended();
    scene.peer("the client", move |acts| acts.read_to_end(&client));
    scene.because(trusts_a_short_read);
    let run = scene.run(|| armed(&server.take()))?;
    run.demand(
        run.seen_by("the client").received == b"last words",
        "the client's end came right behind its words, and you left without an answer to them",
        2,
    )?;
    run.demand(matches!(run.value(), Ok(10)), "10 bytes went back to the client, and you returned something else", 3)
}

fn no_trouble(run: &Finished<Result<usize, i32>>) -> Verdict {
    run.demand(
        *run.value() != Err(libc::EAGAIN),
        "EAGAIN is no error here: it says that you have read all there is, and may go to sleep",
        1,
    )
}

fn slept_well(run: &Run, client: &str) -> Verdict {
    let elsewhere = run.seen_by(client).notes.iter().any(|note| note.starts_with("slept in"));
    run.demand(!elsewhere, "you slept in another call than the wait for a signal: what were the signals for?", 2)
}

fn waits_first(run: &Run) -> Option<(&'static str, usize)> {
    (run.sleeps_in(Family::SignalWait) && !run.called(Family::Read))
        .then_some(("\"early\" was there before the socket was armed: no signal tells of it, only a read does", 1))
}

fn takes_the_end_for_a_pause(run: &Run) -> Option<(&'static str, usize)> {
    let at_the_end = run.calls_of(Family::Read).next_back().is_some_and(|read| read.returned() == Some(0));
    (run.sleeps_in(Family::SignalWait) && at_the_end)
        .then_some(("read returned 0: the client has gone, and no signal will come any more", 3))
}

fn left_some(run: &Run) -> Option<(&'static str, usize)> {
    let until_empty = run.calls_of(Family::Read).next_back().is_some_and(|read| read.errno() == Some(libc::EAGAIN));
    (run.sleeps_in(Family::SignalWait) && !until_empty)
        .then_some(("your last read did not say EAGAIN: the rest lies in the socket, and no signal tells of it", 2))
}

fn trusts_a_short_read(run: &Run) -> Option<(&'static str, usize)> {
    let short = run.calls_of(Family::Read).next_back().is_some_and(|read| read.returned() > Some(0));
    (run.sleeps_in(Family::SignalWait) && short).then_some((
        "a short read took all bytes, and behind them was the end: no signal tells of that, only the next read does",
        2,
    ))
}

fn asks_in_vain(run: &Run) -> Option<(&'static str, usize)> {
    run.kept_asking().then_some(("EAGAIN says that there is nothing, and you ask again and again", 2))
}
