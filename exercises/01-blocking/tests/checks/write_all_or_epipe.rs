//! What is asked of `write_all_or_epipe`.

use std::io;
use std::os::fd::AsFd;

use lab::check::{Diagnosis, Finished, Run, Scene, Verdict, has_default_action, is_blocked};
use lab::{Call, Family, Value};

use super::answer::{Sent, write_all_or_epipe};

/// Far more than a narrow pair's buffers hold.
const LENGTH: usize = 256 << 10;

pub fn check() -> Verdict {
    let slow = a_slow_reader_and_signals()?;
    a_reader_that_has_gone()?;
    a_reader_that_goes()?;
    let prevented = slow.calls_of(Family::Write).all(asks_for_the_error_alone);
    slow.demand(
        prevented || slow.called_by_name("sigprocmask"),
        "you look whether the reader is there, and then write: it may leave in between, and SIGPIPE kills",
        3,
    )
}

/// A message in which no two places look alike.
fn message() -> Vec<u8> {
    (0..LENGTH as u32 / 4).flat_map(u32::to_be_bytes).collect()
}

/// Whether all was sent, as the answer says.
fn send(to: &impl AsFd, message: &[u8]) -> io::Result<bool> {
    Ok(matches!(write_all_or_epipe(to.as_fd(), message)?, Sent::All))
}

fn a_slow_reader_and_signals() -> Result<Finished<io::Result<bool>>, Diagnosis> {
    let mut scene = Scene::of("256 KiB for a client that reads slowly; two signals come while your call sleeps");
    scene.interruptible();
    let (client, server) = scene.narrow_pair("server");
    scene.peer("client", move |acts| {
        // The first finds a write that has done a part, the second one that has done nothing.
        acts.interrupt()?;
        acts.interrupt()?;
        acts.until_asleep()?;
        acts.read_to_end(&client)
    });
    scene.because(asked_in_vain);
    let run = scene.run(|| send(&server.take(), &message()))?;
    let (message, received) = (message(), &run.seen_by("client").received);
    run.demand_no_nap("you nap and look, nap and look: a blocking send sleeps until there is room, and no longer", 1)?;
    let interrupted = matches!(run.value(), Err(error) if error.kind() == io::ErrorKind::Interrupted);
    run.demand(!interrupted, "a signal came, and you gave up: your caller cannot know how much was sent", 2)?;
    let reader_gone = matches!(run.value(), Ok(false));
    run.demand(!reader_gone, "a signal came, and you said that the reader had gone: it was there, and read on", 2)?;
    let cut = received.len() < LENGTH && message.starts_with(received);
    run.demand(
        !cut,
        "the client got the beginning and no more: your write came back short, and you took it for whole",
        1,
    )?;
    let repeated = received.len() > LENGTH;
    run.demand(
        !repeated,
        "the client got the beginning twice: after a short write only the rest is still to be sent",
        2,
    )?;
    run.demand(*received == message, "what the client got is not what you were given", 1)?;
    run.demand(matches!(run.value(), Ok(true)), "all of it had been sent, and you said something else", 3)?;
    Ok(run)
}

fn a_reader_that_has_gone() -> Verdict {
    let mut scene =
        Scene::of("the client has gone before you write; SIGPIPE kills in this process, as it does by default");
    scene.deadly_sigpipe();
    let (client, server) = scene.stream_pair("server");
    client.gone();
    scene.because(broken_pipe);
    let run = scene.run(|| {
        let server = server.take();
        let sent = send(&server, b"hello");
        (sent, (has_default_action(libc::SIGPIPE), is_blocked(libc::SIGPIPE)))
    })?;
    let (sent, (default, blocked)) = run.value();
    run.demand(*default, "you changed what SIGPIPE does to the whole process, and left it so", 3)?;
    run.demand(
        !run.called_by_name("sigaction"),
        "you changed what SIGPIPE does to the whole process: for as long as you write, another thread has it too",
        3,
    )?;
    run.demand(!blocked, "SIGPIPE is still blocked in your caller's thread", 3)?;
    run.demand(matches!(sent, Ok(false)), "nobody could read any more, and you did not say so", 3)
}

fn a_reader_that_goes() -> Verdict {
    let mut scene = Scene::of("256 KiB for a client that reads nothing, and leaves while your call sleeps");
    scene.interruptible();
    scene.deadly_sigpipe();
    let (client, server) = scene.narrow_pair("server");
    scene.peer("client", move |acts| {
        // After the signal the call sleeps with nothing done, so that it can return an error.
        acts.interrupt()?;
        acts.until_asleep()?;
        acts.close(&client);
        Ok(())
    });
    scene.because(broken_pipe);
    let run = scene.run(|| send(&server.take(), &message()))?;
    let reset = run.value().as_ref().is_err_and(|error| error.kind() == io::ErrorKind::ConnectionReset);
    run.demand(!reset, "the client left with bytes unread, which has an errno of its own: ECONNRESET is gone too", 3)?;
    run.demand(matches!(run.value(), Ok(false)), "the client left, and you did not say so", 3)
}

fn asks_for_the_error_alone(call: &Call) -> bool {
    let no_signal = |value: &Value| matches!(value, Value::Flags { bits, .. } if bits & libc::MSG_NOSIGNAL as u64 != 0);
    call.arguments.iter().any(no_signal)
}

fn asked_in_vain(run: &Run) -> Option<(&'static str, usize)> {
    run.kept_asking()
        .then_some(("the buffer is full, and you ask again and again; a blocking call sleeps until there is room", 1))
}

fn broken_pipe(run: &Run) -> Option<(&'static str, usize)> {
    run.met(Family::Write, libc::EPIPE)
        .then_some(("EPIPE would have told you, had you asked for the error without the signal", 3))
}
