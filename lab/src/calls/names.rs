//! Names for the kernel's numbers.

use crate::wire::Wire;

pub(super) use constants::{F_GETSIG, F_SETOWN_EX, F_SETSIG, POLL_HUP, POLL_IN, SIOCATMARK};

/// libc's constants, and the few that it lacks.
mod constants {
    pub use libc::*;

    // asm-generic/sockios.h, asm-generic/fcntl.h
    pub const SIOCATMARK: u64 = 0x8905;
    pub const F_SETSIG: i32 = 10;
    pub const F_GETSIG: i32 = 11;
    pub const F_SETOWN_EX: i32 = 15;
    pub const F_GETOWN_EX: i32 = 16;
    pub const SO_INCOMING_CPU: i64 = 49; // asm-generic/socket.h
    // asm-generic/siginfo.h
    pub const POLL_IN: i32 = 1;
    pub const POLL_OUT: i32 = 2;
    pub const POLL_MSG: i32 = 3;
    pub const POLL_ERR: i32 = 4;
    pub const POLL_PRI: i32 = 5;
    pub const POLL_HUP: i32 = 6;
    // asm-generic/fcntl.h
    pub const F_OWNER_TID: i32 = 0;
    pub const F_OWNER_PID: i32 = 1;
    pub const F_OWNER_PGRP: i32 = 2;
}

/// Declares [`Set`]: for each set of constants the prefix that a transcript leaves out, and
/// the constants themselves, which `libc` numbers for this architecture.
macro_rules! sets {
    ($($(#[$doc:meta])* $set:ident($prefix:literal): $($name:ident)*;)*) => {
        /// A set of named numbers: flags, or the values of an enumeration.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Set { $($(#[$doc])* $set),* }

        impl Set {
            const ALL: &[Set] = &[$(Set::$set),*];

            /// Each number with its name, as the manual writes it.
            #[allow(clippy::unnecessary_cast)]
            fn names(self) -> &'static [(i64, &'static str)] {
                match self { $(Set::$set => &[$((constants::$name as i64, stringify!($name))),*]),* }
            }

            /// What all its names begin with.
            fn prefix(self) -> &'static str {
                match self { $(Set::$set => $prefix),* }
            }
        }
    };
}

sets! {
    /// open(2).
    Open("O_"): O_WRONLY O_RDWR O_CREAT O_EXCL O_NOCTTY O_TRUNC O_APPEND O_NONBLOCK O_SYNC O_DSYNC O_ASYNC O_DIRECT O_DIRECTORY
        O_NOFOLLOW O_NOATIME O_CLOEXEC O_PATH O_TMPFILE;
    /// fcntl(2), descriptor flags.
    Descriptor("FD_"): FD_CLOEXEC;
    /// fcntl(2), commands.
    Fcntl(""): F_DUPFD F_DUPFD_CLOEXEC F_GETFD F_SETFD F_GETFL F_SETFL F_GETLK F_SETLK F_SETLKW F_SETOWN F_GETOWN F_SETSIG F_GETSIG
        F_SETOWN_EX F_GETOWN_EX F_OFD_GETLK F_OFD_SETLK F_OFD_SETLKW F_SETPIPE_SZ F_GETPIPE_SZ F_GETLEASE F_SETLEASE F_ADD_SEALS F_GET_SEALS;
    /// ioctl(2).
    Ioctl(""): FIONREAD FIONBIO FIOASYNC FIOCLEX SIOCATMARK TIOCOUTQ TCGETS TIOCGWINSZ;
    /// recv(2) and send(2).
    Message("MSG_"): MSG_OOB MSG_PEEK MSG_DONTROUTE MSG_CTRUNC MSG_TRUNC MSG_DONTWAIT MSG_EOR MSG_WAITALL MSG_CONFIRM MSG_ERRQUEUE
        MSG_NOSIGNAL MSG_MORE MSG_WAITFORONE MSG_CMSG_CLOEXEC MSG_ZEROCOPY MSG_FASTOPEN;
    /// poll(2).
    Poll("POLL"): POLLIN POLLPRI POLLOUT POLLERR POLLHUP POLLNVAL POLLRDNORM POLLRDBAND POLLWRNORM POLLWRBAND POLLRDHUP;
    /// epoll_ctl(2), events.
    Epoll("EPOLL"): EPOLLIN EPOLLPRI EPOLLOUT EPOLLERR EPOLLHUP EPOLLRDNORM EPOLLRDBAND EPOLLWRNORM EPOLLWRBAND EPOLLMSG EPOLLRDHUP
        EPOLLEXCLUSIVE EPOLLWAKEUP EPOLLONESHOT EPOLLET;
    /// epoll_ctl(2), operations.
    EpollOperation("EPOLL_CTL_"): EPOLL_CTL_ADD EPOLL_CTL_DEL EPOLL_CTL_MOD;
    /// epoll_create1(2).
    EpollCreate("EPOLL_"): EPOLL_CLOEXEC;
    /// socket(2), domains.
    Domain("AF_"): AF_UNSPEC AF_UNIX AF_INET AF_INET6 AF_NETLINK AF_PACKET;
    /// socket(2), types.
    SocketType("SOCK_"): SOCK_STREAM SOCK_DGRAM SOCK_RAW SOCK_SEQPACKET;
    /// socket(2) and accept4(2), flags.
    SocketFlags("SOCK_"): SOCK_NONBLOCK SOCK_CLOEXEC;
    /// shutdown(2).
    Shutdown("SHUT_"): SHUT_RD SHUT_WR SHUT_RDWR;
    /// getsockopt(2), levels.
    Level(""): SOL_SOCKET IPPROTO_IP IPPROTO_TCP IPPROTO_UDP IPPROTO_IPV6;
    /// socket(7).
    SocketOption(""): SO_DEBUG SO_REUSEADDR SO_TYPE SO_ERROR SO_DONTROUTE SO_BROADCAST SO_SNDBUF SO_RCVBUF SO_KEEPALIVE SO_OOBINLINE
        SO_LINGER SO_REUSEPORT SO_PASSCRED SO_PEERCRED SO_RCVLOWAT SO_SNDLOWAT SO_RCVTIMEO SO_SNDTIMEO SO_ACCEPTCONN SO_ZEROCOPY
        SO_ATTACH_FILTER SO_DETACH_FILTER SO_INCOMING_CPU;
    /// tcp(7).
    TcpOption(""): TCP_NODELAY TCP_MAXSEG TCP_CORK TCP_KEEPIDLE TCP_KEEPINTVL TCP_KEEPCNT TCP_LINGER2 TCP_DEFER_ACCEPT TCP_INFO TCP_QUICKACK
        TCP_USER_TIMEOUT TCP_FASTOPEN TCP_NOTSENT_LOWAT;
    /// ip(7).
    IpOption(""): IP_TOS IP_TTL IP_PKTINFO IP_RECVERR IP_MTU IP_MULTICAST_IF IP_MULTICAST_TTL IP_MULTICAST_LOOP IP_ADD_MEMBERSHIP;
    /// lseek(2).
    Whence("SEEK_"): SEEK_SET SEEK_CUR SEEK_END SEEK_DATA SEEK_HOLE;
    /// splice(2).
    Splice("SPLICE_F_"): SPLICE_F_MOVE SPLICE_F_NONBLOCK SPLICE_F_MORE SPLICE_F_GIFT;
    /// preadv2(2).
    ReadWrite("RWF_"): RWF_HIPRI RWF_DSYNC RWF_SYNC RWF_NOWAIT RWF_APPEND;
    /// posix_fadvise(2).
    Advice("POSIX_FADV_"): POSIX_FADV_NORMAL POSIX_FADV_RANDOM POSIX_FADV_SEQUENTIAL POSIX_FADV_WILLNEED POSIX_FADV_DONTNEED POSIX_FADV_NOREUSE;
    /// memfd_create(2).
    Memfd("MFD_"): MFD_CLOEXEC MFD_ALLOW_SEALING;
    /// eventfd(2).
    Eventfd("EFD_"): EFD_CLOEXEC EFD_NONBLOCK EFD_SEMAPHORE;
    /// signalfd(2).
    Signalfd("SFD_"): SFD_CLOEXEC SFD_NONBLOCK;
    /// timerfd_create(2).
    Timerfd("TFD_"): TFD_CLOEXEC TFD_NONBLOCK;
    /// timerfd_settime(2) and clock_nanosleep(2).
    Settime("TFD_TIMER_"): TFD_TIMER_ABSTIME TFD_TIMER_CANCEL_ON_SET;
    /// clock_gettime(2).
    Clock("CLOCK_"): CLOCK_REALTIME CLOCK_MONOTONIC CLOCK_PROCESS_CPUTIME_ID CLOCK_THREAD_CPUTIME_ID CLOCK_BOOTTIME;
    /// setitimer(2).
    Interval("ITIMER_"): ITIMER_REAL ITIMER_VIRTUAL ITIMER_PROF;
    /// inotify(7), events.
    Inotify("IN_"): IN_ACCESS IN_MODIFY IN_ATTRIB IN_CLOSE_WRITE IN_CLOSE_NOWRITE IN_OPEN IN_MOVED_FROM IN_MOVED_TO IN_CREATE IN_DELETE
        IN_DELETE_SELF IN_MOVE_SELF;
    /// inotify_init1(2).
    InotifyInit("IN_"): IN_CLOEXEC IN_NONBLOCK;
    /// sigaction(2), flags.
    Sigaction("SA_"): SA_NOCLDSTOP SA_NOCLDWAIT SA_SIGINFO SA_ONSTACK SA_RESTART SA_NODEFER SA_RESETHAND;
    /// sigaction(2), what is done.
    Handler("SIG_"): SIG_DFL SIG_IGN;
    /// sigprocmask(2).
    Mask("SIG_"): SIG_BLOCK SIG_UNBLOCK SIG_SETMASK;
    /// wait(2).
    Wait("W"): WNOHANG WUNTRACED WCONTINUED WEXITED WNOWAIT;
    /// waitid(2).
    Which("P_"): P_ALL P_PID P_PGID;
    /// clone(2).
    Clone("CLONE_"): CLONE_VM CLONE_FS CLONE_FILES CLONE_SIGHAND CLONE_VFORK CLONE_THREAD;
    /// fcntl(2), locks.
    Lock("F_"): F_RDLCK F_WRLCK F_UNLCK;
    /// signal(7). The real-time ones have no names, only distances from SIGRTMIN.
    Signal(""): SIGHUP SIGINT SIGQUIT SIGILL SIGTRAP SIGABRT SIGBUS SIGFPE SIGKILL SIGUSR1 SIGSEGV SIGUSR2 SIGPIPE SIGALRM SIGTERM SIGSTKFLT
        SIGCHLD SIGCONT SIGSTOP SIGTSTP SIGTTIN SIGTTOU SIGURG SIGXCPU SIGXFSZ SIGVTALRM SIGPROF SIGWINCH SIGIO SIGPWR SIGSYS;
    /// siginfo: who sent it.
    Code(""): SI_USER SI_KERNEL SI_QUEUE SI_TIMER SI_MESGQ SI_ASYNCIO SI_SIGIO SI_TKILL;
    /// siginfo: why a descriptor's signal was sent.
    Reason(""): POLL_IN POLL_OUT POLL_MSG POLL_ERR POLL_PRI POLL_HUP SI_SIGIO;
    /// fcntl(2), `F_SETOWN_EX`: what the number is of.
    Owner("F_OWNER_"): F_OWNER_TID F_OWNER_PID F_OWNER_PGRP;
    /// errno(3).
    Errno(""): EPERM ENOENT ESRCH EINTR EIO ENXIO E2BIG ENOEXEC EBADF ECHILD EAGAIN ENOMEM EACCES EFAULT ENOTBLK EBUSY EEXIST EXDEV ENODEV
        ENOTDIR EISDIR EINVAL ENFILE EMFILE ENOTTY ETXTBSY EFBIG ENOSPC ESPIPE EROFS EMLINK EPIPE EDOM ERANGE EDEADLK ENAMETOOLONG ENOLCK ENOSYS
        ENOTEMPTY ELOOP ENODATA ETIME EOVERFLOW ENOTSOCK EDESTADDRREQ EMSGSIZE EPROTOTYPE ENOPROTOOPT EPROTONOSUPPORT ESOCKTNOSUPPORT
        EOPNOTSUPP EPFNOSUPPORT EAFNOSUPPORT EADDRINUSE EADDRNOTAVAIL ENETDOWN ENETUNREACH ENETRESET ECONNABORTED ECONNRESET ENOBUFS EISCONN
        ENOTCONN ESHUTDOWN ETOOMANYREFS ETIMEDOUT ECONNREFUSED EHOSTDOWN EHOSTUNREACH EALREADY EINPROGRESS ESTALE EDQUOT ECANCELED EOWNERDEAD;
}

impl Set {
    /// The name of one number, without the set's prefix.
    #[must_use]
    pub fn name(self, number: i64) -> Option<&'static str> {
        let (_, name) = self.names().iter().find(|(value, _)| *value == number)?;
        Some(name.strip_prefix(self.prefix()).unwrap_or(name))
    }

    /// The names of the bits that are set, joined as in C; bits without a name as a number.
    #[must_use]
    pub fn names_of(self, bits: u64) -> String {
        let mut left = bits;
        let mut names = Vec::new();
        // A name of several bits (O_SYNC holds O_DSYNC) is told before its parts.
        let mut known: Vec<_> = self.names().iter().filter(|(value, _)| *value != 0).collect();
        known.sort_by_key(|(value, _)| std::cmp::Reverse(value.count_ones()));
        for (value, name) in known {
            let value = value.cast_unsigned() & 0xffff_ffff;
            if left & value == value {
                names.push((
                    self.names().iter().position(|(_, n)| n == name),
                    name.strip_prefix(self.prefix()).unwrap_or(name).to_owned(),
                ));
                left &= !value;
            }
        }
        names.sort();
        let mut names: Vec<String> = names.into_iter().map(|(_, name)| name).collect();
        if left != 0 || names.is_empty() {
            names.push(if left == 0 { "0".into() } else { format!("{left:#x}") });
        }
        names.join("|")
    }
}

impl Wire for Set {
    fn put(&self, out: &mut Vec<u8>) {
        (*self as u8).put(out);
    }
    fn get(from: &mut &[u8]) -> Option<Self> {
        Set::ALL.get(usize::from(u8::get(from)?)).copied()
    }
}

/// `EAGAIN` for 11; the number where it has no name.
#[must_use]
pub fn errno_name(errno: i32) -> String {
    Set::Errno.name(errno.into()).map_or_else(|| format!("errno {errno}"), str::to_owned)
}

/// `SIGINT`, `SIGRTMIN+3`.
#[must_use]
pub fn signal_name(signal: i32) -> String {
    match Set::Signal.name(signal.into()) {
        Some(name) => name.to_owned(),
        None if signal == libc::SIGRTMIN() => "SIGRTMIN".to_owned(),
        None if signal > libc::SIGRTMIN() => format!("SIGRTMIN+{}", signal - libc::SIGRTMIN()),
        None => format!("signal {signal}"),
    }
}
