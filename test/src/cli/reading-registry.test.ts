import { expect, it } from 'vitest';
import { programAssistants } from '#src/assistants/program-assistants.ts';
import { createReadingRegistry } from '#src/cli/reading-registry.ts';
import { readConfig } from '#src/config/config.ts';

// Without one of them, a session whose turns name it is parked in a dry run and in a replay.
it.each(['message.send', 'file.send', 'reaction.send', 'agents.notify', 'media.keep'])(
  'knows the effect %s of the session machine',
  (name) => {
    const registry = createReadingRegistry({ assistants: programAssistants(readConfig({}), Date.now) });
    expect(registry.effect(name)?.type).toBe(name);
  },
);
