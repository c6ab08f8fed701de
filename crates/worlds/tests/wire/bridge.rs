//! Talks to an SDK in another language: a process that answers each JSON line with one JSON line.

use std::ffi::OsString;
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

use crate::field_sets::FieldSet;

/// One of the SDKs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sdk {
    AxiosPlugin,
    Tenpay,
    Wechatpy,
}

impl Sdk {
    pub(crate) const ALL: [Self; 3] = [Self::AxiosPlugin, Self::Tenpay, Self::Wechatpy];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::AxiosPlugin => "wechatpay-axios-plugin",
            Self::Tenpay => "tenpay",
            Self::Wechatpy => "wechatpy",
        }
    }
}

/// The message that an SDK built from fields.
pub(crate) struct Built {
    pub(crate) xml: String,
    pub(crate) sign: String,
}

/// What an SDK read from a message: whether the signature verifies, and the fields. `Err` if it could not
/// read the message.
pub(crate) type Read = Result<(bool, FieldSet), String>;

/// An SDK of API v2.
pub(crate) struct Bridge {
    sdk: Sdk,
    talk: Talk,
}

/// A process of `tests/support/sdk`. It ends when this is dropped.
pub(crate) struct Talk {
    process: Child,
    questions: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Bridge {
    pub(crate) fn to(sdk: Sdk) -> Self {
        let talk = match sdk {
            Sdk::AxiosPlugin | Sdk::Tenpay => Talk::with_node("node.mjs"),
            Sdk::Wechatpy => Talk::with_python("wechatpy_bridge.py"),
        };
        Self { sdk, talk }
    }

    pub(crate) fn build(
        &mut self,
        fields: &FieldSet,
        sign_type: wire::v2::SignType,
        key: &str,
    ) -> Result<Built, String> {
        let answer = self.talk.ask(&json!({
            "sdk": self.sdk.name(), "do": "build", "key": key, "sign_type": sign_type.as_str(), "fields": fields,
        }))?;
        let text = |name: &str| answer[name].as_str().expect("a text").to_owned();
        Ok(Built { xml: text("xml"), sign: text("sign") })
    }

    pub(crate) fn read(&mut self, xml: &str, sign_type: wire::v2::SignType, key: &str) -> Read {
        let answer = self.talk.ask(&json!({
            "sdk": self.sdk.name(), "do": "read", "key": key, "sign_type": sign_type.as_str(), "xml": xml,
        }))?;
        Ok((answer["verified"] == true, fields(&answer)))
    }

    /// Decrypts the inner message of a refund notification.
    pub(crate) fn open(&mut self, xml: &str, key: &str) -> Result<FieldSet, String> {
        let answer =
            self.talk.ask(&json!({ "sdk": self.sdk.name(), "do": "open", "key": key, "xml": xml }))?;
        Ok(fields(&answer))
    }
}

impl Talk {
    pub(crate) fn with_node(script: &str) -> Self {
        Self::start(&tool("NODE_BIN", "Node"), script)
    }

    pub(crate) fn with_python(script: &str) -> Self {
        Self::start(&tool("SDK_PYTHON", "a Python with the SDKs"), script)
    }

    fn start(program: &OsString, script: &str) -> Self {
        let script: PathBuf =
            [env!("CARGO_MANIFEST_DIR"), "../../tests/support/sdk", script].iter().collect();
        let mut process = Command::new(program)
            .arg(&script)
            .env("PYTHONIOENCODING", "utf-8")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{} {}: {error}", program.display(), script.display()));
        let questions = process.stdin.take();
        let answers = BufReader::new(process.stdout.take().expect("piped"));
        Self { process, questions, answers }
    }

    pub(crate) fn ask(&mut self, question: &Value) -> Result<Value, String> {
        let questions = self.questions.as_mut().expect("open until dropped");
        writeln!(questions, "{question}").expect("the SDK listens");
        let mut line = String::new();
        self.answers.read_line(&mut line).expect("the SDK answers");
        let answer: Value = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{line}: {error}"));
        match answer["error"].as_str() {
            Some(error) => Err(error.to_owned()),
            None => Ok(answer),
        }
    }
}

impl Drop for Talk {
    fn drop(&mut self) {
        // The process ends when its input ends.
        self.questions = None;
        let _ = self.process.wait();
    }
}

fn tool(variable: &str, what: &str) -> OsString {
    std::env::var_os(variable).unwrap_or_else(|| {
        panic!(
            "{variable} does not name {what}: run the tests by `cargo xtask test`, which installs the SDKs"
        )
    })
}

fn fields(answer: &Value) -> FieldSet {
    // A value that is not a text (a list, nothing, an object) was read wrongly and never equals ours.
    let read = answer["fields"].as_object().into_iter().flatten();
    read.map(|(name, value)| (name.clone(), text_or_json(value))).collect()
}

fn text_or_json(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
