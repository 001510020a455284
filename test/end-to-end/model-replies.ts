/** What a model answers in tests of the stock analyst, and where it is held. */
import type { Reply } from '#test/fakes/messages-api.ts';
import type { MessageWriter } from '#test/fakes/messages-api-wire.ts';

/** An answer that continues when it is released. */
export function held(begin: (writer: MessageWriter) => void, end: (writer: MessageWriter) => void = (writer) => writer.end()) {
  const gate = Promise.withResolvers<void>();
  const reply: Reply = async (writer) => {
    begin(writer);
    await gate.promise;
    end(writer);
  };
  return { reply, release: () => gate.resolve() };
}

/** A thought, and a call whose JSON comes in two pieces. */
export function call(name: string, input: object): Reply {
  const json = JSON.stringify(input);
  return (writer) =>
    writer.start().thinking(`I need ${name}.`).toolUse(`toolu_${name}`, name, json.slice(0, 7), json.slice(7)).end('tool_use');
}

/** Input of `create_report`. */
export const REPORT = {
  symbol: 'AAPL',
  analysis: {
    executiveSummary: ['Apple earns more than it spends.'],
    rating: 'fairly_valued',
    strengths: ['Cash'],
    risks: ['Supply'],
    outlook: 'Steady.',
  },
};
