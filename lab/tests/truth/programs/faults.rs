//! Pointers that lead nowhere.

use std::io;
use std::ptr;

use nix::sys::epoll::{Epoll, EpollCreateFlags};
use nix::sys::socket::{AddressFamily, SockFlag, SockType, socketpair};
use nix::unistd::{pipe, write};

use super::{address, kernel, word};

/// Nothing is ever mapped there.
const NOWHERE: usize = 0x10;

/// Every kind of pointer, leading nowhere. Each call answers EFAULT, or does not look.
pub fn bad_pointers() -> io::Result<()> {
    let (left, right) = socketpair(AddressFamily::Unix, SockType::Stream, None, SockFlag::SOCK_CLOEXEC)?;
    let (reader, writer) = pipe()?;
    let epoll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)?;
    write(&writer, b"ready")?;
    write(&right, b"ready")?;
    let (pipe, socket, poll) = (word(&reader), word(&left), word(&epoll.0));
    let vector = libc::iovec { iov_base: ptr::without_provenance_mut(NOWHERE), iov_len: 4 };
    let zero = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    let (vector, zero) = (address(&vector), address(&zero));
    let [tcp, one, level] = [libc::AF_INET, 1, libc::SOL_SOCKET].map(|number| number.cast_unsigned() as usize);
    let add = libc::EPOLL_CTL_ADD as usize;
    let calls: &[(i64, &[usize])] = &[
        (libc::SYS_read, &[pipe, NOWHERE, 4]),
        (libc::SYS_write, &[word(&writer), NOWHERE, 4]),
        (libc::SYS_readv, &[pipe, NOWHERE, 1]),
        (libc::SYS_readv, &[pipe, vector, 1]),
        (libc::SYS_writev, &[word(&writer), NOWHERE, 2]),
        (libc::SYS_writev, &[word(&writer), vector, 1]),
        (libc::SYS_recvfrom, &[socket, NOWHERE, 4, 0, 0, 0]),
        (libc::SYS_sendto, &[socket, NOWHERE, 4, 0, 0, 0]),
        (libc::SYS_sendto, &[socket, vector, 4, 0, NOWHERE, 16]),
        (libc::SYS_recvmsg, &[socket, NOWHERE, 0]),
        (libc::SYS_sendmsg, &[socket, NOWHERE, 0]),
        (libc::SYS_connect, &[socket, NOWHERE, 16]),
        (libc::SYS_bind, &[socket, NOWHERE, 16]),
        (libc::SYS_getsockname, &[socket, NOWHERE, NOWHERE]),
        (libc::SYS_accept4, &[socket, NOWHERE, NOWHERE, 0]),
        (libc::SYS_setsockopt, &[socket, level, libc::SO_RCVBUF as usize, NOWHERE, 4]),
        (libc::SYS_setsockopt, &[socket, level, libc::SO_LINGER as usize, NOWHERE, 8]),
        (libc::SYS_setsockopt, &[socket, level, libc::SO_RCVTIMEO as usize, NOWHERE, 16]),
        (libc::SYS_getsockopt, &[socket, level, libc::SO_RCVBUF as usize, NOWHERE, NOWHERE]),
        (libc::SYS_openat, &[libc::AT_FDCWD as usize, NOWHERE, 0, 0]),
        (libc::SYS_pipe2, &[NOWHERE, 0]),
        (libc::SYS_socketpair, &[1, one, 0, NOWHERE]),
        (libc::SYS_ppoll, &[NOWHERE, 1, zero, 0, 8]),
        (libc::SYS_ppoll, &[0, 0, NOWHERE, 0, 8]),
        (libc::SYS_pselect6, &[4, NOWHERE, 0, 0, zero, 0]),
        (libc::SYS_pselect6, &[0, 0, 0, 0, NOWHERE, 0]),
        (libc::SYS_pselect6, &[0, 0, 0, 0, zero, NOWHERE]),
        (libc::SYS_epoll_ctl, &[poll, add, pipe, NOWHERE]),
        (libc::SYS_epoll_pwait2, &[poll, NOWHERE, 1, NOWHERE, 0, 8]),
        (libc::SYS_rt_sigaction, &[10, NOWHERE, 0, 8]),
        (libc::SYS_rt_sigprocmask, &[0, NOWHERE, 0, 8]),
        (libc::SYS_rt_sigtimedwait, &[NOWHERE, 0, 0, 8]),
        (libc::SYS_rt_sigsuspend, &[NOWHERE, 8]),
        (libc::SYS_setitimer, &[0, NOWHERE, 0]),
        (libc::SYS_nanosleep, &[NOWHERE, 0]),
        (libc::SYS_clock_nanosleep, &[1, 0, NOWHERE, 0]),
        (libc::SYS_ioctl, &[pipe, libc::FIONREAD as usize, NOWHERE]),
        (libc::SYS_ioctl, &[pipe, libc::FIONBIO as usize, NOWHERE]),
        (libc::SYS_fcntl, &[pipe, libc::F_GETLK as usize, NOWHERE]),
        (libc::SYS_sendfile, &[word(&writer), pipe, NOWHERE, 1]),
        (libc::SYS_signalfd4, &[usize::MAX, NOWHERE, 8, 0]),
        (libc::SYS_memfd_create, &[NOWHERE, 0]),
        (libc::SYS_inotify_add_watch, &[pipe, NOWHERE, 1]),
        (libc::SYS_timerfd_settime, &[pipe, 0, NOWHERE, 0]),
        (libc::SYS_io_setup, &[1, NOWHERE]),
        (libc::SYS_io_submit, &[0, 1, NOWHERE]),
        (libc::SYS_io_uring_setup, &[1, NOWHERE]),
        (libc::SYS_execve, &[NOWHERE, 0, 0]),
        (libc::SYS_wait4, &[usize::MAX, NOWHERE, libc::WNOHANG as usize, 0]),
        (libc::SYS_waitid, &[0, 0, NOWHERE, (libc::WEXITED | libc::WNOHANG) as usize, 0]),
        (libc::SYS_clone3, &[NOWHERE, 64]),
    ];
    for (call, arguments) in calls {
        // SAFETY: the kernel checks every pointer, and those that lead somewhere outlive the call.
        let answer = unsafe { kernel(*call, arguments) };
        assert!(answer.is_err(), "call {call} found something at {NOWHERE:#x}");
    }
    // SAFETY: a socket of a family that takes no such address fails before anything is made.
    let answer = unsafe { kernel(libc::SYS_connect, &[socket, address(&[2_u8; 16]), tcp]) };
    assert!(answer.is_err(), "an address that is cut short");
    Ok(())
}

/// Structures that are there but make no sense: absurd lengths, times and numbers.
pub fn absurd_arguments() -> io::Result<()> {
    let (left, _right) = socketpair(AddressFamily::Unix, SockType::Stream, None, SockFlag::SOCK_CLOEXEC)?;
    let (socket, data) = (word(&left), libc::iovec { iov_base: c"data".as_ptr().cast_mut().cast(), iov_len: 4 });
    let huge = libc::iovec { iov_len: usize::MAX, ..data };
    // SAFETY: all zeroes is a message without a name, data and control.
    let mut empty: libc::msghdr = unsafe { std::mem::zeroed() };
    empty.msg_iov = ptr::from_ref(&data).cast_mut();
    empty.msg_iovlen = 1;
    let with_control = |control: &[usize; 3], length: usize| libc::msghdr {
        msg_control: ptr::from_ref(control).cast_mut().cast(),
        msg_controllen: length,
        ..empty
    };
    let rights = usize::try_from(libc::SCM_RIGHTS).unwrap_or_default() << 32 | libc::SOL_SOCKET as usize;
    // Longer than what follows is left out: strace shows what lies behind, or never comes to an end of it.
    let controls = [[5, rights, 0], [0, rights, 0], [20, rights, 77]];
    let messages = controls.each_ref().map(|control| with_control(control, 24));
    let cut = with_control(&controls[2], 10);
    let nameless = libc::msghdr { msg_name: ptr::without_provenance_mut(NOWHERE), msg_namelen: 16, ..empty };
    let times = [(-1, 0), (0, -1), (0, 1_000_000_000), (i64::MAX, i64::MAX)]
        .map(|(tv_sec, tv_nsec)| libc::timespec { tv_sec, tv_nsec });
    let name = [libc::AF_UNIX as u16, u16::from_ne_bytes([0, b'/'])];
    let long = [b'/'; 110];
    let path = [b'p'; 5_000];
    let level = libc::SOL_SOCKET as usize;
    let minus_one = u32::MAX as usize;
    let mut calls: Vec<(i64, Vec<usize>)> = vec![
        (libc::SYS_sendmsg, vec![socket, address(&cut), 0]),
        (libc::SYS_sendmsg, vec![socket, address(&nameless), 0]),
        (libc::SYS_writev, vec![socket, address(&huge), 1]),
        (libc::SYS_connect, vec![socket, address(&name), 0]),
        (libc::SYS_connect, vec![socket, address(&name), 1]),
        (libc::SYS_connect, vec![socket, address(&name), 2]),
        (libc::SYS_connect, vec![socket, address(&name), 4]),
        (libc::SYS_connect, vec![socket, long.as_ptr() as usize, minus_one]),
        (libc::SYS_setsockopt, vec![socket, level, libc::SO_RCVBUF as usize, address(&name), minus_one]),
        (libc::SYS_setsockopt, vec![socket, level, libc::SO_RCVTIMEO as usize, address(&times[2]), 16]),
        (libc::SYS_openat, vec![libc::AT_FDCWD as usize, path.as_ptr() as usize, 0]),
        (libc::SYS_pselect6, vec![minus_one, 0, 0, 0, 0, 0]),
        (libc::SYS_rt_sigaction, vec![65, 0, 0, 8]),
        (libc::SYS_rt_sigaction, vec![10, 0, 0, 4]),
        (libc::SYS_rt_sigprocmask, vec![7, address(&rights), 0, 8]),
        (libc::SYS_kill, vec![minus_one - 1_000_000_000, 0]),
        (libc::SYS_kill, vec![0, 65]),
        (libc::SYS_lseek, vec![socket, 5, 9]),
        (libc::SYS_socket, vec![9_999, 3, 0]),
        (libc::SYS_eventfd2, vec![0, minus_one]),
        (libc::SYS_epoll_pwait, vec![socket, address(&rights), 0, 0, 0, 8]),
        (libc::SYS_wait4, vec![0, 0, 0x4000_0000, 0]),
        (libc::SYS_dup3, vec![socket, minus_one, 0]),
    ];
    calls.extend(messages.iter().map(|message| (libc::SYS_sendmsg, vec![socket, address(message), 0])));
    for time in &times {
        calls.push((libc::SYS_nanosleep, vec![address(time), 0]));
        calls.push((libc::SYS_ppoll, vec![0, 0, address(time), 0, 8]));
    }
    for (call, arguments) in calls {
        // SAFETY: the kernel checks every pointer, and those that lead somewhere outlive the call.
        // Most are refused; some make a little sense, and which differs from kernel to kernel.
        let _ = unsafe { kernel(call, &arguments) };
    }
    Ok(())
}
