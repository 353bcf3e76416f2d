#!/usr/bin/env bash
# Long tests: CPython's own tests, glibc's (soak/glibc.sh), the Open POSIX suite (soak/posix.sh) and those of Go's library
# (soak/go.sh) run hosted, 100 MB from each random device in each world go through rngtest, what reads bytes from outside is
# fuzzed, every damaged ELF file is tried, our libc makes 100 000 calls of each family with generated inputs beside the
# host's, a program runs 10 000 others in each world, 10 million signals are sent in each, threads do everything at once
# (soak/stress.c), by symbol and by system call, each a third of the time. Then the whole table of guests runs again and
# again, in every second round as programs with their own libc, with threads on 1 to 8 processors, until the time is over.
# usage: tests/soak.sh [MINUTES [MINUTES_PER_FUZZ_TARGET]]    (30 and 10; 0 leaves fuzzing out)
set -euo pipefail
cd "$(dirname "$0")/.."
minutes=${1:-30} fuzz_minutes=${2:-10}

# cargo-fuzz wants a nightly compiler for its flags only. The address sanitizer is left out: string functions read whole
# aligned words, which it takes for errors; what counts here is panics, endless loops and faults.
fuzz() {
    command -v cargo-fuzz >/dev/null || cargo install --quiet --locked cargo-fuzz
    export RUSTC_BOOTSTRAP=1 CARGO_PROFILE_RELEASE_OVERFLOW_CHECKS=true
    local flags=(--release --sanitizer none --fuzz-dir fuzz) target found=0
    # The caller asks for the status of this function, so errexit is off in it.
    cargo fuzz build "${flags[@]}" || return 1
    for target in $(cargo fuzz list --fuzz-dir fuzz); do
        mkdir -p "target/fuzz/$target"
        cargo fuzz run "${flags[@]}" "$target" "target/fuzz/$target" "fuzz/corpus/$target" -- \
            -max_total_time=$((fuzz_minutes * 60)) -timeout=20 -max_len=8192 2>"target/fuzz/$target.log" || {
            found=$((found + 1))
            echo "fuzzing $target found something: target/fuzz/$target.log"
        }
    done
    return "$found"
}

# FIPS 140-2's tests on blocks of 20 000 bits: at most 1 in 1000 may fail. Of perfect bits 0.8 do, give or take 0.14, so
# whoever has more gets a second chance.
rngtest_device() {
    local world=$1 device=$2 try bad blocks said
    for try in first second; do
        said=$(target/release/osvrun "--$world" --timeout 600 head -c 100000000 "$device" | rngtest 2>&1 >/dev/null || true)
        bad=$(sed -n 's/.*FIPS 140-2 failures: //p' <<<"$said")
        blocks=$((bad + $(sed -n 's/.*FIPS 140-2 successes: //p' <<<"$said")))
        echo "rngtest, $world, $device, $try try: $bad of $blocks blocks failed"
        [ "$blocks" -ge 39999 ] || return 1
        [ $((bad * 1000)) -gt "$blocks" ] || return 0
    done
    return 1
}

randomness() {
    command -v rngtest >/dev/null || {
        echo "rngtest is not here: install rng-tools5"
        return 1
    }
    local world device found=0
    cargo build --release --quiet --package osvrun || return 1
    for world in hosted metal; do
        for device in /dev/random /dev/urandom; do
            rngtest_device "$world" "$device" || found=$((found + 1))
        done
    done
    return "$found"
}

python_modules=(struct json zlib time mmap select io threading os signal socket
    math cmath float statistics datetime codecs decimal array hashlib lzma strptime locale
    pathlib glob resource epoll threadsignals ssl httplib ftplib smtplib poplib imaplib pickle)

# CPython's own tests, by both doors: what fails is what the list expects, no more and no less. A child that cannot be
# started is an error to the program, not its end.
python() {
    local list=tests/python-testsuite.txt interpreter=/usr/bin/python3.11 door module said found=0
    [ -e /usr/lib/python3.11/test/test_os.py ] || {
        echo "python's tests are not here: install libpython3.11-testsuite"
        return 1
    }
    cargo build --release --quiet --package osvrun || return 1
    for door in native own; do
        for module in "${python_modules[@]}"; do
            # In the background a shell has SIGINT ignored, which some of the tests would be misled by.
            said=$(env --default-signal=INT -i PATH=/usr/bin:/bin HOME=/root LANG=C TZ=UTC \
                target/release/osvrun --hosted --quiet --timeout 900 "--libc=$door" --missing=enosys \
                "$interpreter" -m test -v "test_$module" 2>&1 </dev/null) || true
            if ! grep -q '^Ran [0-9]* tests' <<<"$said"; then
                echo "python, $door libc, test_$module does not come to its end"
                found=$((found + 1))
            elif ! diff --label expected --label "failed, $door libc" -U0 \
                <(sed -nE "s/^(both|$door) (test\.test_$module\..*)/\2/p" "$list" | sort -u) \
                <(sed -nE 's/^(ERROR|FAIL): [^ ]+ \(([^)]*)\).*/\2/p' <<<"$said" | sort -u); then
                found=$((found + 1))
            fi
        done
    done
    return "$found"
}

failed=0
python || failed=$((failed + $?))
tests/soak/glibc.sh || failed=$((failed + 1))
tests/soak/posix.sh || failed=$((failed + 1))
tests/soak/go.sh || failed=$((failed + 1))
randomness || failed=$((failed + $?))
[ "$fuzz_minutes" = 0 ] || fuzz || failed=$((failed + $?))
OSVRUN_THOROUGH=1 OSVRUN_COLUMNS=native,hosted,metal cargo test --quiet --package osvrun-tests --test malformed \
    --test differential --test math_promise --test one_process ||
    failed=$((failed + 1))
cargo build --release --quiet --package osvrun
mkdir -p target/examples
gcc -O2 -shared -fPIC -pthread -o target/examples/threads.so examples/threads/threads.c
gcc -O1 -pthread -o target/examples/signal_soak tests/guests/signal_soak.c
signals() {
    local world=$1 count=$2 got expected
    expected="sent $count handled $count threads that lost some 0 wrong 0"
    got=$(target/release/osvrun "--$world" target/examples/signal_soak "$count") || true
    [ "$got" = "$expected" ] || { echo "signals $world: $got"; failed=$((failed + 1)); }
}
signals hosted 10000008
signals metal 10000008
gcc -O2 -pthread -shared -fPIC -o target/examples/stress.so tests/soak/stress.c
gcc -O2 -pthread -static -o target/examples/stress tests/soak/stress.c
for world in hosted metal; do
    for program in stress.so stress; do
        echo "stress, $world, $program"
        target/release/osvrun "--$world" --timeout $((minutes * 60)) "target/examples/$program" $((minutes * 20)) 4 ||
            failed=$((failed + 1))
    done
done
deadline=$((SECONDS + minutes * 60))
rounds=0 machines=0
while [ "$SECONDS" -lt "$deadline" ]; do
    for cpus in 1 2 4 8; do
        machines=$((machines + 1))
        target/release/osvrun --metal --timeout 120 --cpus "$cpus" target/examples/threads.so >/dev/null || {
            failed=$((failed + 1))
            echo "threads on $cpus processors failed"
        }
    done
    kinds=()
    [ $((rounds % 2)) = 0 ] || kinds=(OSVRUN_KINDS=static-pie,own)
    env "${kinds[@]}" OSVRUN_COLUMNS=native,hosted,metal cargo test --quiet --package osvrun-tests --test guests ||
        failed=$((failed + 1))
    rounds=$((rounds + 1))
done
echo "commit $(git rev-parse --short HEAD): $rounds rounds, $machines machines with threads, $failed failed"
[ "$failed" -eq 0 ]
