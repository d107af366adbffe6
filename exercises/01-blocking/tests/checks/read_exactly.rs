//! What is asked of `read_exactly`.

use std::io;
use std::os::fd::AsFd;

use lab::Family;
use lab::check::{Run, Scene, Verdict, left_in, status_flags};

use super::answer::read_exactly;

/// The length of a record.
const LENGTH: usize = 11;

pub fn check() -> Verdict {
    a_record_in_pieces()?;
    two_records_at_once()?;
    signals_in_between()?;
    the_end_in_mid_record()?;
    the_end_between_records()
}

/// One record, as the answer gives it to its caller.
fn one_record(from: &impl AsFd) -> io::Result<Option<String>> {
    let mut record = [0; LENGTH];
    let there = read_exactly(from.as_fd(), &mut record)?;
    Ok(there.then(|| String::from_utf8_lossy(&record).into_owned()))
}

fn is(record: &io::Result<Option<String>>, expected: &str) -> bool {
    matches!(record, Ok(Some(record)) if record == expected)
}

fn a_record_in_pieces() -> Verdict {
    let mut scene = Scene::of("a record of 11 bytes comes in three pieces");
    let (client, server) = scene.stream_pair("server");
    scene.peer("client", move |acts| acts.write_in_pieces(&client, &[b"hel", b"lo wo", b"rld"]));
    scene.because(asked_in_vain);
    let run = scene.run(|| one_record(&server.take()))?;
    run.demand_no_nap(
        "you nap and look, nap and look: a blocking read sleeps until something is there, and no longer",
        1,
    )?;
    let over = matches!(run.value(), Ok(Some(record)) if record.starts_with("rld"));
    run.demand(!over, "each piece went to the beginning of the record, over the one before", 3)?;
    run.demand(is(run.value(), "hello world"), "one piece of the record had come, and you took it for the whole", 1)
}

fn two_records_at_once() -> Verdict {
    let mut scene = Scene::of("two records of 11 bytes are there at once; you are asked for the first");
    let (client, server) = scene.stream_pair("server");
    client.sent(b"hello worldsecond one");
    let run = scene.run(|| {
        let server = server.take();
        let flags = status_flags(&server);
        let first = one_record(&server);
        (first, (left_in(&server), status_flags(&server) == flags))
    })?;
    let (first, (rest, as_before)) = run.value();
    run.demand(!run.closed("server"), "you closed the stream, which you were only lent: its next record is gone", 2)?;
    run.demand(is(first, "hello world"), "you did not return the first record", 1)?;
    run.demand(
        rest == b"second one",
        "you took more than the record: what was behind it is gone, and nobody will read it",
        2,
    )?;
    run.demand(
        *as_before,
        "you left the stream with other status flags than it had: with O_NONBLOCK, its next reader gets EAGAIN",
        2,
    )
}

fn signals_in_between() -> Verdict {
    let mut scene = Scene::of("half a record comes, a signal interrupts you, and the other half comes");
    scene.interruptible();
    let (client, server) = scene.stream_pair("server");
    scene.peer("client", move |acts| {
        acts.write_in_pieces(&client, &[b"hello"])?;
        acts.interrupt()?;
        acts.write_in_pieces(&client, &[b" world"])
    });
    scene.because(began_anew);
    scene.because(asked_in_vain);
    let run = scene.run(|| one_record(&server.take()))?;
    let interrupted = matches!(run.value(), Err(error) if error.kind() == io::ErrorKind::Interrupted);
    run.demand(!interrupted, "a signal came in mid-record, and you gave up: the half that you had read is lost", 2)?;
    run.demand(
        is(run.value(), "hello world"),
        "a signal came in mid-record, and you returned what you had as the whole",
        2,
    )
}

fn the_end_in_mid_record() -> Verdict {
    let mut scene = Scene::of("a client sends half a record and hangs up");
    let (client, server) = scene.stream_pair("server");
    scene.peer("client", move |acts| {
        acts.write_in_pieces(&client, &[b"hello"])?;
        acts.until_asleep()?;
        acts.close(&client);
        Ok(())
    });
    scene.because(read_past_the_end);
    let run = scene.run(|| one_record(&server.take()))?;
    let noticed = matches!(run.value(), Err(error) if error.kind() == io::ErrorKind::UnexpectedEof);
    run.demand(run.value().is_err(), "the client hung up in mid-record, and you said that all was well", 3)?;
    run.demand(noticed, "the client hung up in mid-record, and your error is not UnexpectedEof", 3)
}

fn the_end_between_records() -> Verdict {
    let mut scene = Scene::of("a client sends one record and hangs up, as it should; you are asked twice");
    let (client, server) = scene.stream_pair("server");
    scene.peer("client", move |acts| {
        acts.write(&client, b"hello world")?;
        acts.close(&client);
        Ok(())
    });
    scene.because(read_past_the_end);
    let run = scene.run(|| {
        let server = server.take();
        (one_record(&server), one_record(&server))
    })?;
    let (first, second) = run.value();
    run.demand(is(first, "hello world"), "you did not return the record before the end", 1)?;
    run.demand(second.is_ok(), "the client hung up between two records, which is no error, and you made it one", 3)?;
    run.demand(matches!(second, Ok(None)), "the client had hung up, and you returned a record that nobody sent", 3)?;
    let open = run.left_open();
    run.demand(open.is_empty(), format!("you left descriptors open: {}", open.join(", ")), 2)
}

fn began_anew(run: &Run) -> Option<(&'static str, usize)> {
    run.sleeps_in(Family::Read)
        .then_some(("all of the record has come: you had half of it before the signal, and did not keep that", 2))
}

fn read_past_the_end(run: &Run) -> Option<(&'static str, usize)> {
    run.kept_asking().then_some(("read returned 0, which is the end, and you read again: it will say 0 for ever", 3))
}

fn asked_in_vain(run: &Run) -> Option<(&'static str, usize)> {
    run.kept_asking()
        .then_some(("you ask again and again where nothing is there; a blocking read sleeps until something is", 1))
}
