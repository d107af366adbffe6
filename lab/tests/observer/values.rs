//! What comes back from a closure, and several observations in one test.

use std::io;

use lab::{Ending, observe};

use super::support::{DEADLINE, names, observed, put};

#[test]
fn what_the_closure_returns_comes_back() {
    let observation = observed(|| (7_i32, Some("seven".to_owned())));
    assert_eq!(observation.value::<(i32, Option<String>)>(), Some((7, Some("seven".to_owned()))));
}

#[test]
fn an_error_of_the_kernels_comes_back_with_its_errno() {
    let observation = observed(|| put(-1, 0).map(|_| ()));
    let error = observation.value::<io::Result<()>>().unwrap().unwrap_err();
    assert_eq!(error.raw_os_error(), Some(libc::EBADF));
}

#[test]
fn a_long_value_comes_back_whole() {
    let observation = observed(|| vec![7_u8; 8 << 20]);
    assert_eq!(observation.value::<Vec<u8>>().unwrap().len(), 8 << 20);
}

#[test]
fn a_value_too_long_to_come_back_is_a_panic_that_says_so() {
    let observation = observe(DEADLINE, || vec![7_u8; 20 << 20]);
    let Ending::Panicked { message } = &observation.ending else { panic!("{:?}", observation.ending) };
    assert!(message.contains("16 MiB"), "{message}");
}

#[test]
fn what_the_closure_borrows_is_as_the_code_before_it_made_it() {
    let words = ["made", "before"].map(str::to_owned);
    let observation = observed(|| words.join(" "));
    assert_eq!(observation.value::<String>(), Some("made before".to_owned()));
}

#[test]
fn several_observations_in_one_test_each_run_their_own_closure() {
    let first = observed(|| put(-1, b'1').is_err());
    let second = observed(|| first.value::<bool>());
    let third = observed(|| (names(&first).len() as i32, second.value::<Option<bool>>().flatten()));
    assert_eq!(names(&second), ["exit"]);
    assert_eq!(third.value::<(i32, Option<bool>)>(), Some((2, Some(true))));
}

#[test]
fn an_observation_after_one_that_ended_badly_goes_its_own_way() {
    let first = observe(DEADLINE, || -> i32 { std::process::exit(3) });
    assert_eq!(first.ending, Ending::Exited { code: 3 });
    let second = observed(|| matches!(first.ending, Ending::Exited { code: 3 }));
    assert_eq!(second.value::<bool>(), Some(true));
}

#[test]
fn an_observation_inside_a_subject_is_refused_in_words() {
    let outer = observe(DEADLINE, || drop(observe(DEADLINE, || ())));
    let Ending::Panicked { message } = &outer.ending else { panic!("{:?}", outer.ending) };
    assert!(message.contains("inside a subject"), "{message}");
}

#[test]
fn a_program_that_the_subject_starts_is_not_taken_for_a_subject() {
    let observation =
        observed(|| std::env::vars().map(|(name, _)| name).filter(|name| name.contains("SUBJECT")).count());
    assert_eq!(observation.value::<usize>(), Some(0));
}
