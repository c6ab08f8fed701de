//! A house of paper, and what the tool says in it.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// What each tool does unless a test says something else: a script of `sh` for a program and its first argument.
const ANSWERS: [(&str, &str); 9] = [
    ("cargo-tree", "printf 'serde v1.0.0\\tMIT\\thttps://example.com/serde\\n'"),
    (
        "cargo-test",
        "echo '     Running unittests src/lib.rs (target/debug/deps/order-0a)'\necho 'test it_holds ... ok'",
    ),
    (
        "cargo-build",
        "into=${CARGO_TARGET_DIR:-target}/wasm32-unknown-unknown/release\n\
         mkdir -p \"$into\" target/debug target/release\n\
         cp \"$PAPER/bin/answering\" target/debug/simulator && cp \"$PAPER/bin/answering\" target/release/simulator\n\
         echo wasm > \"$into/widget.wasm\" && echo wasm > \"$into/edge.wasm\"",
    ),
    ("rustc---version", "echo 'rustc 1.95.0 (paper)'"),
    (
        "rustc---print",
        "case $2 in sysroot) echo \"$PAPER/rust\";; target-libdir) echo \"$PAPER/rust/wasm\";; esac",
    ),
    ("wasm-bindgen---version", "echo 'wasm-bindgen 0.2.130'"),
    (
        "wasm-bindgen",
        "while [ $# -gt 1 ]; do case $1 in --out-dir) dir=$2;; --out-name) name=$2;; esac; shift; done\n\
         mkdir -p \"$dir\"\n\
         echo 'import source wasmModule from \"./index_bg.wasm\";' > \"$dir/$name.js\"\n\
         echo glue > \"$dir/${name}_bg.wasm\"",
    ),
    (
        "wasm-opt",
        "while [ $# -gt 1 ]; do case $1 in -o) to=$2;; esac; shift; done\n\
         [ -n \"$to\" ] && cp \"$PAPER/made/${to##*/}\" \"$to\" && echo '{ \"imports\": [], \"exports\": [] }'",
    ),
    (
        "esbuild",
        "for word; do case $word in --outfile=*) to=${word#--outfile=};; esac; done\n\
         [ -n \"$to\" ] && mkdir -p \"${to%/*}\" && { cp \"$PAPER/made/${to##*/}\" \"$to\" 2>/dev/null || echo bundle > \"$to\"; } && echo {} > \"$to.map\"\n\
         for word; do case $word in --alias:widget-files=*|--define:*) echo \"// ${word##*/}\" >> \"$to\";; esac; done\n\
         case $to in */vendor.js) echo style > \"${to%.js}.css\";; esac",
    ),
];

/// terser, which the tool runs by Node: it keeps what esbuild has noted.
const TERSER: &str = r#"#!/usr/bin/env node
const fs = require('fs');
const [from, ...rest] = process.argv.slice(2);
const to = rest[rest.indexOf('--output') + 1];
const notes = fs.readFileSync(from, 'utf8').split('\n').filter((line) => line.startsWith('// '));
fs.copyFileSync(`${process.env.PAPER}/made/${require('path').basename(to)}`, to);
fs.appendFileSync(to, notes.map((line) => `${line}\n`).join(''));
fs.writeFileSync(`${to}.map`, '{}\n');
"#;

/// Programs of the machine that scripts and the tool use.
const COMMON: [&str; 8] = ["sh", "cat", "cp", "echo", "env", "mkdir", "rm", "sleep"];

/// What the build makes, and the letters (of a module the bytes) of it that just fit into the budgets.
const MADE: [(&str, usize); 8] = [
    ("wechat-pay.js", 13_500),
    ("wechat-pay_bg.wasm", 11_400),
    ("wechat-pay.min.css", 10),
    ("wechat-pay-fallback.js", 2_340),
    ("vendor.js", 51_000),
    ("index.js", 11_600),
    ("smaller.wasm", 10),
    ("index_bg.wasm", 460_000),
];

/// The packages in the back office's libraries.
const LIBRARIES: [&str; 9] = [
    "@tanstack/preact-store",
    "@tanstack/preact-table",
    "@tanstack/store",
    "@tanstack/table-core",
    "htm",
    "preact",
    "regexparam",
    "uplot",
    "wouter-preact",
];

/// The lock file of npm, and the requirements of the Python SDK, for which the house has what they ask for.
const PACKAGE_LOCK: &str = "{}\n";
const REQUIREMENTS: &str = include_str!("../../src/setup/sdk-requirements.txt");

pub(crate) struct House {
    pub(crate) root: PathBuf,
}

/// What a command has said, and its code.
pub(crate) struct Told {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Told {
    pub(crate) fn last_line(&self) -> &str {
        self.out.trim_end().lines().next_back().unwrap_or_default()
    }

    #[track_caller]
    pub(crate) fn went_well(&self) -> &Self {
        assert_eq!(self.code, Some(0), "{}\n{}", self.out, self.err);
        self
    }

    #[track_caller]
    pub(crate) fn failed(&self) -> &Self {
        assert_eq!(self.code, Some(1), "{}\n{}", self.out, self.err);
        self
    }

    #[track_caller]
    pub(crate) fn says(&self, words: &str) -> &Self {
        assert!(self.out.contains(words) || self.err.contains(words), "{words}\n{}\n{}", self.out, self.err);
        self
    }
}

impl House {
    /// A house in which every tool is there and does its work. `name` is the test's own.
    pub(crate) fn new(name: &str) -> Self {
        let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join("paper").join(name);
        let _ = fs::remove_dir_all(&root);
        let house = Self { root };
        house.put("rust/wasm/libstd-paper.rlib", "");
        house.put("rust/lib/rustlib/src/rust/library/Cargo.lock", "");
        for program in [
            "cargo",
            "rustc",
            "npm",
            "python3",
            "curl",
            "openssl",
            "chromium",
            "chromium-headless-shell",
            "firefox",
            "WebKitWebDriver",
            "Xvfb",
        ] {
            house.program(&format!("bin/{program}"));
        }
        for package in LIBRARIES {
            let manifest = r#"{ "version": "1.2.3", "license": "MIT" }"#;
            house.put(&format!("node_modules/{package}/package.json"), manifest);
            house.put(&format!("node_modules/{package}/LICENSE"), "Do as you like.\n");
        }
        house.program("bin/answering");
        house.program("target/tools/bin/wasm-bindgen");
        house.program("target/tools/venv/bin/python");
        house.program("target/tools/cargo-deny/bin/cargo-deny");
        house.program("node_modules/.bin/wasm-opt");
        house.program(&format!("node_modules/@esbuild/{}/bin/esbuild", npm_platform()));
        house.program("node_modules/terser/bin/terser");
        house.put("node_modules/terser/bin/terser", TERSER);
        for (name, script) in ANSWERS {
            house.put(&format!("answers/{name}"), script);
        }
        for program in COMMON {
            symlink(on_path(program), house.at("bin").join(program)).expect("a link");
        }
        symlink(real_node(), house.at("bin/node")).expect("a link");
        house.lays_out_sources();
        house
    }

    fn lays_out_sources(&self) {
        self.put("Cargo.toml", "[workspace.package]\nversion = \"0.1.0\"\n");
        self.put("Cargo.lock", "[[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.130\"\n");
        self.put("package-lock.json", PACKAGE_LOCK);
        self.put("node_modules/.installed-for-lock", &fingerprint(PACKAGE_LOCK));
        self.put("target/tools/venv/installed-for-requirements", &fingerprint(REQUIREMENTS));
        self.put("LICENSE", "MIT\n");
        self.put("www/catalog.json", "{ \"currency\": \"HKD\" }\n");
        for name in ["wechat-pay.d.ts", "react.js", "react.d.ts", "vue.js", "vue.d.ts"] {
            self.put(&format!("crates/widget/js/{name}"), "// from the sources\n");
        }
        self.put("crates/widget/README.md", "# The widget\n");
        self.put("crates/edge/README.md", "# The Worker\n");
        for name in ["README.md", "bin/wechatpay-edge.mjs", "src/main.mjs", "src/check/checks.mjs"] {
            self.put(&format!("kit/{name}"), "// from the sources\n");
        }
        for name in [
            "_headers",
            "checkout.css",
            "openapi.json",
            "catalog.schema.json",
            "index.html",
            "widget/gallery.js",
        ] {
            self.put(&format!("www/{name}"), "of the project\n");
        }
        for name in
            [".gitignore", "catalog.json", "package.json", "wrangler.toml", ".dev.vars", "node_modules/a.js"]
        {
            self.put(&format!("examples/shop/{name}"), "a shop\n");
            self.put(&format!("examples/shop-elsewhere/{name}"), "a shop\n");
        }
        self.put("examples/shop/site/index.html", "a page\n");
        self.put("examples/shop-elsewhere/page/index.html", "a page\n");
        for language in ["en", "th"] {
            self.put(
                &format!("crates/widget/lang/{language}.json"),
                &format!("{{\"element\":\"{}\"}}", letters(900)),
            );
        }
        self.put(
            "crates/simulator/Cargo.toml",
            "wire = { workspace = true }\ntokio = { workspace = true, optional = true }\n",
        );
        self.put("crates/simulator/src/gateway/mod.rs", "use std::time::Duration;\n");
        // Whichever of the Worker's files are pure.
        for file in files_below(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../edge/src")) {
            self.put(&format!("crates/edge/src/{file}"), "use std::time::Duration;\n");
        }
        for (name, length) in MADE {
            self.made(name, length);
        }
        for (name, text) in [
            (
                "tests/support/project/ran-reporter.mjs",
                include_str!("../../../../tests/support/project/ran-reporter.mjs"),
            ),
            ("crates/xtask/scripts/weigh.mjs", include_str!("../../scripts/weigh.mjs")),
            ("crates/xtask/scripts/short-names.mjs", include_str!("../../scripts/short-names.mjs")),
            // The modules of this house are noise and have no names.
            ("crates/xtask/scripts/function-names.mjs", "console.log('0 a_function');\n"),
        ] {
            self.put(name, text);
        }
        self.put("tests/project/ran.mjs", "console.log('each promise has its test');\n");
        self.node_test("tests/project/a.test.mjs", "test('the project holds', () => {});");
        self.node_test("tests/worker/a.test.mjs", "test('the Worker holds', () => {});");
        self.node_test("tests/simulator/a.test.mjs", "test('the simulator holds', () => {});");
        self.node_test("tests/browser/a.test.mjs", "test('the page holds', () => {});");
    }

    pub(crate) fn at(&self, relative: &str) -> PathBuf {
        self.root.join(relative)
    }

    pub(crate) fn put(&self, relative: &str, text: &str) {
        self.put_bytes(relative, text.as_bytes());
    }

    fn put_bytes(&self, relative: &str, bytes: &[u8]) {
        let path = self.at(relative);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, bytes).expect("a file");
    }

    pub(crate) fn text(&self, relative: &str) -> String {
        let path = self.at(relative);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    pub(crate) fn remove(&self, relative: &str) {
        fs::remove_file(self.at(relative)).expect("it was there");
    }

    pub(crate) fn node_test(&self, relative: &str, text: &str) {
        self.put(relative, &format!("import {{ after, describe, test }} from 'node:test';\n{text}\n"));
    }

    /// What the build will make of this name: so many letters, or bytes of a module, that no compression shortens much.
    pub(crate) fn made(&self, name: &str, length: usize) {
        let made =
            if name.ends_with(".wasm") { noise(length).collect() } else { letters(length).into_bytes() };
        self.put_bytes(&format!("made/{name}"), &made);
    }

    /// What a program says when it is started with this as its first argument.
    pub(crate) fn says(&self, program_and_argument: &str, script: &str) {
        self.put(&format!("answers/{program_and_argument}"), script);
    }

    /// A program that looks up what it has to do.
    pub(crate) fn program(&self, relative: &str) {
        let script = "#!/bin/sh\nprogram=${0##*/}\necho \"$program $*\" >> \"$PAPER/calls\"\n\
                      answer=$PAPER/answers/$program-$1\n[ -f \"$answer\" ] || answer=$PAPER/answers/$program\n\
                      [ ! -f \"$answer\" ] || . \"$answer\"\n";
        self.put(relative, script);
        fs::set_permissions(self.at(relative), fs::Permissions::from_mode(0o755)).expect("a program");
    }

    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
        command.args(args).current_dir(&self.root).env_clear().stdin(Stdio::null());
        command.env("PATH", self.at("bin")).env("HOME", &self.root);
        command.env("XTASK_HOUSE", &self.root).env("PAPER", &self.root);
        command
    }

    pub(crate) fn xtask(&self, args: &[&str]) -> Told {
        told(&mut self.command(args))
    }

    pub(crate) fn start(&self, args: &[&str]) -> Child {
        self.command(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the tool starts")
    }

    /// The commands that were given to programs of paper since the last look.
    pub(crate) fn calls(&self) -> Vec<String> {
        let calls = fs::read_to_string(self.at("calls")).unwrap_or_default();
        let _ = fs::remove_file(self.at("calls"));
        calls.lines().map(str::to_owned).collect()
    }

    /// What Node prints for an expression.
    pub(crate) fn node(&self, script: &str, args: &[&str]) -> String {
        let output =
            Command::new(real_node()).args(["--eval", script]).args(args).current_dir(&self.root).output();
        let output = output.expect("Node starts");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }
}

pub(crate) fn told(command: &mut Command) -> Told {
    let output = command.output().expect("the tool starts");
    Told {
        code: output.status.code(),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// Text of 64 letters in no order: brotli makes three quarters of it.
fn letters(length: usize) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    noise(length).map(|byte| char::from(LETTERS[usize::from(byte >> 2)])).collect()
}

/// Bytes in no order, the same in each run.
fn noise(length: usize) -> impl Iterator<Item = u8> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    std::iter::repeat_with(move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 56) as u8
    })
    .take(length)
}

/// As the tool tells two texts apart.
fn fingerprint(text: &str) -> String {
    let mut hash = DefaultHasher::new();
    text.hash(&mut hash);
    format!("{:016x}", hash.finish())
}

/// The paths of all files below a folder, relative to it.
fn files_below(folder: &Path) -> Vec<String> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("readable").path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() {
            files.extend(files_below(&path).into_iter().map(|below| format!("{name}/{below}")));
        } else {
            files.push(name);
        }
    }
    files
}

fn npm_platform() -> String {
    let os = if cfg!(target_os = "macos") { "darwin" } else { std::env::consts::OS };
    let processor = if cfg!(target_arch = "aarch64") { "arm64" } else { "x64" };
    format!("{os}-{processor}")
}

fn on_path(program: &str) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file());
    found.unwrap_or_else(|| panic!("there is no {program}"))
}

/// `cargo xtask test` names it.
fn real_node() -> PathBuf {
    std::env::var_os("NODE_BIN").map(PathBuf::from).unwrap_or_else(|| {
        panic!("NODE_BIN does not name Node: run the tests by `cargo xtask test`, which sets it")
    })
}
