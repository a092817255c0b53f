#!/bin/sh
# Install the software of a platform that the tests marked "platforms" run against, below .cache/.
# usage: platform_servers.sh pds | prism | oauth | twitter-text | facebook | snac
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
    twice npm ci --prefix "$target" --no-audit --no-fund --loglevel=error
    cp "$source/package-lock.json" "$target/installed"
}

twice() {
    "$@" || { sleep 5; "$@"; }
}

# The Python packages of requirements-platforms.txt, below .cache/$1: too large for everybody's environment.
python_packages() {
    target=.cache/$1
    if cmp -s requirements-platforms.txt "$target/installed"; then
        return
    fi
    rm -rf "$target"
    twice .venv/bin/python -m pip install --quiet --target "$target" -r requirements-platforms.txt
    cp requirements-platforms.txt "$target/installed"
}

# A real fediverse server from the distribution's backports, unpacked beside: the system's sources stay as they are.
snac() {
    if [ -x .cache/snac/usr/bin/snac ]; then
        return
    fi
    command -v apt-get >/dev/null || { echo "snac comes from Debian's backports; there is no apt-get here." >&2; exit 1; }
    work=$PWD/.cache/snac-package
    mkdir -p "$work/lists/partial"
    site=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | grep -v security | sort -u | head -1)
    keys=/usr/share/keyrings/debian-archive-keyring.gpg
    echo "deb [signed-by=$keys] $site bookworm-backports main" >"$work/sources.list"
    options="-qq -o Dir::State::lists=$work/lists -o Dir::Etc::sourcelist=$work/sources.list -o Dir::Etc::sourceparts=-"
    # shellcheck disable=SC2086
    twice apt-get $options update
    # shellcheck disable=SC2086
    (cd "$work" && twice apt-get $options download snac2 2>/dev/null)
    dpkg-deb -x "$work"/snac2_*.deb .cache/snac
}

case "${1:-}" in
pds) npm_packages tests/support/pds pds ;; # Bluesky
prism) npm_packages tests/support/prism prism ;; # X's API from its description
oauth) npm_packages tests/support/oauth oauth ;; # signing in with PKCE
twitter-text) npm_packages tests/support/twitter_text twitter-text ;; # X's counting
facebook) python_packages facebook ;; # parameter lists of the Graph API
snac) snac ;; # a server with Mastodon's API that is not Mastodon
*)
    sed -n 's/^# usage: /usage: /p' "$0" >&2
    exit 2
    ;;
esac
