//! A passed descriptor has a new number and the same open file description behind it.
//!
//! SCM_RIGHTS carries no number. The kernel takes a reference to the file description into the
//! message and, when the message is received, gives it the lowest free number of the receiver: a
//! dup() into another process. The offset and the status flags are shared from then on, and the
//! file stays open while the message is on its way, even where nobody has a number for it.
//!
//! Rests on: unix(7), "SCM_RIGHTS"; UNPv3 section 15.7, "Passing Descriptors"; Linux
//! net/core/scm.c, `scm_fp_copy` and `scm_detach_fds`.

use std::io::{self, IoSlice, IoSliceMut};
use std::os::fd::{AsFd, AsRawFd, FromRawFd, OwnedFd};
use std::os::unix::net::UnixStream;

use lab::Lesson;
use nix::cmsg_space;
use nix::sys::memfd::{MFdFlags, memfd_create};
use nix::sys::socket::{ControlMessage, ControlMessageOwned, MsgFlags, recv, recvmsg, sendmsg};
use nix::unistd::{Whence, lseek, pipe, read, write};

/// Passes a file, then the last writer of a pipe.
pub fn pass_a_descriptor(lesson: &Lesson) -> io::Result<()> {
    let (sender, receiver) = lesson.quietly(UnixStream::pair)?;
    lesson.name(&sender, "sender");
    lesson.name(&receiver, "receiver");

    same_description(lesson, &sender, &receiver)?;
    open_on_the_way(lesson, &sender, &receiver)?;
    nothing_without_bytes(lesson, &sender, &receiver)?;
    lesson.quietly(|| drop((sender, receiver)));
    Ok(())
}

fn same_description(lesson: &Lesson, sender: &UnixStream, receiver: &UnixStream) -> io::Result<()> {
    let file = lesson.quietly(|| {
        let file = memfd_create("greeting", MFdFlags::MFD_CLOEXEC)?;
        write(&file, b"hello world")?;
        lseek(&file, 0, Whence::SeekSet)?;
        nix::Result::Ok(file)
    })?;
    lesson.name(&file, "file");
    let mut buffer = [0; 5];

    read(&file, &mut buffer)?;
    pass(sender, b"!", &file)?;
    let passed = take(receiver)?;
    lesson.name(&passed, "passed");
    let count = lesson.predict(
        "The sender has read \"hello\" of \"hello world\". What does the receiver read first?",
        &[
            (
                "\"hello\"",
                "It would, had the receiver opened the file itself: then it had a description of its own, at offset 0.",
            ),
            ("\" worl\"", "The offset is in the file description, and there is only one."),
        ],
        || read(&passed, &mut buffer),
    )?;
    let shared = buffer[..count] == *b" worl";
    lesson.say("and the sender goes on where the receiver stopped");
    read(&file, &mut buffer)?;
    lesson.seen(
        "the receiver's number is another, the open file description the same",
        passed.as_raw_fd() != file.as_raw_fd() && shared && buffer[0] == b'd',
    );
    lesson.quietly(|| drop((file, passed)));
    Ok(())
}

fn open_on_the_way(lesson: &Lesson, sender: &UnixStream, receiver: &UnixStream) -> io::Result<()> {
    let (reader, writer) = lesson.quietly(pipe)?;
    lesson.name(&reader, "pipe's reader");
    lesson.name(&writer, "pipe's writer");

    pass(sender, b"!", &writer)?;
    drop(writer);
    lesson.say("nobody has a number for the writing end now: only the message in the queue holds it");
    let passed = take(receiver)?;
    lesson.name(&passed, "passed");
    write(&passed, b"still open")?;
    read(&reader, &mut [0; 16])?;
    drop(passed);
    let end = read(&reader, &mut [0; 16])?;
    lesson.seen("a descriptor on its way keeps its file open", end == 0);
    lesson.quietly(|| drop(reader));
    Ok(())
}

fn nothing_without_bytes(lesson: &Lesson, sender: &UnixStream, receiver: &UnixStream) -> io::Result<()> {
    lesson.say("on a stream the descriptor travels with a byte: without one it goes nowhere, and no error says so");
    pass(sender, b"", sender)?;
    let nothing = recv(receiver.as_raw_fd(), &mut [0; 1], MsgFlags::MSG_DONTWAIT);
    lesson.seen("a stream drops a descriptor that is sent with no bytes", nothing == Err(nix::Error::EAGAIN));
    Ok(())
}

fn pass(through: &UnixStream, bytes: &[u8], descriptor: &impl AsFd) -> nix::Result<usize> {
    let rights = [descriptor.as_fd().as_raw_fd()];
    let control = [ControlMessage::ScmRights(&rights)];
    sendmsg::<()>(through.as_raw_fd(), &[IoSlice::new(bytes)], &control, MsgFlags::empty(), None)
}

fn take(through: &UnixStream) -> io::Result<OwnedFd> {
    let mut control = cmsg_space!([i32; 1]);
    let mut byte = [0; 1];
    let mut bytes = [IoSliceMut::new(&mut byte)];
    // The new descriptor would survive exec, were it not asked for otherwise here.
    let flags = MsgFlags::MSG_CMSG_CLOEXEC;
    let message = recvmsg::<()>(through.as_raw_fd(), &mut bytes, Some(&mut control), flags)?;
    for control in message.cmsgs()? {
        if let ControlMessageOwned::ScmRights(rights) = control {
            // SAFETY: the kernel has just made this number for us, and nobody else knows it.
            return Ok(unsafe { OwnedFd::from_raw_fd(rights[0]) });
        }
    }
    Err(io::Error::other("the message carried no descriptor"))
}
