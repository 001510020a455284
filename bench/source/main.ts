/**
 * Entry point of `npm run bench:source` (../README.md). Reads the product's sources and prints
 * their longest function and how their comments read.
 */
import { globSync, readFileSync } from 'node:fs';
import { type ParseOptions, parseSync } from '@swc/core';
import { percentile } from '../load.ts';

const FILES = '{machines,storage,channels,actors,agent-service,assistants,src,console}/**/*.{ts,tsx}';
const FUNCTIONS = [
  'FunctionDeclaration',
  'FunctionExpression',
  'ArrowFunctionExpression',
  'ClassMethod',
  'PrivateMethod',
  'MethodProperty',
  'Constructor',
];

interface Found {
  readonly file: string;
  readonly line: number;
  readonly lines: number;
}

const files = globSync(FILES).filter((file) => !file.startsWith('console/dist/'));
const sources = files.map((file) => ({ file, text: readFileSync(file, 'utf8') }));
const longest = sources.flatMap(functionsOf).toSorted((a, b) => b.lines - a.lines);
const comments = sources.flatMap(({ text }) => commentLines(text));
const joined = comments.filter((line) => /[;:]/.test(line)).length;

console.log(`${files.length} files. The longest functions, in lines:`);
for (const { file, line, lines } of longest.slice(0, 5)) console.log(`- ${lines}: ${file}:${line}`);
console.log(
  `${comments.length} comment lines, of which ${((100 * joined) / comments.length).toFixed(1)} % have a semicolon or a colon. ` +
    `95th percentile of their length: ${percentile(
      comments.map(({ length }) => length),
      95,
    )} columns.`,
);

/** swc counts bytes through all files that it parsed, so a file's own place is subtracted. */
function functionsOf({ file, text }: { readonly file: string; readonly text: string }): Found[] {
  const options: ParseOptions = { syntax: 'typescript', tsx: file.endsWith('x'), target: 'esnext' };
  const bytes = Buffer.from(text);
  const tree = parseSync(text, options);
  // The tree begins at its first token. Its end is that of the file.
  const base = tree.span.end - bytes.length;
  const lineOf = (position: number): number =>
    bytes
      .subarray(0, Math.max(0, position - base))
      .toString()
      .split('\n').length;
  return spansIn(tree).map(({ start, end }) => ({ file, line: lineOf(start), lines: lineOf(end) - lineOf(start) + 1 }));
}

interface Span {
  readonly start: number;
  readonly end: number;
}

function spansIn(node: unknown): Span[] {
  if (typeof node !== 'object' || node === null) return [];
  const type: unknown = Reflect.get(node, 'type');
  const span: unknown = Reflect.get(node, 'span');
  const own = typeof type === 'string' && FUNCTIONS.includes(type) && isSpan(span) ? [span] : [];
  return [...own, ...Object.values(node).flatMap(spansIn)];
}

function isSpan(value: unknown): value is Span {
  return typeof Reflect.get(Object(value), 'start') === 'number' && typeof Reflect.get(Object(value), 'end') === 'number';
}

/** Lines that hold nothing but a comment, unchanged. */
function commentLines(text: string): string[] {
  return text.split('\n').filter((line) => /^\s*(\/\/|\/?\*)/.test(line) && /\p{L}/u.test(line));
}
