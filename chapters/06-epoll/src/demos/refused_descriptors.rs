//! An epoll set takes only what can say when it is ready: EPERM for files, directories and /dev/null.
//!
//! epoll waits in a queue that the object itself wakes, through its `poll` operation. A regular file
//! has none: it is always ready, and never tells. poll and select take it nevertheless, and report it
//! ready at once; epoll refuses it when it is added. It is the operation that counts, not the kind: some files
//! in /proc have one, and tell of a change as PRI.
//!
//! epoll_ctl(2), NOTES, says: "The epoll interface supports all file descriptors that support
//! poll(2)". That is the file's `poll` operation, not the call, which refuses nothing.
//!
//! Rests on: epoll_ctl(2), EPERM; Linux fs/eventpoll.c, `do_epoll_ctl` (`file_can_poll`), and
//! include/linux/poll.h, `vfs_poll` (`DEFAULT_POLLMASK`).

use std::fs::{File, OpenOptions};
use std::io;
use std::os::fd::AsFd;

use lab::Lesson;
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags};
use nix::sys::memfd::{MFdFlags, memfd_create};

/// Adds a file, a directory and a device; asks poll about the same file.
pub fn refused_descriptors(lesson: &Lesson) -> io::Result<()> {
    let epoll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)?;
    lesson.name(&epoll.0, "epoll");
    let file = lesson.quietly(|| memfd_create("file", MFdFlags::MFD_CLOEXEC))?;
    lesson.name(&file, "file");
    let directory = lesson.quietly(|| File::open("/"))?;
    lesson.name(&directory, "directory");
    let device = lesson.quietly(|| OpenOptions::new().read(true).write(true).open("/dev/null"))?;
    lesson.name(&device, "/dev/null");
    let readable = || EpollEvent::new(EpollFlags::EPOLLIN, 0);

    let added = lesson.predict(
        "A regular file is added to the set. What does epoll_ctl say?",
        &[
            ("0", "poll and select would take it, and call it ready for ever. epoll has nobody who would wake it."),
            ("EPERM", "The file has no operation by which it could tell that it is ready."),
            ("EINVAL", "That is what it says to a set that is added to itself."),
        ],
        || epoll.add(&file, readable()),
    );
    lesson.say("poll takes the same file, and does not wait for it");
    let mut entries = [PollFd::new(file.as_fd(), PollFlags::POLLIN | PollFlags::POLLOUT)];
    let polled = poll(&mut entries, PollTimeout::NONE)?;
    lesson.say("nor can these tell");
    let others = [epoll.add(&directory, readable()), epoll.add(&device, readable())];
    lesson.say("this one can, though it is called a file: it has an operation that tells of a new mount");
    let mounts = lesson.quietly(|| File::open("/proc/self/mounts"))?;
    lesson.name(&mounts, "/proc/self/mounts");
    let told = epoll.add(&mounts, EpollEvent::new(EpollFlags::EPOLLPRI, 0));
    lesson.observe(
        "C084",
        "epoll refuses a regular file with EPERM, where poll reports it ready; a directory and /dev/null it refuses \
         too, and a file that has a poll operation it takes",
        added == Err(Errno::EPERM) && polled == 1 && others == [Err(Errno::EPERM); 2] && told == Ok(()),
    );
    lesson.quietly(|| drop((epoll, file, directory, device, mounts)));
    Ok(())
}
