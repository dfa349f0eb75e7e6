# The image that `npm run image` makes, from public base images, for each architecture that they are there for:
#   docker buildx build --platform linux/amd64,linux/arm64 --sbom=true --provenance=mode=max -t REGISTRY/podvault:VERSION --push .
# docs/release.md says how to pin the two base images by their digests.
ARG NODE=node:24-slim
ARG RUNTIME=gcr.io/distroless/cc-debian13

# Nothing that is bundled depends on the architecture: it is made once, on the machine's own.
FROM --platform=$BUILDPLATFORM ${NODE} AS build
WORKDIR /build
COPY package.json package-lock.json tsconfig.json LICENSE ./
COPY scripts ./scripts
RUN node scripts/install.mjs
COPY src ./src
# The demo brings the Vault of the tests along.
COPY test/fixtures ./test/fixtures
COPY docs ./docs
COPY webhook-config ./webhook-config
# V8's code is left out: another V8 or another processor would not believe it, and compile.
RUN npm run build && rm dist/app/*.cache

# What depends on it is V8's code of what runs in every pod, which the V8 that will run it makes: by emulation where the
# machine is another.
FROM ${NODE} AS code
WORKDIR /build
COPY --from=build /build ./
RUN node scripts/remember-code.ts

# Without a shell or a package manager.
FROM ${RUNTIME}
ARG VERSION
ARG REVISION
LABEL org.opencontainers.image.title="podvault" \
      org.opencontainers.image.description="Vault secrets for Kubernetes pods: a mutating admission webhook, a login init container and a renewal sidecar" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
# It may be run, and not read: Linux then shows a process's memory, environment and files to root alone, and not to whoever
# runs as the same user in a process namespace that is shared.
COPY --from=code --chmod=0711 /usr/local/bin/node /usr/bin/node
COPY --from=build /build/dist/app /app
COPY --from=code /build/dist/app/*.cache /app/
# For `helm test`, and as the image of `npm run image` has it.
ENV PATH=/usr/bin
WORKDIR /app
USER 65532:65532
ENTRYPOINT ["/usr/bin/node", "--max-semi-space-size=2", "/app/podvault.cjs"]
