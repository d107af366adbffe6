//! The figure as SVG: inline in a page, its colours the page's own, described for who cannot see it.

use std::fmt::Write;

use super::Stretch;
use super::text::acts;
use crate::transcript::span;

/// All in the units of the view box.
const LABELS: usize = 90;
const LETTER: usize = 8;
const GAP: usize = 10;
const LANE: usize = 44;
const BAR: usize = 22;
const TOP: usize = 14;

/// The figure; no line of it is empty, so that it can stand inside Markdown.
pub(crate) fn svg(name: &str, point: &str, stretches: &[Stretch]) -> String {
    let mut body = String::new();
    let mut x = LABELS;
    for stretch in stretches {
        let (drawn, width) = draw(stretch, x);
        body += &drawn;
        x += width + GAP;
    }
    let (width, height) = (x, TOP + 3 * LANE);
    let mut out = format!(
        "<svg class=\"timeline\" role=\"img\" aria-labelledby=\"{name}-title {name}-description\" \
         viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" xmlns=\"http://www.w3.org/2000/svg\">\n\
         <title id=\"{name}-title\">{}</title>\n<desc id=\"{name}-description\">{}</desc>\n",
        escaped(point),
        escaped(&described(stretches)),
    );
    for (lane, label) in ["program", "kernel", "others"].into_iter().enumerate() {
        let y = TOP + lane * LANE;
        let _ = writeln!(out, "<text class=\"lane\" x=\"0\" y=\"{}\">{label}</text>", y + 16);
        let _ =
            writeln!(out, "<line class=\"lane\" x1=\"{LABELS}\" y1=\"{0}\" x2=\"{width}\" y2=\"{0}\"/>", y + BAR + 6);
    }
    out + &body + "</svg>\n"
}

/// A stretch at `x`, and its width.
fn draw(stretch: &Stretch, x: usize) -> (String, usize) {
    match stretch {
        Stretch::Call { name } => (words("call", x, 0, name), wide(name)),
        Stretch::Returns { result } => {
            let result = format!("→ {result}");
            (words("result", x, 0, &result), wide(&result))
        }
        Stretch::Copying { bytes } => {
            let label = format!("{bytes} bytes");
            let width = wide("phase 2: copies").max(wide(&label)) + GAP;
            let bar = bar("copying", x, 0, width) + &bar("copying", x, 1, width);
            (
                bar + &words("inside", x + GAP / 2, 0, &label) + &words("inside", x + GAP / 2, 1, "phase 2: copies"),
                width,
            )
        }
        Stretch::Asleep { bound, meanwhile, .. } => {
            let label = bound.map_or_else(|| "asleep".to_owned(), |bound| format!("asleep, ≥ {}", span(bound)));
            let others = acts(meanwhile);
            let width = [wide("phase 1: waits"), wide(&label), wide(&others)].into_iter().max().unwrap_or(0) + GAP;
            let mut drawn = bar("asleep", x, 0, width) + &bar("waiting", x, 1, width);
            drawn += &words("inside", x + GAP / 2, 0, &label);
            drawn += &words("inside", x + GAP / 2, 1, "phase 1: waits");
            drawn += &words("others", x + width - wide(&others), 2, &others);
            let end = x + width;
            let _ = writeln!(
                drawn,
                "<line class=\"wakes\" x1=\"{end}\" y1=\"{TOP}\" x2=\"{end}\" y2=\"{}\"/>",
                TOP + 2 * LANE + BAR
            );
            (drawn, width)
        }
    }
}

fn bar(class: &str, x: usize, lane: usize, width: usize) -> String {
    format!(
        "<rect class=\"{class}\" x=\"{x}\" y=\"{}\" width=\"{width}\" height=\"{BAR}\" rx=\"2\"/>\n",
        TOP + lane * LANE
    )
}

fn words(class: &str, x: usize, lane: usize, text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    format!("<text class=\"{class}\" x=\"{x}\" y=\"{}\">{}</text>\n", TOP + lane * LANE + 16, escaped(text))
}

fn wide(text: &str) -> usize {
    text.chars().count() * LETTER
}

/// The figure in a sentence a stretch.
fn described(stretches: &[Stretch]) -> String {
    let sentence = |stretch: &Stretch| match stretch {
        Stretch::Call { name } => format!("The program calls {name}."),
        Stretch::Returns { result } => format!("It returns {result}."),
        Stretch::Copying { bytes } => format!("The kernel copies {bytes} bytes."),
        Stretch::Asleep { bound, meanwhile, .. } => {
            let bound = bound.map_or_else(String::new, |bound| format!(" for at least {}", span(bound)));
            let woken = acts(meanwhile);
            let woken = if woken.is_empty() { String::new() } else { format!(", until {woken}") };
            format!("It sleeps{bound}{woken}.")
        }
    };
    stretches.iter().map(sentence).collect::<Vec<_>>().join(" ")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
