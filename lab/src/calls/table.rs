//! The table of calls that an observation sees. To add one, add its line.
//!
//! A line reads as the manual's synopsis: the kernel's name, its number, what it is for, its
//! arguments, its result. `.shown("…")` gives the name that a transcript uses where the kernel has
//! several for one thing: std's `read` on a socket is the kernel's `recvfrom`, and the manual's `recv`.

use libc as k;

use super::names::Set;
use super::shape::Family::*;
use super::shape::Returns::*;
use super::shape::Shape::*;
use super::shape::{Family, Returns, Shape};

/// One call's entry in the table.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Signature {
    pub(crate) name: &'static str,
    pub(crate) shown: &'static str,
    pub(crate) number: i64,
    pub(crate) family: Family,
    pub(crate) arguments: &'static [Shape],
    pub(crate) returns: Returns,
}

const fn call(
    name: &'static str,
    number: i64,
    family: Family,
    arguments: &'static [Shape],
    returns: Returns,
) -> Signature {
    Signature { name, shown: name, number, family, arguments, returns }
}

impl Signature {
    const fn shown(self, shown: &'static str) -> Signature {
        Signature { shown, ..self }
    }
}

/// The calls that every architecture has.
#[rustfmt::skip]
pub(crate) const CALLS: &[Signature] = &[
    // Reading and writing.
    call("read",          k::SYS_read,          Read,     &[Fd, Out(2), Number],                                Count),
    call("write",         k::SYS_write,         Write,    &[Fd, In(2), Length],                                 Count),
    call("pread64",       k::SYS_pread64,       Read,     &[Fd, Out(2), Number, Number],                        Count).shown("pread"),
    call("pwrite64",      k::SYS_pwrite64,      Write,    &[Fd, In(2), Length, Number],                         Count).shown("pwrite"),
    call("readv",         k::SYS_readv,         Read,     &[Fd, VectorOut(2), Length],                          Count),
    call("writev",        k::SYS_writev,        Write,    &[Fd, VectorIn(2), Length],                           Count),
    call("preadv",        k::SYS_preadv,        Read,     &[Fd, VectorOut(2), Length, Number, Hidden],          Count),
    call("pwritev",       k::SYS_pwritev,       Write,    &[Fd, VectorIn(2), Length, Number, Hidden],           Count),
    call("preadv2",       k::SYS_preadv2,       Read,     &[Fd, VectorOut(2), Length, Number, Hidden, Flags(Set::ReadWrite)], Count),
    call("pwritev2",      k::SYS_pwritev2,      Write,    &[Fd, VectorIn(2), Length, Number, Hidden, Flags(Set::ReadWrite)],  Count),
    call("recvfrom",      k::SYS_recvfrom,      Read,     &[Fd, Out(2), Number, Flags(Set::Message), AddressOut(5), Hidden], Count).shown("recv"),
    call("sendto",        k::SYS_sendto,        Write,    &[Fd, In(2), Length, Flags(Set::Message), AddressIn(5), IntLength], Count).shown("send"),
    call("recvmsg",       k::SYS_recvmsg,       Read,     &[Fd, MessageOut, Flags(Set::Message)],               Count),
    call("sendmsg",       k::SYS_sendmsg,       Write,    &[Fd, MessageIn, Flags(Set::Message)],                Count),
    call("recvmmsg",      k::SYS_recvmmsg,      Read,     &[Fd, Hidden, IntLength, Flags(Set::Message), Timespec], Count),
    call("sendmmsg",      k::SYS_sendmmsg,      Write,    &[Fd, Hidden, IntLength, Flags(Set::Message)],        Count),
    call("sendfile",      k::SYS_sendfile,      Transfer, &[Fd, Fd, OffsetPointer, Number],                     Count),
    call("splice",        k::SYS_splice,        Transfer, &[Fd, OffsetPointer, Fd, OffsetPointer, Number, Flags(Set::Splice)], Count),
    call("tee",           k::SYS_tee,           Transfer, &[Fd, Fd, Number, Flags(Set::Splice)],                Count),
    call("vmsplice",      k::SYS_vmsplice,      Write,    &[Fd, VectorIn(2), Length, Flags(Set::Splice)],       Count),
    call("copy_file_range", k::SYS_copy_file_range, Transfer, &[Fd, OffsetPointer, Fd, OffsetPointer, Number, HiddenInt], Count),
    // Making and giving up descriptors.
    call("openat",        k::SYS_openat,        Make,     &[DirFd, Path, Flags(Set::Open), HiddenInt],          NewFd).shown("open"),
    call("openat2",       k::SYS_openat2,       Make,     &[DirFd, Path, OpenHow, Length],                      NewFd).shown("open"),
    call("socket",        k::SYS_socket,        Make,     &[One(Set::Domain), SocketType, HiddenInt],           NewFd),
    call("socketpair",    k::SYS_socketpair,    Make,     &[One(Set::Domain), SocketType, HiddenInt, PairOut],  Zero),
    call("pipe2",         k::SYS_pipe2,         Make,     &[PairOut, Flags(Set::Open)],                         Zero).shown("pipe"),
    call("memfd_create",  k::SYS_memfd_create,  Make,     &[Path, Flags(Set::Memfd)],                           NewFd),
    call("eventfd2",      k::SYS_eventfd2,      Make,     &[Unsigned, Flags(Set::Eventfd)],                     NewFd).shown("eventfd"),
    call("signalfd4",     k::SYS_signalfd4,     Make,     &[Fd, Signals, Length, Flags(Set::Signalfd)],         NewFd).shown("signalfd"),
    call("timerfd_create", k::SYS_timerfd_create, Make,   &[One(Set::Clock), Flags(Set::Timerfd)],              NewFd),
    call("pidfd_open",    k::SYS_pidfd_open,    Make,     &[Process, HiddenInt],                                NewFd),
    call("inotify_init1", k::SYS_inotify_init1, Make,     &[Flags(Set::InotifyInit)],                           NewFd).shown("inotify_init"),
    call("epoll_create1", k::SYS_epoll_create1, Make,     &[Flags(Set::EpollCreate)],                           NewFd).shown("epoll_create"),
    call("dup",           k::SYS_dup,           Duplicate, &[Fd],                                               NewFd),
    call("dup3",          k::SYS_dup3,          Duplicate, &[Fd, Fd, Flags(Set::Open)],                         NewFd).shown("dup2"),
    call("close",         k::SYS_close,         Close,    &[Fd],                                                Zero),
    call("close_range",   k::SYS_close_range,   Close,    &[Unsigned, Unsigned, HiddenInt],                     Zero),
    // Connections.
    call("bind",          k::SYS_bind,          Control,  &[Fd, AddressIn(2), IntLength],                       Zero),
    call("listen",        k::SYS_listen,        Control,  &[Fd, Int],                                           Zero),
    call("accept",        k::SYS_accept,        Accept,   &[Fd, AddressOut(2), Hidden],                         NewFd),
    call("accept4",       k::SYS_accept4,       Accept,   &[Fd, AddressOut(2), Hidden, Flags(Set::SocketFlags)], NewFd).shown("accept"),
    call("connect",       k::SYS_connect,       Connect,  &[Fd, AddressIn(2), IntLength],                       Zero),
    call("shutdown",      k::SYS_shutdown,      Control,  &[Fd, One(Set::Shutdown)],                            Zero),
    call("getsockname",   k::SYS_getsockname,   Control,  &[Fd, AddressOut(2), Hidden],                         Zero),
    call("getpeername",   k::SYS_getpeername,   Control,  &[Fd, AddressOut(2), Hidden],                         Zero),
    call("setsockopt",    k::SYS_setsockopt,    Control,  &[Fd, HiddenInt, Option(1), OptionIn(1, 2, 4), IntLength], Zero),
    call("getsockopt",    k::SYS_getsockopt,    Control,  &[Fd, HiddenInt, Option(1), OptionOut(1, 2, 4), Hidden], Zero),
    // About descriptors.
    call("fcntl",         k::SYS_fcntl,         Control,  &[Fd, One(Set::Fcntl), Fcntl(1)],                     ByCommand),
    call("ioctl",         k::SYS_ioctl,         Control,  &[Fd, One(Set::Ioctl), Ioctl(1)],                     Quantity),
    call("lseek",         k::SYS_lseek,         Control,  &[Fd, Number, One(Set::Whence)],                      Quantity),
    call("ftruncate",     k::SYS_ftruncate,     Control,  &[Fd, Number],                                        Zero),
    call("fsync",         k::SYS_fsync,         Control,  &[Fd],                                                Zero),
    call("fdatasync",     k::SYS_fdatasync,     Control,  &[Fd],                                                Zero),
    call("fadvise64",     k::SYS_fadvise64,     Control,  &[Fd, Number, Number, One(Set::Advice)],              Zero).shown("posix_fadvise"),
    call("flock",         k::SYS_flock,         Control,  &[Fd, Int],                                           Zero),
    call("inotify_add_watch", k::SYS_inotify_add_watch, Control, &[Fd, Path, Flags(Set::Inotify)],              Quantity),
    call("timerfd_settime", k::SYS_timerfd_settime, Control, &[Fd, Flags(Set::Settime), Itimerspec, Hidden],    Zero),
    call("timerfd_gettime", k::SYS_timerfd_gettime, Control, &[Fd, Hidden],                                     Zero),
    // Readiness.
    call("pselect6",      k::SYS_pselect6,      Ready,    &[HiddenInt, FdSet(0), FdSet(0), FdSet(0), Timespec, PackedSignals],    Count).shown("select"),
    call("ppoll",         k::SYS_ppoll,         Ready,    &[Pollfds(1), IntLength, Timespec, Signals, Length],  Count).shown("poll"),
    call("epoll_ctl",     k::SYS_epoll_ctl,     Control,  &[Fd, One(Set::EpollOperation), Fd, EpollEvent],      Zero),
    call("epoll_pwait",   k::SYS_epoll_pwait,   Ready,    &[Fd, EpollEventsOut, IntLength, Millis, Signals, Length], Count).shown("epoll_wait"),
    call("epoll_pwait2",  k::SYS_epoll_pwait2,  Ready,    &[Fd, EpollEventsOut, IntLength, Timespec, Signals, Length], Count),
    // Completion.
    call("io_setup",      k::SYS_io_setup,      Complete, &[Unsigned, Hidden],                                  Zero),
    call("io_submit",     k::SYS_io_submit,     Complete, &[Hidden, Number, Pointers(1)],                       Count),
    call("io_getevents",  k::SYS_io_getevents,  Complete, &[Hidden, Number, Number, Hidden, Timespec],          Count),
    call("io_cancel",     k::SYS_io_cancel,     Complete, &[Hidden, Hidden, Hidden],                            Zero),
    call("io_destroy",    k::SYS_io_destroy,    Complete, &[Hidden],                                            Zero),
    call("io_uring_setup", k::SYS_io_uring_setup, Make,   &[Unsigned, Hidden],                                  NewFd),
    call("io_uring_enter", k::SYS_io_uring_enter, Complete, &[Fd, Unsigned, Unsigned, HiddenInt, Hidden, Length], Count),
    call("io_uring_register", k::SYS_io_uring_register, Control, &[Fd, Unsigned, Hidden, Unsigned],             Quantity),
    // Signals.
    call("rt_sigaction",  k::SYS_rt_sigaction,  Control,  &[Signal, Sigaction, Hidden, Length],                 Zero).shown("sigaction"),
    call("rt_sigprocmask", k::SYS_rt_sigprocmask, Control, &[One(Set::Mask), Signals, Hidden, Length],          Zero).shown("sigprocmask"),
    call("rt_sigtimedwait", k::SYS_rt_sigtimedwait, SignalWait, &[Signals, SiginfoOut, Timespec, Length],   SignalTaken).shown("sigtimedwait"),
    call("rt_sigsuspend", k::SYS_rt_sigsuspend, SignalWait, &[Signals, Length],                             Zero).shown("sigsuspend"),
    call("kill",          k::SYS_kill,          Control,  &[Process, Signal],                                   Zero),
    call("tgkill",        k::SYS_tgkill,        Control,  &[HiddenInt, Process, Signal],                        Zero),
    call("rt_sigqueueinfo", k::SYS_rt_sigqueueinfo, Control, &[Process, Signal, Hidden],                        Zero).shown("sigqueue"),
    call("rt_tgsigqueueinfo", k::SYS_rt_tgsigqueueinfo, Control, &[HiddenInt, Process, Signal, Hidden],         Zero).shown("sigqueue"),
    call("setitimer",     k::SYS_setitimer,     Control,  &[One(Set::Interval), Itimerval, Hidden],             Zero),
    // Time, processes.
    call("nanosleep",     k::SYS_nanosleep,     Sleep,    &[Timespec, Hidden],                                  Zero),
    call("clock_nanosleep", k::SYS_clock_nanosleep, Sleep, &[HiddenInt, Flags(Set::Settime), Timespec, Hidden], Zero).shown("nanosleep"),
    call("restart_syscall", k::SYS_restart_syscall, Control, &[],                                               Quantity),
    call("clone",         k::SYS_clone,         Start, &[Flags(Set::Clone), Hidden, Hidden, Hidden, Hidden], NewProcess).shown("fork"),
    call("clone3",        k::SYS_clone3,        Start, &[CloneArguments, Length],                     NewProcess).shown("fork"),
    call("execve",        k::SYS_execve,        Start, &[Path, Hidden, Hidden],                       Zero),
    call("execveat",      k::SYS_execveat,      Start, &[DirFd, Path, Hidden, Hidden, HiddenInt],     Zero).shown("execve"),
    call("wait4",         k::SYS_wait4,         ChildWait,    &[Process, StatusOut, Flags(Set::Wait), Hidden],      NewProcess).shown("waitpid"),
    call("waitid",        k::SYS_waitid,        ChildWait,    &[One(Set::Which), Process, SiginfoOut, Flags(Set::Wait), Hidden], Zero),
    call("exit_group",    k::SYS_exit_group,    Start, &[Int],                                        Never).shown("exit"),
];

/// The calls that only the older architecture still has; their names are the families' own.
#[cfg(target_arch = "x86_64")]
#[rustfmt::skip]
pub(crate) const OLDER: &[Signature] = &[
    call("open",          k::SYS_open,          Make,     &[Path, Flags(Set::Open), HiddenInt],                 NewFd),
    call("creat",         k::SYS_creat,         Make,     &[Path, HiddenInt],                                   NewFd),
    call("pipe",          k::SYS_pipe,          Make,     &[PairOut],                                           Zero),
    call("eventfd",       k::SYS_eventfd,       Make,     &[Unsigned],                                          NewFd),
    call("signalfd",      k::SYS_signalfd,      Make,     &[Fd, Signals, Length],                               NewFd),
    call("epoll_create",  k::SYS_epoll_create,  Make,     &[Int],                                               NewFd),
    call("inotify_init",  k::SYS_inotify_init,  Make,     &[],                                                  NewFd),
    call("dup2",          k::SYS_dup2,          Duplicate, &[Fd, Fd],                                           NewFd),
    call("select",        k::SYS_select,        Ready,    &[HiddenInt, FdSet(0), FdSet(0), FdSet(0), Timeval],        Count),
    call("poll",          k::SYS_poll,          Ready,    &[Pollfds(1), IntLength, Millis],                     Count),
    call("epoll_wait",    k::SYS_epoll_wait,    Ready,    &[Fd, EpollEventsOut, IntLength, Millis],             Count),
    call("alarm",         k::SYS_alarm,         Control,  &[Unsigned],                                          Quantity),
    call("pause",         k::SYS_pause,         SignalWait, &[],                                            Zero),
    call("fork",          k::SYS_fork,          Start, &[],                                           NewProcess),
    call("vfork",         k::SYS_vfork,         Start, &[],                                           NewProcess),
];

#[cfg(not(target_arch = "x86_64"))]
pub(crate) const OLDER: &[Signature] = &[];
