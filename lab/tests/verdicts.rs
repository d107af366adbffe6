//! What a reader is told whose code does not come to its end: which call it sleeps in, on what, and why nobody
//! will wake it. And no right answer is told so, whatever it waits for.

#[path = "verdicts/hangs.rs"]
mod hangs;
#[path = "verdicts/patience.rs"]
mod patience;

use lab::Wire;
use lab::check::{Diagnosis, Kind, Scene};

/// Runs code that comes to no end, and returns what its reader is told.
fn diagnosis<T: Wire>(scene: Scene, code: impl FnOnce() -> T) -> Option<Diagnosis> {
    let began = std::time::Instant::now();
    let diagnosis = scene.run(code).err().expect("it comes to no end");
    if diagnosis.kind == (Kind::Unseen {}) {
        eprintln!("skipped: {diagnosis}");
        return None;
    }
    // Measured and told, not demanded: a busy machine is no fault.
    println!("{} after {} ms", diagnosis.kind.word(), began.elapsed().as_millis());
    Some(diagnosis)
}

/// What stands after a label, line by line, where it stands several times.
fn told<'a>(diagnosis: &'a Diagnosis, label: &str) -> Vec<&'a str> {
    diagnosis.facts.iter().filter(|fact| fact.label == label).map(|fact| fact.text.as_str()).collect()
}

/// Asserts that code is known to be stuck, in this call.
fn stuck_in<T: Wire>(scene: Scene, call: &str, code: impl FnOnce() -> T) {
    let Some(diagnosis) = diagnosis(scene, code) else { return };
    // This kind is never the deadline's: it says that nobody can move.
    assert_eq!(diagnosis.kind, Kind::Stuck {}, "{diagnosis}");
    assert_eq!(told(&diagnosis, "your code sleeps in"), [call], "{diagnosis}");
}

/// Asserts that code is cut off at its deadline, in this call.
fn late_in<T: Wire>(scene: Scene, call: &str, code: impl FnOnce() -> T) {
    let Some(diagnosis) = diagnosis(scene, code) else { return };
    assert_eq!(diagnosis.kind, Kind::Late {}, "{diagnosis}");
    assert_eq!(told(&diagnosis, "your code sleeps in"), [call], "{diagnosis}");
}

/// Asserts that code comes to its end, and to this.
fn comes_to<T: Wire + PartialEq + std::fmt::Debug>(scene: Scene, expected: &T, code: impl FnOnce() -> T) {
    match scene.run(code) {
        Ok(run) => assert_eq!(run.value(), expected),
        Err(diagnosis) if diagnosis.kind == (Kind::Unseen {}) => eprintln!("skipped: {diagnosis}"),
        Err(diagnosis) => panic!("a right answer was cut off\n{diagnosis}"),
    }
}
