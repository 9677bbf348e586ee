FROM node:22-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY src/client/package.json ./src/client/
RUN npm ci
COPY . .
# What only builds the service is not needed to run it.
RUN npm run build:service && npm prune --omit=dev \
  && rm -rf node_modules/typescript node_modules/@typescript node_modules/@types

FROM node:22-bookworm-slim
# The embedded server's data, where no DATABASE_URL names another server. A new volume takes over the owner of this folder.
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000 DATA_DIR=/var/lib/tandem
RUN mkdir -p /var/lib/tandem && chown node:node /var/lib/tandem
WORKDIR /app
COPY --from=build --chown=node:node /app/node_modules ./node_modules
COPY --from=build --chown=node:node /app/dist ./dist
COPY --chown=node:node package.json README.md LICENSE ./
COPY --chown=node:node ops/tandem.js ./ops/
# What browsers run is served as it is written.
COPY --chown=node:node src/console ./src/console
USER node
VOLUME /var/lib/tandem
EXPOSE 3000
HEALTHCHECK --interval=5s --timeout=3s --start-period=20s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/health/ready`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# node itself, not npm, so that a signal reaches the service.
CMD ["node", "--max-semi-space-size=64", "dist/src/main.js"]
