//! What descriptors are, and what can be said and asked about them.

use std::io;
use std::os::fd::{AsFd, AsRawFd};

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, FdFlag, OFlag, SealFlag, fcntl, open};
use nix::sys::stat::Mode;
use nix::unistd::{close, dup, dup2_raw, dup3_raw, pipe, write};

use super::{address, address_mut, done, in_a_folder, kernel, owned, refused, word};

/// No descriptor has this number here.
const CLOSED: i32 = 77;

/// Every way to a second number for one description.
pub fn the_dup_family() -> io::Result<()> {
    let (reader, writer) = pipe()?;
    let copy = dup(&reader)?;
    // SAFETY: nobody else uses these numbers.
    let (at_ten, at_eleven) = unsafe { (dup2_raw(&writer, 10)?, dup3_raw(&writer, 11, OFlag::O_CLOEXEC)?) };
    // SAFETY: integers only.
    done(unsafe { libc::dup2(reader.as_raw_fd(), reader.as_raw_fd()) })?;
    // SAFETY: integers only.
    refused(Errno::EINVAL, done(unsafe { libc::dup3(reader.as_raw_fd(), reader.as_raw_fd(), 0) }))?;
    let above = fcntl(&reader, FcntlArg::F_DUPFD(20))?;
    let above_too = fcntl(&reader, FcntlArg::F_DUPFD_CLOEXEC(20))?;
    // SAFETY: integers only.
    refused(Errno::EBADF, done(unsafe { libc::dup(CLOSED) }))?;
    // SAFETY: integers only.
    refused(Errno::EBADF, done(unsafe { libc::dup2(reader.as_raw_fd(), 1 << 30) }))?;
    drop(copy);
    write(&at_eleven, b"through a copy")?;
    close(at_ten)?;
    close(at_eleven)?;
    close(above)?;
    // SAFETY: the range holds nothing but the last copy.
    unsafe { kernel(libc::SYS_close_range, &[above_too.cast_unsigned() as usize, 30, 0]) }?;
    Ok(())
}

/// fcntl's commands, whatever they take and give.
pub fn fcntl_of_every_kind() -> io::Result<()> {
    in_a_folder(|| {
        let (reader, _writer) = pipe()?;
        fcntl(&reader, FcntlArg::F_GETFD)?;
        fcntl(&reader, FcntlArg::F_SETFD(FdFlag::FD_CLOEXEC))?;
        fcntl(&reader, FcntlArg::F_GETFD)?;
        fcntl(&reader, FcntlArg::F_GETFL)?;
        fcntl(&reader, FcntlArg::F_SETFL(OFlag::O_NONBLOCK))?;
        fcntl(&reader, FcntlArg::F_GETFL)?;
        fcntl(&reader, FcntlArg::F_GETPIPE_SZ)?;
        fcntl(&reader, FcntlArg::F_SETPIPE_SZ(8192))?;
        let raw = |command: i32, argument: usize| {
            // SAFETY: these commands take integers.
            unsafe { kernel(libc::SYS_fcntl, &[word(&reader), command.cast_unsigned() as usize, argument]) }
        };
        let this = nix::unistd::getpid().as_raw();
        raw(libc::F_SETOWN, this.cast_unsigned() as usize)?;
        raw(libc::F_GETOWN, 0)?;
        raw(libc::F_SETOWN, this.wrapping_neg() as usize)?;
        raw(libc::F_SETOWN, 0)?;
        raw(F_SETSIG, libc::SIGRTMIN().cast_unsigned() as usize)?;
        raw(F_GETSIG, 0)?;
        refused(Errno::EINVAL, raw(F_SETSIG, 1000))?;
        refused(Errno::EINVAL, raw(9999, 5))?;
        locks()
    })
}

// asm-generic/fcntl.h
const F_SETSIG: i32 = 10;
const F_GETSIG: i32 = 11;
const F_SETOWN_EX: i32 = 15;

fn locks() -> io::Result<()> {
    let flags = OFlag::O_RDWR | OFlag::O_CREAT;
    let file = open("locked", flags, Mode::S_IRUSR | Mode::S_IWUSR)?;
    let mut lock =
        libc::flock { l_type: libc::F_WRLCK as i16, l_whence: libc::SEEK_SET as i16, l_start: 0, l_len: 10, l_pid: 0 };
    fcntl(&file, FcntlArg::F_SETLK(&lock))?;
    fcntl(&file, FcntlArg::F_GETLK(&mut lock))?;
    fcntl(&file, FcntlArg::F_OFD_GETLK(&mut lock))?;
    let owner = [0, nix::unistd::gettid().as_raw()];
    // SAFETY: the block is two integers, and outlives the call.
    unsafe { kernel(libc::SYS_fcntl, &[word(&file), F_SETOWN_EX as usize, address(&owner)]) }?;
    // SAFETY: the name is a C string.
    let memory = owned(unsafe {
        kernel(libc::SYS_memfd_create, &[c"sealed".as_ptr() as usize, libc::MFD_ALLOW_SEALING as usize])
    }?);
    fcntl(&memory, FcntlArg::F_ADD_SEALS(SealFlag::F_SEAL_WRITE | SealFlag::F_SEAL_GROW))?;
    fcntl(&memory, FcntlArg::F_GET_SEALS)?;
    refused(Errno::EPERM, write(&memory, b"no"))
}

/// ioctl's requests that take or give a number, and one that does not apply.
pub fn ioctl_requests() -> io::Result<()> {
    let (reader, writer) = pipe()?;
    write(&writer, b"seven..")?;
    let mut count = 0_i32;
    let on = 1_i32;
    // SAFETY: each request reads or writes one int, which outlives the call.
    unsafe {
        done(libc::ioctl(reader.as_raw_fd(), libc::FIONREAD, &raw mut count))?;
        done(libc::ioctl(reader.as_raw_fd(), libc::FIONBIO, &raw const on))?;
        done(libc::ioctl(reader.as_raw_fd(), libc::FIOCLEX))?;
        done(libc::ioctl(reader.as_raw_fd(), libc::FIOASYNC, &raw const on))?;
        refused(Errno::ENOTTY, done(libc::ioctl(reader.as_raw_fd(), libc::TIOCOUTQ, &raw mut count)))?;
    }
    Ok(())
}

/// Every call that takes a descriptor, with one that is none.
pub fn closed_descriptors() -> io::Result<()> {
    let calls = [
        libc::SYS_read,
        libc::SYS_write,
        libc::SYS_pread64,
        libc::SYS_pwrite64,
        libc::SYS_readv,
        libc::SYS_writev,
        libc::SYS_preadv,
        libc::SYS_pwritev,
        libc::SYS_preadv2,
        libc::SYS_pwritev2,
        libc::SYS_recvfrom,
        libc::SYS_sendto,
        libc::SYS_recvmsg,
        libc::SYS_sendmsg,
        libc::SYS_sendfile,
        libc::SYS_splice,
        libc::SYS_tee,
        libc::SYS_copy_file_range,
        libc::SYS_dup,
        libc::SYS_close,
        libc::SYS_bind,
        libc::SYS_listen,
        libc::SYS_accept,
        libc::SYS_accept4,
        libc::SYS_connect,
        libc::SYS_shutdown,
        libc::SYS_getsockname,
        libc::SYS_getpeername,
        libc::SYS_setsockopt,
        libc::SYS_getsockopt,
        libc::SYS_fcntl,
        libc::SYS_ioctl,
        libc::SYS_lseek,
        libc::SYS_ftruncate,
        libc::SYS_fsync,
        libc::SYS_fdatasync,
        libc::SYS_fadvise64,
        libc::SYS_flock,
        libc::SYS_inotify_add_watch,
        libc::SYS_timerfd_settime,
        libc::SYS_timerfd_gettime,
        libc::SYS_epoll_ctl,
        libc::SYS_epoll_pwait,
        libc::SYS_epoll_pwait2,
        libc::SYS_io_uring_enter,
        libc::SYS_signalfd4,
        libc::SYS_dup3,
    ];
    for call in calls {
        // SAFETY: a descriptor that is none, and no pointer that is not null: nothing can be touched.
        let answer = unsafe { kernel(call, &[CLOSED as usize]) };
        if let Ok(answer) = answer {
            // tee, splice and the like look first whether there is anything to do.
            assert_eq!(answer, 0, "call {call} has nothing to work on");
        }
    }
    // SAFETY: as above, of -1.
    refused(Errno::EBADF, unsafe { kernel(libc::SYS_read, &[usize::MAX, 0, 0]) })
}

/// Descriptors that come from nowhere else: memory, and a process.
pub fn a_memory_file_and_a_pidfd() -> io::Result<()> {
    // SAFETY: the name is a C string.
    let memory =
        owned(unsafe { kernel(libc::SYS_memfd_create, &[c"memory".as_ptr() as usize, libc::MFD_CLOEXEC as usize]) }?);
    write(&memory, b"kept in memory")?;
    let mut start = 0_i64;
    let (_reader, writer) = pipe()?;
    // SAFETY: the offset outlives the call.
    unsafe { kernel(libc::SYS_sendfile, &[word(&writer), word(&memory), address_mut(&mut start), 4]) }?;
    let this = nix::unistd::getpid().as_raw();
    // SAFETY: integers only.
    let pidfd = owned(unsafe { kernel(libc::SYS_pidfd_open, &[this.cast_unsigned() as usize, 0]) }?);
    fcntl(pidfd.as_fd(), FcntlArg::F_GETFD)?;
    Ok(())
}

/// Numbers at the ends of their types; and registers whose upper half is noise, as the C library's
/// callers may leave it where an int is meant.
pub fn numbers_that_fill_their_registers() -> io::Result<()> {
    /// The lower half is what counts.
    const NOISE: usize = 0xdead_beef_0000_0000;
    in_a_folder(|| {
        let file = open("sparse", OFlag::O_RDWR | OFlag::O_CREAT, Mode::S_IRUSR | Mode::S_IWUSR)?;
        // SAFETY: integers only; the buffers that the kernel fills outlive the calls.
        unsafe {
            kernel(libc::SYS_lseek, &[word(&file), 3_000_000_000, 0])?;
            kernel(libc::SYS_lseek, &[word(&file), 1 << 40, 0])?;
            kernel(libc::SYS_lseek, &[word(&file), 0_usize.wrapping_sub(1 << 39), 1])?;
            let mut byte = 0_u8;
            kernel(libc::SYS_pread64, &[word(&file), address_mut(&mut byte), 1, 1 << 31])?;
            kernel(libc::SYS_ftruncate, &[word(&file), 5 << 30])?;
            kernel(libc::SYS_sendfile, &[word(&file), word(&file), 0, 0xffff_ffff])?;
            let full = owned(kernel(libc::SYS_eventfd2, &[0xffff_ffff, 0])?);
            refused(Errno::EBADF, kernel(libc::SYS_read, &[usize::MAX, 0, usize::MAX]))?;
            refused(Errno::ENOTTY, kernel(libc::SYS_ioctl, &[word(&full), HIGH_REQUEST, address_mut(&mut byte)]))?;
            kernel(libc::SYS_close_range, &[1000, 0xffff_ffff, 0])?;
            let one = owned(kernel(libc::SYS_socket, &[NOISE | 1, NOISE | 1, 0])?);
            kernel(libc::SYS_listen, &[NOISE | word(&one), NOISE | 5]).expect_err("an unnamed socket cannot listen");
            kernel(libc::SYS_fcntl, &[NOISE | word(&one), NOISE | 3, NOISE])?;
            let no = 0_i32;
            let (level, name) = (libc::SOL_SOCKET as usize, libc::SO_KEEPALIVE as usize);
            kernel(libc::SYS_setsockopt, &[NOISE | word(&one), NOISE | level, NOISE | name, address(&no), NOISE | 4])?;
            refused(Errno::EINVAL, kernel(libc::SYS_signalfd4, &[usize::MAX, address(&0_u64), 9, 0]))?;
            refused(Errno::EINVAL, kernel(libc::SYS_pipe2, &[address_mut(&mut byte), NOISE | 0x7000_0000]))
        }
    })
}

/// TUNGETFEATURES (linux/if_tun.h): like many requests it has the uppermost bit of 32.
const HIGH_REQUEST: usize = 0x8004_54cf;

/// Calls that the C library no longer makes, but the kernel still answers.
#[cfg(target_arch = "x86_64")]
pub fn the_older_calls() -> io::Result<()> {
    in_a_folder(|| {
        let mut ends = [0_i32; 2];
        let mut set = [0_u64; 16];
        let mut time = libc::timeval { tv_sec: 0, tv_usec: 1_500 };
        let mut fds = [libc::pollfd { fd: 0, events: libc::POLLIN, revents: 0 }];
        let mut events = [libc::epoll_event { events: 0, u64: 0 }; 2];
        // SAFETY: the paths are C strings, and what the kernel fills outlives the calls.
        unsafe {
            let made = owned(kernel(
                libc::SYS_open,
                &[c"older".as_ptr() as usize, (libc::O_RDWR | libc::O_CREAT) as usize, 0o600],
            )?);
            drop(owned(kernel(libc::SYS_creat, &[c"oldest".as_ptr() as usize, 0o640])?));
            drop(owned(kernel(libc::SYS_open, &[c"older".as_ptr() as usize, 0])?));
            kernel(libc::SYS_pipe, &[address_mut(&mut ends)])?;
            let [reader, writer] = ends.map(|end| owned(end.into()));
            kernel(libc::SYS_dup2, &[word(&made), 30])?;
            close(30)?;
            drop(owned(kernel(libc::SYS_eventfd, &[7])?));
            drop(owned(kernel(libc::SYS_inotify_init, &[])?));
            drop(owned(kernel(libc::SYS_signalfd, &[usize::MAX, address(&512_u64), 8])?));
            let epoll = owned(kernel(libc::SYS_epoll_create, &[1])?);
            kernel(libc::SYS_epoll_wait, &[word(&epoll), address_mut(&mut events), 2, 1])?;
            kernel(libc::SYS_select, &[0, 0, 0, 0, address_mut(&mut time)])?;
            set[0] = 1 << reader.as_raw_fd();
            write(&writer, b"!")?;
            kernel(libc::SYS_select, &[word(&reader) + 1, address_mut(&mut set), 0, 0, 0])?;
            fds[0].fd = reader.as_raw_fd();
            kernel(libc::SYS_poll, &[address_mut(&mut fds), 1, usize::MAX])?;
            kernel(libc::SYS_alarm, &[100])?;
            kernel(libc::SYS_alarm, &[0])?;
        }
        Ok(())
    })
}
