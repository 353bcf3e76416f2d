#!/usr/bin/env bash
# Prints what libc's commonest functions cost with the host's libc and hosted with ours, and how long programs take, by
# runs in turn, and how often ours does what the host's does once. Rows below their aim have a mark. On a machine that others
# use, `chrt -f 10` keeps them out of the figures.
# OSVRUN names an osvrun built before.
# usage: tests/bench/libc.sh [-r RUNS] [ROW...]
set -euo pipefail
cd "$(dirname "$0")/../.."
runs=5
if [ "${1:-}" = -r ]; then
    runs=$2
    shift 2
fi
[ -n "${OSVRUN:-}" ] || cargo build --release --quiet --package osvrun
osvrun=${OSVRUN:-$PWD/target/release/osvrun}
mkdir -p target/bench
cd target/bench
gcc -O2 -fno-builtin -pthread -o libc ../../tests/bench/libc.c -lm
gcc -O2 -o elapsed ../../tests/bench/elapsed.c
: >native.rows
: >hosted.rows

# The same program with both, turn about; without --libc=native a missing function would leave both to the host's.
for ((i = 0; i < runs; i++)); do
    ./libc "$@" >>native.rows
    "$osvrun" --hosted --libc=native ./libc "$@" >>hosted.rows
done

cat >loop.lua <<'END'
local t = {}
for i = 1, 300000 do t[i] = string.format("%d:%g", i, i / 3) end
table.sort(t)
local n = 0
for i = 1, 20000000 do n = n + i % 7 end
print(#table.concat(t), t[1], n)
END
cat >loop.sql <<'END'
create table t(a integer primary key, b text, c real);
with recursive n(i) as (select 1 union all select i + 1 from n where i < 200000)
    insert into t select i, hex(i * 7919 % 10007), i / 3.0 from n;
create index tb on t(b);
select count(*), sum(c) from t where b like '3%';
select b, count(*) from t group by b order by 2 desc, 1 limit 5;
END
cat >loop.py <<'END'
import json, re
rows = [{"name": "n%d" % (i * 7919 % 10007), "value": i / 3} for i in range(60000)]
text = json.dumps(rows)
print(len(text), len(json.loads(text)), len(re.findall(r'"n([1-4]+)"', text)))
print(sum(i * i for i in range(3000000)), sorted(text.split())[5])
END
seq 1 1500000 >loop.txt
lua=(lua5.4 loop.lua)
sqlite3=(sqlite3 :memory: ".read loop.sql")
xz=(xz -1 -k -c -T1 loop.txt)
python3=(/usr/bin/python3 -S loop.py)
for name in lua sqlite3 xz python3; do
    if [ $# -gt 0 ] && [[ " $* " != *" $name "* ]]; then continue; fi
    declare -n command=$name; command -v "${command[0]}" >/dev/null || continue
    declare -n command=$name
    for ((i = 0; i < runs; i++)); do
        printf '%s\t%d000\n' "program_$name" "$(./elapsed out "${command[@]}")" >>native.rows
        printf '%s\t%d000\n' "program_$name" "$(./elapsed out "$osvrun" --hosted --libc=native "${command[@]}")" >>hosted.rows
    done
done

awk -F'\t' '
    # The least, which others on the machine change least.
    function least(world, row,    i, t) {
        t = value[world, row, 1]
        for (i = 2; i <= count[world, row]; i++) if (value[world, row, i] < t) t = value[world, row, i]
        return t
    }
    function aim(row) {
        if (row ~ /^malloc/) return 1
        if (row ~ /^create/) return 1 / 1.3
        if (row ~ /^program/) return 1 / 1.05
        return 0.8
    }
    FNR == 1 { world++ }
    { value[world, $1, ++count[world, $1]] = $2 + 0 }
    world == 1 && count[1, $1] == 1 { rows[++last] = $1 }
    END {
        printf "%-26s %14s %14s %8s %8s\n", "", "native ns", "hosted ns", "speed", "aim"
        for (i = 1; i <= last; i++) {
            n = least(1, rows[i]); h = least(2, rows[i])
            printf "%-26s %14.1f %14.1f %8.2f %8.2f%s\n", rows[i], n, h, n / h, aim(rows[i]), n / h < aim(rows[i]) ? " *" : ""
        }
    }' native.rows hosted.rows
