#!/usr/bin/env bash
# Prints how long osvrun's hello takes next to references measured in the same run, and what single calls cost natively,
# hosted and on metal: medians, turn about, and ratios.
# usage: tests/bench.sh [RUNS [MICRO_RUNS]]
set -euo pipefail
cd "$(dirname "$0")/.."
runs=${1:-21}
micro_runs=${2:-3}
work=target/bench
mkdir -p "$work"

cargo build --release --quiet --package osvrun
osvrun=target/release/osvrun
gcc -O2 -o "$work/hello" examples/hello-c/hello.c
gcc -O2 -shared -fPIC -o "$work/hello.so" examples/hello-c/hello.c
gcc -m32 -nostdlib -static -Wl,--build-id=none -Wl,-Ttext=0x100000 -Wl,-e,start -o "$work/floor" tests/bench/floor.S

gcc -O2 -o "$work/elapsed" tests/bench/elapsed.c

common=(-accel tcg -cpu max -m 512 -nodefaults -no-user-config -display none -serial stdio -no-reboot -nic none
    -device isa-debug-exit,iobase=0x501,iosize=2 -kernel "$work/floor")
native=("$work/hello")
hosted=("$osvrun" --hosted "$work/hello.so")
floor_microvm=(qemu-system-x86_64 -machine microvm,acpi=off,pic=on,pit=on,rtc=off,isa-serial=on "${common[@]}")
metal=("$osvrun" --metal "$work/hello.so")
floor_q35=(qemu-system-x86_64 -machine q35,usb=off,smbus=off,sata=off,vmport=off,hpet=off -vga none -bios qboot.rom
    "${common[@]}")
metal_q35=("$osvrun" --metal --machine q35 "$work/hello.so")

names=(native hosted floor_microvm metal floor_q35 metal_q35)
for name in "${names[@]}"; do : >"$work/$name.us"; done
for ((i = 0; i < runs; i++)); do
    for name in "${names[@]}"; do
        declare -n command=$name
        took=$("$work/elapsed" "$work/out" "${command[@]}")
        grep -q 'hello from user space' "$work/out" || { echo "$name did not say hello" >&2; exit 1; }
        echo "$took" >>"$work/$name.us"
    done
done
median() { sort -n "$work/$1.us" | awk '{v[NR]=$1} END {print v[int((NR + 1) / 2)]}'; }
row() { awk -v a="$(median "$1")" -v b="$(median "$2")" -v n="$1" -v r="$2" \
    'BEGIN {printf "%-12s %10.2f ms   %6.2f x %s\n", n, a / 1000, a / b, r}'; }
echo "process start to exit, median of $runs:"
row native native
row hosted native
row floor_microvm floor_microvm
row metal floor_microvm
row floor_q35 floor_q35
row metal_q35 floor_q35

gcc -O2 -fno-builtin -pthread -o "$work/micro" tests/bench/micro.c
gcc -O2 -fno-builtin -pthread -shared -fPIC -o "$work/micro.so" tests/bench/micro.c
gcc -O2 -fno-builtin -pthread -static -o "$work/micro-static" tests/bench/micro.c
osvrun=$PWD/$osvrun
native=(./micro)
hosted=("$osvrun" --hosted ./micro.so)
metal=("$osvrun" --metal ./micro.so)
hosted_static=("$osvrun" --hosted ./micro-static)
metal_static=("$osvrun" --metal ./micro-static)
worlds=(native hosted metal hosted_static metal_static)
for name in "${worlds[@]}"; do : >"$work/$name.rows"; done
for ((i = 0; i < micro_runs; i++)); do
    for name in "${worlds[@]}"; do
        declare -n command=$name
        (cd "$work" && "${command[@]}" 100) >>"$work/$name.rows"
    done
done
echo
echo "nanoseconds per operation, median of $micro_runs; \"static\" makes system calls from a libc of its own:"
awk -F'\t' '
    function median(world, row,    n, i, k, t) {
        n = count[world, row]
        for (i = 2; i <= n; i++)
            for (k = i; k > 1 && value[world, row, k - 1] > value[world, row, k]; k--) {
                t = value[world, row, k]; value[world, row, k] = value[world, row, k - 1]; value[world, row, k - 1] = t
            }
        return value[world, row, int((n + 1) / 2)]
    }
    FNR == 1 { world++ }
    $2 + 0 == 0 { print "row " $1 " " $2; next }
    { value[world, $1, ++count[world, $1]] = $2 + 0 }
    world == 1 && count[1, $1] == 1 { rows[++last] = $1 }
    END {
        printf "%-20s %12s", "", "native"
        split("hosted metal hosted,static metal,static", names, " ")
        for (w = 1; w <= 4; w++) printf " %13s %8s", names[w], "x native"
        printf "\n"
        for (i = 1; i <= last; i++) {
            n = median(1, rows[i])
            printf "%-20s %12.1f", rows[i], n
            for (w = 1; w <= 4; w++) printf " %13.1f %8.2f", median(w + 1, rows[i]), median(w + 1, rows[i]) / n
            printf "\n"
        }
    }' "$work/native.rows" "$work/hosted.rows" "$work/metal.rows" "$work/hosted_static.rows" "$work/metal_static.rows"
