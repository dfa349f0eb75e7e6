# The image that `npm run image` makes, from public base images. Build with: docker build -t localhost/podvault:dev .
FROM node:24-slim AS build
WORKDIR /build
COPY package.json package-lock.json ./
COPY scripts ./scripts
RUN node scripts/install.mjs
COPY src ./src
# The demo brings the Vault of the tests along.
COPY test/fixtures ./test/fixtures
COPY docs ./docs
COPY webhook-config ./webhook-config
RUN npm run build

# Node without a shell or a package manager.
FROM gcr.io/distroless/nodejs24-debian13
COPY --from=build /build/dist/app /app
# For `helm test`, and as the image of `npm run image` has it.
ENV PATH=/nodejs/bin
WORKDIR /app
USER 65532:65532
ENTRYPOINT ["/nodejs/bin/node", "--max-semi-space-size=2", "/app/podvault.cjs"]
