#!/usr/bin/env bash
# glibc's own tests, compiled from Debian's source package, run on Linux and hosted, by both doors. Those whose exit status
# differs are those that tests/glibc-testsuite.txt expects, no more and no less. Tests that start other processes tell
# nothing, and neither do those that need parts of glibc's build.
# usage: tests/soak/glibc.sh [FOLDER...]    folders of glibc's source; all of FOLDERS without
set -euo pipefail
cd "$(dirname "$0")/../.."
FOLDERS=(argp crypt ctype debug dirent dlfcn grp iconv inet intl io libio locale localedata login malloc misc nptl nss posix
    pwd resolv rt setjmp signal socket stdio-common stdlib string sysdeps/pthread sysdeps/unix/sysv/linux time wcsmbs)
root=$PWD work=$PWD/target/glibc
osvrun=${OSVRUN:-$PWD/target/release/osvrun}
mkdir -p "$work"/{include,support,tests,apt/lists/partial,apt/parts}
cd "$work"

# The source of the installed version, by the system's own sources of packages.
fetch() {
    [ -d source ] && return
    # Either form of a list (sources.list(5)).
    local new=/etc/apt/sources.list.d/debian.sources old=/etc/apt/sources.list
    [ ! -e "$new" ] || sed 's/^Types:.*/Types: deb-src/' "$new" >apt/parts/source.sources
    [ ! -e "$old" ] || sed -n 's/^deb /deb-src /p' "$old" >apt/parts/source.list
    local options=(-q -o Dir::Etc::sourcelist=/dev/null -o "Dir::Etc::sourceparts=$work/apt/parts" -o "Dir::State::lists=$work/apt/lists")
    apt-get "${options[@]}" update
    (cd apt && apt-get "${options[@]}" source --download-only glibc)
    mkdir source.new
    tar -xf apt/glibc_*.orig.tar.xz -C source.new --strip-components=1
    mv source.new source
}

# What glibc's build would make before it compiles a test, as far as the tests outside of it need it.
headers() {
    local name folder
    cat >include/build.h <<'END'
#include <features.h>
#define attribute_hidden
#define libc_hidden_proto(x)
#define libc_hidden_def(x)
#define weak_alias(a, b)
#define __glibc_likely(x) __builtin_expect((x), 1)
#define __glibc_unlikely(x) __builtin_expect((x), 0)
END
    printf '#define _STACK_GROWS_DOWN 1\n#define _STACK_GROWS_UP 0\n#define DEFAULT_STACK_PERMS 7\n' >include/stackinfo.h
    : >include/libc-symbols.h
    : >include/config.h
    for name in array_length.h libc-diag.h intprops.h intprops-internal.h scratch_buffer.h libc-pointer-arith.h test-skeleton.h \
        xstdio.h allocate_once.h; do
        [ ! -e "source/include/$name" ] || ln -sfn "$work/source/include/$name" include/
    done
    ln -sfn "$work/source/test-skeleton.c" include/
    for folder in source/*/; do
        folder=$(basename "$folder")
        case $folder in include | bits | sys | hurd | mach | malloc) continue ;; esac
        ln -sfn "$work/source/$folder" include/
    done
    for name in xsignal.h xunistd.h; do ln -sfn "$work/source/support/$name" include/; done
    mkdir -p include/malloc
    for name in dynarray-skeleton.c dynarray.h; do ln -sfn "$work/source/malloc/$name" include/malloc/; done
}

# The library of the tests' helpers.
support() {
    [ -e libsupport.a ] && return
    local file defines=(-DTIMEOUTFACTOR=1 -DNAME_MAX=255 -DINT_MAX=2147483647) name
    for name in SRCDIR OBJDIR INSTDIR LIBDIR BINDIR SBINDIR ROOTSBINDIR COMPLOCALEDIR SLIBDIR SYSCONFDIR ROOTLIB; do
        defines+=("-D${name}_PATH=\"/usr/lib\"")
    done
    defines+=('-DOBJDIR_ELF_LDSO_PATH="/lib64/ld-linux-x86-64.so.2"' "-DOBJPFX=\"$work/\"")
    for file in source/support/*.c; do
        # Some need more of the build; tests that need those are left out.
        gcc -O1 -w -D_GNU_SOURCE "${defines[@]}" -I include -I source/support -include include/build.h -include elf.h \
            -c "$file" -o "support/$(basename "$file" .c).o" 2>/dev/null || true
    done
    ar rcs libsupport.a support/*.o
}

compile() {
    local folder=$1 file out
    for file in "source/$folder"/{tst,test,bug,scanf}*.c "source/$folder"/*test.c; do
        out=tests/${folder//\//_}__$(basename "$file" .c)
        [ -f "$file" ] && [ ! -e "$out" ] && [ ! -e "$out.not" ] || continue
        gcc -w -O1 -fno-builtin -D_GNU_SOURCE -I include -I source/support -I "source/$folder" -idirafter source/sysdeps/pthread \
            -idirafter source/sysdeps/x86_64 -idirafter source/sysdeps/x86 -idirafter source/sysdeps/generic -include include/build.h \
            "$file" -o "$out" libsupport.a -lm -lpthread -ldl -lrt -lcrypt -lresolv 2>/dev/null || : >"$out.not"
    done
}

# Prints the status of a command in a new folder, "fork" if it wanted another process; $1 is osvrun's door, or nothing.
status_of() {
    local door=$1 program=$2 folder said result=0 direct=()
    folder=$(mktemp -d)
    ! grep -q 'Run the test directly' "$program" || direct=(--direct)
    if [ -z "$door" ]; then
        said=$(cd "$folder" && timeout -k 1 20 "$program" "${direct[@]}" 2>&1 </dev/null | head -c 4000; exit "${PIPESTATUS[0]}") || result=$?
    else
        said=$("$osvrun" --hosted "--libc=$door" --mount "$folder:$folder" --cwd "$folder" --timeout 60 -- "$program" \
            "${direct[@]}" 2>&1 </dev/null | head -c 4000; exit "${PIPESTATUS[0]}") || result=$?
        ! grep -qE 'missing symbol: _?v?(fork|Fork|clone|daemon)|asked for another process' <<<"$said" || result=fork
    fi
    rm -rf "$folder"
    echo "$result"
}

# Prints `DOOR NAME` for each door by which a test ends differently.
differences() {
    local program=$1 linux door here
    linux=$(status_of '' "$program" 2>/dev/null)
    case $linux in 0 | 77) ;; *) return 0 ;; esac
    for door in native own; do
        here=$(status_of "$door" "$program" 2>/dev/null)
        [ "$here" = "$linux" ] || [ "$here" = fork ] || echo "$door $(basename "$program")"
    done
}
export -f differences status_of
export osvrun

fetch
headers
support
[ $# -gt 0 ] || set -- "${FOLDERS[@]}"
for folder in "$@"; do
    compile "$folder"
    echo "$folder: $(find tests -name "${folder//\//_}__*" ! -name '*.not' | wc -l) tests" >&2
    find tests -name "${folder//\//_}__*" ! -name '*.not' -printf "$work/%p\n"
done | sort | xargs -P 2 -I{} bash -c 'differences {}' >found
sort -u -o found found
names=$(printf '%s__|' "${@//\//_}")
diff --label expected --label found -U0 <(grep -E "^(native|own) (${names%|})" "$root/tests/glibc-testsuite.txt" | sed 's/ *#.*//' | sort -u) found
