//! What watching comes to, as a state machine: what happens goes in, what is to be done comes out. It
//! touches nothing itself, so it can be tested with made-up events.

use crate::checking::News;

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// It begins.
    Begun,
    /// These exercises' files were saved, one at least.
    Saved(Vec<usize>),
    /// A key was pressed.
    Key(u8),
    /// There is something new of the check that is under way.
    News(News),
    /// The check that was under way has come to a verdict.
    Judged {
        /// Whether the exercise is right.
        right: bool,
    },
}

/// Something to do. Exercises are told by their places.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// End the check that is under way; nothing of it may be left.
    Cancel,
    /// Begin to check.
    Check(usize),
    /// Show the verdict that has come.
    Verdict,
    /// Show what is new.
    News(News),
    /// Show the next hint.
    Hint(usize),
    /// Show the exercises.
    List,
    /// Say that every exercise is right.
    AllRight,
    /// Say which keys there are.
    Keys,
    /// Show that a key may be pressed.
    Prompt,
    /// End.
    Quit,
}

/// Where the watch is.
#[derive(Debug)]
pub struct Machine {
    current: usize,
    checking: bool,
    right: Vec<bool>,
}

/// ^D.
const END_OF_INPUT: u8 = 4;

impl Machine {
    /// Begins at an exercise; `right` says of each whether it is, and is not empty.
    pub fn new(current: usize, right: Vec<bool>) -> Machine {
        Machine { current, checking: false, right }
    }

    /// The exercise that is watched.
    pub fn current(&self) -> usize {
        self.current
    }

    /// Says what to do.
    pub fn on(&mut self, event: Event) -> Vec<Action> {
        match event {
            Event::Begun => self.check(self.current),
            Event::Saved(saved) => {
                saved.iter().for_each(|place| self.right[*place] = false);
                // Who saves another file has gone there; who saves several at once has not.
                let stay = saved.contains(&self.current);
                self.check(if stay { self.current } else { saved[0] })
            }
            Event::Key(key) => self.key(key),
            // What was new of a check that is no more.
            Event::News(_) | Event::Judged { .. } if !self.checking => Vec::new(),
            Event::News(news) => vec![Action::News(news), Action::Prompt],
            Event::Judged { right } => {
                self.checking = false;
                self.right[self.current] = right;
                let mut actions = vec![Action::Verdict];
                match self.next_not_right() {
                    _ if !right => actions.push(Action::Prompt),
                    Some(next) => actions.extend(self.check(next)),
                    None => actions.extend([Action::AllRight, Action::Prompt]),
                }
                actions
            }
        }
    }

    fn key(&mut self, key: u8) -> Vec<Action> {
        match key.to_ascii_lowercase() {
            b'h' => vec![Action::Hint(self.current), Action::Prompt],
            b'l' => vec![Action::List, Action::Prompt],
            b'r' => self.check(self.current),
            b'n' => {
                let one_on = (self.current + 1) % self.right.len();
                self.check(self.next_not_right().unwrap_or(one_on))
            }
            b'q' | END_OF_INPUT => {
                let mut actions = self.cancel();
                actions.push(Action::Quit);
                actions
            }
            b'\n' | b'\r' | b' ' => vec![Action::Prompt],
            _ => vec![Action::Keys, Action::Prompt],
        }
    }

    fn check(&mut self, place: usize) -> Vec<Action> {
        let mut actions = self.cancel();
        (self.current, self.checking) = (place, true);
        actions.extend([Action::Check(place), Action::Prompt]);
        actions
    }

    fn cancel(&mut self) -> Vec<Action> {
        if std::mem::take(&mut self.checking) { vec![Action::Cancel] } else { Vec::new() }
    }

    /// The next exercise that is not right, after the current one and round to it again.
    fn next_not_right(&self) -> Option<usize> {
        let count = self.right.len();
        (1..count).map(|step| (self.current + step) % count).find(|place| !self.right[*place])
    }
}

#[cfg(test)]
mod tests {
    use super::Action::{AllRight, Cancel, Check, Hint, Keys, List, Prompt, Quit, Verdict};
    use super::Event::{Begun, Judged, Key, Saved};
    use super::{Action, Event, Machine, News};

    /// A machine that was told all this, and the last thing that it said to do.
    fn after(right: &[bool], events: &[Event]) -> (Machine, Vec<Action>) {
        let first = right.iter().position(|right| !right).unwrap_or(0);
        let mut machine = Machine::new(first, right.to_vec());
        let last = events.iter().map(|event| machine.on(event.clone())).last().unwrap_or_default();
        (machine, last)
    }

    #[track_caller]
    fn leads_to<const N: usize>(right: &[bool], events: &[Event], actions: [Action; N]) {
        assert_eq!(after(right, events).1, Vec::from(actions));
    }

    const WRONG: Event = Judged { right: false };
    const RIGHT: Event = Judged { right: true };

    #[test]
    fn it_begins_with_what_is_not_right_yet() {
        leads_to(&[true, false, false], &[Begun], [Check(1), Prompt]);
    }

    #[test]
    fn a_save_starts_a_check() {
        leads_to(&[false], &[Begun, WRONG, Saved(vec![0])], [Check(0), Prompt]);
    }

    #[test]
    fn a_save_during_a_check_cancels_it_and_starts_another() {
        leads_to(&[false], &[Begun, Saved(vec![0])], [Cancel, Check(0), Prompt]);
        leads_to(&[false], &[Begun, Saved(vec![0]), Saved(vec![0])], [Cancel, Check(0), Prompt]);
    }

    #[test]
    fn what_a_cancelled_check_still_has_to_say_is_not_heard() {
        let (mut machine, _) = after(&[false, false], &[Begun, WRONG]);
        assert_eq!(machine.on(WRONG), []);
        assert_eq!(machine.on(Event::News(News::Builds)), []);
    }

    #[test]
    fn a_save_of_another_exercise_goes_there() {
        leads_to(&[false; 3], &[Begun, Saved(vec![2])], [Cancel, Check(2), Prompt]);
        leads_to(&[false; 3], &[Begun, Saved(vec![2]), WRONG, Key(b'h')], [Hint(2), Prompt]);
    }

    #[test]
    fn a_save_of_many_at_once_stays_where_it_is() {
        leads_to(&[false; 3], &[Begun, WRONG, Saved(vec![0, 1, 2])], [Check(0), Prompt]);
        leads_to(&[true, false, true], &[Begun, WRONG, Saved(vec![0, 1])], [Check(1), Prompt]);
    }

    #[test]
    fn a_wrong_answer_is_shown_and_waited_for() {
        leads_to(&[false, false], &[Begun, WRONG], [Verdict, Prompt]);
    }

    #[test]
    fn a_right_answer_leads_on_to_the_next() {
        leads_to(&[false, true, false], &[Begun, RIGHT], [Verdict, Check(2), Prompt]);
    }

    #[test]
    fn after_the_last_it_goes_round_to_those_that_were_left_out() {
        leads_to(&[false, false], &[Begun, WRONG, Key(b'n'), RIGHT], [Verdict, Check(0), Prompt]);
    }

    #[test]
    fn the_last_right_answer_is_told_as_such() {
        leads_to(&[true, false], &[Begun, RIGHT], [Verdict, AllRight, Prompt]);
    }

    #[test]
    fn what_was_right_is_right_no_more_once_it_is_saved() {
        let (mut machine, _) = after(&[true, false], &[Begun, Saved(vec![0]), WRONG, Saved(vec![1])]);
        assert_eq!(machine.on(RIGHT), [Verdict, Check(0), Prompt]);
    }

    #[test]
    fn keys_are_live_while_a_check_runs() {
        leads_to(&[false], &[Begun, Key(b'h')], [Hint(0), Prompt]);
        leads_to(&[false], &[Begun, Key(b'L')], [List, Prompt]);
        leads_to(&[false], &[Begun, Key(b'r')], [Cancel, Check(0), Prompt]);
        leads_to(&[false, false], &[Begun, Key(b'n')], [Cancel, Check(1), Prompt]);
        leads_to(&[false], &[Begun, Key(b'q')], [Cancel, Quit]);
        leads_to(&[false], &[Begun, Key(4)], [Cancel, Quit]);
    }

    #[test]
    fn keys_are_live_while_nothing_runs() {
        leads_to(&[false], &[Begun, WRONG, Key(b'r')], [Check(0), Prompt]);
        leads_to(&[false], &[Begun, WRONG, Key(b'q')], [Quit]);
        leads_to(&[false], &[Begun, WRONG, Key(b'\n')], [Prompt]);
        leads_to(&[false], &[Begun, WRONG, Key(b'x')], [Keys, Prompt]);
    }

    #[test]
    fn next_goes_on_also_where_all_are_right() {
        leads_to(&[true, true], &[Begun, RIGHT, Key(b'n')], [Check(1), Prompt]);
        leads_to(&[true], &[Begun, RIGHT, Key(b'n')], [Check(0), Prompt]);
    }

    #[test]
    fn news_are_shown_while_the_check_runs() {
        let waits = News::Waits("build directory".into());
        leads_to(&[false], &[Begun, Event::News(waits.clone())], [Action::News(waits), Prompt]);
    }

    #[test]
    fn every_check_that_begins_is_ended_or_judged_before_the_next() {
        // Whatever comes, in whatever order: at most one check is ever under way.
        let all = [Begun, Saved(vec![1]), Key(b'n'), Key(b'r'), WRONG, RIGHT, Event::News(News::Builds), Key(b'h')];
        let mut seed = 1_u64;
        let mut machine = Machine::new(0, vec![false; 3]);
        let mut under_way = false;
        for _ in 0..10_000 {
            // Knuth's linear congruential generator: made-up, and the same in every run.
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let event = all[(seed >> 33) as usize % all.len()].clone();
            for action in machine.on(event.clone()) {
                match action {
                    Cancel | Verdict => assert!(std::mem::take(&mut under_way), "{event:?}: nothing was under way"),
                    Check(_) => assert!(!std::mem::replace(&mut under_way, true), "{event:?}: two at once"),
                    _ => {}
                }
            }
        }
    }
}
