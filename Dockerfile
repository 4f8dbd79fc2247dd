# Two stages: everything is built in the first, and only what runs is in the second.
FROM python:3.13-slim AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /src
RUN python -m venv /opt/presswatch
# For channels of the type "apprise": docker build --build-arg LOCK=requirements-chat.lock .
ARG LOCK=requirements.lock
COPY requirements.lock requirements-chat.lock ./
RUN /opt/presswatch/bin/pip install --no-deps --require-hashes --only-binary=:all: -r ${LOCK}
COPY pyproject.toml README.md LICENSE ./
COPY alerts alerts
COPY archive archive
COPY crawler crawler
COPY presswatch presswatch
COPY spiders spiders
RUN /opt/presswatch/bin/pip install --no-deps . \
 && /opt/presswatch/bin/python -m compileall -q /opt/presswatch/lib

FROM python:3.13-slim
LABEL org.opencontainers.image.title="presswatch" \
      org.opencontainers.image.description="Watches the press: every article filed once, who asked told once" \
      org.opencontainers.image.licenses="MIT"
ENV PATH=/opt/presswatch/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
RUN useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin presswatch \
 && install -d -o presswatch -g presswatch /data
COPY --from=build /opt/presswatch /opt/presswatch
USER presswatch
# config.toml and the archive live here: mount it, or the archive goes with the container.
WORKDIR /data
VOLUME /data
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s --retries=3 \
  CMD ["presswatch", "status", "--live", "--config", "/data/config.toml"]
ENTRYPOINT ["presswatch"]
CMD ["run", "--config", "/data/config.toml", "--log-format", "json"]
