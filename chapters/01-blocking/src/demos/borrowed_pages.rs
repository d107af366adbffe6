//! A sent file can still change: sendfile lends the page, and the receiver reads it later.
//!
//! No copy is made until somebody needs one, and that is the receiver. Until it reads, the socket
//! or the pipe holds a reference to the file's own page, and what is written to the file then is
//! what is received. `write` has none of this: when it returns, the bytes are the kernel's.
//!
//! Rests on: sendfile(2), "Notes" (the file must stay unmodified until the other side has consumed
//! it); Linux mm/filemap.c, `splice_folio_into_pipe`, and net/core/skbuff.c, `skb_splice_from_iter`
//! (before 6.5: lib/iov_iter.c, `copy_page_to_iter_pipe`, and `unix_stream_sendpage`).

use std::io;
use std::os::unix::net::UnixStream;

use lab::Lesson;
use nix::sys::memfd::{MFdFlags, memfd_create};
use nix::sys::sendfile::sendfile;
use nix::sys::uio::{pread, pwrite};
use nix::unistd::{read, write};

/// Changes a file between its sending and its receipt: once sent by copy, once by reference.
pub fn borrowed_pages(lesson: &Lesson) -> io::Result<()> {
    let (client, server) = lesson.quietly(UnixStream::pair)?;
    lesson.name(&client, "client");
    lesson.name(&server, "server");
    let file = lesson.quietly(|| memfd_create("price", MFdFlags::MFD_CLOEXEC))?;
    lesson.name(&file, "file");
    let mut buffer = [0; 5];

    pwrite(&file, b"10.00", 0)?;
    lesson.say("by copy: the bytes pass through our buffer");
    pread(&file, &mut buffer, 0)?;
    write(&server, &buffer)?;
    pwrite(&file, b"99.99", 0)?;
    let copied = read(&client, &mut buffer)? == 5 && buffer == *b"10.00";

    pwrite(&file, b"10.00", 0)?;
    lesson.say("by reference");
    sendfile(&server, &file, Some(&mut 0), 5)?;
    pwrite(&file, b"99.99", 0)?;
    let count = lesson.predict(
        "sendfile has returned 5, and after that the file was changed. What does the client receive?",
        &[
            ("\"10.00\"", "It would, had the five bytes been copied. Sent was the page that they lie in."),
            ("\"99.99\"", "The socket's queue holds the file's page, and the client reads what is in it by now."),
        ],
        || read(&client, &mut buffer),
    )?;
    lesson.seen(
        "write has copied the bytes when it returns; sendfile has only lent the page",
        copied && buffer[..count] == *b"99.99",
    );
    lesson.quietly(|| drop((client, server, file)));
    Ok(())
}
