# syntax=docker/dockerfile:1

# Everything that building the pages needs. Nothing of it reaches the image but console/dist.
FROM node:24-slim AS pages
WORKDIR /app
COPY package.json package-lock.json .puppeteerrc.cjs ./
RUN npm ci
COPY . .
RUN npm run build:pages

# What the program needs while it runs. The embedded PostgreSQL is an optional dependency. It stays
# in, so that the image also runs alone.
FROM node:24-slim AS modules
WORKDIR /app
COPY package.json package-lock.json .puppeteerrc.cjs ./
RUN npm ci --omit=dev && npm cache clean --force

FROM node:24-slim
ENV NODE_ENV=production \
    HOST=0.0.0.0 \
    PORT=3000 \
    STATECHAT_DATA_DIR=/data
RUN mkdir /data && chown node:node /data
WORKDIR /app
COPY --from=modules /app/node_modules ./node_modules
COPY package.json ./
COPY machines ./machines
COPY storage ./storage
COPY channels ./channels
COPY actors ./actors
COPY agent-service ./agent-service
COPY assistants ./assistants
COPY src ./src
COPY --from=pages /app/console/dist ./console/dist
USER node
VOLUME /data
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/healthz`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# There is no npm in between, so SIGTERM reaches the program, which drains.
CMD ["node", "src/main.ts"]
