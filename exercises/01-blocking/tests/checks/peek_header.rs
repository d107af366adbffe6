//! What is asked of `peek_header`.

use std::io;
use std::os::fd::AsFd;
use std::time::Duration;

use lab::check::{Lent, Run, Scene, Verdict, left_in, low_water_mark};

use super::answer::{Next, next_record};

const LIMIT: usize = 100;

pub fn check() -> Verdict {
    in_pieces()?;
    too_long()?;
    a_body_in_pieces()?;
    signals_in_between()?;
    the_end_between_records()?;
    the_end_in_mid_header()?;
    the_end_in_mid_body()?;
    just_short_enough()
}

/// What the answer says comes next: a record, or the length of one that is too long; `None` for the end.
type Told = io::Result<Option<Result<Vec<u8>, usize>>>;

fn next(from: &Lent) -> Told {
    Ok(match next_record(from.as_fd(), LIMIT)? {
        Next::Record(record) => Some(Ok(record)),
        Next::TooLong(length) => Some(Err(length)),
        Next::End => None,
    })
}

fn is_hello(told: &Told) -> bool {
    matches!(told, Ok(Some(Ok(record))) if record == b"hello")
}

fn in_pieces() -> Verdict {
    let mut scene =
        Scene::of("half a header comes; 20 ms later the other half, with a body of 5 bytes and the next record");
    let (client, server) = scene.tcp_pair("server");
    scene.peer("client", move |acts| {
        acts.write_in_pieces(&client, &[b"\0\0"])?;
        acts.until_asleep()?;
        acts.pause(Duration::from_millis(20));
        acts.write(&client, b"\0\x05hello\0\0\0\x03abc")
    });
    scene.because(peeks_in_vain);
    let run = scene.run(|| {
        let server = server.take();
        let told = next(&server);
        (told, (low_water_mark(&server), left_in(&server)))
    })?;
    let (told, (mark, rest)) = run.value();
    run.demand_no_nap("you nap and look, nap and look: let the kernel wake you when the header is there", 2)?;
    let backwards = matches!(told, Ok(Some(Err(0x0500_0000))));
    run.demand(!backwards, "the header says 5, and you read it from its other end: network byte order", 1)?;
    let with_header = matches!(told, Ok(Some(Ok(record))) if record == b"\0\0\0\x05hello");
    run.demand(!with_header, "you returned the record with its header in front: your caller asked for the record", 1)?;
    run.demand(is_hello(told), "half a header had come, and you read a length out of it", 1)?;
    run.demand(rest == b"\0\0\0\x03abc", "you took more than the record: what was behind it is gone", 1)?;
    run.demand(!run.kept_asking(), "you peeked again and again while half a header was there", 2)?;
    run.demand(
        *mark == 1,
        "SO_RCVLOWAT is still raised: the next reader of one byte sleeps although a byte is there",
        3,
    )?;
    let open = run.left_open();
    run.demand(open.is_empty(), format!("you left descriptors open: {}", open.join(", ")), 3)
}

fn too_long() -> Verdict {
    let mut scene = Scene::of("a record of 101 bytes is there; you are to take those of up to 100");
    let (client, server) = scene.tcp_pair("server");
    let record = [b"\0\0\0\x65", [b'.'; 101].as_slice()].concat();
    client.sent(&record);
    let run = scene.run(|| {
        let server = server.take();
        (next(&server), left_in(&server))
    })?;
    let (told, rest) = run.value();
    run.demand(
        matches!(told, Ok(Some(Err(101)))),
        "the record has 101 bytes, one too many, and you did not say so",
        1,
    )?;
    let headless = rest.as_slice() == &record[4..];
    run.demand(!headless, "you left the long record without its header: you took that, where a look would do", 1)?;
    run.demand(*rest == record, "the long record is not yours, and it is no longer in the socket as it was", 1)
}

fn a_body_in_pieces() -> Verdict {
    let mut scene = Scene::of("a header comes that tells 5 bytes, with 2 of them; the other 3 come later");
    let (client, server) = scene.tcp_pair("server");
    scene.peer("client", move |acts| acts.write_in_pieces(&client, &[b"\0\0\0\x05he", b"llo"]));
    scene.because(peeks_in_vain);
    let run = scene.run(|| next(&server.take()))?;
    run.demand(
        is_hello(run.value()),
        "a piece of the body had come, and you took it for all that will: a read may return fewer bytes than asked for",
        2,
    )
}

fn signals_in_between() -> Verdict {
    let mut scene = Scene::of("a record of 5 bytes comes in three pieces, and a signal interrupts you before each");
    scene.interruptible();
    let (client, server) = scene.tcp_pair("server");
    scene.peer("client", move |acts| {
        acts.interrupt()?;
        acts.write_in_pieces(&client, &[b"\0\0"])?;
        acts.interrupt()?;
        acts.write_in_pieces(&client, &[b"\0\x05he"])?;
        acts.interrupt()?;
        acts.write_in_pieces(&client, &[b"llo"])
    });
    scene.because(peeks_in_vain);
    let run = scene.run(|| next(&server.take()))?;
    let eof = matches!(run.value(), Err(error) if error.kind() == io::ErrorKind::UnexpectedEof);
    run.demand(!eof, "a signal made your peek short, and you took that for the end of the stream", 3)?;
    run.demand(is_hello(run.value()), "a signal came in mid-record, and the record was lost", 3)
}

fn the_end_between_records() -> Verdict {
    let mut scene = Scene::of("a client ends its direction between two records, as it should");
    let (client, server) = scene.tcp_pair("server");
    scene.peer("client", move |acts| {
        acts.until_asleep()?;
        acts.shutdown_write(&client)
    });
    scene.because(peeks_in_vain);
    let run = scene.run(|| next(&server.take()))?;
    run.demand(matches!(run.value(), Ok(None)), "the stream had ended between two records, and you did not say so", 3)
}

fn the_end_in_mid_header() -> Verdict {
    let mut scene = Scene::of("a client sends half a header and ends its direction");
    let (client, server) = scene.tcp_pair("server");
    scene.peer("client", move |acts| {
        acts.write_in_pieces(&client, &[b"\0\0"])?;
        acts.until_asleep()?;
        acts.shutdown_write(&client)
    });
    scene.because(peeks_past_the_end);
    let run = scene.run(|| next(&server.take()))?;
    let noticed = matches!(run.value(), Err(error) if error.kind() == io::ErrorKind::UnexpectedEof);
    run.demand(noticed, "the stream ended in mid-header, and you did not say so: UnexpectedEof", 3)
}

fn the_end_in_mid_body() -> Verdict {
    let mut scene = Scene::of("a client sends a header that tells 5 bytes, and 3 of them, and ends its direction");
    let (client, server) = scene.tcp_pair("server");
    scene.peer("client", move |acts| {
        acts.write_in_pieces(&client, &[b"\0\0\0\x05hel"])?;
        acts.until_asleep()?;
        acts.shutdown_write(&client)
    });
    scene.because(peeks_past_the_end);
    let run = scene.run(|| next(&server.take()))?;
    let noticed = matches!(run.value(), Err(error) if error.kind() == io::ErrorKind::UnexpectedEof);
    run.demand(noticed, "the stream ended in mid-body, and you did not say so: UnexpectedEof", 3)
}

fn just_short_enough() -> Verdict {
    let mut scene = Scene::of("a record of 100 bytes is there; you are to take those of up to 100");
    let (client, server) = scene.tcp_pair("server");
    client.sent(&[b"\0\0\0\x64", [b'.'; 100].as_slice()].concat());
    let run = scene.run(|| next(&server.take()))?;
    let taken = matches!(run.value(), Ok(Some(Ok(record))) if *record == [b'.'; 100]);
    run.demand(taken, "the record has 100 bytes, and no more: the limit is part of what is yours, the header is not", 1)
}

fn peeks_in_vain(run: &Run) -> Option<(&'static str, usize)> {
    run.kept_asking()
        .then_some(("half a header is there, so a peek returns at once, and you peek again: it takes nothing", 2))
}

fn peeks_past_the_end(run: &Run) -> Option<(&'static str, usize)> {
    run.kept_asking()
        .then_some(("the stream has ended, so each call returns at once, with nothing new: no more will come", 3))
}
