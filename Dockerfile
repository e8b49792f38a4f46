# labelgate: compiled JavaScript and its few dependencies on the slim image of Node's LTS.
#
#   docker build -t labelgate .
#   docker run -v labelgate:/data -v /var/run/docker.sock:/var/run/docker.sock:ro \
#     -e LABELGATE_PORTAL_URL=https://auth.example.com --group-add "$(stat -c %g /var/run/docker.sock)" labelgate
#
# It needs no capability and no writable root file system: --cap-drop ALL --read-only.
# deploy/compose.yaml starts it as root with SETUID and SETGID instead of --group-add: src/cli/privileges.ts says why.

FROM node:24-bookworm-slim AS base
WORKDIR /app
# .npmrc allows no install scripts but approved ones, of which there are none
COPY package.json package-lock.json .npmrc ./
COPY .node .node

FROM base AS build
RUN npm ci --ignore-scripts
COPY tsconfig.json ./
COPY src src
RUN npm run build

FROM base AS dependencies
RUN npm ci --omit=dev --ignore-scripts

FROM node:24-bookworm-slim
ENV NODE_ENV=production
WORKDIR /app
COPY package.json LICENSE ./
COPY --from=dependencies /app/node_modules node_modules
COPY --from=build /app/dist dist
# Named volumes take over the owner of the folder they are mounted on, so that node may write to them.
RUN ln -s /app/dist/image.js /usr/local/bin/labelgate \
  && mkdir -p /data /etc/traefik/dynamic \
  && chown node:node /data /etc/traefik/dynamic \
  && chmod 700 /data
USER node
VOLUME /data
EXPOSE 4180
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 CMD ["node", "/app/dist/cli/health.js"]
ENTRYPOINT ["labelgate"]
