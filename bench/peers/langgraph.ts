/**
 * LangGraph.js with PostgresSaver. Each conversation has a thread. The graph has one node, which
 * answers. The input appends the customer's message, the node appends the answer, and a reducer
 * keeps the last of them.
 *
 * The start variant has durability `sync`, which stores every step of the graph before the next
 * begins. Tuned has durability `exit`, which stores a run once, at its end. A turn is still durable
 * when it is answered.
 *
 * Both keep every checkpoint by design, which is LangGraph's journal. Messages are plain objects,
 * because its message classes take longer to store.
 */
import { Annotation, END, START, StateGraph } from '@langchain/langgraph';
import { PostgresSaver } from '@langchain/langgraph-checkpoint-postgres';
import pg from 'pg';
import { answerTo, history, incoming, type Message, WINDOW } from '../conversation.ts';
import type { OpenPeer } from './peer.ts';

/** The by-hand contestant has 16. The pool's own default is 10. */
const CONNECTIONS = 16;

const State = Annotation.Root({
  count: Annotation<number>({ reducer: (sum, more) => sum + more, default: () => 0 }),
  messages: Annotation<readonly Message[]>({
    reducer: (kept, added) => [...kept, ...added].slice(-WINDOW),
    default: history,
  }),
});

export const open: OpenPeer = async ({ database, conversations, variant }) => {
  const tuned = variant !== 'start';
  const pool = new pg.Pool({ connectionString: database.url, max: tuned ? CONNECTIONS : 10 });
  const checkpointer = new PostgresSaver(pool);
  await checkpointer.setup();
  const graph = new StateGraph(State)
    .addNode('answer', ({ messages }) => {
      const newest = messages.at(-1);
      if (newest === undefined) throw new Error('there is nothing to answer');
      const { text, at } = newest;
      return { count: 1, messages: [{ role: 'assistant' as const, text: answerTo({ type: 'message', text, at }), at }] };
    })
    .addEdge(START, 'answer')
    .addEdge('answer', END)
    .compile({ checkpointer });
  const thread = (conversation: number) => ({ configurable: { thread_id: `conversation-${conversation}` } });

  return {
    async turn(conversation) {
      const { text, at } = incoming(conversation, Date.now());
      const { messages } = await graph.invoke(
        { messages: [{ role: 'customer', text, at }] },
        { ...thread(conversation), durability: tuned ? 'exit' : 'sync' },
      );
      if (messages.at(-1)?.role !== 'assistant') throw new Error('the graph gave no answer');
    },
    async settle() {},
    async counters() {
      let counted = 0;
      for (let conversation = 0; conversation < conversations; conversation++) {
        const { values } = await graph.getState(thread(conversation));
        counted += Number(values.count ?? 0);
      }
      return { 'counted by the threads': counted };
    },
    close: () => pool.end(),
  };
};
