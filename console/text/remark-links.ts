/**
 * GitHub's Markdown with links of our own where the text has no markup for them. The parser's own
 * take closing quotes and the punctuation of other scripts into the address. Addresses of mail are
 * the parser's.
 */
import type { Link, Nodes, PhrasingContent, Text } from 'mdast';
// Registers the types of the tokens below.
import type {} from 'micromark-extension-gfm-autolink-literal';
import type { Code, Effects, Event, Extension, State, TokenizeContext } from 'micromark-util-types';
import remarkGfm from 'remark-gfm';
// Registers the types of the parser's extensions.
import type {} from 'remark-parse';
import type { Processor } from 'unified';
import { continues, linkLength } from '#machines/links.ts';

/** The longest beginning of a link is `https://`. What is longer and no link yet will be none. */
const LONGEST_BEGINNING = 8;

export function remarkGfmLinks(this: Processor): void {
  remarkGfm.call(this);
  const { micromarkExtensions = [], fromMarkdownExtensions = [] } = this.data();
  micromarkExtensions.push(linkSyntax());
  // Only the extension for links changes the tree when it is complete.
  for (const extension of fromMarkdownExtensions.flat()) if (extension.transforms !== undefined) extension.transforms = [linkTexts];
}

/** Finds a link while the text is parsed, so that no `_` or `*` in it is markup. */
function linkSyntax(): Extension {
  const read: WordsRead = new WeakMap();
  const link = {
    name: 'link',
    tokenize(this: TokenizeContext, effects: Effects, ok: State, nok: State): State {
      return tokenizeLink(this, read, effects, ok, nok);
    },
  };
  return {
    disable: { null: ['protocolAutolink', 'wwwAutolink'] },
    text: Object.fromEntries([...'hHwW'].map((letter) => [letter.charCodeAt(0), link])),
  };
}

/**
 * The word of each text that was read ahead last, from where it was read to its end. A word without
 * a space may hold many links, and is read once.
 */
type WordsRead = WeakMap<TokenizeContext, { readonly from: number; readonly word: string }>;

function tokenizeLink(context: TokenizeContext, words: WordsRead, effects: Effects, ok: State, nok: State): State {
  const { previous, events } = context;
  const from = context.now().offset;
  let word = '';
  let left = 0;

  /** Reads to the end of the word and consumes nothing. */
  const ahead = {
    partial: true,
    tokenize: (effects: Effects, ok: State, nok: State): State => {
      const read: State = (code) => {
        if (isBlank(code)) {
          effects.exit('literalAutolink');
          words.set(context, { from, word });
          left = linkLength(word);
          return left > 0 ? ok(code) : nok(code);
        }
        if (word.length === LONGEST_BEGINNING && !/^(?:https?:|www\.)/i.test(word)) return nok(code);
        effects.consume(code);
        word += String.fromCharCode(code);
        return read;
      };
      return (code) => {
        effects.enter('literalAutolink');
        return read(code);
      };
    },
  };

  const begin: State = (code) => {
    const type = /^www/i.test(word) ? 'literalAutolinkWww' : 'literalAutolinkHttp';
    effects.enter('literalAutolink');
    effects.enter(type);
    const consume: State = (next) => {
      if (left === 0) {
        effects.exit(type);
        effects.exit('literalAutolink');
        return ok(next);
      }
      left -= 1;
      effects.consume(next);
      return consume;
    };
    return consume(code);
  };

  return (code) => {
    const before = previous === null || previous < 0 ? '' : String.fromCharCode(previous);
    if (continues(before) || isInLabel(events)) return nok(code);
    const read = words.get(context);
    if (read === undefined || from < read.from || from >= read.from + read.word.length) return effects.check(ahead, begin, nok)(code);
    left = linkLength(read.word.slice(from - read.from));
    return left > 0 ? begin(code) : nok(code);
  };
}

/** The end of the text, of its line, or white space. */
function isBlank(code: Code): code is null {
  return code === null || code < 0 || /\s/.test(String.fromCharCode(code));
}

/** The text of a link cannot hold another one. Whether a bracket begins a link is known later. */
function isInLabel(events: readonly Event[]): boolean {
  return events.some(([, { type, _balanced }]) => (type === 'labelLink' || type === 'labelImage') && _balanced !== true);
}

/** Links what the parser left alone because a bracket before it could have begun a link. */
function linkTexts(node: Nodes): void {
  if (!('children' in node) || node.type === 'link' || node.type === 'linkReference') return;
  const children: Nodes[] = node.children;
  for (let index = children.length - 1; index >= 0; index -= 1) {
    const child = children[index];
    if (child?.type === 'text') children.splice(index, 1, ...linked(child));
    else if (child !== undefined) linkTexts(child);
  }
}

function linked({ value }: Text): PhrasingContent[] {
  const pieces: PhrasingContent[] = [];
  let from = 0;
  for (const { index } of value.matchAll(/https?:\/\/|www\./gi)) {
    if (index < from || continues(value.slice(from, index).slice(-1))) continue;
    const url = value.slice(index, index + linkLength(value.slice(index)));
    if (url === '') continue;
    if (index > from) pieces.push({ type: 'text', value: value.slice(from, index) });
    pieces.push(linkTo(url));
    from = index + url.length;
  }
  if (from < value.length) pieces.push({ type: 'text', value: value.slice(from) });
  return pieces;
}

function linkTo(url: string): Link {
  return { type: 'link', url: /^www\./i.test(url) ? `http://${url}` : url, children: [{ type: 'text', value: url }] };
}
