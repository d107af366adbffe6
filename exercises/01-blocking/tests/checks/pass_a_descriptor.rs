//! What is asked of `pass_a_descriptor`.

use std::fs::File;
use std::io::{self, ErrorKind, PipeReader, PipeWriter, Read, Write};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};

use lab::check::{Run, Scene, Verdict, left_in, quietly};
use lab::{Call, Family, Value};

use super::answer::{receive_descriptor, send_descriptor};

pub fn check() -> Verdict {
    sends_one()?;
    receives_one()?;
    receives_none()?;
    receives_three()?;
    receives_the_end()
}

fn sends_one() -> Verdict {
    let mut scene = Scene::of("you send the writing end of a pipe; the receiver writes into it");
    let (receiver, through) = scene.stream_pair("through");
    let (reader, writer) = scene.pipe_to_write("pipe");
    scene.peer("the receiver", move |acts| {
        for passed in acts.receive(&receiver, 16)? {
            File::from(passed).write_all(b"through the pipe")?;
        }
        acts.read(&reader, 16)?;
        Ok(())
    });
    let run = scene.run(|| {
        let (through, writer) = (through.take(), writer.take());
        send_descriptor(through.as_fd(), writer.as_fd())
    })?;
    let seen = run.seen_by("the receiver");
    run.demand(run.value().is_ok(), "you could not send the descriptor", 1)?;
    let arrived = seen.received.ends_with(b"through the pipe");
    run.demand(
        arrived || !seen.received.is_empty(),
        "you sent no byte, so the descriptor went nowhere, and no error said so",
        1,
    )?;
    run.demand(arrived, "the receiver got bytes, and no descriptor with them", 1)?;
    run.demand(seen.received.len() == 17, "the receiver expects one byte with the descriptor, and got more", 1)?;
    run.demand(
        !run.closed("pipe"),
        "you closed the descriptor that you were lent: it was to be copied, and stays the sender's",
        1,
    )?;
    nothing_is_left_open(&run)
}

/// What the check finds out about a descriptor that was received: whether it survives exec, and what is in it.
type Received = io::Result<(bool, String)>;

fn examine(received: io::Result<OwnedFd>) -> Received {
    let descriptor = received?;
    quietly(|| {
        // SAFETY: integers only.
        let flags = unsafe { libc::fcntl(descriptor.as_raw_fd(), libc::F_GETFD) };
        let mut text = [0; 16];
        let got = File::from(descriptor).read(&mut text)?;
        Ok((flags & libc::FD_CLOEXEC == 0, String::from_utf8_lossy(&text[..got]).into_owned()))
    })
}

/// A pipe with something to read in it.
fn full_pipe() -> io::Result<(PipeReader, PipeWriter)> {
    let (reader, mut writer) = io::pipe()?;
    writer.write_all(b"in the pipe")?;
    Ok((reader, writer))
}

fn receives_one() -> Verdict {
    let mut scene = Scene::of("a signal interrupts you, and then the reading end of a pipe is sent to you");
    scene.interruptible();
    let (sender, through) = scene.stream_pair("through");
    scene.peer("the sender", move |acts| {
        acts.interrupt()?;
        acts.until_asleep()?;
        acts.pass(&sender, b"!", &[full_pipe()?.0.as_fd()])
    });
    let run = scene.run(|| examine(receive_descriptor(through.take().as_fd())))?;
    let received = run.value();
    let interrupted = matches!(received, Err(error) if error.kind() == ErrorKind::Interrupted);
    run.demand(!interrupted, "a signal came before the message, and you gave up", 2)?;
    let right = matches!(received, Ok((_, text)) if text == "in the pipe");
    run.demand(right, "a descriptor was sent to you, and you did not return it", 2)?;
    let inherited = matches!(received, Ok((true, _)));
    run.demand(
        !inherited,
        "the new descriptor survives exec: every program that is started from now on inherits it",
        2,
    )?;
    run.demand(
        run.calls_of(Family::Read).any(closes_on_exec),
        "until you set FD_CLOEXEC the new descriptor survives exec: a program that another thread starts then inherits \
         it",
        2,
    )?;
    nothing_is_left_open(&run)
}

fn receives_none() -> Verdict {
    let mut scene = Scene::of("a byte is sent to you, and no descriptor with it; behind it lies \"next\"");
    let (sender, through) = scene.stream_pair("through");
    sender.sent(b"!next");
    scene.because(|_| {
        Some(("nobody promised you a descriptor with the byte: whoever can write to the socket decides", 3))
    });
    let run = scene.run(|| {
        let through = through.take();
        (examine(receive_descriptor(through.as_fd())), left_in(&through))
    })?;
    let (received, rest) = run.value();
    run.demand(rest == b"next", "you took more than one byte: what was behind it is gone", 2)?;
    run.demand(
        is(received, ErrorKind::InvalidData),
        "a byte came without a descriptor, and you did not say so: InvalidData",
        3,
    )
}

fn receives_three() -> Verdict {
    let mut scene = Scene::of("three descriptors are sent to you with one byte, where you want one");
    let (sender, through) = scene.stream_pair("through");
    scene.peer("the sender", move |acts| {
        acts.until_asleep()?;
        let (reader, writer) = full_pipe()?;
        acts.pass(&sender, b"!", &[reader.as_fd(), writer.as_fd(), reader.as_fd()])
    });
    let run = scene.run(|| examine(receive_descriptor(through.take().as_fd())))?;
    let lost = left_out(&run) && !run.left_open().is_empty();
    run.demand(!lost, "more came than you had room for: those that did fit are open, and you never saw them", 3)?;
    nothing_is_left_open(&run)?;
    run.demand(
        is(run.value(), ErrorKind::InvalidData),
        "three descriptors came where one was expected, and you did not say so: InvalidData",
        3,
    )
}

fn receives_the_end() -> Verdict {
    let mut scene = Scene::of("the sender closes its end");
    let (sender, through) = scene.stream_pair("through");
    sender.gone();
    let run = scene.run(|| examine(receive_descriptor(through.take().as_fd())))?;
    run.demand(
        is(run.value(), ErrorKind::UnexpectedEof),
        "the stream had ended, and you did not say so: UnexpectedEof",
        3,
    )
}

/// Whether the kernel said of a message that it had to leave descriptors out.
fn left_out(run: &Run) -> bool {
    let truncated = |flags: &Value| matches!(flags, Value::Flags { bits, .. } if bits & libc::MSG_CTRUNC as u64 != 0);
    run.calls_of(Family::Read)
        .any(|call| call.argument(1).and_then(|message| message.field("flags")).is_some_and(truncated))
}

/// Whether a call asks that the descriptors which it brings do not survive exec.
fn closes_on_exec(call: &Call) -> bool {
    let flag = |value: &Value| matches!(value, Value::Flags { bits, .. } if bits & libc::MSG_CMSG_CLOEXEC as u64 != 0);
    call.arguments.iter().any(flag)
}

fn is(received: &Received, kind: ErrorKind) -> bool {
    matches!(received, Err(error) if error.kind() == kind)
}

fn nothing_is_left_open(run: &Run) -> Verdict {
    let open = run.left_open();
    run.demand(open.is_empty(), format!("you left descriptors open that nobody knows of: {}", open.join(", ")), 3)
}
