/** Templates that a session's channel can send when it takes no free text. */
import * as z from 'zod';
import { Refused } from '#channels/port.ts';
import { defineOperation } from './operation.ts';
import { OperationProblem, problemTypes } from './problems.ts';
import { existingSession, sessionIdInput } from './sessions.ts';

export const listTemplates = defineOperation({
  name: 'sessions.templates',
  scope: 'sessions:act',
  effect: 'read',
  summary: "Lists the approved templates of the session's channel. There are none where free text is always taken.",
  input: z.strictObject({ sessionId: sessionIdInput }),
  output: z.strictObject({
    templates: z.array(
      z.strictObject({
        name: z.string(),
        language: z.string(),
        category: z.enum(['marketing', 'utility', 'authentication']),
        body: z.string().describe('With a place for each parameter, from {{1}} on.'),
        parameters: z.number().describe('Number of parameters.'),
      }),
    ),
  }),
  errors: [problemTypes.notFound, problemTypes.refused],
  target: ({ sessionId }) => sessionId,
  async run(context, { sessionId }) {
    const { address } = await existingSession(context, sessionId);
    try {
      return { templates: [...(await context.templatesAt(address))] };
    } catch (error) {
      if (error instanceof Refused) throw new OperationProblem(problemTypes.refused, `The channel lists no templates: ${error.message}`);
      throw error;
    }
  },
});
