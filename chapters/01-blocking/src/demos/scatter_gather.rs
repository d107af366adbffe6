//! One call carries many buffers: up to 1024 of them, and past that two errnos for one mistake.
//!
//! `writev` gathers: the buffers leave as if they were one. `readv` scatters: it fills the first
//! buffer before it begins the second. The kernel copies the array in first, so its length has a
//! limit, and two places check it: the vector calls say EINVAL, the message calls EMSGSIZE.
//!
//! Rests on: readv(2), "C library/kernel differences"; POSIX.1-2017 <limits.h> (`IOV_MAX`) and
//! <sys/socket.h> (`msghdr`); UNPv3 section 14.4; Linux lib/iov_iter.c, `iovec_from_user`, and
//! net/socket.c, `__copy_msghdr` (`__copy_msghdr_from_user` in older kernels).

use std::io::{self, IoSlice, IoSliceMut};
use std::mem;
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;

use lab::Lesson;
use nix::Error;
use nix::sys::socket::{MsgFlags, sendmsg};
use nix::sys::uio::{readv, writev};

/// Sends from many buffers and receives into many.
pub fn scatter_gather(lesson: &Lesson) -> io::Result<()> {
    let (client, server) = lesson.quietly(UnixStream::pair)?;
    lesson.name(&client, "client");
    lesson.name(&server, "server");

    writev(&client, &[IoSlice::new(b"a head, "), IoSlice::new(b"a body")])?;
    let (mut first, mut second) = ([0; 3], [0; 16]);
    readv(&server, &mut [IoSliceMut::new(&mut first), IoSliceMut::new(&mut second)])?;
    lesson.say("the pieces sent and the pieces received need not match: a stream has no seams");

    most_buffers(lesson, &client, &server)?;
    type_of_the_count(lesson, &client)?;
    lesson.quietly(|| drop((client, server)));
    Ok(())
}

fn most_buffers(lesson: &Lesson, client: &UnixStream, server: &UnixStream) -> io::Result<()> {
    // Where <limits.h> leaves IOV_MAX out, POSIX wants the question asked at run time.
    // SAFETY: sysconf takes a number only.
    let told = usize::try_from(unsafe { libc::sysconf(libc::_SC_IOV_MAX) }).unwrap_or(0);
    let buffers = [IoSlice::new(b"x"); 1025];
    lesson.say("1024 buffers of one byte each, then one more");
    let most = writev(client, &buffers[..1024]);
    let more = lesson.predict(
        "What does the same call say to 1025 buffers?",
        &[
            ("1024", "A short count would be allowed, but the kernel does not cut the array for anybody."),
            ("EINVAL", "The array is longer than the kernel will copy, and nothing is written."),
            ("EMSGSIZE", "That is what sendmsg says to the same array."),
        ],
        || writev(client, &buffers),
    );
    let message = sendmsg::<()>(client.as_raw_fd(), &buffers, &[], MsgFlags::empty(), None);
    let mut lines = vec![[0; 1]; 1025];
    let mut into: Vec<_> = lines.iter_mut().map(|line| IoSliceMut::new(line)).collect();
    let scattered = readv(server, &mut into);

    lesson.observe("C169", "Linux takes 1024 buffers in one call", most == Ok(1024) && more == Err(Error::EINVAL));
    lesson.observe(
        "C170",
        "POSIX puts IOV_MAX into <limits.h>, not <sys/uio.h>, and sysconf(_SC_IOV_MAX) tells what the kernel takes",
        most == Ok(told),
    );
    lesson.seen(
        "past the limit readv and writev say EINVAL, and sendmsg says EMSGSIZE",
        scattered == Err(Error::EINVAL) && message == Err(Error::EMSGSIZE),
    );
    Ok(())
}

fn type_of_the_count(lesson: &Lesson, client: &UnixStream) -> io::Result<()> {
    let buffers = [IoSlice::new(b"x"); 1024];
    // SAFETY: all zeroes is a `msghdr` that names nobody and carries nothing.
    let mut message: libc::msghdr = unsafe { mem::zeroed() };
    // An IoSlice is an iovec, by std's promise.
    message.msg_iov = buffers.as_ptr().cast_mut().cast();
    // One in the low half, one in the high half: as an int this is 1.
    message.msg_iovlen = (1 << 32) | 1;
    let errno = lesson.predict(
        "msg_iovlen is 2^32 + 1. What does sendmsg say?",
        &[
            ("1", "It would, were msg_iovlen an int, as POSIX has it: the high half would be lost."),
            ("EMSGSIZE", "The kernel sees both halves: its msg_iovlen is a size_t."),
            ("EFAULT", "There are not so many behind the pointer, but the kernel judges the count before it looks."),
        ],
        // SAFETY: a kernel that reads an int sends one buffer, any other refuses the count unread.
        || Error::result(unsafe { libc::sendmsg(client.as_raw_fd(), &raw const message, 0) }),
    );
    lesson.observe(
        "C171",
        "POSIX says int, but Linux and glibc make msghdr.msg_iovlen a size_t",
        errno == Err(Error::EMSGSIZE) && mem::size_of_val(&message.msg_iovlen) == size_of::<usize>(),
    );
    Ok(())
}
