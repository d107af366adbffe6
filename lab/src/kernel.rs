//! What this kernel can do, asked of the kernel itself.

/// Something that a demo may need and a host may lack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kernel {
    /// `io_uring_setup` answers (Linux 5.1, and no seccomp filter or sysctl against it).
    IoUring,
    /// A process may have a network namespace of its own: as root, or in a user namespace.
    NetworkNamespace,
    /// A process may count its queued signals by itself: in a user namespace of its own, as `RLIMIT_SIGPENDING`
    /// counts by user, and with some room that the user's other processes have left.
    SignalQueue,
}

impl Kernel {
    /// Tries it.
    ///
    /// # Errors
    /// What is missing and how to get it, in words.
    pub fn probe(self) -> Result<(), String> {
        match self {
            Kernel::IoUring => io_uring(),
            Kernel::NetworkNamespace => network_namespace(),
            Kernel::SignalQueue => signal_queue(),
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

fn network_namespace() -> Result<(), String> {
    // SAFETY: the child makes a call that is safe after a fork, and takes integers.
    let moved = in_a_child(|| unsafe { libc::unshare(libc::CLONE_NEWUSER | libc::CLONE_NEWNET) } == 0);
    if moved { Ok(()) } else { Err(no_namespace("network")) }
}

/// How many queued signals a demo may need.
const ENOUGH: i32 = 16;

fn signal_queue() -> Result<(), String> {
    // SAFETY: the child makes calls that are safe after a fork; what the pointers lead to outlives them.
    let move_away = || unsafe {
        // What the user may have in all counts for what a namespace of his may have.
        let mut limit = std::mem::zeroed::<libc::rlimit>();
        libc::getrlimit(libc::RLIMIT_SIGPENDING, &raw mut limit);
        limit.rlim_cur = limit.rlim_max;
        libc::setrlimit(libc::RLIMIT_SIGPENDING, &raw const limit);
        libc::unshare(libc::CLONE_NEWUSER) == 0
    };
    if !in_a_child(move_away) {
        return Err(no_namespace("user"));
    }
    // SAFETY: as above; the child ends with its queued signals, which it blocks.
    let queue = || unsafe {
        let mut set = std::mem::zeroed::<libc::sigset_t>();
        libc::sigaddset(&raw mut set, libc::SIGRTMIN());
        libc::sigprocmask(libc::SIG_BLOCK, &raw const set, std::ptr::null_mut());
        let value = libc::sigval { sival_ptr: std::ptr::null_mut() };
        (0..ENOUGH).all(|_| libc::sigqueue(libc::getpid(), libc::SIGRTMIN(), value) == 0)
    };
    if in_a_child(|| move_away() && queue()) {
        return Ok(());
    }
    Err("this user's processes have all but filled the queue of signals that they share (SigQ in /proc/self/status): \
         end some that hold timers or signals, or raise RLIMIT_SIGPENDING"
        .into())
}

/// Tries something in a child, as there is no way back from a namespace.
fn in_a_child(attempt: impl FnOnce() -> bool) -> bool {
    // SAFETY: the callers see to it that the child only does what is safe after a fork; then it ends.
    let child = unsafe { libc::fork() };
    if child == 0 {
        let done = attempt();
        // SAFETY: takes an integer.
        unsafe { libc::_exit(i32::from(!done)) };
    }
    let mut status = -1;
    // SAFETY: `status` outlives the call.
    unsafe { libc::waitpid(child, &raw mut status, 0) };
    status == 0
}

fn no_namespace(kind: &str) -> String {
    format!(
        "this process may not have a {kind} namespace of its own: a container's profile, or a sysctl such as \
         kernel.unprivileged_userns_clone, stands against it"
    )
}
