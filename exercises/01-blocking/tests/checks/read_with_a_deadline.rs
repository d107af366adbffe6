//! What is asked of `read_with_a_deadline`.

use std::io::{self, ErrorKind};
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use lab::check::{Lent, Run, Scene, Verdict, left_in, quietly, receive_timeout, status_flags};
use lab::{Call, Family, Value};

use super::answer::read_with_a_deadline;

/// Time enough, on any machine.
const LONG: Duration = Duration::from_secs(60);
/// A deadline that is to be missed.
const SHORT: Duration = Duration::from_millis(40);
/// How long the client lets you wait before each of its acts.
const PAUSE: Duration = Duration::from_millis(10);
/// How much too early still counts as the deadline: clocks are read in milliseconds.
const PARDON: Duration = Duration::from_millis(5);

const MESSAGE: &[u8] = b"a message of 24 bytes...";

pub fn check() -> Verdict {
    in_good_time()?;
    the_end_comes_first()?;
    a_silent_client()?;
    a_byte_now_and_then()?;
    a_signal_now_and_then()
}

/// What the answer got of the message.
fn message(from: &Lent, within: Duration) -> io::Result<Vec<u8>> {
    let mut message = [0; MESSAGE.len()];
    read_with_a_deadline(from.as_fd(), &mut message, within).map(|()| message.to_vec())
}

fn timed_out<T>(result: &io::Result<T>) -> bool {
    matches!(result, Err(error) if error.kind() == ErrorKind::TimedOut)
}

fn in_good_time() -> Verdict {
    let mut scene = Scene::of("a message comes in two pieces, with a signal in between, long before the deadline");
    scene.interruptible();
    let (client, server) = scene.stream_pair("server");
    scene.peer("client", move |acts| {
        let (first, rest) = MESSAGE.split_at(9);
        acts.write_in_pieces(&client, &[first])?;
        acts.interrupt()?;
        acts.write_in_pieces(&client, &[&[rest, b"the next one"].concat()])
    });
    scene.because(asks_in_vain);
    let run = scene.run(|| {
        let server = server.take();
        (message(&server, LONG), left_in(&server))
    })?;
    let (message, rest) = run.value();
    run.demand(!timed_out(message), "a signal came, and you took that for the deadline, which was far away", 2)?;
    run.demand(
        message.as_ref().is_ok_and(|message| message == MESSAGE),
        "the message was there in time, and you did not return it",
        1,
    )?;
    run.demand(rest == b"the next one", "you took more than the message: what was behind it is gone", 1)
}

fn the_end_comes_first() -> Verdict {
    let mut scene = Scene::of("a client sends half a message and hangs up, long before the deadline");
    let (client, server) = scene.stream_pair("server");
    scene.peer("client", move |acts| {
        acts.write_in_pieces(&client, &[b"a message"])?;
        acts.until_asleep()?;
        acts.close(&client);
        Ok(())
    });
    scene.because(asks_in_vain);
    let run = scene.run(|| message(&server.take(), LONG))?;
    let noticed = matches!(run.value(), Err(error) if error.kind() == ErrorKind::UnexpectedEof);
    run.demand(noticed, "the stream ended in mid-message, and you did not say so: UnexpectedEof", 3)
}

fn a_silent_client() -> Verdict {
    let mut scene = Scene::of("half a message is there, and no more comes; the deadline is 40 ms away");
    let (client, server) = scene.stream_pair("server");
    client.sent(b"a message");
    scene.because(zero_is_for_ever);
    scene.because(waits_without_end);
    scene.because(asks_in_vain);
    let run = scene.run(|| {
        let server = server.take();
        let flags = status_flags(&server);
        let began = quietly(Instant::now);
        let result = message(&server, SHORT);
        let took = began.elapsed();
        let as_before = status_flags(&server) == flags;
        (result, (took, (receive_timeout(&server), as_before)))
    })?;
    let (result, (took, (timeout, as_before))) = run.value();
    run.demand(
        run.calls_of(Family::Read).all(has_ended),
        "the time was up, and you left a thread behind that still reads: what comes next it takes, for nobody",
        1,
    )?;
    run.demand(result.is_err(), "half a message came, and you returned it as a whole one", 1)?;
    run.demand(*took + PARDON >= SHORT, "you gave up long before the deadline", 1)?;
    let eagain = matches!(result, Err(error) if error.kind() == ErrorKind::WouldBlock);
    run.demand(!eagain, "you missed the deadline with WouldBlock, which says something else: the kind is TimedOut", 3)?;
    run.demand(timed_out(result), "you missed the deadline, and your error does not say so: the kind is TimedOut", 3)?;
    run.demand(timeout.is_zero(), "your timeout is still on the socket: the next read, which wants none, has it", 3)?;
    run.demand(*as_before, "you left the socket with other status flags than it had: O_NONBLOCK, most likely", 3)?;
    sleeps_where_it_should(&run)
}

fn a_byte_now_and_then() -> Verdict {
    let mut scene = Scene::of("a message comes in three pieces, each after a while; the deadline is a minute away");
    let (client, server) = scene.stream_pair("server");
    scene.peer("client", move |acts| {
        MESSAGE.chunks(8).try_for_each(|piece| {
            acts.until_asleep()?;
            acts.pause(PAUSE);
            acts.write(&client, piece)
        })
    });
    let run = scene.run(|| message(&server.take(), LONG))?;
    let renewed = run.renewed_its_time(LONG);
    run.demand(
        !renewed,
        "each piece gave the client the whole minute again: with a byte now and then it keeps you for ever",
        2,
    )
}

fn a_signal_now_and_then() -> Verdict {
    let mut scene =
        Scene::of("two signals come, each after a while, and then the message; the deadline is a minute away");
    scene.interruptible();
    let (client, server) = scene.stream_pair("server");
    scene.peer("client", move |acts| {
        for _ in 0..2 {
            acts.until_asleep()?;
            acts.pause(PAUSE);
            acts.interrupt()?;
        }
        acts.write_in_pieces(&client, &[MESSAGE])
    });
    let run = scene.run(|| message(&server.take(), LONG))?;
    let renewed = run.renewed_its_time(LONG);
    run.demand(!renewed, "each signal gave the client the whole minute again: with enough signals you never give up", 2)
}

/// Neither asking again and again, nor sleeping by the clock.
fn sleeps_where_it_should(run: &Run) -> Verdict {
    run.demand_no_nap("you sleep and look, sleep and look: there are calls that wake for a byte and for the time", 1)?;
    run.demand(!run.kept_asking(), "you ask again and again where nothing is there, until the time is up", 1)
}

/// Whether a call has come to its end: one that has not is another thread's, which sleeps in it.
fn has_ended(call: &Call) -> bool {
    call.returned().is_some() || call.errno().is_some()
}

fn zero_is_for_ever(run: &Run) -> Option<(&'static str, usize)> {
    let sets_zero =
        |call: &Call| call.arguments.iter().any(|value| matches!(value, Value::Span { time, .. } if time.is_zero()));
    let last = run.calls_of(Family::Control).next_back();
    (run.sleeps_in(Family::Read) && last.is_some_and(sets_zero))
        .then_some(("no time was left, so you set a timeout of zero, and to SO_RCVTIMEO that is \"for ever\"", 3))
}

fn waits_without_end(run: &Run) -> Option<(&'static str, usize)> {
    run.sleeps_in(Family::Read).then_some(("this wait has no end: a read sleeps until something comes", 1))
}

fn asks_in_vain(run: &Run) -> Option<(&'static str, usize)> {
    let past_the_end = run.calls_of(Family::Read).any(|call| call.returned() == Some(0));
    past_the_end.then_some(("read returned 0, the end, and you went on: the end is readable, and stays so", 3))
}
