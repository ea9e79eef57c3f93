# One image for both processes: `args: [webhook]` and `args: [controller]`. docs/image.md says how it is built, and what is in it.
# A tag may lead to another image tomorrow, so a build has to be given the digest of each base.
ARG BUILD_BASE=docker.io/library/node:24-trixie-slim
ARG BUILD_DIGEST
ARG RUN_BASE=gcr.io/distroless/cc-debian13
ARG RUN_DIGEST

FROM ${BUILD_BASE}@${BUILD_DIGEST} AS build
WORKDIR /build
COPY package.json package-lock.json ./
RUN npm ci
COPY scripts/build.ts scripts/bundle.ts scripts/policy-pages.ts scripts/
COPY docs/policies docs/policies
COPY src src
RUN npm run build
# The Node release of the lockfile, which all tests run on. Its licence goes with it.
RUN node="$(node_modules/.bin/node -p process.execPath)" && mkdir out && cp "$node" out/node && cp "${node%/bin/node}/LICENSE" out/LICENSE.node

FROM ${RUN_BASE}@${RUN_DIGEST}
ARG VERSION=unknown
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Holdfast" \
      org.opencontainers.image.description="A Kubernetes admission webhook that keeps workloads up through rollouts, node drains and zone loss" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
COPY --from=build /build/out/node /usr/local/bin/node
COPY --from=build /build/dist/holdfast.js /opt/holdfast/holdfast.mjs
COPY --from=build /build/out/LICENSE.node /opt/holdfast/
COPY LICENSE /opt/holdfast/
# The heap follows the memory limit of the pod, and leaves room for what is not heap. NODE_OPTIONS takes no --no-parallel-scavenge.
ENV PATH=/usr/local/bin \
    MALLOC_ARENA_MAX=2 \
    NODE_OPTIONS="--max-old-space-size-percentage=60"
USER 65532:65532
EXPOSE 8443 8080
ENTRYPOINT ["/usr/local/bin/node", "--max-semi-space-size=8", "--heap-growing-percent=60", "--minor-gc-task-trigger=98", "--no-parallel-scavenge", "--no-separate-gc-phases", "/opt/holdfast/holdfast.mjs"]
