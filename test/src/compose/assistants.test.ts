import { expect, it } from 'vitest';
import { compose } from './app.ts';

it('refuses to start with an assistant that does not exist, and names those that do: its customers would be turned away', async () => {
  await expect(compose({ STATECHAT_ASSISTANTS: 'telegram=nobody' }, {})).rejects.toThrow(
    /STATECHAT_ASSISTANTS: telegram=nobody.*companion/,
  );
});
