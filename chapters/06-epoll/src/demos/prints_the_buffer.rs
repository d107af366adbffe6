//! Who prints the buffer in place of what the read brought prints more than came.
//!
//! A read says how many bytes it brought, and nothing else does. The buffer is larger than the answer, and cleared
//! before each read: so what follows the five bytes are zeros, which a terminal does not show and a file does.
//! Clearing hides the fault; it does not mend it. And a C string's length is found by looking for a zero: in an
//! answer that has one it is too short, in one that fills the buffer there is none to find.
//!
//! Rests on: read(2), "RETURN VALUE".

use std::io;
use std::os::unix::net::UnixStream;

use lab::Lesson;
use nix::unistd::{pipe, read, write};

/// Prints an answer of five bytes, by the buffer's length and by the read's.
pub fn prints_the_buffer(lesson: &Lesson) -> io::Result<()> {
    let (server, client) = lesson.quietly(UnixStream::pair)?;
    lesson.name(&server, "server");
    lesson.name(&client, "client");
    let (reader, output) = lesson.quietly(pipe)?;
    lesson.name(&output, "output");

    write(&server, b"he\0lo")?;
    let mut buffer = [0; 32];
    let got = read(&client, &mut buffer)?;
    let printed = lesson.predict(
        "Five bytes came into a buffer of 32. How many does a write of the buffer print?",
        &[("5", "write knows nothing of the read: it takes the length that it is given."), ("32", "")],
        || write(&output, &buffer),
    )?;
    lesson.say("and by the length of a C string");
    let string = buffer.iter().position(|&byte| byte == 0).unwrap_or(buffer.len());
    let shorter = write(&output, &buffer[..string])?;
    lesson.observe(
        "C178",
        "a client that writes its whole buffer prints more than came, and one that trusts strlen less",
        (got, printed, shorter) == (5, 32, 2),
    );
    lesson.quietly(|| drop((server, client, reader, output)));
    Ok(())
}
