//! Waiting for readiness, and the descriptors that make other things ready.

use std::io;
use std::os::fd::{AsFd, AsRawFd};
use std::time::Duration;

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, fcntl};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll, ppoll};
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};
use nix::sys::eventfd::{EfdFlags, EventFd};
use nix::sys::select::{FdSet, pselect, select};
use nix::sys::signal::{SigSet, Signal};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use nix::sys::socket::{AddressFamily, MsgFlags, Shutdown, SockFlag, SockType, send, shutdown, socketpair};
use nix::sys::time::{TimeSpec, TimeVal, TimeValLike};
use nix::sys::timerfd::{ClockId, Expiration, TimerFd, TimerFlags, TimerSetTimeFlags};
use nix::unistd::{close, pipe, read, write};

use super::signals::when_asleep;
use super::{POLLS, address, address_mut, done, in_a_folder, kernel, owned, refused, word};

/// Nothing ready, something ready, everything wrong; and a thread that sleeps until another writes.
pub fn poll_and_ppoll() -> io::Result<()> {
    let (reader, writer) = pipe()?;
    let (quiet, gone) = pipe()?;
    let wanted = || {
        let fds = [
            (reader.as_fd(), PollFlags::POLLIN),
            (writer.as_fd(), PollFlags::POLLOUT),
            (quiet.as_fd(), PollFlags::POLLIN),
        ];
        fds.map(|(fd, events)| PollFd::new(fd, events))
    };
    poll(&mut wanted()[..1], PollTimeout::ZERO)?;
    poll(&mut wanted()[..1], 15_u8)?;
    poll(&mut wanted(), PollTimeout::NONE)?;
    drop(gone);
    write(&writer, b"!")?;
    poll(&mut wanted(), PollTimeout::NONE)?;
    ppoll(&mut wanted(), Some(TimeSpec::new(3, 5)), Some(SigSet::empty()))?;
    ppoll(&mut wanted()[..1], None, Some(Signal::SIGUSR1.into()))?;
    ppoll(&mut [], Some(TimeSpec::new(0, 1_000)), None)?;
    let mut unknown = libc::pollfd { fd: 77, events: libc::POLLIN, revents: 0 };
    // SAFETY: one pollfd, which outlives the call.
    done(unsafe { libc::poll(&raw mut unknown, 1, -1) })?;
    let mut ignored = libc::pollfd { fd: -1, events: libc::POLLIN, revents: 0 };
    // SAFETY: as above.
    done(unsafe { libc::poll(&raw mut ignored, 1, 0) })?;
    read(&reader, &mut [0; 8])?;
    let wake = |_| assert_eq!(write(&writer, b"wake up"), Ok(7), "there is a reader");
    when_asleep(&POLLS, wake, || poll(&mut wanted()[..1], PollTimeout::NONE))??;
    Ok(())
}

/// Sets of every kind, urgent data, and a set with a descriptor that is none.
pub fn select_and_pselect() -> io::Result<()> {
    let (left, right) = socketpair(AddressFamily::Unix, SockType::Stream, None, SockFlag::empty())?;
    let sets = || {
        let mut both = FdSet::new();
        both.insert(left.as_fd());
        both.insert(right.as_fd());
        (both, both, both)
    };
    let (mut reading, mut writing, mut except) = sets();
    select(None, &mut reading, &mut writing, &mut except, None)?;
    let (mut reading, _, _) = sets();
    select(None, &mut reading, None, None, &mut TimeVal::milliseconds(12))?;
    write(&left, b"now")?;
    let (mut reading, _, mut except) = sets();
    select(None, &mut reading, None, &mut except, &mut TimeVal::seconds(5))?;
    let (mut reading, mut writing, _) = sets();
    pselect(None, &mut reading, &mut writing, None, &TimeSpec::new(4, 5), &SigSet::from(Signal::SIGUSR2))?;
    pselect(None, None, None, None, &TimeSpec::new(0, 7), None)?;
    send(left.as_raw_fd(), b"!", MsgFlags::MSG_OOB)?;
    shutdown(left.as_raw_fd(), Shutdown::Both)?;
    let (mut reading, mut writing, mut except) = sets();
    select(None, &mut reading, &mut writing, &mut except, None)?;
    // select looks no further than the table of descriptors, which begins with 64 places and grows with the highest
    // that was ever open (fs/select.c, core_sys_select): without this one, 70 may lie above it, and nobody objects.
    close(fcntl(&left, FcntlArg::F_DUPFD(70))?)?;
    let mut beyond = [0_u64; 16];
    beyond[1] = 1 << 6;
    // SAFETY: the set holds 1024 bits.
    refused(Errno::EBADF, unsafe { kernel(libc::SYS_pselect6, &[71, address_mut(&mut beyond), 0, 0, 0, 0]) })
}

/// Members come, change and go; levels, edges, one shots; every way to wait.
pub fn epoll_of_every_kind() -> io::Result<()> {
    let epoll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)?;
    let (reader, writer) = pipe()?;
    let (left, right) = socketpair(AddressFamily::Unix, SockType::Stream, None, SockFlag::empty())?;
    epoll.add(&reader, EpollEvent::new(EpollFlags::EPOLLIN | EpollFlags::EPOLLET, 0xdead_beef_0000_0001))?;
    refused(Errno::EEXIST, epoll.add(&reader, EpollEvent::new(EpollFlags::EPOLLIN, 2)))?;
    refused(Errno::ENOENT, epoll.modify(&left, &mut EpollEvent::new(EpollFlags::EPOLLIN, 2)))?;
    epoll.add(&left, EpollEvent::new(EpollFlags::EPOLLIN | EpollFlags::EPOLLOUT | EpollFlags::EPOLLRDHUP, 7))?;
    let mut events = [EpollEvent::empty(); 8];
    epoll.wait(&mut events, EpollTimeout::ZERO)?;
    write(&writer, b"edge")?;
    epoll.wait(&mut events, EpollTimeout::NONE)?;
    epoll.wait(&mut events[..1], 10_u8)?;
    epoll.modify(&left, &mut EpollEvent::new(EpollFlags::EPOLLIN | EpollFlags::EPOLLONESHOT, u64::MAX))?;
    drop(right);
    epoll.wait(&mut events, EpollTimeout::NONE)?;
    epoll.wait(&mut events, 5_u8)?;
    epoll.modify(&left, &mut EpollEvent::new(EpollFlags::EPOLLIN, 8))?;
    let mut raw = [libc::epoll_event { events: 0, u64: 0 }; 4];
    let signals = 1_u64 << (libc::SIGUSR1 - 1);
    let soon = libc::timespec { tv_sec: 0, tv_nsec: 2_000_000 };
    let poll = word(&epoll.0);
    // SAFETY: room for four events, and what the pointers lead to outlives the calls.
    unsafe {
        kernel(libc::SYS_epoll_pwait, &[poll, address_mut(&mut raw), 4, usize::MAX, address(&signals), 8])?;
        kernel(libc::SYS_epoll_pwait2, &[poll, address_mut(&mut raw), 4, address(&soon), address(&signals), 8])?;
        kernel(libc::SYS_epoll_pwait2, &[poll, address_mut(&mut raw), 4, 0, 0, 8])?;
    }
    epoll.delete(&left)?;
    refused(Errno::ENOENT, epoll.delete(&left))?;
    // SAFETY: as above.
    unsafe { kernel(libc::SYS_epoll_pwait2, &[poll, address_mut(&mut raw), 4, address(&soon), 0, 8]) }?;
    refused(Errno::EINVAL, epoll.wait(&mut [], EpollTimeout::ZERO))
}

/// A counter: added to, taken, counted down, full.
pub fn an_eventfd() -> io::Result<()> {
    let counter = EventFd::from_value_and_flags(3, EfdFlags::EFD_NONBLOCK | EfdFlags::EFD_CLOEXEC)?;
    counter.write(39)?;
    counter.read()?;
    refused(Errno::EAGAIN, counter.read())?;
    counter.write(u64::MAX - 1)?;
    refused(Errno::EAGAIN, counter.write(1))?;
    refused(Errno::EINVAL, counter.write(u64::MAX))?;
    refused(Errno::EINVAL, write(&counter, b"four"))?;
    let semaphore = EventFd::from_value_and_flags(2, EfdFlags::EFD_SEMAPHORE)?;
    semaphore.read()?;
    semaphore.read()?;
    Ok(())
}

/// A timer that runs out, one that is asked for, one that is put out.
pub fn a_timerfd() -> io::Result<()> {
    let timer = TimerFd::new(ClockId::CLOCK_MONOTONIC, TimerFlags::TFD_CLOEXEC)?;
    timer.set(Expiration::OneShot(TimeSpec::new(0, 1_500_000)), TimerSetTimeFlags::empty())?;
    timer.wait()?;
    timer.get()?;
    timer.set(Expiration::IntervalDelayed(TimeSpec::new(100, 5), TimeSpec::new(200, 6)), TimerSetTimeFlags::empty())?;
    timer.unset()?;
    let absolute = TimerFd::new(ClockId::CLOCK_REALTIME, TimerFlags::TFD_NONBLOCK)?;
    absolute.set(
        Expiration::OneShot(TimeSpec::from_duration(Duration::from_secs(1 << 40))),
        TimerSetTimeFlags::TFD_TIMER_ABSTIME,
    )?;
    refused(Errno::EAGAIN, absolute.wait())
}

/// A signal that is read: the kernel's own, so that nobody's number is in it.
pub fn a_signalfd() -> io::Result<()> {
    let set = SigSet::from(Signal::SIGALRM);
    set.thread_block()?;
    let descriptor = SignalFd::with_flags(&set, SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK)?;
    assert!(descriptor.read_signal()?.is_none(), "nobody sent one");
    let soon = [0_i64, 0, 0, 2_000];
    // SAFETY: the kernel reads the four numbers of an itimerval.
    unsafe { kernel(libc::SYS_setitimer, &[0, address(&soon), 0]) }?;
    poll(&mut [PollFd::new(descriptor.as_fd(), PollFlags::POLLIN)], PollTimeout::NONE)?;
    assert!(descriptor.read_signal()?.is_some(), "poll reported one");
    Ok(())
}

/// What happens in a folder: made, changed, closed, taken away.
pub fn inotify() -> io::Result<()> {
    in_a_folder(|| {
        // SAFETY: integers only.
        let watcher = owned(unsafe { kernel(libc::SYS_inotify_init1, &[libc::IN_NONBLOCK as usize]) }?);
        let all = (libc::IN_CREATE | libc::IN_MODIFY | libc::IN_CLOSE_WRITE | libc::IN_DELETE) as usize;
        // SAFETY: the paths are C strings.
        unsafe {
            kernel(libc::SYS_inotify_add_watch, &[word(&watcher), c".".as_ptr() as usize, all])?;
            refused(
                Errno::ENOENT,
                kernel(libc::SYS_inotify_add_watch, &[word(&watcher), c"absent".as_ptr() as usize, all]),
            )?;
        }
        let file = nix::fcntl::open(
            "made",
            nix::fcntl::OFlag::O_CREAT | nix::fcntl::OFlag::O_WRONLY,
            nix::sys::stat::Mode::S_IRUSR,
        )?;
        write(&file, b"changed")?;
        drop(file);
        read(&watcher, &mut [0; 4096])?;
        refused(Errno::EAGAIN, read(&watcher, &mut [0; 4096]))
    })
}
