//! The observer tells the truth: what lab sees of a program is what `strace -f` sees.
//!
//! Each program runs twice, under lab and under strace, and the two accounts are compared: thread by
//! thread, call by call, every argument that lab decodes, every result, every signal that was taken.
//! Where strace is not installed these tests say so and compare nothing.

#[path = "truth/compare.rs"]
mod compare;
#[path = "truth/notation.rs"]
mod notation;
#[path = "truth/programs/mod.rs"]
mod programs;
#[path = "truth/raw.rs"]
mod raw;
#[path = "truth/run.rs"]
mod run;
#[path = "truth/same.rs"]
mod same;
#[path = "truth/steps.rs"]
mod steps;
#[path = "truth/strace.rs"]
mod strace;

/// A test for each program, named for what the two tracers agree on.
macro_rules! lab_and_strace_agree_on {
    ($($module:ident { $($(#[$attribute:meta])* $program:ident,)* })*) => {
        mod lab_and_strace_agree_on {
            $($(
                #[test]
                $(#[$attribute])*
                fn $program() {
                    crate::run::agree(crate::programs::$module::$program);
                }
            )*)*
        }
    };
}

lab_and_strace_agree_on! {
    bytes { a_pipe, a_nonblocking_pipe, scatter_and_gather, a_file, data_that_moves_inside_the_kernel, }
    completion { #[cfg(target_env = "gnu")] posix_aio, linux_aio, an_io_uring, }
    descriptors {
        the_dup_family, fcntl_of_every_kind, ioctl_requests, closed_descriptors, a_memory_file_and_a_pidfd,
        numbers_that_fill_their_registers, #[cfg(target_arch = "x86_64")] the_older_calls,
    }
    faults { bad_pointers, absurd_arguments, }
    messages { udp_datagrams, descriptors_in_messages, several_messages_at_once, }
    processes {
        threads_that_hand_over_by_a_pipe, fork_and_wait, fork_vfork_and_exec, a_childs_end_that_interrupts,
        a_pidfd_that_becomes_ready, ends_of_every_kind, handlers_that_are_inherited_and_reset, exit_while_others_sleep,
    }
    readiness {
        poll_and_ppoll, select_and_pselect, epoll_of_every_kind, an_eventfd, a_timerfd, a_signalfd, inotify,
    }
    restarts {
        an_alarm_that_interrupts, an_alarm_that_restarts, interrupted_sleeps, interrupted_waits,
        signals_that_nobody_handles, a_lock_that_is_waited_for, a_write_that_is_cut_short,
    }
    signals {
        handlers, a_self_pipe, sigtimedwait, queued_signals_and_their_handler, signal_driven_io, sigsuspend_and_pause,
        a_fatal_signal,
    }
    sockets {
        a_unix_stream, unix_addresses, a_tcp_connection, a_blocking_server, sockets_with_timeouts, socket_options,
    }
    stops { a_group_stop, a_group_stop_of_two_threads, }
}
