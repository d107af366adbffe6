//! What this kernel can do, asked of the kernel itself.

/// Something that a demo may need and a host may lack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kernel {
    /// `io_uring_setup` answers (Linux 5.1, and no seccomp filter or sysctl against it).
    IoUring,
    /// A process may have a network namespace of its own: as root, or in a user namespace.
    NetworkNamespace,
    /// A process may have a user namespace of its own, and with it a count of its own of queued signals.
    UserNamespace,
}

impl Kernel {
    /// Tries it.
    ///
    /// # Errors
    /// What is missing and how to get it, in words.
    pub fn probe(self) -> Result<(), String> {
        match self {
            Kernel::IoUring => io_uring(),
            Kernel::NetworkNamespace => namespace("network", libc::CLONE_NEWUSER | libc::CLONE_NEWNET),
            Kernel::UserNamespace => namespace("user", libc::CLONE_NEWUSER),
        }
    }
}

fn io_uring() -> Result<(), String> {
    // SAFETY: a null parameter block is refused with EFAULT before anything is made.
    let answer = unsafe { libc::syscall(libc::SYS_io_uring_setup, 0, std::ptr::null_mut::<u8>()) };
    debug_assert_eq!(answer, -1, "a ring without a parameter block");
    match std::io::Error::last_os_error().raw_os_error() {
        Some(libc::ENOSYS) => Err("this kernel has no io_uring (ENOSYS): Linux 5.1 or later has it".into()),
        Some(libc::EPERM) => Err("io_uring is refused here (EPERM): a container's seccomp profile, or the \
                                  sysctl kernel.io_uring_disabled, stands against it"
            .into()),
        _ => Ok(()),
    }
}

/// Tried in a child, as there is no way back from a namespace.
fn namespace(kind: &str, flags: i32) -> Result<(), String> {
    // SAFETY: the child makes two calls that are safe after a fork, and ends.
    let child = unsafe { libc::fork() };
    if child == 0 {
        // SAFETY: integers only.
        unsafe { libc::_exit(libc::unshare(flags).min(0)) };
    }
    let mut status = -1;
    // SAFETY: `status` outlives the call.
    unsafe { libc::waitpid(child, &raw mut status, 0) };
    if status == 0 {
        return Ok(());
    }
    Err(format!(
        "this process may not have a {kind} namespace of its own: a container's profile, or a sysctl such as \
         kernel.unprivileged_userns_clone, stands against it"
    ))
}
