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
mkdir -p "$work"/{include,support,tests}
cd "$work"
# shellcheck source=tests/soak/suite.sh
. "$root/tests/soak/suite.sh"

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

export osvrun

fetch glibc
headers
support
[ $# -gt 0 ] || set -- "${FOLDERS[@]}"
for folder in "$@"; do
    compile "$folder"
    echo "$folder: $(find tests -name "${folder//\//_}__*" ! -name '*.not' | wc -l) tests" >&2
    find tests -name "${folder//\//_}__*" ! -name '*.not' -printf "$work/%p\n"
done | sort | xargs -P 2 -I{} bash -c 'differences {} --libc=native --libc=own' >found
sort -u -o found found
names=$(printf '%s__|' "${@//\//_}")
diff --label expected --label found -U0 <(grep -E "^(native|own) (${names%|})" "$root/tests/glibc-testsuite.txt" | sed 's/ *#.*//' | sort -u) found
