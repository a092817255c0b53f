# The hub's production image: one image, and docker-compose.yml says which process it is.
FROM python:3.12-slim-bookworm AS build
COPY requirements.txt /tmp/
RUN python -m venv /opt/venv && /opt/venv/bin/pip install --no-cache-dir --requirement /tmp/requirements.txt

FROM python:3.12-slim-bookworm
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=hubsite.settings \
    HUB_DATA=/data \
    STATIC_ROOT=/app/staticfiles
RUN useradd --uid 10001 --create-home --shell /usr/sbin/nologin hub \
    && install --directory --owner hub --group hub /data /data/media /data/journal
COPY --from=build /opt/venv /opt/venv
WORKDIR /app
COPY manage.py ./
COPY hubsite hubsite
COPY chapters chapters
COPY playbooks playbooks
COPY posts posts
COPY templates templates
COPY static static
# the secret serves this one command and is not in the image
RUN SECRET_KEY=while-building python manage.py collectstatic --noinput
USER hub
EXPOSE 8000
# each service has a health check of its own in docker-compose.yml
CMD ["granian", "--interface", "wsgi", "--no-ws", "--respawn-failed-workers", "hubsite.wsgi:application"]
