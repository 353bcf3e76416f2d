#!/usr/bin/env bash
# Long tests: the whole table of guests again and again, and threads on 1 to 8 processors, until the time is over.
# usage: tests/soak.sh [MINUTES]
set -euo pipefail
cd "$(dirname "$0")/.."
minutes=${1:-30}
deadline=$((SECONDS + minutes * 60))
cargo build --release --quiet --package osvrun
mkdir -p target/examples
gcc -O2 -shared -fPIC -pthread -o target/examples/threads.so examples/threads/threads.c
rounds=0 machines=0 failed=0
while [ "$SECONDS" -lt "$deadline" ]; do
    for cpus in 1 2 4 8; do
        machines=$((machines + 1))
        target/release/osvrun --metal --timeout 120 --cpus "$cpus" target/examples/threads.so >/dev/null || {
            failed=$((failed + 1))
            echo "threads on $cpus processors failed"
        }
    done
    OSVRUN_COLUMNS=native,hosted,metal cargo test --quiet --package osvrun-tests --test guests || failed=$((failed + 1))
    rounds=$((rounds + 1))
done
echo "commit $(git rev-parse --short HEAD): $rounds rounds, $machines machines with threads, $failed failed"
[ "$failed" -eq 0 ]
