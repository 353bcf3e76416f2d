#!/usr/bin/env bash
# The tests of Go's own library, from Debian's packages golang-go and golang-src: each runs on Linux and hosted, as a static
# program that makes its system calls itself. Those that pass on Linux and do not hosted are those that tests/go-testsuite.txt
# expects, no more and no less. Tests that start other processes tell nothing.
# usage: tests/soak/go.sh [PACKAGE...]    such as net/http; those that ask most of the kernel without
set -euo pipefail
cd "$(dirname "$0")/../.."
root=$PWD work=$PWD/target/go-testsuite
osvrun=${OSVRUN:-$PWD/target/release/osvrun}
export osvrun work CGO_ENABLED=0
command -v go >/dev/null || {
    echo "Go is not here: install golang-go"
    exit 1
}
mkdir -p "$work"
source=$(go env GOROOT)/src
export source

# Prints `PACKAGE TEST` if it does well on Linux and not hosted.
differs() {
    local package=$1 test=$2 said program
    program=$work/${package//\//_}.test
    set -- -test.short -test.timeout 100s -test.run "^$test\$"
    cd "$source/$package"
    timeout -k 1 120 "$program" "$@" >/dev/null 2>&1 </dev/null || return 0
    said=$("$osvrun" --hosted --timeout 120 -- "$program" "$@" 2>&1 </dev/null) && return 0
    grep -qE 'fork/exec .*: function not implemented' <<<"$said" || echo "$package $test"
}
export -f differs

packages=("$@")
[ $# -gt 0 ] || packages=(archive/zip bufio context crypto/rand crypto/tls database/sql internal/poll io io/fs log/syslog
    mime/multipart net net/http os os/exec os/signal path/filepath runtime runtime/debug runtime/pprof sync syscall testing time)
for package in "${packages[@]}"; do
    program=$work/${package//\//_}.test
    [ -e "$program" ] || go test -c -tags timetzdata -o "$program" "$package"
    (cd "$source/$package" && "$program" -test.list .) | sed -n "s#^Test#$package &#p"
done >"$work/tests"
echo "$(wc -l <"$work/tests") tests" >&2
xargs -P 4 -L 1 bash -c 'differs "$@"' differs <"$work/tests" | sort >"$work/suspects"
# What fails beside others is run again by itself: some count on being on time.
while read -r package test; do
    differs "$package" "$test"
done <"$work/suspects" >"$work/found"
pattern=$(printf '%s|' "${packages[@]}")
diff --label expected --label found -U0 \
    <(sed 's/ *#.*//' "$root/tests/go-testsuite.txt" | grep -E "^(${pattern%|}) " | sort) "$work/found"
