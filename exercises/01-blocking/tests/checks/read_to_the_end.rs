//! What is asked of `read_to_the_end`.

use std::os::fd::AsFd;

use lab::check::{Run, Scene, Verdict};
use lab::{Family, Value};

use super::answer::read_to_the_end;

pub fn check() -> Verdict {
    pauses_are_no_end()?;
    errors_are_no_end()
}

/// A page comes in three pieces; then the client closes.
fn pauses_are_no_end() -> Verdict {
    let mut scene = Scene::of("a client sends a page in three pieces, with a pause after each, and closes");
    let (client, server) = scene.stream_pair("server");
    scene.peer("client", move |client_acts| {
        client_acts.write_in_pieces(&client, &[b"a page", b" in ", b"pieces"])?;
        client_acts.until_asleep()?;
        client_acts.close(&client);
        Ok(())
    });
    scene.because(read_past_the_end);
    let run = scene.run(|| {
        let server = server.take();
        read_to_the_end(server.as_fd())
    })?;
    let page = run.value().as_ref().map(Vec::as_slice).unwrap_or_default();
    let early = b"a page in pieces".starts_with(page);
    run.demand(page == b"a page in pieces" || !early, "the client was only pausing, and you took that for the end", 1)?;
    run.demand(
        page == b"a page in pieces",
        "you kept more than came: a read fills only the first part of the buffer",
        2,
    )?;
    let limited = run.calls().any(|call| call.arguments.iter().any(is_a_time));
    run.demand(!limited, "you take a silence for the end, if it is long enough: a client may be slower than that", 1)
}

/// A client sends half a page, and then its connection is reset.
fn errors_are_no_end() -> Verdict {
    let mut scene = Scene::of("a client sends half a page, and then its connection breaks: it is reset");
    let (client, server) = scene.tcp_pair("server");
    scene.peer("client", move |acts| {
        acts.write_in_pieces(&client, &[b"half a p"])?;
        acts.until_asleep()?;
        acts.reset(&client)
    });
    scene.because(read_past_the_end);
    let run = scene.run(|| {
        let server = server.take();
        read_to_the_end(server.as_fd())
    })?;
    run.demand(run.value().is_err(), "half a page came and then an error, and your caller was told that this is all", 3)
}

fn is_a_time(value: &Value) -> bool {
    matches!(value, Value::Span { time, .. } if !time.is_zero())
}

fn read_past_the_end(run: &Run) -> Option<(&'static str, usize)> {
    let ends = run.calls_of(Family::Read).filter(|call| call.returned() == Some(0)).count();
    (ends > 1).then_some(("read returned 0, which is the end, and you read again: it will say 0 for ever", 2))
}
