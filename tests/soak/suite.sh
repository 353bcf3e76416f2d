# Sourced by scripts that run somebody else's suite of tests on Linux and hosted, and expect differences by a list. `work` is
# their folder, and the current one.

# Unpacks a Debian package's source as it was released into source/, by the system's own sources of packages.
fetch() {
    local package=$1
    [ -d source ] && return
    mkdir -p apt/lists/partial apt/parts
    # Either form of a list (sources.list(5)).
    local new=/etc/apt/sources.list.d/debian.sources old=/etc/apt/sources.list
    [ ! -e "$new" ] || sed 's/^Types:.*/Types: deb-src/' "$new" >apt/parts/source.sources
    [ ! -e "$old" ] || sed -n 's/^deb /deb-src /p' "$old" >apt/parts/source.list
    local options=(-q -o Dir::Etc::sourcelist=/dev/null -o "Dir::Etc::sourceparts=$work/apt/parts" -o "Dir::State::lists=$work/apt/lists")
    apt-get "${options[@]}" update
    (cd apt && apt-get "${options[@]}" source --download-only "$package")
    mkdir source.new
    tar -xf apt/"$package"_*.orig.tar.* -C source.new --strip-components=1
    mv source.new source
}

# Prints the status of a program in a new folder, "fork" if it wanted another process; $1 is osvrun's option, or nothing for Linux.
status_of() {
    local option=$1 program=$2 folder said result=0 direct=()
    folder=$(mktemp -d)
    ! grep -q 'Run the test directly' "$program" || direct=(--direct)
    if [ -z "$option" ]; then
        # What it has started may stay, and would keep a pipe open.
        (cd "$folder" && exec timeout -k 1 20 "$program" "${direct[@]}" >/dev/null 2>&1 </dev/null) || result=$?
    else
        said=$("$osvrun" --hosted "$option" --mount "$folder:$folder" --cwd "$folder" --timeout 60 -- "$program" \
            "${direct[@]}" 2>&1 </dev/null | { head -c 4000; cat >/dev/null; }; exit "${PIPESTATUS[0]}") || result=$?
        ! grep -qE 'missing symbol: _?v?(fork|Fork|clone|daemon)|asked for another process' <<<"$said" || result=fork
    fi
    rm -rf "$folder"
    echo "$result"
}

# Prints `VALUE NAME` for each option `--KEY=VALUE` with which a program that does well on Linux ends differently.
differences() {
    local program=$1 linux option here
    shift
    linux=$(status_of '' "$program" 2>/dev/null)
    case $linux in 0 | 77) ;; *) return 0 ;; esac
    for option; do
        here=$(status_of "$option" "$program" 2>/dev/null)
        [ "$here" = "$linux" ] || [ "$here" = fork ] || echo "${option##*=} $(basename "$program")"
    done
}
export -f differences status_of
