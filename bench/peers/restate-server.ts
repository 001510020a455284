/**
 * A Restate server of our own, from the package that brings its binary. It listens on loopback,
 * with its data in a temporary folder.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface RestateServer {
  readonly ingress: string;
  /** Makes the services of an endpoint known. */
  register(endpoint: string): Promise<void>;
  /** The rows of a query over what it stores. */
  query(sql: string): Promise<readonly unknown[]>;
  stop(): Promise<void>;
}

/** `settings` are environment variables without their prefix RESTATE_. */
export async function startRestate(settings: Readonly<Record<string, string>>): Promise<RestateServer> {
  const folder = await mkdtemp(join(tmpdir(), 'statechat-restate-'));
  const [ingress, admin, node] = await freePorts(3);
  const server = spawn(binary(), ['--no-logo', '--node-name', 'bench'], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: {
      ...process.env,
      ...prefixed({
        BASE_DIR: folder,
        LISTEN_MODE: 'tcp',
        BIND_IP: '127.0.0.1',
        BIND_PORT: String(node),
        ADVERTISED_ADDRESS: `http://127.0.0.1:${node}`,
        ADMIN__BIND_PORT: String(admin),
        ADMIN__DISABLE_WEB_UI: 'true',
        INGRESS__BIND_PORT: String(ingress),
        // Nothing leaves this machine.
        DISABLE_TELEMETRY: 'true',
        LOG_FILTER: 'error',
        ...settings,
      }),
    },
  });
  let output = '';
  server.stderr.setEncoding('utf8').on('data', (text: string) => {
    output = (output + text).slice(-2_000);
  });
  const atExit = () => void server.kill('SIGKILL');
  process.once('exit', atExit);
  const url = `http://127.0.0.1:${admin}`;
  await untilHealthy(server, `${url}/health`, () => output);

  return {
    ingress: `http://127.0.0.1:${ingress}`,
    register: async (endpoint) => void (await ask(`${url}/deployments`, { uri: endpoint })),
    async query(sql) {
      const answer = await ask(`${url}/query`, { query: sql });
      return Object(answer).rows;
    },
    async stop() {
      process.off('exit', atExit);
      if (server.exitCode === null && server.signalCode === null) {
        const gone = once(server, 'exit');
        server.kill('SIGKILL');
        await gone;
      }
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function binary(): string {
  const platform = `@restatedev/restate-server-${process.platform}-${process.arch}`;
  try {
    return fileURLToPath(new URL('bin/restate-server', import.meta.resolve(`${platform}/package.json`)));
  } catch (cause) {
    throw new Error(`There is no Restate server for this machine: ${platform} is not installed.`, { cause });
  }
}

function prefixed(settings: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(settings).map(([name, value]) => [`RESTATE_${name}`, value]));
}

async function untilHealthy(server: ChildProcess, url: string, output: () => string): Promise<void> {
  const deadline = performance.now() + 60_000;
  for (;;) {
    if (server.exitCode !== null || server.signalCode !== null) throw new Error(`restate-server ended while it started: ${output()}`);
    const healthy = await fetch(url).then(
      ({ ok }) => ok,
      () => false,
    );
    if (healthy) return;
    if (performance.now() > deadline) {
      server.kill('SIGKILL');
      throw new Error(`restate-server did not become healthy in a minute: ${output()}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function ask(url: string, body: unknown): Promise<unknown> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
  return response.json();
}

export async function freePorts(count: number): Promise<number[]> {
  const probes = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  const ports: number[] = [];
  for (const probe of probes) {
    if (!probe.listening) await once(probe, 'listening');
    const address = probe.address();
    if (address === null || typeof address === 'string') throw new Error('no free port');
    ports.push(address.port);
  }
  for (const probe of probes) await new Promise((closed) => probe.close(closed));
  return ports;
}
