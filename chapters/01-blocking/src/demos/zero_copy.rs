//! sendfile, splice and tee do the second phase inside the kernel, with no buffer of yours.
//!
//! A relay with read and write copies every byte out of the kernel and in again, only to pass it on.
//! These calls move it from description to description. All three need a place in the kernel to
//! move it through: `sendfile` takes the file's cached pages and so wants a file to read from;
//! `splice` and `tee` take a pipe, which here is no plumbing between processes but a buffer.
//!
//! Rests on: sendfile(2), splice(2), tee(2); Linux fs/splice.c, `do_splice` (EINVAL where neither
//! end is a pipe) and `splice_direct_to_actor` (EINVAL where the input cannot be sought in).

use std::io;
use std::os::unix::net::UnixStream;

use lab::Lesson;
use nix::Error;
use nix::fcntl::{SpliceFFlags, splice, tee};
use nix::sys::memfd::{MFdFlags, memfd_create};
use nix::sys::sendfile::sendfile;
use nix::sys::uio::pwrite;
use nix::unistd::{pipe, read, write};

/// Sends a file, echoes a message, and keeps a copy of another, seeing none of them.
pub fn zero_copy(lesson: &Lesson) -> io::Result<()> {
    let (client, server) = lesson.quietly(UnixStream::pair)?;
    lesson.name(&client, "client");
    lesson.name(&server, "server");
    let (reader, writer) = lesson.quietly(pipe)?;
    lesson.name(&reader, "pipe's reader");
    lesson.name(&writer, "pipe's writer");
    let file = lesson.quietly(|| {
        let file = memfd_create("page", MFdFlags::MFD_CLOEXEC)?;
        pwrite(&file, b"a page", 0).map(|_| file)
    })?;
    lesson.name(&file, "file");
    let mut buffer = [0; 16];

    lesson.say("a file to a socket, from an offset of ours; the file's own stays where it was");
    sendfile(&server, &file, Some(&mut 2), 16)?;
    read(&client, &mut buffer)?;
    sendfile(&server, &file, None, 16)?;
    read(&client, &mut buffer)?;

    lesson.say("echo has a socket as its source, and that sendfile refuses");
    write(&client, b"echo")?;
    let sent = sendfile(&server, &server, None, 16);
    let spliced = lesson.predict(
        "Can splice do it, from the socket to the socket? What does it return?",
        &[
            ("4", "It needs a pipe on one side, to hold the pages in between."),
            ("EINVAL", "Neither side is a pipe, so there is nowhere to hold the pages in between."),
            ("EPIPE", "That is what a pipe without a reader says. Here there is no pipe at all."),
        ],
        || splice(&server, None, &server, None, 16, SpliceFFlags::empty()),
    );
    lesson.seen(
        "sendfile needs a file to read from, and splice a pipe at one end",
        sent == Err(Error::EINVAL) && spliced == Err(Error::EINVAL),
    );
    lesson.say("by way of the pipe it is two calls, as read and write would be, but no byte comes up to us");
    splice(&server, None, &writer, None, 16, SpliceFFlags::empty())?;
    splice(&reader, None, &server, None, 16, SpliceFFlags::empty())?;
    read(&client, &mut buffer)?;

    keep_a_copy(lesson)?;
    lesson.quietly(|| drop((client, server, reader, writer, file)));
    Ok(())
}

fn keep_a_copy(lesson: &Lesson) -> io::Result<()> {
    let (first, second) = lesson.quietly(|| nix::Result::Ok((pipe()?, pipe()?)))?;
    lesson.name(&first.0, "first pipe's reader");
    lesson.name(&first.1, "first pipe's writer");
    lesson.name(&second.0, "second pipe's reader");
    lesson.name(&second.1, "second pipe's writer");
    let mut buffer = [0; 16];

    write(&first.1, b"twice")?;
    lesson.say("tee leaves the first pipe as it was");
    let copied = tee(&first.0, &second.1, 16, SpliceFFlags::empty())?;
    let one = read(&first.0, &mut buffer)?;
    let two = read(&second.0, &mut buffer)?;
    lesson.seen("tee is a splice that takes nothing away", (copied, one, two) == (5, 5, 5));
    lesson.quietly(|| drop((first, second)));
    Ok(())
}
