//! What is asked of `copy_without_a_buffer`.

use std::io::ErrorKind;
use std::os::fd::AsFd;

use lab::Family;
use lab::check::{Finished, Run, Scene, Verdict};

use super::answer::copy_without_a_buffer;

/// More than a pipe and a narrow pair's buffer hold, and no more than a socket's own does.
const LENGTH: usize = 96 << 10;

pub fn check() -> Verdict {
    words_now_and_then()?;
    a_slow_reader_and_signals()?;
    a_reader_that_has_gone()
}

fn words_now_and_then() -> Verdict {
    let mut scene = Scene::of("a client says two words, with a signal before each, and ends its direction");
    scene.interruptible();
    let (client, from) = scene.stream_pair("from");
    let (server, to) = scene.stream_pair("to");
    scene.peer("client", move |acts| {
        for word in ["hello", "again"] {
            acts.interrupt()?;
            acts.write_in_pieces(&client, &[word.as_bytes()])?;
        }
        acts.until_asleep()?;
        acts.shutdown_write(&client)
    });
    scene.peer("server", move |acts| acts.read_to_end(&server));
    scene.because(asks_past_the_end);
    scene.because(asks_in_vain);
    let run = scene.run(|| {
        let (from, to) = (from.take(), to.take());
        copy_without_a_buffer(from.as_fd(), to.as_fd())
    })?;
    no_signal_ends_it(&run)?;
    let seen = &run.seen_by("server").received;
    run.demand(seen == b"helloagain", "the server did not get what the client had said", 1)?;
    let in_memory = run.called(Family::Read) || run.called(Family::Write);
    run.demand(!in_memory, "the bytes went through your memory: you read and wrote them", 1)?;
    run.demand(matches!(run.value(), Ok(10)), "you copied 10 bytes, and counted otherwise", 2)?;
    run.demand(
        !run.closed("from") && !run.closed("to"),
        "you closed a socket that you were lent: its owner may have more to say",
        3,
    )?;
    run.demand(!run.kept_asking(), "you asked again and again where nothing was there", 1)?;
    nothing_is_left_open(&run)
}

/// A stream in which no two places look alike.
fn stream() -> Vec<u8> {
    (0..LENGTH as u32 / 4).flat_map(u32::to_be_bytes).collect()
}

fn a_slow_reader_and_signals() -> Verdict {
    let mut scene = Scene::of("96 KiB for a server that reads slowly; signals come while its buffer is full");
    scene.interruptible();
    let (client, from) = scene.stream_pair("from");
    let (server, to) = scene.narrow_pair("to");
    client.sent(&stream());
    client.has_ended();
    scene.peer("server", move |acts| {
        for _ in 0..4 {
            acts.interrupt()?;
        }
        acts.until_asleep()?;
        acts.read_to_end(&server)
    });
    scene.because(asks_past_the_end);
    scene.because(asks_in_vain);
    let run = scene.run(|| {
        let (from, to) = (from.take(), to.take());
        copy_without_a_buffer(from.as_fd(), to.as_fd())
    })?;
    no_signal_ends_it(&run)?;
    let seen = &run.seen_by("server").received;
    let missing = seen.len() < LENGTH;
    run.demand(
        !missing,
        "some of the stream never reached the server: a splice out of the pipe came short, and the rest stayed inside",
        2,
    )?;
    run.demand(*seen == stream(), "the server got the stream in another order than it was sent", 2)
}

fn a_reader_that_has_gone() -> Verdict {
    let mut scene = Scene::of("the server has gone; the client still talks");
    let (client, from) = scene.stream_pair("from");
    let (server, to) = scene.stream_pair("to");
    client.sent(b"hello");
    server.gone();
    let run = scene.run(|| {
        let (from, to) = (from.take(), to.take());
        copy_without_a_buffer(from.as_fd(), to.as_fd())
    })?;
    run.demand(run.value().is_err(), "the server had gone, and you did not say so", 3)?;
    nothing_is_left_open(&run)
}

fn no_signal_ends_it(run: &Finished<std::io::Result<u64>>) -> Verdict {
    let interrupted = matches!(run.value(), Err(error) if error.kind() == ErrorKind::Interrupted);
    run.demand(!interrupted, "a signal came, and you gave up: what was in the pipe is lost", 2)
}

fn nothing_is_left_open(run: &Run) -> Verdict {
    let open = run.left_open();
    run.demand(open.is_empty(), format!("you left descriptors open: {}", open.join(", ")), 3)
}

fn asks_past_the_end(run: &Run) -> Option<(&'static str, usize)> {
    let ended = run.calls_of(Family::Transfer).any(|call| call.returned() == Some(0));
    (ended && run.kept_asking())
        .then_some(("splice returned 0, which is the end of the stream, and you ask again: it will say 0 for ever", 3))
}

fn asks_in_vain(run: &Run) -> Option<(&'static str, usize)> {
    run.kept_asking().then_some((
        "nothing is there, and you ask again and again; a splice that may sleep waits until something is",
        1,
    ))
}
