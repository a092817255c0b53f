#!/bin/sh
# What a change has to pass besides the tests. Runs in the project's folder, with its virtual environment.
set -u
python=.venv/bin/python
data=$(mktemp -d)
trap 'rm -rf "$data"' EXIT

failed=0
step() {
    "$@" || failed=1 # go on, so that one run shows everything
}

step $python -m ruff check --quiet .
step $python -m ruff format --quiet --check .
step $python -m djlint --lint --quiet templates

# a hub in production, as docs/operating.md describes it
unset HUB_DEBUG DATABASE_URL REDIS_URL HUB_ALLOW_LOOPBACK SANDBOX_URL
SECRET_KEY=$($python -c 'import secrets; print(secrets.token_urlsafe(60))')
HUB_ENCRYPTION_KEYS=k1:$($python -c 'import base64, os; print(base64.b64encode(os.urandom(32)).decode())')
export SECRET_KEY HUB_ENCRYPTION_KEYS
export HUB_DATA="$data" HUB_URL=https://hub.example.org ALLOWED_HOSTS=hub.example.org HUB_BEHIND_PROXY=1
step $python manage.py makemigrations --check --dry-run
step $python manage.py check --deploy --fail-level WARNING
exit $failed
