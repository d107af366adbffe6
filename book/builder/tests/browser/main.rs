//! The book in a browser, from its files: nothing is fetched, nothing is cut off, everything can be
//! read and reached.
//!
//! It needs Chromium (Debian: apt-get install chromium); where there is none, it says so and passes.
//! `BOOK_SCREENSHOTS=DIR` leaves a picture of each page there, for an author to look at.

mod devtools;

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use devtools::Browser;
use serde_json::{Value, json};

const PAGE: &str = include_str!("page.js");
const KEYBOARD: &str = include_str!("keyboard.js");

/// A telephone, and a screen on a desk.
const WIDTHS: [u32; 2] = [375, 1280];

#[test]
fn every_page_is_whole_in_a_browser() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("browser");
    fs::create_dir_all(&folder).unwrap();
    let Some(mut browser) = Browser::start(&folder) else {
        return eprintln!("skipped: there is no Chromium here (Debian: apt-get install chromium)");
    };
    let book = built(&folder);
    let pages = pages(&book);
    assert!(pages.len() > 5, "{pages:?}");

    let mut faults = Vec::new();
    for width in WIDTHS {
        for scheme in ["light", "dark"] {
            look_like(&mut browser, width, scheme, "screen");
            for page in &pages {
                let wrong = looked_at(&mut browser, &book, page, &format!("{width}-{scheme}"));
                faults.extend(wrong.into_iter().map(|wrong| format!("{page} at {width} px, {scheme}: {wrong}")));
            }
        }
        look_like(&mut browser, width, "light", "screen");
        // The page for the printer calls for the printer at once, and that takes the keyboard away.
        for page in pages.iter().filter(|page| *page != "print.html") {
            let wrong = reached(&mut browser, &book, page);
            faults.extend(wrong.into_iter().map(|wrong| format!("{page} at {width} px: {wrong}")));
        }
        faults.extend(searched(&mut browser, &book, "SIGPIPE"));
        faults.extend(contents_opened(&mut browser, &book, width));
    }
    // The themes that only a reader who asks for them sees.
    look_like(&mut browser, WIDTHS[1], "light", "screen");
    for theme in ["rust", "coal", "ayu"] {
        browser.value(&format!("localStorage.setItem('mdbook-theme', '{theme}')"));
        for page in &pages {
            let wrong = looked_at(&mut browser, &book, page, theme);
            faults.extend(wrong.into_iter().map(|wrong| format!("{page}, theme {theme}: {wrong}")));
        }
    }
    browser.value("localStorage.clear()");
    look_like(&mut browser, 794, "dark", "print");
    for page in &pages {
        let wrong = looked_at(&mut browser, &book, page, "print");
        faults.extend(wrong.into_iter().map(|wrong| format!("{page} on paper: {wrong}")));
        faults.extend(folded(&mut browser).then(|| format!("{page} on paper: an answer stays folded")));
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

/// Builds this very book.
fn built(folder: &Path) -> PathBuf {
    let book = folder.join("book");
    let build = Command::new(env!("CARGO_BIN_EXE_book-builder"))
        .arg("--dest")
        .arg(&book)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(build.status.success(), "{}", String::from_utf8_lossy(&build.stderr));
    book
}

/// What a reader can open. The table of contents by itself is for browsers without scripts.
fn pages(book: &Path) -> Vec<String> {
    let names = fs::read_dir(book).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut pages: Vec<String> = names.filter(|name| name.ends_with(".html") && name != "toc.html").collect();
    pages.sort();
    pages
}

fn address(book: &Path, page: &str) -> String {
    format!("file://{}", book.join(page).display())
}

fn look_like(browser: &mut Browser, width: u32, scheme: &str, media: &str) {
    let metrics = json!({ "width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false });
    browser.ask("Emulation.setDeviceMetricsOverride", &metrics);
    let features = json!([{ "name": "prefers-color-scheme", "value": scheme }, { "name": "prefers-reduced-motion", "value": "reduce" }]);
    browser.ask("Emulation.setEmulatedMedia", &json!({ "media": media, "features": features }));
}

/// Opens a page, and tells what is wrong with it: console, network, shape, colours, links.
fn looked_at(browser: &mut Browser, book: &Path, page: &str, view: &str) -> Vec<String> {
    browser.heard();
    browser.open(&address(book, page));
    let said = browser.value(PAGE);
    let strings = |value: &Value| -> Vec<String> {
        value.as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect()
    };
    let mut faults = strings(&said["faults"]);
    faults.extend(browser.heard().iter().filter_map(complaint));
    let links: BTreeSet<String> = strings(&said["links"]).into_iter().collect();
    faults.extend(links.iter().filter_map(|link| dead(link)));
    if let Some(folder) = env::var_os("BOOK_SCREENSHOTS") {
        picture(browser, &Path::new(&folder).join(format!("{}-{view}.png", page.trim_end_matches(".html"))));
    }
    faults
}

/// What the browser has to complain of, or is made to fetch from elsewhere.
fn complaint(event: &Value) -> Option<String> {
    let told = &event["params"];
    match event["method"].as_str()? {
        "Runtime.exceptionThrown" => Some(format!("it throws: {}", told["exceptionDetails"])),
        "Runtime.consoleAPICalled" if ["error", "warning", "assert"].contains(&told["type"].as_str()?) => {
            Some(format!("the console says: {}", told["args"]))
        }
        "Log.entryAdded" => Some(format!("the log says: {} {}", told["entry"]["text"], told["entry"]["url"])),
        "Network.loadingFailed" => Some(format!("it cannot load: {told}")),
        "Network.requestWillBeSent" => {
            let address = told["request"]["url"].as_str()?;
            let ours = ["file:", "data:", "blob:"].iter().any(|scheme| address.starts_with(scheme));
            (!ours).then(|| format!("it fetches {address}"))
        }
        _ => None,
    }
}

/// A link to a file or an anchor that is not there.
fn dead(link: &str) -> Option<String> {
    let path = unescaped(link.strip_prefix("file://")?);
    let (file, anchor) = path.split_once('#').map_or((path.as_str(), None), |(file, anchor)| (file, Some(anchor)));
    let Ok(text) = fs::read_to_string(file) else { return Some(format!("the link to {link} leads nowhere")) };
    let missing = anchor.filter(|anchor| !text.contains(&format!("id=\"{anchor}\"")));
    missing.map(|anchor| format!("the link to {link} finds no {anchor}"))
}

/// An address without its `%20` and the like.
fn unescaped(address: &str) -> String {
    let mut parts = address.split('%');
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        bytes.push(u8::from_str_radix(&part[..2], 16).unwrap());
        bytes.extend(&part.as_bytes()[2..]);
    }
    String::from_utf8(bytes).unwrap()
}

/// Goes through a page with the tabulator key, and tells what that does not reach.
fn reached(browser: &mut Browser, book: &Path, page: &str) -> Vec<String> {
    browser.open(&address(book, page));
    let number = browser.value(KEYBOARD).as_u64().unwrap();
    for _ in 0..number + 20 {
        browser.press("Tab", 9, "");
    }
    let told = "element => element.outerHTML.slice(0, 120)";
    let missing = browser.value(&format!("mustReach.filter(element => !reached.has(element)).map({told})"));
    let unmarked = browser.value(&format!("Array.from(unmarked, {told})"));
    let lines = |what: &str, list: &Value| -> Vec<String> {
        list.as_array().unwrap().iter().map(|element| format!("{what} {element}")).collect()
    };
    [lines("no key reaches", &missing), lines("nothing marks the focus on", &unmarked)].concat()
}

/// Searches as a reader does, by keyboard alone, and follows what is found.
fn searched(browser: &mut Browser, book: &Path, word: &str) -> Vec<String> {
    browser.open(&address(book, "introduction.html"));
    browser.press("/", 191, "/");
    browser.until("document.activeElement.id === 'mdbook-searchbar' && Boolean(window.search && search.hasFocus())");
    for letter in word.chars() {
        browser.press(&letter.to_string(), u32::from(letter), &letter.to_string());
    }
    browser.until("document.querySelectorAll('#mdbook-searchresults li a').length > 0");
    let found = browser.value("Array.from(document.querySelectorAll('#mdbook-searchresults li a'), link => link.href)");
    let found = found.as_array().unwrap().iter().filter_map(|link| link.as_str());
    // A found page is told apart by what is to be marked in it.
    found.filter_map(|link| dead(&link.replace(&format!("?highlight={word}"), ""))).collect()
}

/// The table of contents opens and closes by keyboard.
fn contents_opened(browser: &mut Browser, book: &Path, width: u32) -> Option<String> {
    browser.open(&address(book, "introduction.html"));
    let shown = "document.documentElement.classList.contains('sidebar-visible')";
    let before = browser.value(shown);
    browser.value("document.getElementById('mdbook-sidebar-toggle').focus()");
    browser.press("Enter", 13, "\r");
    let after = browser.value(shown);
    browser.press("Enter", 13, "\r");
    // mdBook remembers what a reader chose.
    browser.value("localStorage.clear()");
    (before == after).then(|| format!("at {width} px no key opens the table of contents"))
}

/// Whether an answer cannot be read.
fn folded(browser: &mut Browser) -> bool {
    browser.value(
        "Array.from(document.querySelectorAll('details li'), answer => answer.getClientRects().length).includes(0)",
    ) == json!(true)
}

/// A picture of the whole page.
fn picture(browser: &mut Browser, file: &Path) {
    let shot = browser.ask("Page.captureScreenshot", &json!({ "format": "png", "captureBeyondViewport": true }));
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(file, decoded(shot["data"].as_str().unwrap())).unwrap();
}

/// The bytes of a text in base 64 (RFC 4648, section 4).
fn decoded(text: &str) -> Vec<u8> {
    let digit = |byte: u8| match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    };
    let (mut bytes, mut bits, mut held) = (Vec::new(), 0u32, 0);
    for value in text.bytes().filter_map(digit) {
        bits = bits << 6 | u32::from(value);
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push((bits >> held) as u8);
        }
    }
    bytes
}
