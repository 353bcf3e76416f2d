#!/usr/bin/env bash
# The Open POSIX test suite, from Debian's source package posixtestsuite: each test of an interface runs on Linux and hosted,
# with signals as POSIX has them (--signals=linux). Those that pass on Linux and do not hosted are those that
# tests/posix-testsuite.txt expects, no more and no less. Tests that start other processes tell nothing.
# usage: tests/soak/posix.sh [INTERFACE...]    such as mmap; all without
set -euo pipefail
cd "$(dirname "$0")/../.."
root=$PWD work=$PWD/target/posix
osvrun=${OSVRUN:-$PWD/target/release/osvrun}
mkdir -p "$work/tests"
cd "$work"
# shellcheck source=tests/soak/suite.sh
. "$root/tests/soak/suite.sh"
export osvrun

compile() {
    local file=$1 out
    out=tests/$(basename "$(dirname "$file")")__$(basename "$file" .c)
    [ ! -e "$out" ] && [ ! -e "$out.not" ] || return 0
    gcc -w -O1 -D_GNU_SOURCE -D_XOPEN_SOURCE=600 -I source/include -I "$(dirname "$file")" "$file" -o "$out" -lpthread -lrt -lm \
        2>/dev/null || : >"$out.not"
}

fetch posixtestsuite
[ $# -gt 0 ] || set -- '*'
for interface; do
    while read -r file; do
        compile "$file"
    done < <(find source/conformance/interfaces -path "*/interfaces/$interface/[0-9]*-[0-9]*.c" ! -name '*-buildonly.c' | sort)
    find tests -name "${interface}__*" ! -name '*.not' -printf "$work/%p\n"
done | sort -u >programs
echo "$(wc -l <programs) tests" >&2
# Most of them sleep most of the time. What fails beside others is run again by itself, thrice if need be: some count on being
# on time, and a few on one thread being slower than another.
xargs -P 12 -I{} bash -c 'differences {} --signals=linux' <programs | sort -u | cut -d ' ' -f 2 >suspects
while read -r name; do
    for ((i = 0; i < 3; i++)); do
        found=$(differences "$work/tests/$name" --signals=linux)
        [ -n "$found" ] || break
    done
    [ -z "$found" ] || echo "$found"
done <suspects | sort -u >found
if [ "$1" = '*' ]; then names='.*'; else names=$(printf '%s__|' "$@") names="(${names%|}).*"; fi
diff --label expected --label found -U0 <(sed 's/ *#.*//' "$root/tests/posix-testsuite.txt" | grep -xE "linux $names" | sort -u) found
