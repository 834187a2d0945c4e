# What the scripts beside this one are written with. A command that does other than it should ends the script, and says which and what it printed.

fail() {
    echo "FAILED: $1" >&2
    exit 1
}

# ok COMMAND...: ends with 0.
ok() {
    local printed
    printed=$("$@" 2>&1) || fail "$* ended with $? and printed: $printed"
}

# sets COMMAND...: ends with 0, and may say that others are still being told.
sets() {
    telling=$("$@" 2>&1) || fail "$* ended with $? and printed: $telling"
    case $telling in *"still being told"*) ;; *) telling= ;; esac
}

# follows COMMAND...: succeeds; within a minute where the last change said that others are still being told, else at once.
follows() {
    local tries=1
    [ -z "$telling" ] || tries=60
    until "$@"; do
        [ $((tries -= 1)) -gt 0 ] || return 1
        sleep 1
    done
}

# no CODE TEXT COMMAND...: ends with that code; what it says holds the text, and begins with its own name.
no() {
    local code=$1 text=$2 printed ended
    shift 2
    printed=$("$@" 2>&1 >/dev/null)
    ended=$?
    [ "$ended" = "$code" ] || fail "$* ended with $ended and not $code, and printed: $printed"
    case $printed in *"$text"*) ;; *) fail "$* does not say '$text' but: $printed" ;; esac
    case $printed in "$1: "*) ;; *) fail "$* does not begin with its name but: $printed" ;; esac
}

# says TEXT COMMAND...: ends with 0 and prints exactly that.
says() {
    local text=$1 printed
    shift
    printed=$("$@" 2>&1) || fail "$* ended with $? and printed: $printed"
    [ "$printed" = "$text" ] || fail "$* printed
$printed
and not
$text"
}

# like PATTERN COMMAND...: ends with 0; the whole of what it prints is like the extended regular expression.
like() {
    local pattern=$1 printed
    shift
    printed=$("$@" 2>&1) || fail "$* ended with $? and printed: $printed"
    [[ $printed =~ ^$pattern$ ]] || fail "$* printed
$printed
which is not like
$pattern"
}
