#!/usr/bin/env bash
# Builds the program `feedback` for distribution, and puts everything that a package contains into target/package, as a tree of
# folders that belongs below the root folder of a system: the program, man pages, completions for shells, licences, and a list of
# all crates in the program with their licences. The container image, the Debian package and the archives of a release use it.
#
#   FEATURES=postgres,tls scripts/package.sh        the features are optional
#   FEEDBACK=target/release/feedback scripts/package.sh     packages a program that is already built
set -euo pipefail
cd "$(dirname "$0")/.."
features=${FEATURES:-}

program=${FEEDBACK:-}
if [ -z "$program" ]; then
  cargo build --profile dist --locked --package feedback-app --bin feedback --features "$features"
  program=${CARGO_TARGET_DIR:-target}/dist/feedback
  [ ! -f "$program.exe" ] || program=$program.exe
fi

root=target/package
rm -rf "$root"
install -d "$root"/usr/{bin,share/{doc/feedback,man/man1,bash-completion/completions,zsh/vendor-completions,fish/vendor_completions.d}}
install -m 755 "$program" "$root/usr/bin/"
"$program" man "$root/usr/share/man/man1"
"$program" completions bash >"$root/usr/share/bash-completion/completions/feedback"
"$program" completions zsh >"$root/usr/share/zsh/vendor-completions/_feedback"
"$program" completions fish >"$root/usr/share/fish/vendor_completions.d/feedback.fish"
install -m 644 README.md CHANGELOG.md LICENSE-APACHE LICENSE-MIT "$root/usr/share/doc/feedback/"
# `{l}` is the licence; a crate that occurs twice is marked with `(*)`.
cargo tree --package feedback-app --features "$features" --edges normal --locked --prefix none --format '{p} {l}' |
  sed 's| (\*)$||; s| ([^ ]*/crates/[^ ]*)||' | sort -u >"$root/usr/share/doc/feedback/crates.txt"
find "$root" -type f | sort
