#!/bin/sh
# Make a virtual environment and install a list of pinned requirements into it.
# usage: make-venv.sh PYTHON-or-nothing VENV REQUIREMENTS STAMP
set -eu
wanted=$1 venv=$2 requirements=$3 stamp=$4

new_enough() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

find_python() {
    for candidate in ${wanted:-python3 python3.13 python3.12 python3.11 python3.14 python}; do
        if new_enough "$candidate"; then
            echo "$candidate"
            return
        fi
    done
    seen=$(${wanted:-python3} --version 2>/dev/null || echo "not there")
    echo "Chapter Hub needs Python 3.11 or newer; ${wanted:-python3} is $seen." \
        "Install one, or name it: make run PYTHON=/path/to/python3" >&2
    exit 1
}

install() {
    "$venv/bin/python" -m pip install --quiet --quiet --disable-pip-version-check --no-input --requirement "$requirements"
}

if ! new_enough "$venv/bin/python"; then
    python=$(find_python)
    echo "Making $venv with $($python --version)"
    rm -rf "$venv"
    if ! "$python" -m venv "$venv"; then
        rm -rf "$venv"
        echo "$python could not make a virtual environment; on Debian and Ubuntu," \
            "'apt-get install python3-venv' brings what it lacks." >&2
        exit 1
    fi
fi

echo "Installing $requirements (the first time takes a minute)"
if ! install; then
    echo "Once more, in case the package index had a bad moment" >&2
    sleep 5
    if ! install; then
        echo "The packages of $requirements could not be installed; what pip says above tells why." >&2
        exit 1
    fi
fi
touch "$stamp"
