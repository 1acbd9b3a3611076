#!/bin/sh
# Runs a command as an ordinary user without any privilege: the caller, or `nobody` if the caller is root.
#
# What the command reads (this checkout, the Python of its environment) may lie where only root may look, below /root for
# example. It is shown to the user at its own place, in a mount namespace that ends with the command.
set -eu
user=65534

if [ "$(id -u)" != 0 ]; then
    exec "$@"
fi

if [ "${KWORKLOAD_OWN_MOUNTS:-}" != yes ]; then
    home=$(mktemp -d)
    trap 'rm -rf "$home"' EXIT
    KWORKLOAD_OWN_MOUNTS=yes KWORKLOAD_USER_HOME=$home unshare --mount --propagation private "$0" "$@"
    exit $?
fi

home=$KWORKLOAD_USER_HOME
mkdir "$home/tmp" "$home/shown"
python=$(.venv/bin/python -c 'import sys; print(sys.base_prefix)')
checkout=$(pwd)

# The topmost directory above $1 that others may not enter; empty if there is none.
closed() {
    above=/
    rest=${1#/}
    while [ -n "$rest" ]; do
        above=${above%/}/${rest%%/*}
        case $(stat -c %a "$above") in *[1357]) ;; *) echo "$above"; return ;; esac
        case $rest in */*) rest=${rest#*/} ;; *) rest= ;; esac
    done
}

n=0
for path in "$python" "$checkout"; do
    n=$((n + 1))
    mkdir "$home/shown/$n"
    mount --bind "$path" "$home/shown/$n"
done
n=0
for path in "$python" "$checkout"; do
    n=$((n + 1))
    lock=$(closed "$path")
    if [ -n "$lock" ]; then
        mount -t tmpfs -o mode=755 tmpfs "$lock"
    fi
    if [ ! -d "$path" ]; then
        mkdir -p "$path"
    fi
    mount --bind "$home/shown/$n" "$path"
done
cd "$checkout"

chown "$user:$user" "$home" "$home/tmp"
export HOME="$home" TMPDIR="$home/tmp" PYTHONDONTWRITEBYTECODE=1
unset KWORKLOAD_OWN_MOUNTS KWORKLOAD_USER_HOME
exec setpriv --reuid "$user" --regid "$user" --clear-groups --inh-caps=-all --bounding-set=-all --no-new-privs "$@"
