/** Where a command may stand, and how it may be written (SPEC C9). */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readCommand } from '#channels/command.ts';

const SELF = 'acme_bot';

describe('a command is read', () => {
  it.each([
    ['/agent', ''],
    ['/agent please look at this', 'please look at this'],
    ['/AGENT now', 'now'],
    ['  /agent  ', ''],
    ['@acme_bot /agent now', 'now'],
    ['@Acme_Bot, /agent', ''],
    ['／ａｇｅｎｔ　now', 'now'],
    ['⁄agent', ''],
    ['\u200b/\u2060agent\u00a0now', 'now'],
    ['\u200f/agent\u200f', ''],
    ['/ag\u00adent\u200bnow', 'now'],
    ['/agent\u2028now', 'now'],
    ['/agent.', ''],
    ['/agent…', ''],
    ['/agent!?', ''],
    ['/agent, now', 'now'],
    ['/agent: now', 'now'],
    ['/agent،الآن', 'الآن'],
    ['“/agent”', ''],
    ['`/agent`.', ''],
    ['/agent I am lost\nand tired', 'I am lost\nand tired'],
  ])('%j', (text, args) => expect(readCommand(text, SELF)).toEqual({ name: 'agent', args }));

  it('with the bot that it names', () => {
    expect(readCommand('/agent@Acme_Bot now', SELF)).toEqual({ name: 'agent', args: 'now', bot: 'Acme_Bot' });
    expect(readCommand('/agent＠other_bot', SELF)).toEqual({ name: 'agent', args: '', bot: 'other_bot' });
  });

  it('behind any mention where a chat has one reader', () => expect(readCommand('@support /agent')).toEqual({ name: 'agent', args: '' }));

  it('keeps what belongs to the arguments', () => expect(readCommand('/agent ❤️')?.args).toBe('❤️'));

  const invisible = fc.constantFrom('', '\u2060', '\u200d', '\u00ad', '\u200e', '\u061c', '\ufeff');
  const wide = (letter: string) => (/[a-z]/.test(letter) ? String.fromCodePoint(letter.codePointAt(0)! + 0xfee0) : letter);
  it('whatever case, width and invisible characters its letters have', () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^[a-z][a-z0-9_]{0,15}$/),
        fc.array(fc.tuple(fc.constantFrom('as is', 'upper', 'wide'), invisible), { minLength: 16, maxLength: 16 }),
        fc.constantFrom('/', '／'),
        fc.constantFrom(' ', '\u00a0', '\u3000', '\n'),
        (name, ways, solidus, space) => {
          const letters = [...name].map((letter, i) => {
            const [form, hidden] = ways[i]!;
            return (form === 'upper' ? letter.toUpperCase() : form === 'wide' ? wide(letter) : letter) + hidden;
          });
          expect(readCommand(`${solidus}${letters.join('')}${space}the rest`)).toEqual({ name, args: 'the rest' });
        },
      ),
    );
  });
});

describe('no command is', () => {
  it.each([
    '',
    '/',
    '/ agent',
    '1/2',
    '/home/mona is full',
    '/etc.d',
    '/مرحبا',
    'how do I use /agent?',
    '"/agent" is what I wrote',
    `/${'x'.repeat(33)}`,
  ])('%j', (text) => expect(readCommand(text, SELF)).toBeUndefined());

  it('what is for somebody else', () => expect(readCommand('@other_bot /agent', SELF)).toBeUndefined());
});

it('takes time in proportion to the text, whatever it is made of', () => {
  // If it grew with the square, this would take minutes, and the test's time limit would end it.
  for (const part of [' ', '\u200b', '/', '"', '@a ', '/a ', '. ', '\u2060']) {
    readCommand(part.repeat(100_000), SELF);
    readCommand(`/a x${part.repeat(100_000)}x`, SELF);
  }
});
