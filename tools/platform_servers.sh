#!/bin/sh
# Install the software of a platform that the tests marked "platforms" run against, below .cache/.
# usage: platform_servers.sh pds
set -eu
cd "$(dirname "$0")/.."

need_node() {
    if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
        echo "Node.js 20 or newer with npm is needed for this; on Debian and Ubuntu, 'apt-get install nodejs npm'." >&2
        exit 1
    fi
    if ! node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)'; then
        echo "Node.js 20 or newer is needed for this; node is $(node --version)." >&2
        exit 1
    fi
}

# The packages of the folder $1, whose lock file names every version, below .cache/$2. Again only when it changes.
npm_packages() {
    source=$1 target=.cache/$2
    if cmp -s "$source/package-lock.json" "$target/installed"; then
        return
    fi
    need_node
    mkdir -p "$target"
    rm -f "$target/installed"
    cp "$source/package.json" "$source/package-lock.json" "$target/"
    echo "Installing $2 into $target (takes a minute or two, parts of it are compiled)"
    (cd "$target" && npm ci --no-audit --no-fund --loglevel=error)
    cp "$source/package-lock.json" "$target/installed"
}

case "${1:-}" in
pds) npm_packages tests/support/pds pds ;; # Bluesky
*)
    sed -n 's/^# usage: /usage: /p' "$0" >&2
    exit 2
    ;;
esac
