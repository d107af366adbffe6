//! A headless Chromium, spoken to over a pair of pipes (its `--remote-debugging-pipe`).

use std::env;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

/// How long the browser may think about one request.
const PATIENCE: Duration = Duration::from_secs(60);

/// What it may be called.
const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];

/// One browser with one page.
pub struct Browser {
    child: Child,
    to: ChildStdin,
    from: Receiver<Value>,
    profile: PathBuf,
    session: Option<String>,
    asked: u64,
    /// What it said unasked since it was last taken.
    heard: Vec<Value>,
}

impl Browser {
    /// Starts one; `None` where none is installed.
    pub fn start(folder: &Path) -> Option<Browser> {
        let path = env::var_os("PATH").unwrap_or_default();
        let is_here = |name: &&&str| env::split_paths(&path).any(|folder| folder.join(name).is_file());
        let name = NAMES.iter().find(is_here)?;
        let profile = folder.join("profile");
        let _ = fs::remove_dir_all(&profile);
        // It reads requests from descriptor 3, and answers to 4.
        let mut child = Command::new("/bin/sh")
            .args(["-c", "exec \"$@\" 3<&0 4>&1 </dev/null >/dev/null 2>&1", "sh", name])
            .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"])
            .args(["--disable-background-networking", "--disable-component-update", "--disable-sync"])
            .args(["--remote-debugging-pipe", "--hide-scrollbars", "--force-color-profile=srgb"])
            .arg(format!("--user-data-dir={}", profile.display()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (to, out) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let (sender, from) = channel();
        thread::spawn(move || {
            for message in BufReader::new(out).split(0).map_while(Result::ok) {
                if sender.send(serde_json::from_slice(&message).unwrap()).is_err() {
                    break;
                }
            }
        });
        let mut browser = Browser { child, to, from, profile, session: None, asked: 0, heard: Vec::new() };
        let target = browser.ask("Target.createTarget", &json!({ "url": "about:blank" }))["targetId"].clone();
        let session = browser.ask("Target.attachToTarget", &json!({ "targetId": target, "flatten": true }));
        browser.session = Some(session["sessionId"].as_str().unwrap().to_owned());
        for domain in ["Page", "Runtime", "Log", "Network"] {
            browser.ask(&format!("{domain}.enable"), &json!({}));
        }
        // Else the window gets the keyboard when it comes to that, and loses it to a dialog.
        browser.ask("Emulation.setFocusEmulationEnabled", &json!({ "enabled": true }));
        Some(browser)
    }

    /// Asks it for something, and waits for the answer.
    #[track_caller]
    pub fn ask(&mut self, method: &str, parameters: &Value) -> Value {
        self.asked += 1;
        let mut message = json!({ "id": self.asked, "method": method, "params": parameters });
        if let Some(session) = &self.session {
            message["sessionId"] = json!(session);
        }
        self.to.write_all(format!("{message}\0").as_bytes()).unwrap();
        loop {
            let heard = self.from.recv_timeout(PATIENCE).unwrap_or_else(|error| panic!("{method}: {error}"));
            if heard["id"] == self.asked {
                assert!(heard["error"].is_null(), "{method} {parameters}: {}", heard["error"]);
                return heard["result"].clone();
            }
            self.heard.push(heard);
        }
    }

    /// Loads a page, and waits until all of it is there.
    pub fn open(&mut self, address: &str) {
        self.ask("Page.navigate", &json!({ "url": address }));
        self.until("document.readyState === 'complete'");
    }

    /// Waits for a condition of the page.
    #[track_caller]
    pub fn until(&mut self, condition: &str) {
        for _ in 0..600 {
            if self.value(condition) == json!(true) {
                return;
            }
            thread::sleep(Duration::from_millis(20));
        }
        panic!("never: {condition}");
    }

    /// The value of an expression in the page.
    #[track_caller]
    pub fn value(&mut self, expression: &str) -> Value {
        let result = self
            .ask("Runtime.evaluate", &json!({ "expression": expression, "returnByValue": true, "awaitPromise": true }));
        assert!(result["exceptionDetails"].is_null(), "{expression}: {result}");
        result["result"]["value"].clone()
    }

    /// Presses a key; `text` is what it writes.
    pub fn press(&mut self, key: &str, code: u32, text: &str) {
        let mut event = json!({ "type": "keyDown", "key": key, "windowsVirtualKeyCode": code, "text": text });
        self.ask("Input.dispatchKeyEvent", &event);
        event["type"] = json!("keyUp");
        self.ask("Input.dispatchKeyEvent", &event);
    }

    /// What it said unasked since the last time.
    pub fn heard(&mut self) -> Vec<Value> {
        std::mem::take(&mut self.heard)
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // It may be gone already; then that is what the test tells.
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.profile);
    }
}
