#!/usr/bin/env bash
# Brings servers that others wrote, for `make test-platforms`, into .cache/ beside the project; nothing is installed
# in the system. Usage: tools/platform_servers.sh snac [...]. Prints what is missing and goes on with the next one.
set -uo pipefail
cd "$(dirname "$0")/.."
cache=$PWD/.cache
mkdir -p "$cache"

twice() { "$@" || { sleep 5; "$@"; }; }

# A real fediverse server of the distribution's backports, unpacked beside; the system's own sources stay as they are.
snac() {
    [[ -x $cache/snac/usr/bin/snac ]] && return
    local work=$cache/snac-download site
    site=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | grep -v security | sort -u | head -1)
    mkdir -p "$work/lists/partial"
    echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $site bookworm-backports main" >"$work/list"
    local apt=(apt-get -qq -o "Dir::State::lists=$work/lists" -o "Dir::Etc::sourcelist=$work/list" -o Dir::Etc::sourceparts=/dev/null)
    twice "${apt[@]}" update && (cd "$work" && twice "${apt[@]}" download snac2 2>/dev/null) &&
        dpkg-deb -x "$work"/snac2_*.deb "$cache/snac"
}

failed=0
for server in "$@"; do
    began=$SECONDS
    if "$server" >"$cache/$server.log" 2>&1; then
        echo "$server: ready, $((SECONDS - began)) s"
    else
        echo "$server: not to be had here ($(tail -1 "$cache/$server.log"))" >&2
        failed=1
    fi
done
exit $failed
