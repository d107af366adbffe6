//! A wait that is refused takes nothing: the event that could not be stored is still there.
//!
//! maxevents is a promise about memory that the kernel cannot check: it refuses none, a negative number, and more
//! than would fit into 2 GB, and believes the rest. The array it touches only to store something, so a
//! bad pointer goes unnoticed for as long as nothing happens. And since an edge is reported once, it
//! would be a pity if the failed call had used it up: the kernel puts it back.
//!
//! Rests on: epoll_wait(2), ERRORS; Linux fs/eventpoll.c, `do_epoll_wait` (EP_MAX_EVENTS; `ep_check_params` in
//! newer kernels) and `ep_send_events` (`list_add` after a failed copy).

use std::io;
use std::os::fd::{AsRawFd, RawFd};
use std::os::unix::net::UnixStream;
use std::ptr;

use lab::Lesson;
use nix::errno::Errno;
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};
use nix::unistd::write;

/// Waits with no set, with no room, with too much room and with room that is not there.
pub fn wait_errors(lesson: &Lesson) -> io::Result<()> {
    let (client, server) = lesson.quietly(UnixStream::pair)?;
    lesson.name(&client, "client");
    lesson.name(&server, "server");
    let epoll = lesson.quietly(|| Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC))?;
    lesson.name(&epoll.0, "epoll");
    lesson.quietly(|| epoll.add(&server, EpollEvent::new(EpollFlags::EPOLLIN | EpollFlags::EPOLLET, 0)))?;
    let mut room = [libc::epoll_event { events: 0, u64: 0 }; 8];
    let room = room.as_mut_ptr();

    let closed = wait(-1, room, 8);
    let no_set = wait(server.as_raw_fd(), room, 8);
    lesson.say("room for 0 events, for -1, and for more than 2 GB of them");
    let set = epoll.0.as_raw_fd();
    let sizes = [wait(set, room, 0), wait(set, room, -1), wait(set, room, i32::MAX)];
    lesson.seen(
        "EBADF is for no descriptor, EINVAL for one that is no set, and for a maxevents below 1 or above 2 GB",
        [closed, no_set] == [Err(Errno::EBADF), Err(Errno::EINVAL)] && sizes == [Err(Errno::EINVAL); 3],
    );

    lesson.say("room at an address where nothing is");
    let nowhere = ptr::dangling_mut::<libc::epoll_event>();
    let unnoticed = wait(set, nowhere, 8);
    write(&client, b"!")?;
    let fault = wait(set, nowhere, 8);
    let kept = lesson.predict(
        "The member is edge-triggered, and its edge could not be stored. What does a wait with real room report?",
        &[
            ("nothing", "The edge was not delivered, so it was not used up: it went back to the head of the list."),
            ("server: IN", ""),
            ("EFAULT", "The pointer is good now."),
        ],
        || epoll.wait(&mut [EpollEvent::empty(); 8], EpollTimeout::ZERO),
    )?;
    lesson.seen(
        "a bad pointer is noticed only when there is something to store (EFAULT), and the event stays",
        (unnoticed, fault, kept) == (Ok(0), Err(Errno::EFAULT), 1),
    );
    lesson.quietly(|| drop((client, server, epoll)));
    Ok(())
}

/// The call itself: with nix the room is a slice, and its length the truth.
fn wait(set: RawFd, room: *mut libc::epoll_event, most: i32) -> nix::Result<i32> {
    // SAFETY: `room` has place for 8 events and there is one at most to store; or it points to nothing, which
    // the kernel finds out by itself.
    Errno::result(unsafe { libc::epoll_wait(set, room, most, 0) })
}
